"""At a steady pace: an instant after every interval."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Self

import numpy as np
from pydantic import Field, model_validator

from eventum_core.clock import micros
from eventum_core.errors import RunError
from eventum_core.inputs.arrays import copies, growing
from eventum_core.inputs.jitter import Jitter, check_held, delayed, longest
from eventum_core.inputs.zones import SECOND
from eventum_core.plugin import InputPlugin, Run
from eventum_core.when import Never, When, latest

if TYPE_CHECKING:
    from eventum_core.inputs.arrays import Instants
    from eventum_core.model import Times


class Timer(InputPlugin):
    """Give ``start + k · seconds`` for k = 1, 2, …: the start itself is not an instant.

    The interval is elapsed time, rounded to microseconds; no change of the clocks disturbs it.
    """

    name = "timer"

    seconds: float = Field(ge=0.1, allow_inf_nan=False)
    """The interval, in seconds."""
    count: int = Field(ge=1)
    """How many instants each time."""
    start: When | None = None
    """The moment from which the first interval runs. Default: the start of the run."""
    repeat: int | None = Field(None, ge=1)
    """How many intervals. Default: they never end."""
    jitter: Jitter = 0.0
    """Each instant comes later than its interval's end by a random time below this: seconds, or a
    text such as `90s` or `1h30m`. The pace is kept: delays do not add up."""

    @model_validator(mode="after")
    def _held(self) -> Self:
        check_held(self.jitter, self.count)
        return self

    def timestamps(self, run: Run) -> Iterator[Times]:
        """Yield the ends of the intervals; those up to the present are skipped by arithmetic."""
        past = run.past
        # What was due a moment ago may have been delayed until after the present.
        ticks = self._ticks(run, None if past is None else past - longest(self.jitter))
        if self.jitter:
            first = None if past is None else past + 1
            yield from delayed(ticks, self.count, self.jitter, run, first)
        else:
            yield from copies(ticks, self.count)

    def endless(self) -> bool:
        """Tell whether no number of intervals is given."""
        return self.repeat is None

    def _ticks(self, run: Run, past: int | None) -> Iterator[Instants]:
        """Yield the ends of the intervals after `past`."""
        start = self._start(run)
        interval = round(self.seconds * SECOND)
        last = (latest(run.zone) - start) // interval
        last = min(last, self.repeat or last)
        begun = 0 if past is None else (past - start) // interval
        ranges = growing(max(1, begun + 1), last)
        return (start + interval * np.arange(*ends) for ends in ranges)

    def _start(self, run: Run) -> int:
        if isinstance(self.start, Never) and self.repeat:
            raise RunError("start: never leaves no time for any interval; give a moment")
        start = self.start
        return micros(
            start.resolve(now=run.now, base=run.now, zone=run.zone) if start else run.start
        )
