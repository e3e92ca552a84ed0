"""Input ``burst``: many instants close together, then a pause."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from eventum_core import InputPlugin, Run

if TYPE_CHECKING:
    from eventum_core.model import Times


class Burst(InputPlugin):
    """Give bursts at a fixed distance; within a burst, instants at random."""

    name: ClassVar[str] = "burst"

    bursts: int = Field(ge=1)
    """How many bursts."""
    size: int = Field(ge=1)
    """Instants per burst."""
    seconds: float = Field(1.0, gt=0)
    """Length of a burst."""
    every: float = Field(60.0, gt=0)
    """Seconds from the start of one burst to the start of the next."""

    def timestamps(self, run: Run) -> Iterator[Times]:
        """Yield one array per burst; all draws come from the run's own stream."""
        start = np.datetime64(run.start.astimezone(UTC).replace(tzinfo=None), "us")
        for number in range(self.bursts):
            offsets = sorted(run.random.random() * self.seconds for _ in range(self.size))
            micros = np.array([int((number * self.every + o) * 1e6) for o in offsets])
            yield start + micros.astype("timedelta64[us]")
