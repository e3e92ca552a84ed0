"""Times as log files write them: which instants they mean, also where the year is left out."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache, partial
from typing import TypeAlias

from eventum_core.clock import EPOCH, micros

Read: TypeAlias = Callable[[str], datetime]
"""Give the time that a text tells, naive where it tells no zone; raise `ValueError` for others."""

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_UNITS = ((10**11, 10**6), (10**14, 10**3), (10**17, 1))
"""A number below the first of each pair counts units of so many microseconds."""
_DAY = timedelta(days=1)
_BACK = timedelta(minutes=1)
"""A local time that goes back further than this may be the second one of that name."""


def instants(format: str | None, now: datetime, zone: tzinfo) -> Callable[[str], int | None]:
    """Return a function that reads a file's times in their order, as microseconds since 1970.

    `format` is that of ``strptime``; without one, times are ISO 8601 or a number of seconds,
    milliseconds, microseconds or nanoseconds since 1970. Where it has no year, the first time is
    the latest one before `now`, and a jump back over the turn of the year begins the next year;
    where it has no date, days are told apart in the same way. Naive times are in `zone`. The
    function returns None for what is no time.
    """
    read = _reader(format, now.astimezone(zone).replace(tzinfo=None))
    instant = _placed(zone)

    def instant_of(text: str) -> int | None:
        try:
            return instant(read(text))
        except (ValueError, OverflowError):
            return None

    return instant_of


def readable(format: str) -> bool:
    """Tell whether times that are written by a format can be read by it."""
    try:
        _reader(format, _SAMPLE)(_SAMPLE.replace(tzinfo=UTC).strftime(format))
    except ValueError:
        return False
    return True


_SAMPLE = datetime(2024, 1, 2, 3, 4, 5)


def _reader(format: str | None, now: datetime) -> Read:
    if format is None:
        return lru_cache(_standard)
    directives = set(re.findall(r"%[-_0^#:]?(.)", format))
    if directives & set("YyGcxsDF"):
        return lru_cache(partial(_parsed, format=format))
    if directives & set("mbBdjUW"):
        return _without_year(format, now)
    return _without_date(format, now)


def _parsed(text: str, format: str) -> datetime:
    return datetime.strptime(text, format)


def _standard(text: str) -> datetime:
    """Read ISO 8601 or a number; eight digits are a date."""
    if len(text) != 8 and _NUMBER.fullmatch(text):
        number = Decimal(text)
        unit = next((unit for most, unit in _UNITS if abs(number) < most), Decimal("0.001"))
        return EPOCH + timedelta(microseconds=int(number * unit))
    return datetime.fromisoformat(text)


def _without_year(format: str, now: datetime) -> Read:
    # The year 2000 has every day that a year can have.
    fields = lru_cache(partial(_parsed_after, format=f"%Y {format}", date="2000"))
    turns = _turns(365 * _DAY)
    first: int | None = None
    leap = timedelta(0)

    def read(text: str) -> datetime:
        nonlocal first, leap
        given = fields(text)
        if first is None:
            naive = given.replace(tzinfo=None)
            first = now.year - (naive > now.replace(year=2000))
        year = first + turns(given)
        if (given.month, given.day) == (2, 29) and not _is_leap(year):
            # The file knows a day that our year has not: the rest of it comes a day later.
            leap = _DAY
            given = given.replace(day=28)
        return given.replace(year=year) + leap

    return read


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _without_date(format: str, now: datetime) -> Read:
    date = now.date().isoformat()
    fields = lru_cache(partial(_parsed_after, format=f"%Y-%m-%d {format}", date=date))
    turns = _turns(_DAY)

    def read(text: str) -> datetime:
        given = fields(text)
        return given + turns(given) * _DAY

    return read


def _parsed_after(text: str, format: str, date: str) -> datetime:
    return datetime.strptime(f"{date} {text}", format)


def _turns(cycle: timedelta) -> Callable[[datetime], int]:
    """Return a function that counts how often a cycle has begun anew.

    It has when a time lies more than half of it before the last one. A latecomer from the end of
    the cycle before is told by a jump over nearly all of it.
    """
    before: datetime | None = None
    count = 0

    def turned(given: datetime) -> int:
        nonlocal before, count
        if before is not None and given < before - cycle / 2:
            count += 1
        elif before is not None and count and given > before + cycle * 0.9:
            count -= 1
        before = given
        return count

    return turned


def _placed(zone: tzinfo) -> Callable[[datetime], int]:
    """Return a function that gives the instants of times, the naive ones being in `zone`."""
    before: int | None = None

    def instant(given: datetime) -> int:
        nonlocal before
        if given.tzinfo is not None:
            return micros(given)
        found = micros(given.replace(tzinfo=zone))
        if before is not None and found < before - _BACK // timedelta(microseconds=1):
            found = max(found, micros(given.replace(tzinfo=zone, fold=1)))
        before = found
        return found

    return instant
