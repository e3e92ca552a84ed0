"""The marker: what it may say, and whether what it says makes sense."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, Any

from pytest_eventum.seed import moment
from pytest_eventum.spec import BackendSpec

if TYPE_CHECKING:
    import pytest

_UNITS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_PART = re.compile(r"(\d+(?:\.\d+)?)([wdhms])")


class MarkError(Exception):
    """A marker or a suite file says something that makes no sense; the text is one line."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What one marker asks for; None is what it leaves to the ini file and the suite file."""

    generator: str | None = None
    backend: tuple[BackendSpec, ...] | None = None
    mode: str | None = None
    params: Mapping[str, Any] | None = None
    secrets: Mapping[str, str] | None = None
    seed: int | None = None
    now: datetime | None = None
    count: int | None = None
    duration: str | None = None
    speed: float | str | None = None
    clock: str | None = None
    overrides: Mapping[str, Any] | None = None
    faults: Sequence[Any] | None = None
    isolation: str | None = None
    autostart: bool | None = None


def wish(mark: pytest.Mark) -> Wish:
    """Return what a marker asks for, or raise `MarkError`."""
    if len(mark.args) > 1:
        raise MarkError(f"takes one generator, got {len(mark.args)}: stack a marker for each")
    given = dict(zip(("generator",), mark.args, strict=False))
    if given and "generator" in mark.kwargs:
        raise MarkError("names its generator twice")
    return checked({**given, **mark.kwargs})


def checked(given: Mapping[str, Any]) -> Wish:
    """Return arguments as a wish, or raise `MarkError` for the first that makes no sense."""
    for name in given:
        if name not in CHECKS:
            raise MarkError(f"unknown argument {name!r}{hint(name, CHECKS)}")
    values: dict[str, Any] = {}
    for name, value in given.items():
        if value is not None:
            try:
                values[name] = CHECKS[name](value)
            except (TypeError, ValueError) as error:
                raise MarkError(f"{name}: {error}") from error
    return Wish(**values)


def hint(name: str, known: Any) -> str:
    """Return a suggestion for a misspelt name, or the list of all."""
    close = get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; there are: {', '.join(known)}"


def _generator(value: Any) -> str:
    if isinstance(value, str | os.PathLike) and str(value):
        return os.fspath(value)
    raise TypeError(f"expected a path, a name or pack:NAME, got {value!r}")


def backends(value: Any) -> tuple[BackendSpec, ...]:
    """Return one backend or a list of them as specs with different labels."""
    listed = value if isinstance(value, list | tuple) else [value]
    if not listed:
        raise ValueError("the list is empty")
    specs = tuple(_backend(item) for item in listed)
    labels = [spec.label for spec in specs]
    for label in labels:
        if labels.count(label) > 1:
            raise ValueError(
                f"{label!r} stands there twice; tell them apart: backend({label!r}, id=…)"
            )
    return specs


def _backend(value: Any) -> BackendSpec:
    if isinstance(value, BackendSpec):
        return value
    if isinstance(value, str) and value:
        return BackendSpec(value)
    raise TypeError(f"expected a name or backend(name, …), got {value!r}")


def _texts(value: Any) -> Mapping[str, str]:
    """Check a mapping without ever showing its values: they may be secrets."""
    if isinstance(value, Mapping) and all(isinstance(v, str) for v in value.values()):
        return dict(value)
    raise TypeError("expected a mapping of names to texts")


def _mapping(value: Any) -> Mapping[str, Any]:
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return dict(value)
    raise TypeError(f"expected a mapping with texts as keys, got {value!r}")


def _integer(value: Any, least: int | None = None) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"expected an integer, got {value!r}")
    if least is not None and value < least:
        raise ValueError(f"expected {least} or more, got {value}")
    return value


def _now(value: Any) -> datetime:
    if not isinstance(value, str | datetime):
        raise TypeError(f"expected an ISO time or a datetime, got {value!r}")
    return moment(value)


def duration(value: Any) -> str:
    """Return a length of time as text: ``90s``, ``1h30m``, seconds or a timedelta."""
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, int | float) and not isinstance(value, bool):
        if value <= 0:
            raise ValueError(f"expected a positive length of time, got {value}")
        return f"{value:f}s"
    if isinstance(value, str) and re.fullmatch(rf"({_PART.pattern})+", value):
        return value
    raise ValueError(f"expected a length of time such as '90s', '10m' or '1h30m', got {value!r}")


def seconds(value: Any) -> float:
    """Return a length of time in seconds; raise `ValueError` if it is none."""
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(duration(value)))


def _choice(value: Any, *, known: Sequence[str], later: Sequence[str] = ()) -> str:
    if value in later:
        raise ValueError(f"{value!r} is not available yet")
    if value not in known:
        raise ValueError(f"expected {' or '.join(map(repr, (*known, *later)))}, got {value!r}")
    return str(value)


def _speed(value: Any) -> float | str:
    number = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    if value == "max":
        return "max"
    if number:
        raise ValueError("it is for live streams, which are not available yet")
    raise ValueError(f"expected a positive factor or 'max', got {value!r}")


def _faults(value: Any) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"expected a list, got {value!r}")
    if value:
        raise ValueError("faults are not available yet")
    return ()


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"expected True or False, got {value!r}")
    return value


CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "generator": _generator,
    "backend": backends,
    "mode": partial(_choice, known=["sample"], later=["live"]),
    "params": _mapping,
    "secrets": _texts,
    "seed": _integer,
    "now": _now,
    "count": partial(_integer, least=1),
    "duration": duration,
    "speed": _speed,
    "clock": partial(_choice, known=["wall"], later=["virtual"]),
    "overrides": _mapping,
    "faults": _faults,
    "isolation": partial(
        _choice,
        known=["auto", "namespace"],
        later=["truncate", "clone", "container", "transaction"],
    ),
    "autostart": _flag,
}
