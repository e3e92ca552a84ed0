"""Input ``tide``: an instant at every high water."""

from collections.abc import Iterator
from datetime import UTC
from itertools import count
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from eventum_core import InputPlugin, Run

MINUTE = np.timedelta64(60_000_000, "us")
PERIOD = 745.2
"""Minutes from one high water to the next."""


class Tide(InputPlugin):
    """Give an instant at every high water, a little early or late as the weather has it."""

    name: ClassVar[str] = "tide"

    waters: int | None = Field(None, ge=1)
    """How many high waters. Default: they never end."""
    scatter: float = Field(20, ge=0, le=180)
    """Most minutes by which one may be early or late."""

    def timestamps(self, run: Run) -> Iterator[Any]:
        """Yield an array for each high water; the first comes a period after the start."""
        start = np.datetime64(run.start.astimezone(UTC).replace(tzinfo=None), "us")
        for number in range(1, self.waters + 1) if self.waters else count(1):
            minutes = number * PERIOD + run.random.uniform(-self.scatter, self.scatter)
            yield np.array([start + minutes * MINUTE])

    def endless(self) -> bool:
        """Tell whether no number of high waters is given."""
        return self.waters is None
