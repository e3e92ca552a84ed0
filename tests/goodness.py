"""How well a sample fits a distribution. Samples come from fixed seeds, so no test is a gamble."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

KS_AT_1_PERCENT = 1.63
"""What √n times the Kolmogorov-Smirnov statistic exceeds in 1 of 100 samples, for large n."""


def ks(sample: Any, cdf: Callable[[Any], Any]) -> float:
    """Return √n times the largest distance of the sample's distribution from `cdf`."""
    points = np.sort(np.asarray(sample, float))
    n = len(points)
    wanted = cdf(points)
    above = np.arange(1, n + 1) / n - wanted
    below = wanted - np.arange(n) / n
    return float(max(above.max(), below.max()) * n**0.5)


def chi_square(counts: Sequence[int], wanted: Sequence[float]) -> float:
    """Return how far χ² lies above its mean, in standard deviations: 2.6 and more is 1 of 100."""
    statistic = sum((c - w) ** 2 / w for c, w in zip(counts, wanted, strict=True))
    freedom = len(counts) - 1
    return float((statistic - freedom) / (2 * freedom) ** 0.5)


def numeric_cdf(density: Callable[[Any], Any], bins: int = 200_000) -> Callable[[Any], Any]:
    """Return the distribution on [0, 1] with this density, which need not be normalised."""
    middles = (np.arange(bins) + 0.5) / bins
    sums = np.concatenate([[0.0], np.cumsum(density(middles))])
    edges = np.arange(bins + 1) / bins
    return lambda x: np.interp(x, edges, sums / sums[-1])
