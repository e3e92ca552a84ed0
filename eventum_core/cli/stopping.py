"""SIGINT and SIGTERM during a run: the first stops and drains it, the second ends at once.

SIGHUP, for programs that wish it, means to read files again.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)
ECHO = 0.25
"""Seconds within which a second signal is the echo of the first: some programs signal a child and
then its whole process group."""
NOTE = b"stopping: what has begun is finished; the same signal again ends at once\n"


class Stopping:
    """What a signal did to a run."""

    def __init__(
        self, stop: Callable[[], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stop = stop
        self._clock = clock
        self._number = 0
        self._first = 0.0

    @property
    def exit_code(self) -> int:
        """128 plus the signal's number, or 0 where none came."""
        return 128 + self._number if self._number else 0

    def __call__(self, number: int, _frame: FrameType | None = None) -> None:
        """Answer a signal."""
        if self._number:
            if self._clock() - self._first > ECHO:
                os._exit(self.exit_code)
            return
        self._number, self._first = number, self._clock()
        # Not through sys.stderr: the signal may have interrupted a write to it.
        os.write(2, NOTE)
        self._stop()

    def catch_up(self) -> None:
        """Stop again if a signal came before there was a run that could hear it."""
        if self._number:
            self._stop()


@contextmanager
def stopped_by_signals(
    stop: Callable[[], None], clock: Callable[[], float] = time.monotonic
) -> Iterator[Stopping]:
    """Call `stop` at the first signal while inside; the handlers before are put back."""
    stopping = Stopping(stop, clock)
    before = {number: signal.signal(number, stopping) for number in SIGNALS}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def told_to_reread(reread: Callable[[int, Any], None]) -> Iterator[None]:
    """Call `reread` at each SIGHUP while inside, where the system has that signal."""
    if not hasattr(signal, "SIGHUP"):
        yield
        return
    before = signal.signal(signal.SIGHUP, reread)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)
