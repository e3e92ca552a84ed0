from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from goodness import KS_AT_1_PERCENT, ks, numeric_cdf
from pattern_files import HOUR, SHAPES, START, pattern, written


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Return a function that writes patterns to files and returns an input of them."""
    return lambda *patterns: written(tmp_path_factory.mktemp("patterns"), *patterns)


@pytest.fixture
def fractions(make_run, instants, source):
    """Return a function that gives where in their periods the first instants lie, from 0 to 1."""

    def read(distribution: str, parameters: dict[str, float], count: int = 20_000) -> Any:
        # One instant per period: their order then says nothing of where they lie.
        made = source(pattern(distribution, parameters, ratio=1, period=1000))
        drawn = np.array(instants(made, make_run(), count)) - START
        return drawn % (1000 * HOUR) / (1000 * HOUR)

    return read


@pytest.mark.parametrize(
    ("distribution", "mean"), [("beta", 0.286), ("triangular", 0.433), ("uniform", 0.5)]
)
def test_means(fractions, distribution, mean):
    assert abs(fractions(distribution, SHAPES[distribution]).mean() - mean) < 0.005


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0.25, 0.75), (0, 0.001), (0.999, 1)])
def test_uniform(fractions, low, high):
    sample = fractions("uniform", {"low": low, "high": high})
    assert low <= sample.min() <= sample.max() <= high
    assert ks(sample, lambda x: (x - low) / (high - low)) < KS_AT_1_PERCENT


@pytest.mark.parametrize(
    ("left", "mode", "right"),
    [(0.1, 0.3, 0.9), (0, 0, 1), (0, 1, 1), (0.2, 0.5, 0.5), (0.5, 0.5, 0.6), (0, 0.5, 1)],
)
def test_triangular(fractions, left, mode, right):
    def density(x):
        rising, falling = (x - left) / (mode - left or 1), (right - x) / (right - mode or 1)
        return np.where(x < mode, rising, falling) * ((x >= left) & (x <= right))

    sample = fractions("triangular", {"left": left, "mode": mode, "right": right})
    assert left <= sample.min() <= sample.max() <= right
    assert ks(sample, numeric_cdf(density)) < KS_AT_1_PERCENT


@pytest.mark.parametrize(
    ("a", "b"), [(2, 5), (5, 2), (1, 1), (1, 3), (1.01, 1.02), (9, 0.8), (0.7, 0.9), (120, 80)]
)
def test_beta(fractions, a, b):
    sample = fractions("beta", {"a": a, "b": b})
    cdf = numeric_cdf(lambda x: np.exp((a - 1) * np.log(x) + (b - 1) * np.log1p(-x)))
    assert ks(sample, cdf) < KS_AT_1_PERCENT


def test_beta_of_shapes_below_one(fractions):
    sample = fractions("beta", {"a": 0.5, "b": 0.5})
    assert ks(sample, lambda x: 2 / np.pi * np.arcsin(np.sqrt(x))) < KS_AT_1_PERCENT


@pytest.mark.parametrize(
    ("a", "b", "mean"),
    [(1e-3, 1e-3, 0.5), (1e-9, 3e-9, 0.25), (5e-324, 5e-324, 0.5), (1e9, 1e9, 0.5), (1e9, 1, 1)],
)
def test_beta_of_extreme_shapes(fractions, a, b, mean):
    sample = fractions("beta", {"a": a, "b": b})
    assert abs(sample.mean() - mean) < 0.01
    assert sample.min() >= 0
    assert sample.max() < 1


@pytest.mark.parametrize("distribution", SHAPES)
def test_instants_never_belong_to_another_period(make_run, instants, source, distribution):
    made = source(pattern(distribution, SHAPES[distribution], ratio=3, period=2, unit="seconds"))
    drawn = instants(made, make_run(), 3000)
    assert [(t - START) // 2_000_000 for t in drawn] == [k for k in range(1000) for _ in range(3)]


def test_a_fraction_that_rounds_up_to_one_stays_in_its_period(make_run, instants, source):
    made = source(pattern("beta", {"a": 1e9, "b": 1e-9}, ratio=1))
    assert instants(made, make_run(), 3) == [START + k * HOUR - 1 for k in (1, 2, 3)]
