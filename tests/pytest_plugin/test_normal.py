from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from pytest_eventum.normal import canons, instant, number, plain, stored, text

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "declared, event, row",
    [
        ("", 1, 1.0),
        ("", 1.1, Decimal("1.10")),
        ("", True, 1),
        ("", [1, {"a": 2}], '[1, {"a":2}]'),
        ("", {"a": 1, "b": 2}, '{"b": 2, "a": 1}'),
        ("", "2026-01-01T12:00:00Z", NOON),
        ("", "2026-01-01T12:00:00+00:00", NOON.replace(tzinfo=None)),
        ("", "2026-01-01", date(2026, 1, 1)),
        ("TIMESTAMP", "2026-01-01T12:00:00Z", "2026-01-01 12:00:00+00:00"),
        ("DATETIME", "2026-01-01T13:00:00+01:00", "2026-01-01T12:00:00"),
        ("TIMESTAMP", NOON.timestamp(), NOON),
        ("JSON", "5", '"5"'),
        ("JSON", 5, 5),
        ("JSON", "abc", "abc"),
        ("TEXT", 5, "5"),
        ("VARCHAR(9)", "x", "x"),
        ("TEXT", True, "1"),
        ("INTEGER", "5", 5),
        ("NUMERIC(9,2)", "1.50", Decimal("1.5")),
        ("REAL", float("nan"), float("nan")),
    ],
)
def test_equal_by_the_type_of_the_column(declared: str, event: Any, row: Any) -> None:
    ours, theirs = canons([{"x": event}], [{"x": row}], {"x": declared})
    assert ours({"x": event}) == theirs({"x": row})


@pytest.mark.parametrize(
    "declared, event, row",
    [
        ("", 1, 2),
        ("", "1", 1),
        ("", "2026-01-01T12:00:00Z", "2026-01-01T12:00:00+00:00"),
        ("TEXT", "2026-01-01T12:00:00Z", "2026-01-01T12:00:00+00:00"),
        ("TIMESTAMP", "2026-01-01T12:00:00Z", "2026-01-01T12:00:00+01:00"),
        ("INTEGER", "x", 5),
        ("", {"a": 1}, '{"a": 2}'),
        ("TEXT", "a", "A"),
    ],
)
def test_not_equal(declared: str, event: Any, row: Any) -> None:
    ours, theirs = canons([{"x": event}], [{"x": row}], {"x": declared})
    assert ours({"x": event}) != theirs({"x": row})


def test_missing_is_null() -> None:
    ours, theirs = canons([{"a": 1}], [{"a": 1, "b": None}], {})
    assert ours({"a": 1}) == theirs({"a": 1, "b": None})
    assert ours({"a": 1}) != theirs({"a": 1, "b": 0})


@pytest.mark.parametrize(
    "form, value, expected",
    [
        (plain, b"x", b"x"),
        (plain, bytearray(b"x"), b"x"),
        (plain, {1, 2}, repr({1, 2})),
        (number, "x", "x"),
        (text, None, "None"),
        (instant, "no moment", "no moment"),
        (instant, datetime(2026, 1, 1, 14, tzinfo=timezone(timedelta(hours=2))), NOON),
        (stored, "no json", '"no json"'),
    ],
)
def test_forms(form: Any, value: Any, expected: Any) -> None:
    assert form(value) == expected
