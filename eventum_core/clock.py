"""Where a run reads the time and waits for it.

Instants are whole microseconds since the Unix epoch, UTC. The functions of `time` are bound as
defaults when this module loads, so a test that replaces ``time.time`` does not stop a scheduler.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

import anyio

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
LONGEST_NAP = 60.0
"""Seconds; a wall clock may be set while we sleep, so long waits look at it again."""


def micros(moment: datetime) -> int:
    """Return an aware moment as microseconds since the epoch, exactly."""
    return (moment - EPOCH) // MICROSECOND


def moment(instant: int) -> datetime:
    """Return microseconds since the epoch as an aware UTC datetime, exactly."""
    return EPOCH + timedelta(microseconds=instant)


class Clock(Protocol):
    """What a run needs of time."""

    def now(self) -> int:
        """Return the present instant."""

    async def sleep_until(self, instant: int) -> None:
        """Return once `instant` has come; at once if it is past."""


class WallClock:
    """The host's time of day."""

    def now(self, _read: Callable[[], int] = time.time_ns) -> int:
        """Return the present instant."""
        return _read() // 1000

    async def sleep_until(self, instant: int) -> None:
        """Sleep in naps, looking at the clock after each."""
        while (left := (instant - self.now()) / 1e6) > 0:
            await anyio.sleep(min(left, LONGEST_NAP))


class NoWaitClock(WallClock):
    """A clock that no one waits for: sample mode."""

    async def sleep_until(self, instant: int) -> None:
        """Return at once, giving other tasks their turn."""
        await anyio.lowlevel.checkpoint()


class ScaledClock:
    """Time that begins at `start` and runs `speed` times as fast as the host's."""

    def __init__(self, start: int, speed: float = 1.0) -> None:
        if speed <= 0:
            raise ValueError(f"speed must be positive, got {speed}")
        self._start = start
        self._speed = speed
        self._origin = self._steady()

    @staticmethod
    def _steady(_read: Callable[[], int] = time.monotonic_ns) -> int:
        return _read()

    def now(self) -> int:
        """Return the present instant of this timeline."""
        return self._start + int((self._steady() - self._origin) / 1000 * self._speed)

    async def sleep_until(self, instant: int) -> None:
        """Sleep the scaled distance."""
        while (left := (instant - self.now()) / 1e6 / self._speed) > 0:
            await anyio.sleep(left)


class ManualClock:
    """Time that moves only when told to: for tests."""

    def __init__(self, start: int) -> None:
        self._now = start
        self._moved = anyio.Event()

    def now(self) -> int:
        """Return the instant last set."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move forward and wake the sleepers; call it in the event loop's thread."""
        self._now += by // MICROSECOND
        self._moved.set()
        self._moved = anyio.Event()

    async def sleep_until(self, instant: int) -> None:
        """Wait until somebody has advanced this clock far enough."""
        while self._now < instant:
            await self._moved.wait()
