"""Instants at the distances that the lines of a file had originally."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from eventum_core.errors import ProduceError

if TYPE_CHECKING:
    from eventum_core.model import Times

SECOND = 1_000_000
FEWEST, MOST = 64, 8192
"""Instants per array: few at first, so that the first ones come early."""


def paced(rounds: Iterable[Iterable[int | None]], start: int, speed: float) -> Iterator[int]:
    """Yield an instant for each line, in microseconds since the epoch and never descending.

    `rounds` holds the times of the lines, None where there is none, for each time that the file is
    read. The first time of a round stands for its beginning; the other ones have their distance
    from it, divided by `speed`. A round begins one mean distance after the one before it, or a
    second where that had no distances. A `ProduceError` in a round ends all, with one more
    instant: that of the line which will tell of it.
    """
    now = begin = start
    try:
        for times in rounds:
            count, first = 0, None
            for time in times:
                if time is not None:
                    first = time if first is None else first
                    now = max(now, begin + round((time - first) / speed))
                yield now
                count += 1
            now = begin = now + _gap(now - begin, count, speed)
    except ProduceError:
        yield now


def _gap(span: int, count: int, speed: float) -> int:
    """Return the mean distance of so many lines."""
    return max(1, round(span / (count - 1) if span else SECOND / speed))


def arrays(instants: Iterator[int], last: int) -> Iterator[Times]:
    """Yield instants up to `last` in arrays, as a schedule has them."""
    size = FEWEST
    while some := list(islice(instants, size)):
        within = [instant for instant in some if instant <= last]
        yield np.array(within, "int64").astype("datetime64[us]")
        if len(within) < len(some):
            return
        size = min(2 * size, MOST)
