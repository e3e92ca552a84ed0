"""A bounded queue from the event loop to a thread: batches on their way to the maker."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from threading import Condition
from typing import Generic, TypeVar

import anyio

from eventum_core.loop import Loop, LoopGone

T = TypeVar("T")


class Idle(Exception):
    """Nothing came for a while."""


class Refused(Exception):
    """The taker has gone."""


class Handoff(Generic[T]):
    """Holds at most `depth` items; made in the event loop that puts them in."""

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._items: deque[T] = deque()
        self._arrived = Condition()
        self._loop = Loop()
        self._room = anyio.Event()
        self._waiting = self._closed = self._refusing = False

    async def put(self, item: T) -> None:
        """Add an item, waiting for room; raise `Refused` once nobody takes any more."""
        while not self._add(item):
            await self._room.wait()

    def _add(self, item: T) -> bool:
        with self._arrived:
            if self._refusing:
                raise Refused
            if len(self._items) < self._depth:
                self._items.append(item)
                self._arrived.notify()
                return True
            self._room = anyio.Event()
            self._waiting = True
            return False

    def close(self) -> None:
        """Let `take` return None once all is taken."""
        with self._arrived:
            self._closed = True
            self._arrived.notify()

    def take(self, patience: float) -> T | None:
        """Return the oldest item, or None at the end; raise `Idle` after `patience` seconds.

        For the thread.
        """
        with self._arrived:
            if not self._items and not self._closed:
                self._arrived.wait(patience)
            if self._items:
                item = self._items.popleft()
            elif self._closed:
                return None
            else:
                raise Idle
        self._make_room()
        return item

    def refuse(self) -> None:
        """Take nothing any more. For the thread."""
        with self._arrived:
            self._refusing = True
        self._make_room()

    def _make_room(self) -> None:
        with self._arrived:
            waiting, self._waiting = self._waiting, False
        if waiting:
            with suppress(LoopGone):  # then nobody waits
                self._loop.soon(self._room.set)
