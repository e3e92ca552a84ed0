"""What every formatter must do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from eventum_core import Chunk, Event, Generator
from pytest_eventum.contracts.base import Contract
from pytest_eventum.contracts.keep import Told
from pytest_eventum.contracts.watch import watched


class FormatterContract(Contract):
    """A subclass's `plugin` is a `Formatter`."""

    accepted: ClassVar[Sequence[str]] = (
        '{"n": 1}',
        '{"n": 2, "text": "grüße \u2713 \U0001d11e"}',
        "{}",
        '{"n": 3, "inner": {"list": [1, 2.5, null, true]}}',
    )
    """Texts of events that it must format."""
    refused: ClassVar[Sequence[str]] = ()
    """Texts of events that it must reject, and go on."""

    place: ClassVar[str] = "output[0].file.formatter"
    role: ClassVar[str] = "format"
    helpers: ClassVar[Sequence[type[Any]]] = (Told,)

    def document(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return a generator of all texts whose output has the formatter."""
        texts = [*self.accepted, *self.refused]
        formatter = {**options, "format": self.plugin.name}
        return {
            "input": [{"timer": {"seconds": 1, "count": 1, "repeat": len(texts)}}],
            "event": {Told.name: {"texts": texts}},
            "output": [{"file": {"path": "written.txt", "formatter": formatter}}],
        }

    def within(self, generator: Generator) -> Any:
        """Return the formatter of a generator."""
        return generator.config.outputs[0].formatter

    def test_it_accounts_for_every_event(self, made: Any, tmp_path: Path) -> None:
        """Each event is either carried by a text or rejected with a reason, in order."""
        events = self._events(self._mixed())
        chunk = made.encoder(self.run_in(tmp_path))(events)
        rejected = [one.event for one in chunk.rejected]
        self._check_order(events, chunk.events, "carried")
        self._check_order(events, rejected, "rejected")
        if lost := len(events) - len(chunk.events) - len(rejected):
            self.broken(f"{lost} of {len(events)} events are neither carried nor rejected")
        if any(not str(one.reason).strip() for one in chunk.rejected):
            self.broken("an event is rejected without a reason")
        self._check_verdicts(chunk)

    def _check_verdicts(self, chunk: Chunk) -> None:
        for one in chunk.rejected:
            if one.event.text in self.accepted:
                self.broken(f"{one.event.text!r} is rejected: {one.reason}")
        for event in chunk.events:
            if event.text in self.refused:
                self.broken(f"{event.text!r} is carried, and should be rejected")

    def _check_order(self, events: list[Event], part: Sequence[Event], what: str) -> None:
        places = [event.ordinal for event in part if event in events]
        if len(places) != len(part):
            self.broken(f"events are {what} that nobody gave: hand on the very events")
        if places != sorted(set(places)):
            self.broken(f"events are not {what} once each and in their order: {places}")

    def test_it_gives_a_text_for_each_event_or_one_for_all(self, made: Any, tmp_path: Path) -> None:
        """A batching formatter gives a single text, any other one per event; texts are `str`."""
        chunk = made.encoder(self.run_in(tmp_path))(self._events(self.accepted))
        wanted = 1 if self.plugin.batching else len(chunk.events)
        if len(chunk.texts) != wanted:
            batching = f"batching is {self.plugin.batching}"
            self.broken(f"{len(chunk.texts)} texts for {len(chunk.events)} events; {batching}")
        if strange := [text for text in chunk.texts if not isinstance(text, str)]:
            self.broken(f"a text is {type(strange[0]).__name__}, not str")

    def test_how_events_are_cut_does_not_matter(self, made: Any, tmp_path: Path) -> None:
        """Unless it is batching, events are formatted alike one by one and all together."""
        events = self._events(self._mixed())
        together = made.encoder(self.run_in(tmp_path))(events)
        encode = made.encoder(self.run_in(tmp_path))
        texts = [text for event in events for text in encode([event]).texts]
        if not self.plugin.batching and texts != list(together.texts):
            self.broken("events formatted one by one differ from those formatted together")

    def test_nothing_gives_nothing(self, made: Any, tmp_path: Path) -> None:
        """No events, or only such as are rejected: no event is carried, and nothing breaks."""
        for texts in ((), self.refused):
            chunk = made.encoder(self.run_in(tmp_path))(self._events(texts))
            if chunk.events or (chunk.texts and not self.plugin.batching):
                self.broken(f"{chunk.texts} comes of {list(texts)}")

    def test_it_gives_the_same_again(self, made: Any, tmp_path: Path) -> None:
        """Two encoders of one object give the same, without clock and randomness of their own."""
        events = self._events(self._mixed())
        one, other = (made.encoder(self.run_in(tmp_path)) for _ in range(2))
        with watched() as seen:
            first = one(events).texts
            between = other(events[:1]).texts
        if seen:
            self.broken(f"not repeatable: {seen[0]}")
        if first != made.encoder(self.run_in(tmp_path))(events).texts:
            self.broken("a second encoder of one object gives something else")
        if between != made.encoder(self.run_in(tmp_path))(events[:1]).texts:
            self.broken("two encoders of one object disturb each other")

    def test_a_run_counts_what_was_rejected(self, given: Any, tmp_path: Path) -> None:
        """In a run, `written` and `format_failed` add up to what was produced."""
        report = self.generator(given, tmp_path).run_sync()
        (output,) = report.outputs
        counts = (report.event.produced, output.written, output.format_failed)
        wanted = (len(self._mixed()), len(self.accepted), len(self.refused))
        if counts != wanted:
            self.broken(f"(produced, written, format_failed) is {counts}, not {wanted}")
        if not (tmp_path / "written.txt").stat().st_size:
            self.broken("nothing was written")

    def _mixed(self) -> list[str]:
        return [*self.accepted, *self.refused]

    def _events(self, texts: Sequence[str]) -> list[Event]:
        start = datetime.fromisoformat(self.now)
        return [
            Event(start + timedelta(seconds=number), text, ("one", "two"), number, 0)
            for number, text in enumerate(texts)
        ]
