"""The weighted tables of Faker's providers, accumulated once for the whole process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from itertools import accumulate
from math import isfinite
from typing import Any, NamedTuple

LIBRARY = "faker.providers."
"""What the modules of Faker's own providers are called."""


class Table(NamedTuple):
    """What `Random.choices` makes of names and their weights before it draws."""

    names: tuple[Any, ...]
    sums: list[float]
    total: float
    last: int


# By `id`, since a dictionary has no hash. Faker's tables are there as long as the process is, and
# in case one is not after all it is kept here, so that nothing else gets its number.
_weights: dict[int, OrderedDict[Any, float]] = {}
_tables: dict[int, Table] = {}
_searched: set[type] = set()


def find_tables(cls: type) -> None:
    """Look for tables among the attributes of one of Faker's own providers and of its bases.

    Anybody else's may change while a run draws from them.
    """
    for base in cls.__mro__:
        if base not in _searched and base.__module__.startswith(LIBRARY):
            _searched.add(base)
            _keep(vars(base).values())


def table_of(weights: OrderedDict[Any, float]) -> Table | None:
    """Return what a dictionary was made into; None if it is not one of Faker's own tables."""
    return _tables.get(id(weights)) or _accumulated(id(weights))


def _keep(values: Iterable[Any]) -> None:
    _weights.update((id(value), value) for value in values if type(value) is OrderedDict)


def _accumulated(key: int) -> Table | None:
    """Return the table of a dictionary that is first drawn from; None also for bad weights."""
    weights = _weights.get(key)
    if not weights:
        return None
    sums = list(accumulate(weights.values()))
    total = sums[-1] + 0.0
    if total <= 0 or not isfinite(total):
        return None
    _tables[key] = Table(tuple(weights), sums, total, len(sums) - 1)
    return _tables[key]
