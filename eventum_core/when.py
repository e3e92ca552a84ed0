"""Moments as people write them, and what they mean once a run has a clock and a timezone.

Five forms, the first that fits wins: a date and time (ISO 8601, or a number: seconds since the
Unix epoch), a time of day, ``now`` or ``never``, a distance such as ``+1h30m``, human language.
A moment without an offset of its own is meant in the generator's timezone. Where clocks are set
back, it is the first of the two; where they are set forward, a skipped time moves on by the
length of the gap. In a distance, days are calendar days, all other units elapsed time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter, ValidationError
from pydantic_core import CoreSchema, core_schema

from eventum_core.clock import micros
from eventum_core.errors import RunError

NEVER = datetime(9999, 12, 31, 23, 59, 59, 999998)
"""What ``never`` means, in any zone."""

_FORMS = (
    "write an ISO 8601 date and time such as '2025-01-31 14:30', a time of day such as '14:30', "
    "now, never, a distance such as +1h30m, or plain words such as 'tomorrow'"
)
_LONGEST = 366 * 9999
"""Days."""
_DISTANCE = re.compile(
    r"(?P<sign>[+-]?)(?:(?P<d>[0-9]{1,12})d)?(?:(?P<h>[0-9]{1,12})h)?"
    r"(?:(?P<m>[0-9]{1,12})m)?(?:(?P<s>[0-9]{1,12})s)?"
)
_DURATION = re.compile(
    "".join(rf"(?:(?P<{unit}>[0-9]+(?:\.[0-9]+)?){unit})?" for unit in ("w", "d", "h", "m", "s"))
)
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}

_datetimes: TypeAdapter[datetime] = TypeAdapter(datetime)
_times: TypeAdapter[time] = TypeAdapter(time)


@dataclass(frozen=True)
class When:
    """A moment as written. As a pydantic field it takes everything that `parse_when` takes."""

    text: str = field(compare=False)
    """What the user wrote."""

    def __str__(self) -> str:
        return self.text

    def resolve(self, *, now: datetime, base: datetime, zone: tzinfo) -> datetime:
        """Return the moment, aware and in `zone`.

        `now` is what the word means; `base` (aware) is what a time of day, a distance or a human
        text counts from. Raises `RunError` if the result is beyond the calendar.
        """
        try:
            return self._resolve(now, base, zone)
        except OverflowError as error:
            raise RunError(f"'{self}' lies beyond the years 1 to 9999") from error

    def _resolve(self, now: datetime, base: datetime, zone: tzinfo) -> datetime:
        raise NotImplementedError

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            parse_when, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [{"type": "string"}, {"type": "number"}]}


@dataclass(frozen=True)
class At(When):
    """A date and time."""

    moment: datetime

    def _resolve(self, now: datetime, base: datetime, zone: tzinfo) -> datetime:
        return _placed(self.moment, zone)


@dataclass(frozen=True)
class TimeOfDay(When):
    """A time on the day of the base; its own offset, if any, means nothing."""

    clock: time

    def _resolve(self, now: datetime, base: datetime, zone: tzinfo) -> datetime:
        return _placed(datetime.combine(base.astimezone(zone), self.clock), zone)


@dataclass(frozen=True)
class Now(When):
    """The moment of evaluation."""

    def _resolve(self, now: datetime, base: datetime, zone: tzinfo) -> datetime:
        return now.astimezone(zone)


@dataclass(frozen=True)
class Never(When):
    """The end of the calendar."""

    def _resolve(self, now: datetime, base: datetime, zone: tzinfo) -> datetime:
        return NEVER.replace(tzinfo=zone)


@dataclass(frozen=True)
class Distance(When):
    """So far from the base: calendar days first, then elapsed time."""

    days: int
    elapsed: timedelta

    def _resolve(self, now: datetime, base: datetime, zone: tzinfo) -> datetime:
        day = base.astimezone(zone)
        if self.days:
            day = _placed(day.replace(tzinfo=None) + timedelta(days=self.days), zone)
        return (day.astimezone(UTC) + self.elapsed).astimezone(zone)


@dataclass(frozen=True)
class Human(When):
    """A text in any language that dateparser knows, read from the base."""

    def _resolve(self, now: datetime, base: datetime, zone: tzinfo) -> datetime:
        found = _understood(self.text, base.astimezone(zone))
        if found is None:
            raise RunError(f"'{self}' means no moment when counted from {base.isoformat()}")
        return _placed(found, zone)


def parse_when(value: object) -> When:
    """Return what `value` means: a text, a number, or a datetime, date, time or timedelta.

    Raises `ValueError`, which says what may be written.
    """
    match value:
        case When():
            return value
        case bool():
            pass
        case str() if value.strip():
            return _parse_text(value)
        case time():
            return TimeOfDay(str(value), value.replace(tzinfo=None))
        case timedelta():
            return Distance(str(value), 0, value)
        case datetime() | date() | int() | float():
            if (moment := _as_datetime(value)) is not None:
                return At(str(value), moment)
    raise ValueError(f"this is no moment; {_FORMS}")


def _parse_text(text: str) -> When:
    if (moment := _as_datetime(text)) is not None:
        return At(text, moment)
    if (clock := _as_time(text)) is not None:
        return TimeOfDay(text, clock)
    if text in _KEYWORDS:
        return _KEYWORDS[text]
    if found := _DISTANCE.fullmatch(text.strip()):
        return _distance(text, found)
    if _understood(text, _TRIAL) is None:
        raise ValueError(f"'{text}' is no moment; {_FORMS}")
    return Human(text)


_KEYWORDS: dict[str, When] = {"now": Now("now"), "never": Never("never")}
_TRIAL = datetime(2024, 2, 29, 12, tzinfo=UTC)
"""The base on which texts are tried: a fixed one, so that validity never depends on the day."""


def _as_datetime(value: object) -> datetime | None:
    try:
        return _datetimes.validate_python(value)
    except ValidationError:
        return None


def _as_time(text: str) -> time | None:
    try:
        return _times.validate_python(text).replace(tzinfo=None)
    except ValidationError:
        return None


def _distance(text: str, found: re.Match[str]) -> Distance:
    sign = -1 if found["sign"] == "-" else 1
    days, hours, minutes, seconds = (int(found[unit] or 0) for unit in "dhms")
    elapsed = (hours * 60 + minutes) * 60 + seconds
    if max(days, elapsed // 86_400) > _LONGEST:
        raise ValueError(f"'{text}' is longer than the calendar; use never for no end")
    return Distance(text, sign * days, sign * timedelta(seconds=elapsed))


def _understood(text: str, base: datetime) -> datetime | None:
    # Loading all languages takes long, and few configurations need one.
    from dateparser.date import DateDataParser  # type: ignore[import-untyped] # it ships no types

    # Left alone, the library prefers the language of the text before: 01/02 would be any day.
    parser = DateDataParser(try_previous_locales=False, settings={"RELATIVE_BASE": base})
    found: datetime | None = parser.get_date_data(text).date_obj
    return found


def _placed(moment: datetime, zone: tzinfo) -> datetime:
    """Return `moment` in `zone`; a naive one is a wall clock's reading there."""
    if moment.tzinfo is not None:
        return moment.astimezone(zone)
    there = moment.replace(tzinfo=zone)
    try:
        return there.astimezone(UTC).astimezone(zone)
    except OverflowError:  # on the first or last day of the calendar no clock is set
        return there


