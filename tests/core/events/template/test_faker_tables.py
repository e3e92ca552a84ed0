"""Which weighted tables are accumulated once, and that drawing from them changes nothing."""

from __future__ import annotations

from bisect import bisect
from collections import OrderedDict
from random import Random
from typing import Any

import pytest
from faker.providers.person.en_US import Provider as Person

from eventum_core.events.template.faker_tables import LIBRARY, find_tables, table_of


def provider(module: str, **tables: Any) -> type:
    return type("Provider", (), {"__module__": module, **tables})


@pytest.mark.parametrize("name", ["first_names", "last_names", "formats", "prefixes_male"])
def test_a_table_holds_what_random_makes_of_the_weights(name: str) -> None:
    weights = getattr(Person, name)
    find_tables(Person)
    names, sums, total, last = table_of(weights) or pytest.fail("it was not found")
    ours, stock = Random(1), Random(1)
    drawn = [names[bisect(sums, ours.random() * total, 0, last)] for _ in range(500)]
    assert drawn == [stock.choices(list(weights), list(weights.values()))[0] for _ in range(500)]


def test_tables_of_bases_are_found() -> None:
    weights = OrderedDict(a=1, b=2)
    find_tables(type("Child", (provider(f"{LIBRARY}x", table=weights),), {}))
    assert table_of(weights) is not None


@pytest.mark.parametrize("module", ["theirs", "faker_providers.x", "faker.other"])
def test_tables_of_strangers_are_left_alone(module: str) -> None:
    weights = OrderedDict(a=1, b=2)
    find_tables(provider(module, table=weights))
    assert table_of(weights) is None


@pytest.mark.parametrize("weights", [{}, {"a": 0}, {"a": -1.0}, {"a": float("inf")}])
def test_weights_that_random_refuses_are_left_to_it(weights: dict[str, float]) -> None:
    table = OrderedDict(weights)
    find_tables(provider(f"{LIBRARY}x", table=table))
    assert table_of(table) is None


def test_plain_dictionaries_and_equal_tables_are_no_tables() -> None:
    weights = OrderedDict(a=1, b=2)
    find_tables(provider(f"{LIBRARY}x", table=weights, other={"a": 1}))
    assert table_of(OrderedDict(weights)) is None
