"""By chance: instants that come independently of each other, at a rate that may follow a profile.

Time is divided into windows of equal length, counted from the Unix epoch. How many candidates a
window holds and where they lie depends on the seed and the window's number alone, so a run that
begins or ends elsewhere has the same instants. A profile then thins the candidates out by their
local time (Lewis and Shedler, 1979).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple, Self

import numpy as np
from pydantic import Field, model_validator

from eventum_core.inputs.draws import exp, hashed, key, uniform
from eventum_core.inputs.profiles import Daily, Weekly, at, by_minute
from eventum_core.inputs.zones import DAY, SECOND, local_seconds
from eventum_core.plugin import InputPlugin, Run
from eventum_core.when import Never, When, check_range, resolve_range

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from eventum_core.inputs.arrays import Instants
    from eventum_core.model import Times

_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": DAY}
_USUAL = 512.0
"""Candidates of a window on average: few enough that e to its negative power is not yet 0."""
_LONGEST = 366 * DAY * SECOND
_MOST = 16
"""Windows that are drawn at once."""
DENSEST = 1e8
"""Instants per second: with more, a window would be no whole number of microseconds."""


class Poisson(InputPlugin):
    """Give instants at random, `rate` of them per `unit` on average: a Poisson process.

    The times between them are exponentially distributed. Profiles go by the generator's timezone:
    an hour that clocks repeat has its factor twice, one that they skip never comes.
    """

    name = "poisson"

    rate: float = Field(gt=0, allow_inf_nan=False)
    """Instants per `unit` on average, where no profile says otherwise."""
    unit: Literal["second", "minute", "hour", "day"] = "second"
    """What `rate` counts by."""
    start: When | None = None
    """The earliest instant. Default: the start of the run."""
    end: When | None = None
    """The latest instant; a relative one counts from the start. Default: there is no end."""
    daily: Daily | None = None
    """Factors that multiply `rate` by local time of day: 24 of them, one for each hour from
    midnight, or a mapping of times such as `"08:30": 2`, each of which holds until the next one and
    the last one past midnight. They are not normalized: `rate` is the average if theirs is 1."""
    weekly: Weekly | None = None
    """Factors that multiply `rate` by local day of the week, and `daily` too: 7 of them, from
    Monday on, or a mapping of names such as `mon-fri: 1` and `sat: 0.2`; a day that is not named
    has 1."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        check_range(self.start, self.end)
        peak = self._per_second() * by_minute(self.daily, self.weekly).max()
        if peak > DENSEST:
            raise ValueError(
                f"rate and profile make {peak:.3g} instants per second; at most {DENSEST:.0e} "
                "can be given: lower the rate"
            )
        return self

    def timestamps(self, run: Run) -> Iterator[Times]:
        """Yield the instants, a few windows at a time."""
        start, end = resolve_range(
            self.start, self.end, now=run.now, default=run.start, zone=run.zone
        )
        if run.past is not None:
            start = max(start, run.past)
        profile = by_minute(self.daily, self.weekly)
        chances = profile / profile.max()
        windows = _Windows.of(run, self._per_second() * float(profile.max()))
        for instants, draws in windows.between(start, end):
            kept = instants[draws < at(chances, local_seconds(run.zone, instants))]
            wanted = kept[np.searchsorted(kept, start) : np.searchsorted(kept, end, side="right")]
            if len(wanted):
                yield wanted.astype("datetime64[us]")

    def endless(self) -> bool:
        """Tell whether there is no end."""
        return self.end is None or isinstance(self.end, Never)

    def _per_second(self) -> float:
        return self.rate / _UNITS[self.unit]


class _Windows(NamedTuple):
    """A process of constant rate, from which profiles take away."""

    length: int
    """Microseconds."""
    counts: NDArray[np.float64]
    """Probability that a window holds k candidates or fewer, for k = 0, 1, …"""
    count_key: int
    place_key: int
    thin_key: int

    @classmethod
    def of(cls, run: Run, rate: float) -> _Windows:
        """Return windows with so many candidates per second on average."""
        scarce = rate * _LONGEST < _USUAL * SECOND
        length = _LONGEST if scarce else max(1, round(_USUAL * SECOND / rate))
        streams = (key(run, "poisson", name) for name in ("count", "place", "thin"))
        return cls(length, _distribution(rate * length / SECOND), *streams)

    def between(self, start: int, end: int) -> Iterator[tuple[Instants, NDArray[np.float64]]]:
        """Yield the candidates of all windows that touch a range, ascending, each with a draw."""
        window, last, step = start // self.length, end // self.length, 1
        while window <= last:
            stop = min(window + step, last + 1)
            yield self._candidates(np.arange(window, stop))
            window, step = stop, min(2 * step, _MOST)

    def _candidates(self, windows: Instants) -> tuple[Instants, NDArray[np.float64]]:
        chances = uniform(hashed(self.count_key, windows))
        counts = np.searchsorted(self.counts, chances, side="right")
        owners = np.repeat(windows, counts)
        numbers = np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
        places = uniform(hashed(hashed(self.place_key, owners), numbers))
        instants = owners * self.length + (places * self.length).astype(np.int64)
        return np.sort(instants), uniform(hashed(hashed(self.thin_key, owners), numbers))


def _distribution(mean: float) -> NDArray[np.float64]:
    """Return the probabilities of k or fewer events, up to a k that is never exceeded."""
    k = np.arange(1, int(mean + 12 * mean**0.5 + 30))
    single = np.concatenate([exp(np.array([-mean])), mean / k])
    return np.cumsum(np.cumprod(single))
