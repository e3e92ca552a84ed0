"""A stream: one generator bound to one test, with its backend and its ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from eventum_core import EventumError, Generator, GeneratorConfig, Report, Seeds, Settings
from pytest_eventum.backends.base import Backend
from pytest_eventum.book import Book
from pytest_eventum.ledger import Entry, Ledger
from pytest_eventum.overrides import Overrides
from pytest_eventum.thread import OwnThread


class StreamError(EventumError):
    """A stream cannot be made, or did not deliver all its events."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """What a stream is made of."""

    name: str
    config: GeneratorConfig
    settings: Settings
    backend: Backend
    options: Mapping[str, Any]
    """Options of the output that fills the backend."""
    overrides: Overrides
    file: Path | None = None
    """The generator's file; None if it was written in the test."""
    document: Mapping[str, Any] | None = None
    """The generator itself where there is no file."""
    root: int = 0
    """The session's root seed."""


class Stream:
    """The events of one generator for one test."""

    def __init__(
        self,
        source: Source,
        thread: OwnThread,
        spill: Callable[[], Path],
        told: Callable[[Stream], object],
    ) -> None:
        self.source = source
        self._sinks = source.backend.sinks(source.name, source.options)
        outputs = len(source.config.outputs if self._sinks is None else self._sinks)
        seeds = Seeds(self.seed, source.settings.name)
        now = self.now
        self._book = Book(
            source.backend.kind,
            spill,
            lambda ordinal, index: seeds.event_id(now, ordinal, index),
            outputs,
        )
        self._thread = thread
        self._told = told
        self._siblings: Mapping[str, Stream] = {source.name: self}
        self.report: Report | None = None
        """What the engine says of the last delivery; None before the first."""

    def __repr__(self) -> str:
        return f"<Stream {self.name!r} seed={self.seed} of {self._book.count} events>"

    def __getitem__(self, name: str) -> Stream:
        """Return another stream of the same test by its name."""
        if name not in self._siblings:
            known = ", ".join(self._siblings)
            raise KeyError(f"this test has no stream {name!r}; there are: {known}")
        return self._siblings[name]

    def beside(self, siblings: Mapping[str, Stream]) -> None:
        """Let the streams of one test know each other by name."""
        self._siblings = siblings

    @property
    def name(self) -> str:
        """What the test calls it: the generator's file or folder, or its name in the suite file."""
        return self.source.name

    @property
    def seed(self) -> int:
        """The seed that gives these events, with `now`."""
        found = self.source.settings.seed
        assert found is not None, "the plugin settles every stream's seed"
        return found

    @property
    def now(self) -> datetime:
        """What ``now`` means in this stream, aware."""
        return datetime.fromisoformat(self.source.settings.now or "")

    @property
    def backend(self) -> Backend:
        """Where the events go."""
        return self.source.backend

    @property
    def ledger(self) -> Ledger:
        """The events delivered so far."""
        return Ledger(self._book, ()).delivered

    def deliver(self, count: int | None = None) -> Ledger:
        """Deliver the next `count` events, or all that are left, and return the ledger.

        Raises `StreamError` if an event fails or the stream has no end.
        """
        __tracebackhide__ = True
        done = self._book.count
        generator = self._generator(
            done + count if count else self.source.settings.max_events, done
        )
        if generator.endless:
            raise StreamError(
                f"stream {self.name!r} never ends: give the marker a count= or a duration="
            )
        self._book.on_barren = generator.stop if _goes_on(generator) else None
        self.report = self._thread.run(generator, self._book)
        self._told(self)
        if not self.report.ok or self.report.ended == "stopped":
            raise StreamError(_failure(self.name, self.report, self._book.barren))
        return self.ledger

    async def adeliver(self, count: int | None = None) -> Ledger:
        """Do the same from a coroutine, in asyncio or trio, without blocking its loop."""
        import anyio.to_thread

        return await anyio.to_thread.run_sync(self.deliver, count)

    def one(self, **overrides: Any) -> Entry:
        """Return the stream's first event with these fields replaced; nothing is delivered.

        A field is a key or, with two underscores, a path: ``customer__city``. No draw moves
        because of an override: all other fields are those of the event without it.
        """
        __tracebackhide__ = True
        paths = {name.replace("__", "."): value for name, value in overrides.items()}
        replaced = self.source.overrides.with_(paths)
        first = next(self._generator(None, 0).events(1), None)
        if first is None:
            raise StreamError(f"stream {self.name!r} has no event")
        book = Book(self.backend.kind, _nowhere, self._book.event_id)
        book.planned(replaced.all([first]))
        return Ledger(book, range(1))[0]

    def close(self) -> None:
        """Let go of what the ledger keeps on disk."""
        self._book.close()

    def _generator(self, most: int | None, skip: int) -> Generator:
        settings = self.source.settings.model_copy(update={"max_events": most})
        shape = self.source.overrides.after(skip)
        return Generator(self.source.config, settings, outputs=self._sinks, shape=shape)


def _goes_on(generator: Generator) -> bool:
    """Tell whether the schedule itself never ends, whatever number of events is wanted."""
    settings = generator.settings.model_copy(update={"max_events": None})
    return Generator(generator.config, settings).endless


def _failure(name: str, report: Report, barren: int) -> str:
    """Return what went wrong with a delivery, in a few lines."""
    failed = report.event.produce_failed
    lost = [f"{o.name}: {o.undelivered} not delivered" for o in report.outputs if o.undelivered]
    lost += [f"{failed} timestamps without an event"] if failed else []
    lost += [f"input {one.name}: {one.error}" for one in report.inputs if one.error]
    lost += [] if lost else [f"no event in {barren} timestamps"]
    lines = [f"stream {name!r} {report.ended}: {'; '.join(lost)}"]
    return "\n".join([*lines, *(f"  {cause}" for cause in report.errors)])


def _nowhere() -> Path:
    raise AssertionError("one event is never too much for memory")
