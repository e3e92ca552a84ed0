"""The instants of one pattern in one run: a function of the seed and the number of the period."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventum_core.errors import RunError
from eventum_core.inputs.arrays import FEWEST, LARGEST
from eventum_core.inputs.draws import hashed, key, uniform
from eventum_core.when import resolve_range

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from eventum_core.inputs.arrays import Instants
    from eventum_core.inputs.draws import Floats
    from eventum_core.inputs.patterns import Pattern, Randomizer
    from eventum_core.plugin import Run

    Numbers = NDArray[np.int64]

_ROOM = 16_384
"""Periods whose counts are worked out at once, but always at least one round of the factors."""


@dataclass(frozen=True)
class Oscillation:
    """A pattern with all that is settled when a run begins."""

    pattern: Pattern
    run: Run
    stream: str
    """What its random draws are called among those of the input."""
    start: int
    """Where period 0 begins, in microseconds since the epoch."""
    end: int
    """The latest instant."""

    @classmethod
    def of(cls, pattern: Pattern, run: Run, position: int) -> Oscillation:
        """Return the pattern at `position` of an input; raise `RunError` if its range is empty."""
        ends = pattern.oscillator.start, pattern.oscillator.end
        try:
            start, end = resolve_range(*ends, now=run.now, default=run.start, zone=run.zone)
        except RunError as error:
            raise RunError(f"pattern '{pattern.label}': {error}") from error
        return cls(pattern, run, f"pattern[{position}]", start, end)

    def instants(self) -> Iterator[Instants]:
        """Yield the instants, ascending; those up to `Run.past` are left out."""
        length = self.pattern.oscillator.length()
        after = self.start - 1 if self.run.past is None else self.run.past
        first = max(0, (after - self.start) // length)
        for periods, counts in _pieces(self._counts(first, -(-(self.end - self.start) // length))):
            instants = self._spread(periods, counts)
            begin = np.searchsorted(instants, after, side="right")
            yield instants[begin : np.searchsorted(instants, self.end, side="right")]

    def _counts(self, first: int, stop: int) -> Iterator[tuple[Numbers, Numbers]]:
        """Yield the periods from `first` up to `stop` that have instants, and how many."""
        ratio, randomizer = self.pattern.multiplier.ratio, self.pattern.randomizer
        pool = _factors(randomizer, key(self.run, self.stream, "factors"))
        counts = (ratio * pool).astype(np.int64)
        if not counts.any():
            self.run.log.warning("pattern '%s' never has an instant", self.pattern.label)
            return
        orders = key(self.run, self.stream, "orders")
        group = max(1, _ROOM // len(pool))
        for begin in range(first // len(pool), -(-stop // len(pool)), group):
            drawn = counts[_orders(orders, np.arange(begin, begin + group), len(pool))]
            periods = begin * len(pool) + np.arange(len(drawn))
            wanted = (periods >= first) & (periods < stop) & (drawn > 0)
            yield periods[wanted], drawn[wanted]

    def _spread(self, periods: Numbers, counts: Numbers) -> Instants:
        """Return the instants of periods, ascending."""
        ends = np.cumsum(counts)
        instants = np.empty(ends[-1], np.int64)
        for begin in range(0, len(instants), LARGEST):
            places = np.arange(begin, min(begin + LARGEST, len(instants)))
            rows = np.searchsorted(ends, places, side="right")
            instants[places] = self._drawn(periods[rows], places - (ends - counts)[rows])
        instants.sort()
        return instants

    def _drawn(self, periods: Numbers, items: Numbers) -> Instants:
        """Return, for each period, its instant number `items`, in the order of drawing."""
        length = self.pattern.oscillator.length()
        keys = hashed(key(self.run, self.stream, "spread"), periods)
        fractions = self.pattern.spreader.parameters.fractions(hashed(keys, items))
        # A fraction of 1 would belong to the next period.
        offsets = np.minimum((fractions * length).astype(np.int64), length - 1)
        return self.start + periods * length + offsets


def _factors(randomizer: Randomizer, stream: int) -> Floats:
    """Return the pool of random factors."""
    low = 1.0 if randomizer.direction == "increase" else 1.0 - randomizer.deviation
    high = 1.0 if randomizer.direction == "decrease" else 1.0 + randomizer.deviation
    return low + (high - low) * uniform(hashed(stream, np.arange(randomizer.sampling)))


def _orders(stream: int, rounds: Numbers, size: int) -> Numbers:
    """Return which factors of a pool of `size` the periods of `rounds` take, one after another."""
    keys = hashed(stream, rounds)[:, np.newaxis]
    return np.argsort(hashed(keys, np.arange(size)), axis=1, kind="stable").ravel()


def _pieces(groups: Iterator[tuple[Numbers, Numbers]]) -> Iterator[tuple[Numbers, Numbers]]:
    """Cut periods into pieces of few instants at first, and never many but in a lone period."""
    size = FEWEST
    for periods, counts in groups:
        ends = np.cumsum(counts)
        begin, done = 0, 0
        while begin < len(periods):
            stop = max(begin + 1, int(np.searchsorted(ends, done + size, side="right")))
            yield periods[begin:stop], counts[begin:stop]
            begin, done = stop, int(ends[stop - 1])
            size = min(2 * size, LARGEST)
