"""By the shape of traffic: so many instants per period, spread over it by a distribution.

Periods are elapsed time, so a day of a pattern has 24 hours also where clocks are changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field, PrivateAttr

from eventum_core.inputs.arrays import copies, merged, resized
from eventum_core.inputs.oscillation import Oscillation
from eventum_core.inputs.patterns import read_patterns
from eventum_core.plugin import InputPlugin, Run

if TYPE_CHECKING:
    from eventum_core.model import Times


class TimePatterns(InputPlugin):
    """Give the instants of patterns, each described by a file of its own, merged into one stream.

    A file has the keys `label`, `oscillator`, `multiplier`, `randomizer` and `spreader`. All that
    is random in a period follows from the seed and the period's number, so a run that begins later
    gives the same instants from there on.
    """

    name = "time_patterns"

    patterns: list[Path] = Field(min_length=1)
    """The patterns' files, YAML; relative to the configuration's folder."""

    _endless: bool = PrivateAttr(False)

    def check(self, base: Path) -> None:
        """Raise `ConfigError` for everything that is wrong in the files."""
        self._endless = any(pattern.endless() for pattern in read_patterns(self.patterns, base))

    def timestamps(self, run: Run) -> Iterator[Times]:
        """Yield the instants, each as soon as those of its period are drawn.

        Raises `ConfigError` for files that cannot be used, `RunError` for a range that is empty.
        """
        for position, file in enumerate(self.patterns):
            run.inside(file, f"patterns[{position}]")
        patterns = enumerate(read_patterns(self.patterns, run.base))
        waves = [Oscillation.of(pattern, run, position) for position, pattern in patterns]
        yield from copies(resized(merged(wave.instants() for wave in waves)), 1)

    def endless(self) -> bool:
        """Tell whether a pattern has no end, as far as `check` has seen the files."""
        return self._endless
