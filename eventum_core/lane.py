"""Where chunks wait for one network output: in memory, then in a bounded file.

The thread that makes chunks puts them in, the event loop takes them out, in the same order.
"""

from __future__ import annotations

import pickle
import tempfile
from collections import deque
from collections.abc import Iterator
from threading import Condition
from typing import IO

import anyio

from eventum_core.loop import Loop, LoopGone
from eventum_core.model import Chunk

_LENGTH = 8
"""Bytes of a frame's length before each frame."""


class Abandoned(Exception):
    """The lane takes nothing any more, because the run was cut short."""


class Spill:
    """A first-in-first-out file of chunks that no one else can see."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._file: IO[bytes] | None = None
        self._read = self._written = 0

    def __bool__(self) -> bool:
        return self._read < self._written

    def put(self, chunk: Chunk) -> bool:
        """Append the chunk, or return False if the file has no room for it."""
        if not self._limit:
            return False
        # Pickle keeps what MessagePack would lose: zones of timestamps, halves of surrogate pairs.
        frame = pickle.dumps((chunk.texts, chunk.events), pickle.HIGHEST_PROTOCOL)
        if self._written + _LENGTH + len(frame) > self._limit:
            return False
        try:
            self._append(len(frame).to_bytes(_LENGTH, "big") + frame)
        except OSError:
            return False  # no room on the disk is no room in the file
        self._written += _LENGTH + len(frame)
        return True

    def _append(self, data: bytes) -> None:
        if self._file is None:
            # Unbuffered: a buffer that a full disk does not take would fail again at each seek.
            self._file = tempfile.TemporaryFile(prefix="eventum-spill-", buffering=0)  # noqa: SIM115 # closed by close()
        self._file.seek(self._written)
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]

    def take(self) -> Chunk:
        """Remove and return the oldest chunk; once empty, the file gives its room back."""
        assert self._file is not None, "nothing was put"
        self._file.seek(self._read)
        length = int.from_bytes(self._file.read(_LENGTH), "big")
        texts, events = pickle.loads(self._file.read(length))
        self._read += _LENGTH + length
        if self._read == self._written:
            self._file.truncate(0)
            self._read = self._written = 0
        return Chunk(texts, events)

    def close(self) -> None:
        """Delete the file."""
        if self._file is not None:
            self._file.close()


class Lane:
    """A bounded queue from a thread to the event loop it was made in."""

    def __init__(self, *, most_events: int, most_bytes: int, spill: int) -> None:
        self._most_events = most_events
        self._most_bytes = most_bytes
        self._chunks: deque[Chunk] = deque()
        self._events = self._bytes = 0
        self._spill = Spill(spill)
        self._room = Condition()
        self._loop = Loop()
        self._arrived = anyio.Event()
        self._waiting = self._closed = self._abandoned = False
        self.spilled = 0
        """Events that went through the file."""

    def put(self, chunk: Chunk, *, wait: bool) -> bool:
        """Add a chunk. Where there is no room, wait for it, or return False if not to wait.

        Raises `Abandoned` once the lane takes nothing any more.
        """
        with self._room:
            while not self._add(chunk):
                if self._abandoned:
                    raise Abandoned
                if not wait:
                    return False
                self._room.wait()
            wake, self._waiting = self._waiting, False
        if wake:
            self._wake()
        return True

    def _add(self, chunk: Chunk) -> bool:
        if self._abandoned:
            return False
        size = sum(map(len, chunk.texts))
        # A chunk larger than the whole queue still has to pass through it.
        fits = not self._chunks or (
            self._events + len(chunk.events) <= self._most_events
            and self._bytes + size <= self._most_bytes
        )
        if fits and not self._spill:
            self._chunks.append(chunk)
            self._events += len(chunk.events)
            self._bytes += size
            return True
        if self._spill.put(chunk):
            self.spilled += len(chunk.events)
            return True
        return False

    def _wake(self) -> None:
        try:
            self._loop.soon(self._arrived.set)
        except LoopGone as error:
            raise Abandoned from error

    async def take(self) -> Chunk | None:
        """Return the oldest chunk, waiting for one; None once the lane is closed and empty."""
        while True:
            with self._room:
                if chunk := self._oldest():
                    self._room.notify()
                    return chunk
                if self._closed:
                    self._spill.close()
                    return None
                self._arrived = anyio.Event()
                self._waiting = True
            await self._arrived.wait()

    def _oldest(self) -> Chunk | None:
        if self._chunks:
            chunk = self._chunks.popleft()
            self._events -= len(chunk.events)
            self._bytes -= sum(map(len, chunk.texts))
            return chunk
        return self._spill.take() if self._spill else None

    def close(self) -> None:
        """Let `take` end once all is taken; to be called in the event loop."""
        with self._room:
            self._closed = True
        self._arrived.set()

    def abandon(self) -> Iterator[Chunk]:
        """Take nothing any more; yield what was still waiting."""
        with self._room:
            self._abandoned = self._closed = True
            self._room.notify_all()
        while chunk := self._oldest():
            yield chunk
        self._spill.close()
