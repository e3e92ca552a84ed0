"""The name ``module.rand`` of templates: draws from the run's generator.

Every value is made from `Random.random` and `Random.getrandbits` by transforms written here, so
that one seed gives one result on every Python: the standard library may change its own.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import accumulate
from math import inf
from random import Random
from typing import Any, TypeVar, overload

from eventum_core.events.template.rand_crypto import Crypto, Instants
from eventum_core.events.template.rand_network import Network
from eventum_core.events.template.rand_number import Number
from eventum_core.events.template.rand_string import String

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)

CACHED = 4096
"""Different weight lists remembered before all are forgotten."""


class Rand:
    """Choices by hand, and the namespaces `number`, `string`, `network`, `crypto`, `datetime`."""

    __slots__ = ("_cumulated", "_random", "crypto", "datetime", "network", "number", "string")

    def __init__(self, random: Random) -> None:
        self._random = random.random
        self._cumulated: dict[tuple[float, ...], list[float]] = {}
        self.number = Number(random)
        self.string = String(random)
        self.network = Network(random)
        self.crypto = Crypto(random)
        self.datetime = Instants(random)

    @overload
    def shuffle(self, items: str) -> str: ...  # type: ignore[overload-overlap] # text comes first
    @overload
    def shuffle(self, items: Iterable[T]) -> list[T]: ...
    def shuffle(self, items: Iterable[Any]) -> Any:
        """Return a shuffled copy: a list, or text if given text (Fisher-Yates)."""
        shuffled = list(items)
        for last in range(len(shuffled) - 1, 0, -1):
            other = int(self._random() * (last + 1))
            shuffled[last], shuffled[other] = shuffled[other], shuffled[last]
        return "".join(shuffled) if isinstance(items, str) else shuffled

    def choice(self, items: Sequence[T]) -> T:
        """Return an element, each equally likely; raise `IndexError` if there is none."""
        try:
            return items[int(self._random() * len(items))]
        except IndexError:
            raise IndexError("cannot choose from an empty sequence") from None

    def choices(self, items: Sequence[T], n: int) -> list[T]:
        """Return `n` elements drawn with replacement."""
        return [self.choice(items) for _ in range(n)]

    @overload
    def weighted_choice(self, items: Mapping[K, float], weights: object = None) -> K: ...
    @overload
    def weighted_choice(self, items: Sequence[T], weights: Sequence[float] | None = None) -> T: ...
    def weighted_choice(self, items: Any, weights: Any = None) -> Any:
        """Return an element, each as likely as its share of all weights.

        `items` maps elements to weights, or is a sequence with as many `weights`; without any,
        all are equally likely. Raise `ValueError` for weights of another number, infinite ones
        or none above zero.
        """
        if _weighs_itself(items):
            items, weights = list(items), items.values()
        elif weights is None:
            return self.choice(items)
        cumulated = self._cumulate(weights, len(items))
        return items[bisect_right(cumulated, self._random() * cumulated[-1], 0, len(items) - 1)]

    def weighted_choices(self, items: Any, weights: Any, n: int | None = None) -> list[Any]:
        """Return `n` weighted choices with replacement.

        Call it with a mapping and `n`, or with a sequence, its weights and `n`; anything else
        is a `TypeError`.
        """
        if _weighs_itself(items):
            items, weights, n = list(items), list(items.values()), _only_count(weights, n)
        if n is None:
            raise TypeError("say how many: weighted_choices(items, weights, n)")
        return [self.weighted_choice(items, weights) for _ in range(n)]

    def chance(self, prob: float) -> bool:
        """Return True with probability `prob`: never at or below 0, always from 1 on."""
        return self._random() < prob

    def _cumulate(self, weights: Iterable[float], n: int) -> list[float]:
        """Return the running sums; they are found by value, templates build lists anew."""
        key = tuple(weights)
        cumulated = self._cumulated.get(key)
        if cumulated is None or len(key) != n:
            cumulated = running_sums(key, n)
            if len(self._cumulated) >= CACHED:
                self._cumulated.clear()
            self._cumulated[key] = cumulated
        return cumulated


def weighted_picker(rand: Rand, items: Sequence[T], sums: Sequence[float]) -> Callable[[], T]:
    """Return `Rand.weighted_choice` of items whose weights' running sums are known."""
    draw, total, last = rand._random, sums[-1], len(items) - 1

    def pick() -> T:
        return items[bisect_right(sums, draw() * total, 0, last)]

    return pick


def running_sums(weights: Sequence[float], n: int) -> list[float]:
    """Return the cumulated weights of `n` elements, or raise `ValueError` if they cannot serve."""
    if len(weights) != n:
        raise ValueError(f"{n} items need as many weights, got {len(weights)}")
    sums = list(accumulate(weights))
    total = sums[-1] if sums else 0
    if not 0 < total < inf:
        raise ValueError(f"the weights' total must be finite and above zero, got {total}")
    return sums


def _weighs_itself(items: Any) -> bool:
    # The abstract class is slow to ask, and most of what comes is a list.
    return not isinstance(items, list | tuple) and isinstance(items, Mapping)


def _only_count(second: Any, third: Any) -> int:
    if third is not None or not isinstance(second, int):
        raise TypeError("a mapping has its weights with it: weighted_choices(mapping, n)")
    return second
