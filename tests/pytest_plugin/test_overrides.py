from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from eventum_core import Event
from pytest_eventum.overrides import OverrideError, Overrides


def event(text: str, ordinal: int = 0) -> Event:
    return Event(datetime(2026, 1, 1, tzinfo=UTC), text, (), ordinal, 0)


@pytest.mark.parametrize(
    "values, text, expected",
    [
        ({"a": 2}, '{"a": 1, "b": 1}', '{"a": 2, "b": 1}'),
        ({"c": "ü"}, '{"a": 1}', '{"a": 1, "c": "ü"}'),
        ({"a.b": 2}, '{"a": {"b": 1, "c": 1}}', '{"a": {"b": 2, "c": 1}}'),
        ({"a.b": 2}, '{"a.b": 1}', '{"a.b": 2}'),
        ({"a.b": 2}, "{}", '{"a": {"b": 2}}'),
        ({"a": None}, '{"a": 1}', '{"a": null}'),
        ({"a": lambda row: row["b"] + 1}, '{"b": 1}', '{"b": 1, "a": 2}'),
        ({"a": datetime(2026, 1, 1, tzinfo=UTC)}, "{}", '{"a": "2026-01-01T00:00:00+00:00"}'),
        ({"a": {1}}, "{}", '{"a": "{1}"}'),
    ],
)
def test_replaces(values: dict[str, Any], text: str, expected: str) -> None:
    (changed,) = Overrides(values).all([event(text)])
    assert changed.text == expected


@pytest.mark.parametrize(
    "values, text, message",
    [
        ({"a": 1}, "plain", "overrides need JSON objects; event #0 is none"),
        ({"a": 1}, "[1]", "overrides need JSON objects; event #0 is none"),
        ({"a.b": 1}, '{"a": 5}', "override 'a.b': 'a' is no object in this event"),
    ],
)
def test_does_not_fit(values: dict[str, Any], text: str, message: str) -> None:
    with pytest.raises(OverrideError, match=message):
        Overrides(values).all([event(text)])


def test_the_first_events_may_be_left_out() -> None:
    assert Overrides().after(0) is None
    shape = Overrides({"a": 1}).after(3)
    assert shape is not None
    first, second = (shape([event("{}", n), event("{}", n + 1)]) for n in (0, 2))
    assert first == []
    assert [(one.ordinal, one.text) for one in second] == [(3, '{"a": 1}')]
