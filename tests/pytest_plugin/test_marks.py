from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_eventum import backend
from pytest_eventum.marks import MarkError, Wish, checked, seconds, wish
from pytest_eventum.spec import BackendSpec


@pytest.mark.parametrize(
    "given, field, value",
    [
        ({"generator": "a.yml"}, "generator", "a.yml"),
        ({"backend": "sqlite"}, "backend", (BackendSpec("sqlite"),)),
        ({"backend": ["memory", "file"]}, "backend", (BackendSpec("memory"), BackendSpec("file"))),
        ({"backend": backend("sqlite", table="t")}, "backend", (backend("sqlite", table="t"),)),
        ({"mode": "sample"}, "mode", "sample"),
        ({"params": {"a": 1}}, "params", {"a": 1}),
        ({"secrets": {"a": "x"}}, "secrets", {"a": "x"}),
        ({"seed": 0}, "seed", 0),
        ({"seed": -3}, "seed", -3),
        ({"now": "2026-01-02T03:04:05Z"}, "now", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ({"now": "2026-01-02"}, "now", datetime(2026, 1, 2, tzinfo=UTC)),
        ({"now": datetime(2026, 1, 2)}, "now", datetime(2026, 1, 2, tzinfo=UTC)),
        ({"count": 1}, "count", 1),
        ({"duration": "1h30m"}, "duration", "1h30m"),
        ({"duration": timedelta(minutes=1)}, "duration", "60.000000s"),
        ({"duration": 1.5}, "duration", "1.500000s"),
        ({"speed": "max"}, "speed", "max"),
        ({"clock": "wall"}, "clock", "wall"),
        ({"overrides": {"a.b": 1}}, "overrides", {"a.b": 1}),
        ({"faults": []}, "faults", ()),
        ({"isolation": "auto"}, "isolation", "auto"),
        ({"autostart": False}, "autostart", False),
        ({"count": None}, "count", None),
    ],
)
def test_argument(given: dict[str, Any], field: str, value: Any) -> None:
    assert getattr(checked(given), field) == value


@pytest.mark.parametrize(
    "given, message",
    [
        ({"sed": 1}, "unknown argument 'sed'; did you mean 'seed'?"),
        ({"xyz": 1}, "unknown argument 'xyz'; there are: generator, backend"),
        ({"generator": 5}, "generator: expected a path, a name or pack:NAME, got 5"),
        ({"backend": []}, "backend: the list is empty"),
        ({"backend": [1]}, "backend: expected a name"),
        ({"backend": ["file", "file"]}, "backend: 'file' stands there twice"),
        ({"mode": "fast"}, "mode: expected 'sample' or 'live', got 'fast'"),
        ({"mode": "live"}, "mode: 'live' is not available yet"),
        ({"params": [1]}, "params: expected a mapping"),
        ({"params": {1: 1}}, "params: expected a mapping with texts as keys"),
        ({"seed": "7"}, "seed: expected an integer, got '7'"),
        ({"seed": True}, "seed: expected an integer, got True"),
        ({"now": "tomorrow"}, "now: expected an ISO time"),
        ({"now": 5}, "now: expected an ISO time or a datetime, got 5"),
        ({"count": 0}, "count: expected 1 or more, got 0"),
        ({"count": 1.5}, "count: expected an integer, got 1.5"),
        ({"duration": "soon"}, "duration: expected a length of time"),
        ({"duration": "10"}, "duration: expected a length of time"),
        ({"duration": -1}, "duration: expected a positive length of time"),
        ({"speed": 0}, "speed: expected a positive factor or 'max', got 0"),
        ({"speed": 60}, "speed: it is for live streams, which are not available yet"),
        ({"clock": "sun"}, "clock: expected 'wall' or 'virtual'"),
        ({"clock": "virtual"}, "clock: 'virtual' is not available yet"),
        ({"overrides": 1}, "overrides: expected a mapping"),
        ({"faults": "x"}, "faults: expected a list"),
        ({"faults": [1]}, "faults: faults are not available yet"),
        ({"isolation": "clone"}, "isolation: 'clone' is not available yet"),
        ({"isolation": "none"}, "isolation: expected"),
        ({"autostart": 0}, "autostart: expected True or False, got 0"),
    ],
)
def test_argument_that_makes_no_sense(given: dict[str, Any], message: str) -> None:
    with pytest.raises(MarkError) as caught:
        checked(given)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_secrets_are_never_shown() -> None:
    with pytest.raises(MarkError) as caught:
        checked({"secrets": {"password": 4711}})
    assert "4711" not in str(caught.value)


def mark(*args: Any, **kwargs: Any) -> Any:
    return SimpleNamespace(args=args, kwargs=kwargs)


def test_one_generator_per_marker() -> None:
    with pytest.raises(MarkError, match="stack a marker for each"):
        wish(mark("a.yml", "b.yml"))
    with pytest.raises(MarkError, match="names its generator twice"):
        wish(mark("a.yml", generator="b.yml"))
    assert wish(mark()) == Wish()


@pytest.mark.parametrize(
    "length, expected",
    [("1s", 1), ("1.5m", 90), ("1h30m", 5400), ("1w1d", 691_200), (0.25, 0.25)],
)
def test_seconds(length: Any, expected: float) -> None:
    assert seconds(length) == expected
