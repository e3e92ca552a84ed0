"""Arrays of instants as inputs yield them: small at first, never huge."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from eventum_core.model import Times

    Instants: TypeAlias = NDArray[np.int64]
    """Microseconds since the epoch, UTC, ascending, shape ``(n,)``."""

FEWEST = 64
MOST = 8192
LARGEST = 65_536
"""Most elements of an array in which instants are repeated."""


def growing(first: int, last: int) -> Iterator[tuple[int, int]]:
    """Cut the numbers from `first` up to `last`, inclusive, into ranges (begin, end)."""
    size = FEWEST
    while first <= last:
        end = min(first + size, last + 1)
        yield first, end
        first, size = end, min(2 * size, MOST)


def resized(arrays: Iterable[Instants]) -> Iterator[Instants]:
    """Cut arrays where they are long, the first ones shorter than the later."""
    size = FEWEST
    for array in arrays:
        while len(array):
            head, array = array[:size], array[size:]
            size = min(2 * size, MOST)
            yield head


def copies(arrays: Iterable[Instants], count: int) -> Iterator[Times]:
    """Yield each instant `count` times."""
    for array in arrays:
        if len(array) * count <= LARGEST:
            yield np.repeat(array, count).astype("datetime64[us]")
        else:
            yield from _many_copies(array, count)


def _many_copies(array: Instants, count: int) -> Iterator[Times]:
    total = len(array) * count
    copies = min(count, sys.maxsize)  # more fit no array's numbers, and nobody lives to see them
    for begin in range(0, total, LARGEST):
        picks = np.arange(begin, min(begin + LARGEST, total)) // copies
        yield array[picks].astype("datetime64[us]")


def merged(streams: Iterable[Iterator[Instants]]) -> Iterator[Instants]:
    """Merge ascending streams into one."""
    heads = list(_filled((np.empty(0, np.int64), stream) for stream in streams))
    while len(heads) > 1:
        cut = min(array[-1] for array, _ in heads)
        known = [int(np.searchsorted(array, cut, side="right")) for array, _ in heads]
        parts = [array[:end] for (array, _), end in zip(heads, known, strict=True)]
        yield np.sort(np.concatenate(parts), kind="stable")
        rests = [(array[end:], stream) for (array, stream), end in zip(heads, known, strict=True)]
        heads = list(_filled(rests))
    for array, stream in heads:
        yield array
        yield from stream


def _filled(
    heads: Iterable[tuple[Instants, Iterator[Instants]]],
) -> Iterator[tuple[Instants, Iterator[Instants]]]:
    """Pull from each stream that has nothing pending; leave out those that have ended."""
    for array, stream in heads:
        pending = array if len(array) else next((more for more in stream if len(more)), None)
        if pending is not None:
            yield pending, stream
