from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, ValidationError

from eventum_core.errors import Problem
from eventum_core.plugin import Options
from eventum_core.problems import option_names, pydantic_problems, shown, suggestion


class Cat(Options):
    kind: Literal["cat"]
    lives: int = 9


class Dog(Options):
    kind: Literal["dog"]


class Bowl(Options):
    litres: float = 1


class Home(Options):
    pet: Annotated[Cat | Dog, Field(discriminator="kind")] = Dog(kind="dog")
    bowl: Bowl = Bowl()
    rooms: tuple[int, ...] = ()
    names: dict[str, int] = {}
    address: str = Field("", validation_alias="street")


def problems(options: Any) -> list[Problem]:
    with pytest.raises(ValidationError) as caught:
        Home.model_validate(options)
    return pydantic_problems(caught.value, ("homes", 2), Home, options)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"room": 1}, "room: unknown option; did you mean 'rooms'?"),
        ({"x": 1}, "x: unknown option; there are: pet, bowl, rooms, names, street"),
        ({"bowl": {"liters": 1}}, "bowl.liters: unknown option; did you mean 'litres'?"),
        ({"bowl": {"x": 1}}, "bowl.x: unknown option; there are: litres"),
        ({"pet": {"kind": "dog", "lives": 3}}, "pet.lives: unknown option"),
        ({"pet": {"kind": "cat", "lives": "x"}}, "pet.lives: Input should be a valid integer"),
        ({"rooms": 3}, "rooms: Input should be a valid list (got 3)"),
        ({"rooms": [1, "x"]}, "rooms[1]: Input should be a valid integer"),
        ({"names": {5: 5}}, "names[5]: Input should be a valid string (got 5)"),
    ],
)
def test_a_problem_says_where_and_what_to_write(options: Any, told: str) -> None:
    (found,) = problems(options)
    assert str(found).startswith(f"homes[2].{told}")


def test_options_are_named_as_they_are_written() -> None:
    assert option_names(Home) == ["pet", "bowl", "rooms", "names", "street"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("", "''"),
        (5, "5"),
        ({"a": 1}, "a mapping"),
        ((1,), "a list"),
        ("x" * 100, "'" + "x" * 78 + "…"),
    ],
)
def test_values_are_shown_briefly(value: Any, text: str) -> None:
    assert shown(("option",), value) == text


@pytest.mark.parametrize("name", ["password", "client_secret", "API_TOKEN", "credentials"])
def test_values_that_may_be_secrets_are_not_shown(name: str) -> None:
    assert shown(("http", name), 739184) == "***"


def test_suggestions() -> None:
    assert suggestion("pot", ["port", "host"]) == "did you mean 'port'?"
    assert suggestion("x", ["port", "host"]) == "there are: port, host"
    assert suggestion("x", []) == ""
