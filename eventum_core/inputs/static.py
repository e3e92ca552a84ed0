"""All at once: so many instants at the moment the run begins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from eventum_core.clock import micros
from eventum_core.inputs.arrays import copies
from eventum_core.plugin import InputPlugin, Run

if TYPE_CHECKING:
    from eventum_core.model import Times


class Static(InputPlugin):
    """Give `count` instants, all equal to the start of the run."""

    name = "static"

    count: int = Field(gt=0)
    """How many."""

    def timestamps(self, run: Run) -> Iterator[Times]:
        """Yield the start of the run, again and again."""
        yield from copies([np.array([micros(run.start)])], self.count)
