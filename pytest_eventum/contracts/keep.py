"""A run whose events are kept instead of delivered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from eventum_core import (
    Chunk,
    Delivery,
    Event,
    EventPlugin,
    Failure,
    Formatter,
    Generator,
    LocalOutputPlugin,
    Moment,
    Registry,
    Report,
    Run,
    Sink,
)


class Keep(LocalOutputPlugin):
    """Keep events in a list."""

    name: ClassVar[str] = "kept"

    into: Any
    """The list."""

    @contextmanager
    def open(self, run: Run) -> Iterator[Callable[[Chunk], Sequence[Failure]]]:
        """Give the function that keeps."""

        def write(chunk: Chunk) -> Sequence[Failure]:
            self.into.extend(chunk.events)
            return ()

        yield write


class Told(EventPlugin):
    """Give one text after the other."""

    name: ClassVar[str] = "told"

    texts: tuple[str, ...]
    """What to give."""

    def producer(self, run: Run) -> Callable[[Moment], Sequence[str]]:
        """Return the function that gives the text of an ordinal."""
        return lambda moment: [self.texts[moment.ordinal]]


def kept_by(generator: Generator) -> tuple[list[Event], Report]:
    """Return the events of a run to its end, and what it reports."""
    events: list[Event] = []
    return events, keeping(generator, events).run_sync()


def keeping(generator: Generator, into: list[Event]) -> Generator:
    """Return the same generator with an output that keeps events in a list."""
    plain = Registry().get("format", "plain")()
    assert isinstance(plain, Formatter)
    sink = Sink(Keep.model_construct(into=into), plain, Delivery())
    return Generator(generator.config, generator.settings, outputs=[sink])
