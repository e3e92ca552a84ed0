"""Outputs that tests read, and generators without a file."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import UserList
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import anyio

from eventum_core import (
    Chunk,
    Failure,
    Generator,
    LocalOutputPlugin,
    OutputPlugin,
    Run,
)

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
EVERY_SECOND: dict[str, Any] = {"cron": {"expression": "* * * * * *", "count": 1}}


class Kept(UserList[Any]):
    """A list that is handed over in a document without being copied, as a list would be."""


class Local(LocalOutputPlugin):
    """Keep what is written."""

    name: ClassVar[str] = "local"
    into: Any

    @contextmanager
    def open(self, run: Run) -> Iterator[Any]:
        def write(chunk: Chunk) -> Sequence[Failure]:
            self.into.extend(chunk.texts)
            return ()

        yield write


class Remote(OutputPlugin):
    """Keep what is written and how many writes overlapped; give way in the middle of each."""

    name: ClassVar[str] = "remote"
    into: Any
    overlaps: Any = None
    hang: bool = False

    @asynccontextmanager
    async def open(self, run: Run) -> AsyncIterator[Any]:
        busy = 0

        async def write(chunk: Chunk) -> Sequence[Failure]:
            nonlocal busy
            busy += 1
            if self.overlaps is not None:
                self.overlaps.append(busy)
            try:
                for _ in range(5 if not self.hang else sys.maxsize):
                    await anyio.lowlevel.checkpoint()
                self.into.extend(chunk.texts)
            finally:
                busy -= 1
            return ()

        yield write


def inline(text: str = "{{ timestamp.isoformat() }}") -> dict[str, Any]:
    return {"template": {"mode": "all", "templates": [{"my_event": {"inline": text}}]}}


def document(*outputs: dict[str, Any], inputs: Any = None, event: Any = None) -> dict[str, Any]:
    return {
        "input": inputs or [EVERY_SECOND],
        "event": event or inline(),
        "output": list(outputs),
    }


def generator(tree: dict[str, Any], base: Path, **settings: Any) -> Generator:
    settings = {"now": NOON.isoformat(), "seed": 1, "live_mode": False, **settings}
    return Generator.from_mapping(tree, base=base, plugins=(Local, Remote), **settings)


def sink(kind: type[Local] | type[Remote], **options: Any) -> tuple[Kept, dict[str, Any]]:
    """Return a list and the output item that fills it."""
    into = Kept()
    return into, {kind.name: {"into": into, **options}}


def eventum(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "eventum_core", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
