"""Draws beside `Random`: the same values, the same state, the same kinds of errors."""

from __future__ import annotations

import copy
from random import Random
from typing import Any

import pytest

from eventum_core.events.template.faker_draws import Draws

CALLS: list[tuple[str, tuple[Any, ...]]] = [
    ("randint", (0, 0)),
    ("randint", (1, 6)),
    ("randint", (-5, 5)),
    ("randint", (0, 2**80)),
    ("randint", (False, 3)),
    ("randint", (3, 1)),
    ("randint", ("a", "b")),
    ("randrange", (10,)),
    ("randrange", (1, 10)),
    ("randrange", (1, 10, 3)),
    ("randrange", (10, 1, -2)),
    ("randrange", (5, 5)),
    ("randrange", (0,)),
    ("choice", ("a",)),
    ("choice", ([1, 2, 3],)),
    ("choice", (range(1000),)),
    ("choice", ([],)),
    ("choice", (5,)),
    ("choices", ("abc",)),
    ("sample", (range(50), 7)),
    ("random", ()),
    ("uniform", (1, 9)),
    ("gauss", (0, 1)),
    ("getrandbits", (70,)),
    ("randbytes", (5,)),
]


def result(draws: Random, name: str, arguments: tuple[Any, ...]) -> Any:
    try:
        return getattr(draws, name)(*arguments)
    except (TypeError, ValueError, IndexError) as error:
        return type(error)


@pytest.mark.parametrize(("name", "arguments"), CALLS)
def test_draws_are_those_of_the_source(name: str, arguments: tuple[Any, ...]) -> None:
    plain, source = Random(3), Random(3)
    draws = Draws(source)
    for _ in range(40):
        assert result(draws, name, arguments) == result(plain, name, arguments)
        assert draws.getstate() == source.getstate() == plain.getstate()


@pytest.mark.parametrize("least", [0, 1, 2])
def test_digits_are_those_of_randint(least: int) -> None:
    plain, source = Random(3), Random(3)
    expected = [str(plain.randint(least, 9)) for _ in range(200)]
    assert Draws(source).digits(least, 200) == expected
    assert source.getstate() == plain.getstate()


def test_seeding_seeds_the_source() -> None:
    source = Random(3)
    draws = Draws(source)
    draws.seed(9)
    first = [draws.randint(0, 99), source.randint(0, 99)]
    draws.setstate(Random(9).getstate())
    assert [source.randint(0, 99), draws.randint(0, 99)] == first


@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy])
def test_copies_draw_as_copies_of_the_source_would(make: Any) -> None:
    source = Random(3)
    copied = make(Draws(source))
    assert copied.randint(0, 10**9) == Random(3).randint(0, 10**9)
    assert (source.getstate() == Random(3).getstate()) is (make is copy.deepcopy)
