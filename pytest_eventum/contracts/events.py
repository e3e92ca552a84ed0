"""What every event plugin must do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any, ClassVar

from eventum_core import DataError, Event, Generator
from pytest_eventum.contracts.base import Contract
from pytest_eventum.contracts.keep import kept_by
from pytest_eventum.contracts.watch import watched


class EventContract(Contract):
    """A subclass's `plugin` is an `EventPlugin`; its options must give at least one event."""

    seeded: ClassVar[bool] = False
    """Whether another seed must give other events, with the (first) valid options."""
    failing: ClassVar[Sequence[Mapping[str, Any]]] = ()
    """Changes to the (first) valid options with which some timestamps fail, and are counted."""
    inputs: ClassVar[Sequence[Mapping[str, Any]]] = (
        {"timer": {"seconds": 60, "count": 1, "repeat": 2500, "tags": ["one", "two"]}},
    )
    """The generator's inputs, of more instants than the 1,024 after which streams begin anew."""
    enough: ClassVar[int] = 5000
    """How many events are looked at."""

    place: ClassVar[str] = "event.{}"
    role: ClassVar[str] = "event"

    def document(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return a generator whose event is the plugin."""
        return {
            "input": [dict(one) for one in self.inputs],
            "event": {self.plugin.name: dict(options)},
            "output": [{"stdout": {}}],
        }

    def within(self, generator: Generator) -> Any:
        """Return the event plugin of a generator."""
        return generator.config.event

    def test_it_gives_events_without_a_failure(self, given: Any, tmp_path: Path) -> None:
        """For a moment comes a list of texts, or `Dropped`, or `Exhausted`; nothing fails."""
        failures: list[str] = []

        def failed(ordinal: int, error: DataError) -> None:
            failures.append(f"timestamp {ordinal} failed: {error}")

        events = self._events(self.generator(given, tmp_path), failed)
        if failures:
            self.broken(failures[0])
        if not events:
            self.broken("no event at all comes; choose other options")

    def test_it_gives_the_same_again(self, given: Any, tmp_path: Path) -> None:
        """The seed and now decide every byte: for one object twice, and for another one."""
        generator = self.generator(given, tmp_path)
        first = self._events(generator)
        self._check_same(first, self._events(generator), "a second run of one object")
        other = self._events(self.generator(given, tmp_path))
        self._check_same(first, other, "a run of an equal object")

    def test_every_producer_has_a_state_of_its_own(self, given: Any, tmp_path: Path) -> None:
        """Two runs of one object at the same time do not disturb each other."""
        generator = self.generator(given, tmp_path)
        alone = self._events(generator)
        runs = [self._stream(generator) for _ in range(2)]
        pairs = list(zip_longest(*runs))
        for number in range(2):
            seen = [pair[number] for pair in pairs if pair[number] is not None]
            self._check_same(alone, seen, "a run beside another one")

    def test_batches_do_not_matter(self, given: Any, tmp_path: Path) -> None:
        """How timestamps are grouped on their way changes no event."""
        whole = self._events(self.generator(given, tmp_path))
        small = self._events(self.generator(given, tmp_path, batch={"size": 7}))
        self._check_same(whole, small, "a run in small batches")

    def test_another_seed_gives_other_events(self, tmp_path: Path) -> None:
        """Holds where the contract says `seeded`."""
        given = self._first(tmp_path)
        runs = [self._events(self.generator(given, tmp_path, seed=seed)) for seed in (1, 2, 3)]
        texts = [[event.text for event in run] for run in runs]
        if self.seeded and texts[0] == texts[1] == texts[2]:
            self.broken("three seeds gave the same events; draw from run.random")

    def test_it_reads_no_clock_and_draws_from_the_run(self, given: Any, tmp_path: Path) -> None:
        """Time comes from the moment and the run's now, randomness from the run's `random`."""
        generator = self.generator(given, tmp_path)
        self._events(generator)  # what is done once in a process may look at the clock
        with watched() as seen:
            self._events(generator)
        if seen:
            self.broken(f"not repeatable: {seen[0]}; take moment.timestamp, run.now, run.random")

    def test_its_options_survive_a_run(self, given: Any, tmp_path: Path) -> None:
        """A frozen model may hold lists and dicts: the producer copies what it changes."""
        generator = self.generator(given, tmp_path)
        before = self.within(generator).model_dump()
        self._events(generator)
        if (after := self.within(generator).model_dump()) != before:
            changed = [name for name in before if before[name] != after[name]]
            self.broken(f"a run has changed the options {', '.join(changed)}")

    def test_failures_are_counted_and_not_fatal(self, tmp_path: Path) -> None:
        """Holds for what the contract calls `failing`: a timestamp is lost, the run goes on."""
        given = self._first(tmp_path)
        for change in self.failing:
            generator = self.generator({**given, **change}, tmp_path, max_events=self.enough)
            _, report = kept_by(generator)
            if report.ended == "failed" or not report.event.produce_failed:
                failed = report.event.produce_failed
                self.broken(f"with {change} the run is {report.ended}, {failed} timestamps failed")

    def test_a_run_delivers_and_reports_all(self, given: Any, tmp_path: Path) -> None:
        """What a run delivers and reports is what the plugin gave."""
        wanted = self._events(self.generator(given, tmp_path))
        events, report = kept_by(self.generator(given, tmp_path, max_events=len(wanted)))
        self._check_same(wanted, events, "what a run delivered")
        if not report.ok or report.event.produced != len(wanted):
            self.broken(f"the run does not report its {len(wanted)} events: {report.errors}")

    def _check_same(self, wanted: Sequence[Event], seen: Sequence[Event], what: str) -> None:
        for number, (one, other) in enumerate(zip_longest(wanted, seen)):
            if one != other:
                self.broken(f"{what} differs: event {number} is {_said(other)}, not {_said(one)}")

    def _events(self, generator: Generator, failed: Any = None) -> list[Event]:
        return list(self._stream(generator, failed))

    def _stream(self, generator: Generator, failed: Any = None) -> Iterator[Event]:
        return islice(generator.events(self.enough, failed), self.enough)


def _said(event: Event | None) -> str:
    return "missing" if event is None else repr(event.text[:80])
