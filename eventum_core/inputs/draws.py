"""Random draws by position: the n-th draw of a stream is a function of seed, role and n alone.

So a schedule can begin anywhere and gives what it would have given there. And nothing here uses
more than shifts, the four operations and exact scaling, whose results IEEE 754 settles to the
last bit: equal seeds give equal schedules on every processor. A library's ``log`` promises less.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from eventum_core.plugin import Run

    Raw: TypeAlias = NDArray[np.uint64]
    """Draws of 64 random bits each."""
    Floats: TypeAlias = NDArray[np.float64]

_BITS = 0xFFFF_FFFF_FFFF_FFFF
_GAMMA = np.uint64(0x9E37_79B9_7F4A_7C15)
_FIRST = np.uint64(0xBF58_476D_1CE4_E5B9)
_SECOND = np.uint64(0x94D0_49BB_1331_11EB)
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
"""The logarithm of 2 in two parts; the first has so few digits that its multiples are exact."""


def key(run: Run, *path: str | int) -> int:
    """Return the 64 bits that name the stream `path` of an input, such as ``key(run, "gaps")``."""
    return run.seeds.number("/".join(map(str, (run.role, *path)))) & _BITS


def hashed(key: int | Raw, counters: NDArray[Any]) -> Raw:
    """Return draws number `counters`, from 0, of the streams `key`; the two are broadcast.

    `counters` are integers of any shape but a lone scalar. The stream of a key is SplitMix64's,
    seeded with it (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014), so
    a draw may serve as the key of a stream of its own.
    """
    state = (counters.astype(np.uint64) + np.uint64(1)) * _GAMMA + np.asarray(key, np.uint64)
    state = (state ^ (state >> np.uint64(30))) * _FIRST
    state = (state ^ (state >> np.uint64(27))) * _SECOND
    return state ^ (state >> np.uint64(31))


def uniform(raw: Raw) -> Floats:
    """Return the draws as numbers of [0, 1), multiples of 2⁻⁵³."""
    return (raw >> np.uint64(11)).astype(np.float64) * 2.0**-53


def positive(raw: Raw) -> Floats:
    """Return the draws as numbers of (0, 1), odd multiples of 2⁻⁵³: their logarithm is finite."""
    return ((raw >> np.uint64(12)).astype(np.float64) * 2.0 + 1.0) * 2.0**-53


def log(x: Floats) -> Floats:
    """Return the natural logarithms of normal positive numbers, to about 1 unit in the last place.

    Twice the area tangent of ``(m - 1) / (m + 1)``, by its series, for a mantissa m near 1.
    """
    mantissa, exponent = np.frexp(x)
    low = mantissa < 0.5**0.5
    mantissa = np.where(low, 2.0 * mantissa, mantissa)
    exponent = exponent - low
    ratio = (mantissa - 1.0) / (mantissa + 1.0)
    square = ratio * ratio
    series = np.zeros_like(square)
    for odd in range(23, 1, -2):
        series = (series + 1.0 / odd) * square
    small_parts = 2.0 * ratio * series + exponent * _LN2_LOW
    result: Floats = exponent * _LN2_HIGH + (2.0 * ratio + small_parts)
    return result


def exp(x: Floats) -> Floats:
    """Return e to the powers `x`, to about 1 unit in the last place.

    Below -800 it is 0, above 709 it stays what it is there. By the series of the rest that whole
    multiples of the logarithm of 2 leave.
    """
    x = np.clip(x, -800.0, 709.0)
    doublings = np.rint(x / (_LN2_HIGH + _LN2_LOW))
    rest = (x - doublings * _LN2_HIGH) - doublings * _LN2_LOW
    series = np.ones_like(rest)
    for term in range(14, 0, -1):
        series = series * rest / term + 1.0
    scaled: Floats = np.ldexp(series, doublings.astype(np.int32))
    return scaled
