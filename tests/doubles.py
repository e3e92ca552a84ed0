"""Small plugins with a behaviour that a test chooses, and generators made of them."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import anyio
import numpy as np

from eventum_core import (
    Chunk,
    EventPlugin,
    Failure,
    Generator,
    InputPlugin,
    LocalOutputPlugin,
    OneEach,
    OutputPlugin,
    Run,
    TriggerPlugin,
)
from eventum_core.plugin import Produce

NOW = "2026-01-05T12:00:00Z"
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
"""The moment that `NOW` names."""
START = 1_767_614_400_000_000
"""The same in microseconds since the epoch."""
EVERY_SECOND: dict[str, Any] = {"cron": {"expression": "* * * * * *", "count": 1}}


def times(*seconds: float) -> Any:
    """Return instants so many seconds after the epoch."""
    return np.array([round(s * 1e6) for s in seconds], dtype="datetime64[us]")


class Given(InputPlugin):
    """Gives the arrays it was given; an exception among them is raised."""

    name: ClassVar[str] = "given"
    arrays: list[Any]

    def timestamps(self, run: Run) -> Iterator[Any]:
        for array in self.arrays:
            if isinstance(array, Exception):
                raise array
            yield array


class Asked(TriggerPlugin):
    """Asks for what an asynchronous generator of the test yields."""

    name: ClassVar[str] = "asked"
    stimuli: Callable[[Run], AsyncGenerator[int, None]]

    def triggers(self, run: Run) -> AsyncGenerator[int, None]:
        return self.stimuli(run)


class Numbered(EventPlugin):
    """Says ordinal, time and one random number."""

    name: ClassVar[str] = "numbered"

    def producer(self, run: Run) -> Produce:
        def produce(moment: Any) -> list[str]:
            draw = run.random.random()
            return [f'{{"n": {moment.ordinal}, "t": "{moment.timestamp}", "r": {draw}}}']

        return produce


class Called(EventPlugin):
    """Asks a function of the test."""

    name: ClassVar[str] = "called"
    function: Callable[[Any, Run], Sequence[str]]

    def producer(self, run: Run) -> Produce:
        return lambda moment: self.function(moment, run)


class One(EventPlugin):
    """Asks a function of the test for the one event of the moment with this number."""

    name: ClassVar[str] = "one"
    function: Callable[[int], str]

    def producer(self, run: Run) -> Produce:
        numbers = itertools.count()
        return OneEach(lambda stamp, tags: self.function(next(numbers)))


class Kept(LocalOutputPlugin):
    """Passes what it is given to a function of the test, unless `refuse` says otherwise."""

    name: ClassVar[str] = "kept"
    into: Any
    refuse: Callable[[Chunk], Sequence[Failure]] | None = None

    @contextmanager
    def open(self, run: Run) -> Iterator[Any]:
        def write(chunk: Chunk) -> Sequence[Failure]:
            failures = self.refuse(chunk) if self.refuse else ()
            failed = {failure.item for failure in failures}
            self.into([t for i, t in enumerate(chunk.texts) if i not in failed])
            return failures

        yield write


class Sent(OutputPlugin):
    """Hands each chunk to an asynchronous function of the test."""

    name: ClassVar[str] = "sent"
    write: Callable[[Chunk], Any]

    @asynccontextmanager
    async def open(self, run: Run) -> AsyncIterator[Any]:
        yield self.write


def linspace(count: int, seconds: float = 60) -> dict[str, Any]:
    """Return an input of so many instants, spread over the seconds after `NOW`."""
    return {"linspace": {"start": "now", "end": f"+{round(seconds)}s", "count": count}}


def inline(text: str = "{{ timestamp.isoformat() }}") -> dict[str, Any]:
    """Return an event plugin with this template."""
    return {"template": {"mode": "all", "templates": [{"my_event": {"inline": text}}]}}


def local(**options: Any) -> tuple[list[str], dict[str, Any]]:
    """Return a list and the local output that fills it."""
    texts: list[str] = []
    return texts, {"kept": {"into": texts.extend, **options}}


def remote(**options: Any) -> tuple[list[str], dict[str, Any]]:
    """Return a list and the network output that fills it, giving way before each write."""
    texts: list[str] = []

    async def write(chunk: Chunk) -> Sequence[Failure]:
        await anyio.lowlevel.checkpoint()
        texts.extend(chunk.texts)
        return ()

    return texts, {"sent": {"write": write, **options}}


def generator(
    base: Path,
    *outputs: dict[str, Any],
    event: dict[str, Any] | None = None,
    inputs: list[dict[str, Any]] | None = None,
    count: int = 10,
    **settings: Any,
) -> Generator:
    """Return a generator of the doubles, in sample mode, with a fixed seed and now."""
    document = {
        "input": inputs or [linspace(count)],
        "event": {"numbered": {}} if event is None else event,
        "output": list(outputs) or [{"kept": {"into": list}}],
    }
    settings = {"seed": 7, "now": NOW, "live_mode": False, "id": "test", **settings}
    doubles = [Given, Asked, Numbered, Called, One, Kept, Sent]
    return Generator.from_mapping(document, base=base, plugins=doubles, **settings)


def dated(base: Path, *outputs: dict[str, Any], **parts: Any) -> Generator:
    """Return a generator whose event is its own time, once a second and without end."""
    return generator(base, *outputs, **{"inputs": [EVERY_SECOND], "event": inline(), **parts})


def eventum(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "eventum_core", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def threads_left() -> list[str]:
    """Return the names of our threads that live on, giving each time for its last steps."""
    ours = [thread for thread in threading.enumerate() if thread.name.startswith("eventum-")]
    for thread in ours:
        thread.join(5)
    return [thread.name for thread in ours if thread.is_alive()]
