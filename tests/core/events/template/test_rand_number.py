"""Numbers: bounds, moments of the distributions, and arguments that make no sense."""

from __future__ import annotations

from math import e, exp, sqrt
from random import Random
from statistics import fmean, median, stdev
from typing import Any

import numpy as np
import pytest

from eventum_core.events.template.rand_number import WIDEST, Number

DRAWS = 20_000


@pytest.fixture
def number() -> Number:
    return Number(Random(11))


@pytest.mark.parametrize(
    ("a", "b"), [(1, 1), (1, 3), (-3, -1), (False, True), (10**30, 10**30 + 2)]
)
def test_integers_cover_their_range_and_nothing_else(number: Number, a: int, b: int) -> None:
    assert {number.integer(a, b) for _ in range(200)} == set(range(a, b + 1))


@pytest.mark.parametrize("width", [WIDEST, WIDEST + 1, 2**64, 3 * 2**70])
def test_wide_integers_are_spread_evenly(number: Number, width: int) -> None:
    drawn = [number.integer(0, width - 1) for _ in range(DRAWS)]
    assert min(drawn) >= 0
    assert max(drawn) < width
    assert fmean(value / width for value in drawn) == pytest.approx(0.5, abs=0.01)
    # The low bits must vary too, which scaling one float could not give.
    assert 0.48 < fmean(value % 2 for value in drawn) < 0.52


def test_integers_of_other_integral_types_are_taken(number: Number) -> None:
    drawn = number.integer(np.int64(5), np.int64(5))  # type: ignore[arg-type] # what this is about
    assert drawn == 5
    assert type(drawn) is int


@pytest.mark.parametrize(("a", "b"), [(1.0, 3), (1, 3.0), (0.5, 2.5), ("1", "2")])
def test_integers_refuse_other_types(number: Number, a: Any, b: Any) -> None:
    with pytest.raises(TypeError):
        number.integer(a, b)


def test_integers_refuse_an_empty_range(number: Number) -> None:
    with pytest.raises(ValueError, match="no integer from 3 to 1"):
        number.integer(3, 1)


@pytest.mark.parametrize(("a", "b"), [(2.0, 4.0), (4.0, 2.0)])
def test_floats_lie_between_their_bounds(number: Number, a: float, b: float) -> None:
    drawn = [number.floating(a, b) for _ in range(DRAWS)]
    assert min(drawn) >= 2.0
    assert max(drawn) <= 4.0
    assert fmean(drawn) == pytest.approx(3.0, abs=0.02)


def test_gauss_has_its_mean_and_deviation(number: Number) -> None:
    drawn = [number.gauss(5, 2) for _ in range(DRAWS)]
    assert fmean(drawn) == pytest.approx(5, abs=0.06)
    assert stdev(drawn) == pytest.approx(2, abs=0.05)
    within = sum(abs(value - 5) < 2 for value in drawn) / DRAWS
    assert within == pytest.approx(0.6827, abs=0.012)


def test_lognormal_has_its_median_and_mean(number: Number) -> None:
    drawn = [number.lognormal(1, 0.5) for _ in range(DRAWS)]
    assert median(drawn) == pytest.approx(e, rel=0.02)
    assert fmean(drawn) == pytest.approx(exp(1.125), rel=0.02)


def test_exponential_has_its_mean_and_sign(number: Number) -> None:
    assert fmean(number.exponential(4) for _ in range(DRAWS)) == pytest.approx(0.25, abs=0.01)
    assert number.exponential(-1) < 0
    with pytest.raises(ZeroDivisionError):
        number.exponential(0)


def test_pareto_has_its_least_value_and_mean(number: Number) -> None:
    drawn = [number.pareto(4, 3) for _ in range(DRAWS)]
    assert min(drawn) >= 3
    assert fmean(drawn) == pytest.approx(4, abs=0.06)
    assert number.pareto(4) >= 1
    with pytest.raises(ZeroDivisionError):
        number.pareto(0)


def test_triangular_peaks_at_its_mode(number: Number) -> None:
    drawn = [number.triangular(0, 10, 2) for _ in range(DRAWS)]
    assert min(drawn) >= 0
    assert max(drawn) <= 10
    assert fmean(drawn) == pytest.approx(4, abs=0.06)
    assert sum(value <= 2 for value in drawn) / DRAWS == pytest.approx(0.2, abs=0.012)


def test_triangular_of_no_width_is_its_bound(number: Number) -> None:
    assert number.triangular(7, 7, 7) == 7


def test_triangular_follows_the_documented_formula() -> None:
    drawn, low, high, mode = Random(3).random(), 1.0, 5.0, 2.0
    peak = (mode - low) / (high - low)
    expected = high - (high - low) * sqrt((1 - drawn) * (1 - peak))
    assert drawn <= peak or Number(Random(3)).triangular(low, high, mode) == expected
    expected = low + (high - low) * sqrt(drawn * 1.0)
    assert Number(Random(3)).triangular(low, high, high) == expected


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [(5, 0, 10, 5), (-1, 0, 10, 0), (11, 0, 10, 10), (5.5, 0, 10, 5.5), (11.5, 0, 10, 10)],
)
def test_clamp_keeps_the_winning_operand(
    number: Number, value: Any, low: Any, high: Any, expected: Any
) -> None:
    for clamped in (
        number.clamp(value, low, high),
        number.clamp(value, min_val=low, max_val=high),
        number.clamp(value, min=low, max=high),
    ):
        assert clamped == expected
        assert type(clamped) is type(expected)


@pytest.mark.parametrize("bounds", [{}, {"min": 1}, {"max": 1}, {"min": 1, "max": 2, "mid": 3}])
def test_clamp_needs_both_bounds(number: Number, bounds: dict[str, int]) -> None:
    with pytest.raises(TypeError, match="lower and an upper bound"):
        number.clamp(1, **bounds)
