"""Distances between lines: divided, never backwards, and from round to round."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, repeat

import numpy as np
import pytest

from eventum_core import ProduceError
from eventum_core.events.pacing import MOST, SECOND, arrays, paced

S = SECOND


@pytest.mark.parametrize(
    ("times", "speed", "expected"),
    [
        ([100, 101, 104], 1, [0, 1, 4]),
        ([100, 101, 104], 2, [0, 0.5, 2]),
        ([100, 101, 104], 0.5, [0, 2, 8]),
        ([100, 103, 101, 104], 1, [0, 3, 3, 4]),
        ([100, 90, 101], 1, [0, 0, 1]),
        ([None, 100, None, 101, None], 1, [0, 0, 0, 1, 1]),
        ([None, None], 1, [0, 0]),
        ([], 1, []),
    ],
)
def test_one_round(times: list[float | None], speed: float, expected: list[float]) -> None:
    given = [None if time is None else round(time * S) for time in times]
    assert list(paced([given], 5 * S, speed)) == [5 * S + round(second * S) for second in expected]


@pytest.mark.parametrize(
    ("times", "speed", "expected"),
    [
        ([10, 11, 14], 1, [0, 1, 4, 6, 7, 10, 12, 13, 16]),
        ([10, 11, 14], 2, [0, 0.5, 2, 3, 3.5, 5, 6, 6.5, 8]),
        ([10], 1, [0, 1, 2]),
        ([10, 10], 4, [0, 0, 0.25, 0.25, 0.5, 0.5]),
        ([None], 1, [0, 1, 2]),
    ],
)
def test_a_round_begins_a_mean_distance_after_the_last(
    times: list[int | None], speed: float, expected: list[float]
) -> None:
    given = [None if time is None else time * S for time in times]
    found = paced(repeat(given), 0, speed)
    assert list(islice(found, len(expected))) == [round(second * S) for second in expected]


def test_distances_never_vanish_between_rounds() -> None:
    found = list(islice(paced(repeat([0, 0, 0, 1]), 0, 1), 9))
    assert found == [0, 0, 0, 1, 2, 2, 2, 3, 4]


def test_an_error_has_an_instant_and_is_the_end() -> None:
    def broken() -> Iterator[int]:
        yield 0
        yield 7
        raise ProduceError("gone")

    assert list(paced([broken(), [1, 2]], 3, 1)) == [3, 10, 10]


def test_arrays_are_small_first_never_large_and_complete() -> None:
    found = list(arrays(iter(range(50_000)), 10**6))
    assert len(found[0]) < 100
    assert max(map(len, found)) == MOST
    assert {array.dtype for array in found} == {np.dtype("datetime64[us]")}
    assert np.concatenate(found).astype("int64").tolist() == list(range(50_000))


def test_arrays_end_with_the_calendar() -> None:
    found = list(arrays(iter(range(10**9)), 100))
    assert np.concatenate(found).astype("int64").tolist() == list(range(101))
