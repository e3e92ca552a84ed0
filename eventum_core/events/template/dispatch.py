"""The name ``dispatch`` of templates: words to the pipeline, said by unwinding the render."""

from __future__ import annotations

from typing import NoReturn

from eventum_core.errors import Dropped, Exhausted, ProduceError, Signal

MAX_REPICKS = 64


class Repick(Signal):
    """Throw away what this timestamp has given so far and pick again, at most so many times."""

    def __init__(self, max_repicks: int = MAX_REPICKS) -> None:
        self.max_repicks = max_repicks
        super().__init__(max_repicks)


class Dispatch:
    """What a template may ask of the pipeline; no call returns."""

    __slots__ = ()

    def drop(self) -> NoReturn:
        """Give no event for this timestamp."""
        raise Dropped("dropped by the template")

    def next(self, max_repicks: int = MAX_REPICKS) -> NoReturn:
        """Pick again for this timestamp; raise `ProduceError` for a limit below one."""
        if max_repicks < 1:
            raise ProduceError(
                f"dispatch.next() needs a limit of at least 1, got {max_repicks}",
                {"max_repicks": max_repicks},
            )
        raise Repick(max_repicks)

    def exhaust(self) -> NoReturn:
        """Give no event for this timestamp, nor for any later."""
        raise Exhausted("exhausted by the template")
