"""What every input must do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from eventum_core import Run
from pytest_eventum.contracts.keep import kept_by
from pytest_eventum.contracts.sources import TAGS, SourceContract
from pytest_eventum.contracts.watch import watched

ENDED = 1_000_000
"""Instants after which a schedule that says it has an end must have had it."""
PATIENCE = 100_000
"""Empty arrays in a row that are too many."""
ZONES = ("UTC", "America/New_York", "Asia/Kathmandu")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class InputContract(SourceContract):
    """A subclass's `plugin` is an `InputPlugin`; its options must give at least one instant."""

    seeded: ClassVar[bool] = False
    """Whether another seed must give other instants, with the (first) valid options."""
    enough: ClassVar[int] = 1000
    """How many instants are looked at."""

    def test_it_gives_ascending_instants(self, made: Any, tmp_path: Path) -> None:
        """Arrays of UTC instants in microseconds, none before the one that came before it."""
        for zone in ZONES:
            latest = None
            for number, array in enumerate(self._arrays(made, self.run_in(tmp_path, zone=zone))):
                where = f"array {number} in {zone}"
                self._check_array(array, where)
                if latest is not None and array[0] < latest:
                    self.broken(f"{where} goes back, from {latest} to {array[0]}")
                latest = array[-1]
            if latest is None:
                self.broken(f"no instant at all comes after {self.now}; choose other options")

    def _check_array(self, array: Any, where: str) -> None:
        if not isinstance(array, np.ndarray) or array.ndim != 1:
            self.broken(f"{where} is no one-dimensional numpy array: {array!r:.80}")
        if array.dtype != np.dtype("datetime64[us]"):
            self.broken(f"{where} is of {array.dtype}, not datetime64[us]")
        if np.isnat(array).any():
            self.broken(f"{where} holds NaT, which is no instant")
        if (array[1:] < array[:-1]).any():
            self.broken(f"{where} is not ascending")

    def test_it_gives_the_same_again(self, made: Any, given: Any, tmp_path: Path) -> None:
        """The seed and now decide everything: for one object twice, and for another one."""
        first = self._instants(made, tmp_path)
        again = self._instants(made, tmp_path)
        other = self._instants(self.within(self.generator(given, tmp_path)), tmp_path)
        self._check_same(first, again, "a second run of one object")
        self._check_same(first, other, "a run of an equal object")

    def test_runs_do_not_disturb_each_other(self, made: Any, tmp_path: Path) -> None:
        """Two runs of one object at the same time: whatever changes is a local of its method."""
        alone = self._instants(made, tmp_path)
        runs = [self._flat(made, self.run_in(tmp_path)) for _ in range(2)]
        pairs = list(islice(zip_longest(*runs), self.enough))
        for number in range(2):
            seen = [pair[number] for pair in pairs if pair[number] is not None]
            self._check_same(alone, seen, "a run beside another one")

    def test_another_seed_gives_other_instants(self, tmp_path: Path) -> None:
        """Holds where the contract says `seeded`."""
        made = self.within(self.generator(self._first(tmp_path), tmp_path))
        seeds = [self._instants(made, tmp_path, seed) for seed in (1, 2, 3)]
        if self.seeded and seeds[0] == seeds[1] == seeds[2]:
            self.broken("three seeds gave the same instants; draw from run.random")

    def test_it_reads_no_clock_and_draws_from_the_run(self, made: Any, tmp_path: Path) -> None:
        """Time comes from the run's now and start, randomness from its `random`."""
        self._instants(made, tmp_path)  # what is done once in a process may look at the clock
        with watched() as seen:
            self._instants(made, tmp_path)
        if seen:
            self.broken(f"not repeatable: {seen[0]}; take run.now, run.start and run.random")

    def test_the_past_may_be_skipped(self, made: Any, tmp_path: Path) -> None:
        """With `Run.skip_past`, what lies after `Run.start` is what it would be without."""
        whole = self._instants(made, tmp_path)
        for quarter in range(4):
            start = _EPOCH + timedelta(microseconds=whole[len(whole) * quarter // 4])
            self._check_skipping(made, tmp_path, start)

    def _check_skipping(self, made: Any, folder: Path, start: datetime) -> None:
        """Compare what comes after the start with and without skipping, as far as both go."""
        first = (start - _EPOCH) // timedelta(microseconds=1)
        cut, whole = (
            list(islice((t for t in self._flat(made, run) if t > first), self.enough))
            for run in (self.run_in(folder, start=start, skip_past=skip) for skip in (True, False))
        )
        ends = [run[-1] for run in (cut, whole) if len(run) == self.enough]
        if ends:
            cut, whole = ([t for t in run if t < min(ends)] for run in (cut, whole))
        self._check_same(whole, cut, f"a run that skips what is before {start.isoformat()}")

    def test_it_says_whether_it_ends(self, made: Any, tmp_path: Path) -> None:
        """`endless` agrees with what comes."""
        most = self.enough if made.endless() else ENDED
        count = sum(1 for _ in islice(self._flat(made, self.run_in(tmp_path)), most))
        if made.endless() and count < most:
            self.broken(f"endless() is true, but it ended after {count} instants")
        if not made.endless() and count == most:
            self.broken(f"endless() is false, but {most:,} instants came and still no end")

    def test_it_may_be_abandoned(self, made: Any, tmp_path: Path) -> None:
        """A run that stops closes the iterator: it must end there, and the next run is whole."""
        before = self._instants(made, tmp_path)
        arrays = iter(made.timestamps(self.run_in(tmp_path)))
        next(arrays)
        try:
            getattr(arrays, "close", bool)()
        except RuntimeError as error:
            self.broken(f"it goes on when its iterator is closed: {error}")
        self._check_same(before, self._instants(made, tmp_path), "a run after an abandoned one")

    def test_its_tags_reach_the_events(self, made: Any, given: Any, tmp_path: Path) -> None:
        """The option `tags`, which every input has, is left alone."""
        self._instants(made, tmp_path)  # a run would wait for ever where nothing comes
        generator = self.generator({**given, "tags": TAGS}, tmp_path)
        event = next(generator.events(1), None)
        if event is None or event.tags != tuple(TAGS):
            self.broken(f"its events carry {event and event.tags}, not the tags {TAGS}")

    def test_a_run_releases_and_reports_all(self, made: Any, given: Any, tmp_path: Path) -> None:
        """What a run delivers is what the input gave."""
        wanted = self._instants(made, tmp_path)
        events, report = kept_by(self.generator(given, tmp_path, max_events=self.enough))
        if report.inputs[0].error:
            self.broken(f"the run reports an error: {report.inputs[0].error}")
        seen = [(event.timestamp - _EPOCH) // timedelta(microseconds=1) for event in events]
        self._check_same(wanted, seen, "what a run delivered")
        if report.inputs[0].generated < len(wanted):
            self.broken(f"{report.inputs[0].generated} of {len(wanted)} instants are reported")

    def _check_same(self, wanted: list[int], seen: list[int], what: str) -> None:
        for number, (one, other) in enumerate(zip_longest(wanted, seen)):
            if one != other:
                self.broken(
                    f"{what} differs: instant {number} is {_said(other)} instead of {_said(one)}"
                )

    def _instants(self, made: Any, folder: Path, seed: int = 1) -> list[int]:
        return list(islice(self._flat(made, self.run_in(folder, seed)), self.enough))

    def _flat(self, made: Any, run: Run) -> Iterator[int]:
        """Yield instants, in microseconds since the epoch."""
        for array in self._filled(made, run):
            yield from np.asarray(array).astype("datetime64[us]").astype("int64").tolist()

    def _arrays(self, made: Any, run: Run) -> Iterator[Any]:
        """Yield arrays until there were enough instants."""
        left = self.enough
        for array in self._filled(made, run):
            yield array
            left -= len(array)
            if left <= 0:
                return

    def _filled(self, made: Any, run: Run) -> Iterator[Any]:
        """Yield the arrays that are not empty."""
        empty = 0
        for array in made.timestamps(run):
            empty = 0 if len(array) else empty + 1
            if empty == PATIENCE:
                self.broken(f"{PATIENCE:,} empty arrays came in a row")
            if len(array):
                yield array


def _said(instant: int | None) -> str:
    if instant is None:
        return "missing"
    return (_EPOCH + timedelta(microseconds=instant)).isoformat()
