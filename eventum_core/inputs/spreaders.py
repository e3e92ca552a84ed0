"""How the instants of a period are spread over it: a distribution on [0, 1].

Each turns random draws into fractions of the period with operations that IEEE 754 settles exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from eventum_core.inputs.draws import exp, hashed, log, positive, uniform
from eventum_core.plugin import Options

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from eventum_core.inputs.draws import Floats, Raw

_LOG_4 = 1.3862943611198906


class UniformParameters(Options):
    """Bounds within a period, as fractions of it."""

    low: float = Field(ge=0, lt=1)
    """Where the instants begin."""
    high: float = Field(gt=0, le=1)
    """Where they end."""

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"low ({self.low}) must be less than high ({self.high})")
        return self

    def fractions(self, draws: Raw) -> Floats:
        """Return numbers of [low, high), all equally likely."""
        return self.low + (self.high - self.low) * uniform(draws)


class TriangularParameters(Options):
    """Bounds and peak within a period, as fractions of it."""

    left: float = Field(ge=0, lt=1)
    """Where the instants begin."""
    mode: float = Field(ge=0, le=1)
    """Where they are densest."""
    right: float = Field(gt=0, le=1)
    """Where they end."""

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if not self.left <= self.mode <= self.right or self.left == self.right:
            raise ValueError(
                f"left ({self.left}), mode ({self.mode}) and right ({self.right}) must ascend, "
                "and not all be equal"
            )
        return self

    def fractions(self, draws: Raw) -> Floats:
        """Return numbers whose density rises from left to mode and falls to right: by inversion."""
        u, width = uniform(draws), self.right - self.left
        rising = self.left + np.sqrt(u * (width * (self.mode - self.left)))
        falling = self.right - np.sqrt((1.0 - u) * (width * (self.right - self.mode)))
        return np.where(u * width < self.mode - self.left, rising, falling)


class BetaParameters(Options):
    """The two shapes of a beta distribution over the whole period."""

    a: float = Field(gt=0, le=1e9)
    """The larger than `b`, the later in the period; below 1, dense at its beginning."""
    b: float = Field(gt=0, le=1e9)
    """The larger than `a`, the earlier in the period; below 1, dense at its end."""

    def fractions(self, draws: Raw) -> Floats:
        """Return beta variates, by rejection (Cheng: Generating beta variates, 1978, BA).

        Each draw is the key of its own stream, of which every attempt takes the next two draws, so
        it matters to no other how many attempts one needs.
        """
        found = np.empty(len(draws))
        left = np.arange(len(draws))
        attempt = 0
        while len(left):
            fractions, accepted = self._attempt(draws[left], attempt)
            found[left[accepted]] = fractions[accepted]
            left = left[~accepted]
            attempt += 1
        return found

    def _attempt(self, keys: Raw, attempt: int) -> tuple[Floats, NDArray[np.bool_]]:
        """Return a proposal for each key, and whether it is accepted.

        A proposal x is log-logistic, ``x / (1 - x) = a / b · exp(v)``, so that no shape, however
        small, makes any number here overflow.
        """
        counters = np.full(len(keys), 2 * attempt)
        u, w = positive(hashed(keys, counters)), positive(hashed(keys, counters + 1))
        log_u = log(u)
        steepness = self._steepness()
        v = (log_u - log(1.0 - u)) / steepness
        log_a, log_b = log(np.array([self.a, self.b]))
        odds = v + (log_a - log_b)
        rest = exp(-np.abs(odds))
        log_sum = np.maximum(log_b, log_a + v) + log(1.0 + rest)
        both = self.a + self.b
        score = both * (log(np.array([both])) - log_sum) + (self.a + steepness) * v
        return np.where(odds < 0, rest, 1.0) / (1.0 + rest), score - _LOG_4 >= 2.0 * log_u + log(w)

    def _steepness(self) -> float:
        """Return the proposals' shape, 1/β in Cheng's paper."""
        a, b = self.a, self.b
        if min(a, b) <= 1:
            return max(min(a, b), 1e-300)
        return sqrt((2 * a * b - a - b) / (a + b - 2))


class UniformSpreader(Options):
    """Equally likely everywhere between two bounds."""

    distribution: Literal["uniform"]
    parameters: UniformParameters


class TriangularSpreader(Options):
    """Rising to a peak and falling again."""

    distribution: Literal["triangular"]
    parameters: TriangularParameters


class BetaSpreader(Options):
    """A smooth hump, or a slope, or a trough."""

    distribution: Literal["beta"]
    parameters: BetaParameters


def _told_apart(given: Any) -> Any:
    if isinstance(given, Mapping) and "distribution" not in given:
        raise ValueError("give distribution: uniform, triangular or beta")
    return given


Spreader = Annotated[
    UniformSpreader | TriangularSpreader | BetaSpreader,
    Field(discriminator="distribution"),
    BeforeValidator(_told_apart),
]
"""A distribution with its parameters, told apart by ``distribution``."""