def latest(zone: tzinfo) -> int:
    """Return the last instant that is in the year 9999 or before, both in `zone` and in UTC."""
    return min(micros(NEVER.replace(tzinfo=place)) for place in (zone, UTC))


def resolve_range(
    start: When | None, end: When | None, *, now: datetime, default: datetime, zone: tzinfo
) -> tuple[int, int]:
    """Return the first and the last instant of a range, both inclusive.

    Without `start` it begins at `default`; `end` counts from there, and without it there is no
    end but the calendar's. Raises `RunError` if the range is empty.
    """
    first = start.resolve(now=now, base=now, zone=zone) if start else default.astimezone(zone)
    last = (end or _KEYWORDS["never"]).resolve(now=now, base=first, zone=zone)
    if micros(first) > micros(last):
        raise RunError(f"the start, {first.isoformat()}, lies after the end, {last.isoformat()}")
    return micros(first), min(micros(last), latest(zone))


def check_range(start: When | None, end: When | None) -> None:
    """Raise `ValueError` if a range is wrong whatever the clock and the timezone are.

    A range that merely happens to be over, such as ``start: now`` with a date that has passed, is
    none of a file's faults: it ends the run, with `RunError` from `resolve_range`.
    """
    if isinstance(start, Never):
        raise ValueError("start: never does not begin; give a moment")
    if not any(_possible(start, end, now, zone) for now in _CLOCKS for zone in _EDGES):
        raise ValueError(
            f"end ({end}) lies before start ({start or 'now'}); swap them, "
            "or note that a relative end counts from the start"
        )


_CLOCKS = (datetime(1900, 1, 1, 12, tzinfo=UTC), datetime(2200, 1, 1, 12, tzinfo=UTC))
_EDGES = (timezone(timedelta(hours=14)), timezone(timedelta(hours=-12)))


def _possible(start: When | None, end: When | None, now: datetime, zone: tzinfo) -> bool:
    try:
        resolve_range(start, end, now=now, default=now, zone=zone)
    except RunError:
        return False
    return True


def parse_duration(text: str) -> timedelta:
    """Return a length of time: ``90s``, ``10m``, ``1h30m``, ``1.5d``; a bare number is seconds.

    Raises `ValueError`.
    """
    found = _DURATION.fullmatch(text.strip() + ("s" if text.strip()[-1:].isdigit() else ""))
    parts = {_UNITS[unit]: float(n) for unit, n in found.groupdict().items() if n} if found else {}
    if not parts:
        raise ValueError(f"'{text}' is no length of time; write 90s, 10m, 1h30m or 1d")
    try:
        return timedelta(**parts)
    except OverflowError as error:
        raise ValueError(f"'{text}' is too long") from error
