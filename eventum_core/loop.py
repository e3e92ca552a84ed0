"""Ways from the event loop into threads, and back from threads and signal handlers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from threading import Thread
from typing import Any, TypeVar

import anyio
import anyio.lowlevel


class LoopGone(Exception):
    """The event loop has ended; nobody is left to do what was asked."""


class Loop:
    """The event loop in which this object was made."""

    def __init__(self) -> None:
        native: Any = anyio.lowlevel.current_token().native_token
        # asyncio's loop and trio's token each have this under a name of their own; anyio only
        # offers it with waiting, which would block a signal handler for ever.
        self._soon = getattr(native, "call_soon_threadsafe", None) or native.run_sync_soon

    def soon(self, function: Callable[[], object]) -> None:
        """Have `function` called in the loop, without waiting; raise `LoopGone` if it ended."""
        try:
            self._soon(function)
        except RuntimeError as error:
            raise LoopGone from error


T = TypeVar("T")
E = TypeVar("E", bound=BaseException)


def first_error(error: BaseExceptionGroup[E] | E) -> E:
    """Return the first error of a group, which is how task groups raise; else the error itself."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def in_thread(function: Callable[..., T], *args: object) -> T:
    """Call a function in a thread of its own and return what it returns, or raise its error.

    Whoever waits may be cancelled; the thread is left behind then.
    """
    loop, done, outcome = Loop(), anyio.Event(), Future[T]()

    def call() -> None:
        try:
            outcome.set_result(function(*args))
        except BaseException as error:  # raised again below
            outcome.set_exception(error)
        with suppress(LoopGone):
            loop.soon(done.set)

    # Not a pool: a hundred calls that block would hold up the next one, or the process's end.
    Thread(target=call, name="eventum-call", daemon=True).start()
    await done.wait()
    return outcome.result()
