"""Bounded queues between the event loop and threads: the schedule, on its way to the maker."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator as Items
from contextlib import closing, suppress
from functools import partial
from threading import Condition, Semaphore, Thread
from typing import Generic, TypeVar

import anyio

from eventum_core.loop import Loop, LoopGone

T = TypeVar("T")


class Idle(Exception):
    """Nothing came for a while."""


class Refused(Exception):
    """The taker has gone."""


class Handoff(Generic[T]):
    """Holds items of a weight of `depth` together; made in the event loop that puts them in."""

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._items: deque[tuple[T, int]] = deque()
        self._weight = 0
        self._arrived = Condition()
        self._loop = Loop()
        self._room = anyio.Event()
        self._waiting = self._closed = self._refusing = False

    async def put(self, item: T, weight: int = 1) -> None:
        """Add an item, waiting for room; raise `Refused` once nobody takes any more."""
        while not self._add(item, weight):
            await self._room.wait()

    def _add(self, item: T, weight: int) -> bool:
        with self._arrived:
            if self._refusing:
                raise Refused
            if not self._items or self._weight + weight <= self._depth:
                self._items.append((item, weight))
                self._weight += weight
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
                item, weight = self._items.popleft()
                self._weight -= weight
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


class Pull(Generic[T]):
    """Runs a generator in a thread of its own, an item whenever the event loop wants one.

    A generator may wait for ever within: then its thread stays behind, and nobody waits for it.
    """

    def __init__(self, items: Items[T, None, None]) -> None:
        self._read: deque[T] = deque()
        self._error: BaseException | None = None
        self._loop = Loop()
        self._arrived = anyio.Event()
        self._wanted = Semaphore(0)
        self._ended = self._left = False
        # Not a thread of anyio's pool: those keep a process from ending while they are stuck.
        Thread(target=self._run, args=[items], name="eventum-schedule", daemon=True).start()

    async def take(self) -> T | None:
        """Return the next item, or None at the end; raise what the generator raised."""
        self._wanted.release()
        while not self._read:
            if self._error is not None:
                raise self._error
            if self._ended:
                return None
            self._arrived = anyio.Event()
            await self._arrived.wait()
        return self._read.popleft()

    def leave(self) -> None:
        """Want nothing any more; the generator is closed once it gives control back."""
        self._left = True
        self._wanted.release()

    def _run(self, items: Items[T, None, None]) -> None:
        error: BaseException | None = None
        with suppress(LoopGone):
            try:
                with closing(items):
                    self._give_all(items)
            except LoopGone:
                raise
            except BaseException as caught:  # raised again by `take`
                error = caught
            self._loop.soon(partial(self._end, error))

    def _give_all(self, items: Items[T, None, None]) -> None:
        while self._wanted.acquire() and not self._left:
            try:
                item = next(items)
            except StopIteration:
                return
            self._loop.soon(partial(self._arrive, item))

    def _arrive(self, item: T) -> None:
        self._read.append(item)
        self._arrived.set()

    def _end(self, error: BaseException | None) -> None:
        self._ended, self._error = True, error
        self._arrived.set()
