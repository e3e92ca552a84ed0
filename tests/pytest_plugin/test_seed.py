from __future__ import annotations

import enum
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_eventum import seed
from pytest_eventum.seed import SERVER, derive, identity, iso, moment, root


def item(params: dict[str, Any] | None, name: str = "test_x", place: str = "t.py") -> Any:
    call = params and SimpleNamespace(params=params, indices=dict.fromkeys(params, 1))
    made = SimpleNamespace(
        parent=SimpleNamespace(nodeid=place), originalname=name, name=f"{name}[]"
    )
    if call:
        made.callspec = call
    return made


class Colour(enum.Enum):
    RED = 1


def test_derive_is_stable() -> None:
    assert derive(0, "t.py::test_x", "orders", "stream") == 836_064_856
    assert derive(0, "a", "b") != derive(0, "ab") != derive(1, "ab")
    assert derive(-1, "a") != derive(1, "a")


def test_identity_is_the_same_on_every_backend() -> None:
    on = [identity(item({SERVER: backend, "n": 3})) for backend in ("sqlite", "memory")]
    assert on[0] == on[1] == identity(item({"n": 3}))


def test_identity_does_not_cut_strings() -> None:
    """A parameter that spells like the backend stays."""
    assert identity(item({SERVER: "sqlite", "n": "sqlite"})) == identity(item({"n": "sqlite"}))
    assert identity(item({SERVER: "sqlite", "n": "sqlite"})) != identity(item({}))


@pytest.mark.parametrize("other", [{"n": 4}, {"m": 3}, {"n": "3"}, {"n": 3, "m": 1}, {}])
def test_identity_depends_on_other_parameters(other: dict[str, Any]) -> None:
    assert identity(item({"n": 3})) != identity(item(other))


@pytest.mark.parametrize("value", [object(), object])
def test_identity_is_equal_in_every_process(value: Any) -> None:
    assert "0x" not in identity(item({"n": value}))


def test_identity_knows_enums() -> None:
    assert "Colour.RED" in identity(item({"n": Colour.RED}))


def test_identity_depends_on_the_place() -> None:
    assert identity(item(None)) != identity(item(None, place="u.py"))
    assert identity(item(None)) != identity(item(None, name="test_y"))


@pytest.mark.parametrize("text, expected", [(None, 0), ("", 0), ("7", 7), ("-7", -7), ("last", 9)])
def test_root(text: str | None, expected: int) -> None:
    assert root(text, lambda: 9) == expected


def test_random_root_is_drawn() -> None:
    assert root("random", lambda: None) != root("random", lambda: None)


@pytest.mark.parametrize("text, message", [("x", "expected an integer"), ("last", "earlier run")])
def test_root_that_is_none(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        root(text, lambda: None)


@pytest.mark.parametrize(
    "value, expected",
    [
        ("2026-01-01T12:00:00Z", "2026-01-01T12:00:00Z"),
        ("2026-01-01T12:00:00", "2026-01-01T12:00:00Z"),
        ("2026-01-01T12:00:00+02:00", "2026-01-01T12:00:00+02:00"),
        ("2026-01-01", "2026-01-01T00:00:00Z"),
        (datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01T00:00:00Z"),
    ],
)
def test_moment(value: Any, expected: str) -> None:
    assert iso(moment(value)) == expected


def test_present_is_cut_to_the_second() -> None:
    assert seed.present(lambda: 1_000_000_000.9) == datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC)
