"""At a steady pace: an instant after every interval."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from eventum_core.clock import micros
from eventum_core.errors import RunError
from eventum_core.inputs.arrays import copies, growing
from eventum_core.plugin import InputPlugin, Run
from eventum_core.when import Never, When, latest

if TYPE_CHECKING:
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

    def timestamps(self, run: Run) -> Iterator[Times]:
        """Yield the ends of the intervals; those up to the present are skipped by arithmetic."""
        start = self._start(run)
        interval = round(self.seconds * 1_000_000)
        last = (latest(run.zone) - start) // interval
        last = min(last, self.repeat or last)
        past = (micros(run.start) - start) // interval if run.skip_past else 0
        ranges = growing(max(1, past + 1), last)
        yield from copies((start + interval * np.arange(*ends) for ends in ranges), self.count)

    def endless(self) -> bool:
        """Tell whether no number of intervals is given."""
        return self.repeat is None

    def _start(self, run: Run) -> int:
        if isinstance(self.start, Never) and self.repeat:
            raise RunError("start: never leaves no time for any interval; give a moment")
        start = self.start
        return micros(
            start.resolve(now=run.now, base=run.now, zone=run.zone) if start else run.start
        )
