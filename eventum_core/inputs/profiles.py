"""Daily and weekly profiles: by which factor things happen more often at a local time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import numpy as np
from pydantic import AfterValidator, BeforeValidator, Field

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from eventum_core.inputs.arrays import Instants

_HOUR, _DAY, _WEEK = 60, 1440, 10_080
"""Minutes."""
_EPOCH = 3 * _DAY
"""Minutes from a Monday's midnight to that of the day on which clocks count 0: a Thursday."""
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK = re.compile(r"(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{2}))?")
_DAILY = (
    "give 24 factors, one for each hour from midnight, or times of day with the factor that "
    "holds from there on, such as {'08:30': 2, '18:00': 0.5}"
)
_WEEKLY = "give 7 factors, from Monday on, or names of days such as {mon-fri: 1, sat: 0.2}"


def _daily(value: Any) -> dict[str, Any]:
    """Return a profile as written by time of day, ``HH:MM``."""
    if isinstance(value, list | tuple) and len(value) == 24:
        return {_written(hour * _HOUR): factor for hour, factor in enumerate(value)}
    if not isinstance(value, Mapping) or not value:
        raise ValueError(f"this is no daily profile; {_DAILY}")
    result: dict[str, Any] = {}
    for key, factor in value.items():
        _put(result, _written(_minute(key)), factor)
    return result


def _minute(key: object) -> int:
    """Return a time of day in minutes. YAML 1.1 turns an unquoted 12:30 into 750."""
    if isinstance(key, int) and not isinstance(key, bool) and _HOUR <= key < _DAY:
        return key
    found = _CLOCK.fullmatch(str(key))
    hour, minute = (int(found["hour"]), int(found["minute"] or 0)) if found else (24, 0)
    if hour > 23 or minute > 59:
        raise ValueError(f"'{key}' is no time of day; {_DAILY}")
    return hour * _HOUR + minute


def _written(minute: int) -> str:
    return f"{minute // _HOUR:02}:{minute % _HOUR:02}"


def _weekly(value: Any) -> dict[str, Any]:
    """Return a profile as written by name of the day, for all seven."""
    if isinstance(value, list | tuple) and len(value) == 7:
        return dict(zip(_DAYS, value, strict=True))
    if not isinstance(value, Mapping) or not value:
        raise ValueError(f"this is no weekly profile; {_WEEKLY}")
    result: dict[str, Any] = {}
    for key, factor in value.items():
        for day in _named(str(key)):
            _put(result, day, factor)
    return dict.fromkeys(_DAYS, 1.0) | result


def _named(key: str) -> list[str]:
    """Return the days that a name, or two with a hyphen, stand for."""
    ends = [_day(name.strip(), key) for name in key.lower().split("-", 1)]
    length = (ends[-1] - ends[0]) % 7 + 1
    return [_DAYS[(ends[0] + number) % 7] for number in range(length)]


def _day(name: str, key: str) -> int:
    for number, day in enumerate(_DAYS):
        if name in (day, day[:3]):
            return number
    raise ValueError(f"'{key}' is no day of the week; {_WEEKLY}")


def _put(profile: dict[str, Any], key: str, factor: Any) -> None:
    if key in profile:
        raise ValueError(f"{key} is given twice; keep one of its factors")
    profile[key] = factor


def _some(profile: dict[str, float]) -> dict[str, float]:
    if not any(profile.values()):
        raise ValueError("all factors are 0, so nothing would ever happen; raise one of them")
    return profile


_Factor = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Daily: TypeAlias = Annotated[
    dict[str, _Factor],
    BeforeValidator(_daily, json_schema_input_type=list[float] | dict[str, float]),
    AfterValidator(_some),
]
"""Factors by time of day, ``HH:MM``; each holds up to the next one, the last one past midnight."""
Weekly: TypeAlias = Annotated[
    dict[str, _Factor],
    BeforeValidator(_weekly, json_schema_input_type=list[float] | dict[str, float]),
    AfterValidator(_some),
]
"""Factors by name of the day, for all seven."""


def by_minute(daily: Daily | None, weekly: Weekly | None) -> NDArray[np.float64]:
    """Return the factor of each minute of a local week, from Monday's midnight on."""
    steps = sorted((_minute(time), factor) for time, factor in (daily or {"00:00": 1.0}).items())
    starts, factors = (np.array(column) for column in zip(*steps, strict=True))
    day = factors[np.searchsorted(starts, np.arange(_DAY), side="right") - 1]
    week = [weekly[name] for name in _DAYS] if weekly else [1.0] * 7
    result: NDArray[np.float64] = np.outer(week, day).ravel()
    return result


def at(profile: NDArray[np.float64], local: Instants) -> NDArray[np.float64]:
    """Return the factors of `by_minute` at local times, in seconds since 1970-01-01 00:00."""
    factors: NDArray[np.float64] = profile[(local // 60 + _EPOCH) % _WEEK]
    return factors
