"""What every output must do, to a network or on this machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import anyio

from eventum_core import Chunk, Event, Generator, LocalOutputPlugin, Report, RunError
from pytest_eventum.contracts.base import Contract
from pytest_eventum.contracts.keep import Told

GUARANTEES = ("exactly once by id", "at least once", "sent")
ONCE = GUARANTEES[0]


class OutputContract(Contract):
    """A subclass's `plugin` is an `OutputPlugin` or a `LocalOutputPlugin`; it has a `read`.

    What `prepare` returns, such as the address of a server, is added to the options.
    """

    texts: ClassVar[Sequence[str]] = (
        '{"n": 1, "text": "plain"}',
        '{"n": 2, "text": "grüße \u2713 \U0001d11e"}',
        '{"n": 3, "text": ""}',
    )
    """Texts that it must deliver."""
    refused: ClassVar[Sequence[str]] = ()
    """Texts that the destination of the (first) valid options refuses, without any other loss."""
    unreachable: ClassVar[Sequence[Mapping[str, Any]]] = ()
    """Changes to the (first) valid options with which it cannot open, and the run cannot begin."""
    ordered: ClassVar[bool | None] = None
    """Whether `read` gives texts in their order. Default: a local output does."""

    place: ClassVar[str] = "output[0].{}"
    role: ClassVar[str] = "delivery"
    helpers: ClassVar[Sequence[type[Any]]] = (Told,)

    def read(self, folder: Path) -> Sequence[str]:
        """Return all texts that are at the destination now, as they were written."""
        raise NotImplementedError("give the contract a method read(self, folder)")

    def document(
        self, options: Mapping[str, Any], texts: Sequence[str] | None = None
    ) -> dict[str, Any]:
        """Return a generator of these texts whose only output is the plugin."""
        texts = self.texts if texts is None else texts
        retry = {"attempts": 2, "initial_delay": 0.01, "max_delay": 0.01}
        return {
            "input": [{"timer": {"seconds": 1, "count": 1, "repeat": max(1, len(texts))}}],
            "event": {Told.name: {"texts": list(texts)}},
            "output": [{self.plugin.name: {**options, "retry": retry}}],
        }

    def within(self, generator: Generator) -> Any:
        """Return the output of a generator."""
        return generator.config.outputs[0].plugin

    def test_it_delivers_and_reports_all(self, given: Any, tmp_path: Path) -> None:
        """What a run wrote can be read back: every text, once, and in order if it is local."""
        report = self._run(given, tmp_path, self.texts)
        if not report.ok or report.outputs[0].written != len(self.texts):
            self.broken(f"the run reports {_counts(report)}: {', '.join(report.errors)}")
        self._check_read(tmp_path, self.texts)

    def test_it_can_be_opened_again(self, given: Any, tmp_path: Path) -> None:
        """One object serves several runs: nothing stays open, or closed, after the first."""
        generator = self._generator(given, tmp_path, self.texts)
        first, second = generator.run_sync(), generator.run_sync()
        if not (first.ok and second.ok):
            self.broken(f"a second run fails: {', '.join(first.errors + second.errors)}")
        there = Counter(self.read(tmp_path))
        for text, copies in there.items():
            if self.plugin.guarantee == ONCE and copies > 1:
                self.broken(f"its guarantee is {ONCE}, and {text!r} is there {copies} times")
        if missing := Counter(self.texts) - there:
            self.broken(f"after a second run, {next(iter(missing))!r} is missing")

    def test_small_chunks_are_delivered_as_well(self, given: Any, tmp_path: Path) -> None:
        """A chunk for every event, many of them at once for a network output."""
        texts = list(self.texts) * (1 if self.plugin.guarantee == ONCE else 10)
        report = self._generator(given, tmp_path, texts, batch={"size": 1}).run_sync()
        if not report.ok:
            self.broken(f"the run reports {_counts(report)}: {', '.join(report.errors)}")
        self._check_read(tmp_path, texts)

    def test_what_is_refused_is_counted(self, tmp_path: Path) -> None:
        """Holds for what the contract calls `refused`: the others are written all the same."""
        if not self.refused:
            return
        given = self._first(tmp_path)
        texts = [*self.refused, *self.texts]
        report = self._run(given, tmp_path, texts)
        output = report.outputs[0]
        if (output.written, output.write_failed) != (len(self.texts), len(self.refused)):
            wanted = f"{len(self.texts)} written, {len(self.refused)} refused"
            self.broken(f"the run reports {_counts(report)} instead of {wanted}")
        self._check_read(tmp_path, self.texts)

    def test_it_says_when_it_cannot_open(self, tmp_path: Path) -> None:
        """Holds for what the contract calls `unreachable`: `RunError`, before anything moves."""
        for change in self.unreachable:
            given = {**self._first(tmp_path), **change}
            try:
                report = self._run(given, tmp_path, self.texts)
            except RunError as error:
                if str(error).strip():
                    continue
                self.broken(f"with {change} it cannot open and does not say why")
            self.broken(f"with {change} a run begins, and reports {_counts(report)}")

    def test_an_empty_chunk_is_no_event(self, made: Any, tmp_path: Path) -> None:
        """A local output gets one about every second when nothing comes."""
        if not isinstance(made, LocalOutputPlugin):
            return
        with made.open(self.run_in(tmp_path)) as write:
            failures = write(Chunk([], []))
        if failures or self.read(tmp_path):
            self.broken(f"an empty chunk leaves {list(self.read(tmp_path))}, failures {failures}")

    def test_failures_name_items_of_the_chunk(self, tmp_path: Path) -> None:
        """Each `Failure` has the position of its text, in order, and a reason."""
        made = self.within(self.generator(self._first(tmp_path), tmp_path))
        texts = [*self.texts, *self.refused]
        failures = list(self._written(made, tmp_path, texts) or ())
        items = [failure.item for failure in failures]
        if items != list(range(len(self.texts), len(texts))):
            self.broken(f"the failed items of {texts} are {items}")
        if any(not failure.reason.strip() for failure in failures):
            self.broken("a failure has no reason")

    def test_its_guarantee_is_one_of_three(self) -> None:
        """What may happen to an event: `guarantee` says it in the words of the manual."""
        if self.plugin.guarantee not in GUARANTEES:
            self.broken(f"guarantee {self.plugin.guarantee!r}: write one of {GUARANTEES}")

    def _written(self, made: Any, folder: Path, texts: Sequence[str]) -> Any:
        chunk = Chunk(list(texts), self._events(texts))
        if isinstance(made, LocalOutputPlugin):
            with made.open(self.run_in(folder)) as write:
                return write(chunk)

        async def written() -> Any:
            async with made.open(self.run_in(folder)) as write:
                return await write(chunk)

        return anyio.run(written)

    def _events(self, texts: Sequence[str]) -> list[Event]:
        now = self.run_in(Path()).now
        return [Event(now, text, (), number, 0) for number, text in enumerate(texts)]

    def _check_read(self, folder: Path, wanted: Sequence[str]) -> None:
        seen, wanted = list(self.read(folder)), list(wanted)
        if missing := Counter(wanted) - Counter(seen):
            self.broken(f"{next(iter(missing))!r} was written, but is not there")
        if strange := Counter(seen) - Counter(wanted):
            text, copies = next(iter(strange.items()))
            self.broken(f"{text!r} is there {copies} times too often")
        local = issubclass(self.plugin, LocalOutputPlugin)
        if (local if self.ordered is None else self.ordered) and seen != wanted:
            self.broken(f"texts are not in their order: {seen}")

    def _run(self, given: Mapping[str, Any], folder: Path, texts: Sequence[str]) -> Report:
        return self._generator(given, folder, texts).run_sync()

    def _generator(
        self, given: Mapping[str, Any], folder: Path, texts: Sequence[str], **settings: Any
    ) -> Generator:
        document = self.document(given, texts)
        settings = self._settings() | settings
        return Generator.from_mapping(document, base=folder, plugins=self._plugins(), **settings)


def _counts(report: Report) -> str:
    output = report.outputs[0]
    return f"{output.written} written, {output.write_failed} refused, {output.abandoned} abandoned"
