"""The thread with an event loop in which a session's streams run."""

from __future__ import annotations

import os
from contextlib import ExitStack
from functools import partial

from anyio.from_thread import BlockingPortal, start_blocking_portal

from eventum_core import Generator, Observer, Report


class OwnThread:
    """An event loop beside whatever loops the tests have; started when first needed."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._portal: BlockingPortal | None = None
        self._process = 0

    def run(self, generator: Generator, observer: Observer) -> Report:
        """Run a generator to its end; an interruption of the caller ends it early."""
        __tracebackhide__ = True
        try:
            return self._started().call(partial(generator.run, observer=observer))
        except BaseException:  # Ctrl-C above all: the run must not outlive its test; raised again
            generator.stop()
            raise

    def _started(self) -> BlockingPortal:
        # After a fork the thread exists in the parent only.
        if self._portal is None or self._process != os.getpid():
            self._process = os.getpid()
            self._portal = self._stack.enter_context(start_blocking_portal())
        return self._portal

    def close(self) -> None:
        """End the loop and its thread."""
        if self._process == os.getpid():
            self._stack.close()
