"""``module.rand.number``: numbers of common distributions."""

from __future__ import annotations

from math import cos, exp, log, pi, sqrt
from operator import index
from random import Random
from typing import Any

WIDEST = 1 << 32
"""Ranges up to here are scaled from one float, whose 53 bits leave no visible bias."""
TURN = 2 * pi


class Number:
    """Draws of numbers."""

    __slots__ = ("_getrandbits", "_random")

    def __init__(self, random: Random) -> None:
        self._random = random.random
        self._getrandbits = random.getrandbits

    def integer(self, a: int, b: int) -> int:
        """Return an integer from `a` to `b`, both included, each equally likely.

        Raise `TypeError` for floats and `ValueError` if `a` is above `b`.
        """
        width = b - a + 1
        if width.__class__ is int and 0 < width <= WIDEST:
            return a + int(self._random() * width)
        return self._any_integer(index(a), index(b))

    def _any_integer(self, a: int, b: int) -> int:
        width = b - a + 1
        if width < 1:
            raise ValueError(f"there is no integer from {a} to {b}")
        if width <= WIDEST:
            return a + int(self._random() * width)
        return a + self._below(width)

    def _below(self, n: int) -> int:
        """Return an integer from 0 to below `n` by rejection, exact for every size."""
        bits = (n - 1).bit_length()
        while (drawn := self._getrandbits(bits)) >= n:
            pass
        return drawn

    def floating(self, a: float, b: float) -> float:
        """Return a float between `a` and `b`, uniformly; they may come in either order."""
        return a + (b - a) * self._random()

    def gauss(self, mu: float, sigma: float) -> float:
        """Return a normal variate of mean `mu` and deviation `sigma` (Box-Muller, one of two)."""
        radius = sqrt(-2.0 * log(1.0 - self._random()))
        return mu + sigma * radius * cos(TURN * self._random())

    def lognormal(self, mu: float, sigma: float) -> float:
        """Return e to the power of a normal variate of mean `mu` and deviation `sigma`."""
        return exp(self.gauss(mu, sigma))

    def exponential(self, lambd: float) -> float:
        """Return an exponential variate of rate `lambd`, so of mean ``1 / lambd``."""
        return -log(1.0 - self._random()) / lambd

    def pareto(self, alpha: float, xmin: float = 1.0) -> float:
        """Return a Pareto variate of shape `alpha`, at least `xmin` (inversion)."""
        power: float = (1.0 - self._random()) ** (-1.0 / alpha)
        return xmin * power

    def triangular(self, low: float, high: float, mode: float) -> float:
        """Return a variate between `low` and `high` whose density peaks at `mode` (inversion)."""
        drawn = self._random()
        if low == high:
            return low
        peak = (mode - low) / (high - low)
        if drawn <= peak:
            return low + (high - low) * sqrt(drawn * peak)
        return high - (high - low) * sqrt((1.0 - drawn) * (1.0 - peak))

    def clamp(self, value: Any, min_val: Any = None, max_val: Any = None, **named: Any) -> Any:
        """Return `value`, or the bound it exceeds. The bounds may be named `min` and `max` too."""
        low, high = named.pop("min", min_val), named.pop("max", max_val)
        if named or low is None or high is None:
            raise TypeError("clamp takes a value, a lower and an upper bound")
        return max(low, min(high, value))
