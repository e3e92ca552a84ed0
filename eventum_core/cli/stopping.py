"""SIGINT and SIGTERM during a run: the first stops and drains it, the second ends at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)
NOTE = b"stopping: what has begun is finished; the same signal again ends at once\n"


class Stopping:
    """What a signal did to a run."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self._number = 0

    @property
    def exit_code(self) -> int:
        """128 plus the signal's number, or 0 where none came."""
        return 128 + self._number if self._number else 0

    def __call__(self, number: int, _frame: FrameType | None = None) -> None:
        """Answer a signal."""
        if self._number:
            os._exit(self.exit_code)
        self._number = number
        # Not through sys.stderr: the signal may have interrupted a write to it.
        os.write(2, NOTE)
        self._stop()

    def catch_up(self) -> None:
        """Stop again if a signal came before there was a run that could hear it."""
        if self._number:
            self._stop()


@contextmanager
def stopped_by_signals(stop: Callable[[], None]) -> Iterator[Stopping]:
    """Call `stop` at the first signal while inside; the handlers before are put back."""
    stopping = Stopping(stop)
    before = {number: signal.signal(number, stopping) for number in SIGNALS}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
