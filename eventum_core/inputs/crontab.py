"""Cron expressions: what they say, and on which days and seconds of a day they are true.

Numbers, names, ranges, lists and steps are read here; croniter reads all other forms (``L``,
``15W``, ``sun#2``, ranges that wrap around) and has the last word on what is an error.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]
    Numbers = NDArray[np.int64]

Values: TypeAlias = frozenset[int | str]
"""What a field allows: numbers, ``l`` for the last day; with ``*`` the field restricts nothing."""
Nth: TypeAlias = dict[int, set[int | str]]
"""For a day of the week, which ones of a month: 1 to 5, or ``l`` for the last."""


class Place(NamedTuple):
    """One of the fields of an expression."""

    title: str
    low: int
    high: int
    names: dict[str, int] = {}

    @property
    def top(self) -> int:
        """The highest number that may be written: Sunday is 7 as well as 0."""
        return 7 if "7" in self.names else self.high

    def number(self, text: str) -> int | None:
        """Return the number that a name or digits stand for, None if it is none of this field."""
        value = self.names.get(text, int(text) if text.isdigit() else -1)
        return value if self.low <= value <= self.high else None


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "7")
_DATE, _WEEKDAY = 2, 4
PLACES = (
    Place("minute", 0, 59),
    Place("hour", 0, 23),
    Place("day of month", 1, 31),
    Place("month", 1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    Place("day of week", 0, 6, {name: number % 7 for number, name in enumerate(_WEEKDAYS)}),
    Place("second", 0, 59),
    Place("year", 1970, 2099),
)
_ALIASES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_ALL_CALENDARS = (10_957, 10_957 + 28 * 366)
"""Days since the epoch, from the year 2000 on."""
_VALUE = "(?:[a-z]{3}|[0-9]{1,4})"
_PLAIN = re.compile(
    rf"(?:\*|(?P<low>{_VALUE})(?:-(?P<high>{_VALUE}))?)(?:/(?P<step>[0-9]{{1,4}}))?"
)
_RANDOM = re.compile(
    r"r(?:\((?P<low>[0-9]{1,4})-(?P<high>[0-9]{1,4})\))?(?:/(?P<step>[0-9]{1,4}))?"
)
_NEAREST = re.compile(r"w?(?P<date>[0-9]{1,2})w?")


@dataclass(frozen=True)
class Crontab:
    """An expression that has been read; every tick is one of its seconds on one of its days."""

    seconds: Numbers
    """Seconds since midnight, ascending."""
    every_hour: bool
    """Whether the expression leaves out no hour of the day."""
    dates: Values
    nearest: int | None
    """A day of the month that stands for the weekday nearest to it."""
    months: Values
    weekdays: Values
    nth: Nth
    years: Values

    def days(self, first: int, last: int) -> Numbers:
        """Return the days from `first` to `last`, inclusive, as days since the epoch."""
        days = np.arange(first, last + 1)
        calendar = _Calendar.of(days)
        true = self._by_day(calendar) & _among(self.months, calendar.month)
        if "*" not in self.years:
            true &= np.isin(calendar.year, _numbers(PLACES[6], self.years))
        return days[true]

    def ever(self) -> bool:
        """Tell whether any day of any year matches: 28 years hold all the calendars there are."""
        return "*" not in self.years or len(self.days(*_ALL_CALENDARS)) > 0

    def last_second(self) -> int | None:
        """Return a second after which nothing can match, where the years are given."""
        if "*" in self.years:
            return None
        following = np.datetime64(str(max(_numbers(PLACES[6], self.years)) + 1), "D")
        return int(following.astype("datetime64[s]").astype(np.int64)) + 86_400

    def _by_day(self, calendar: _Calendar) -> Mask:
        dates, weekdays = self._by_date(calendar), self._by_weekday(calendar)
        if "*" in self.dates or "*" in self.weekdays:
            return dates & weekdays
        return dates | weekdays

    def _by_date(self, calendar: _Calendar) -> Mask:
        if self.nearest is not None:
            return calendar.nearest_weekday(self.nearest)
        true = _among(self.dates, calendar.date)
        return true | (calendar.date == calendar.length) if "l" in self.dates else true

    def _by_weekday(self, calendar: _Calendar) -> Mask:
        if not self.nth:
            return _among(self.weekdays, calendar.weekday)
        true = np.zeros(len(calendar.date), bool)
        for day, picks in self.nth.items():
            for which in picks:
                true |= calendar.nth(day, which)
        return true


class _Calendar(NamedTuple):
    """Facts about a sequence of days, each an array of shape ``(n,)``."""

    year: Numbers
    month: Numbers
    date: Numbers
    """Day of the month."""
    weekday: Numbers
    """0 is Sunday."""
    length: Numbers
    """Days of the month."""

    @classmethod
    def of(cls, days: Numbers) -> _Calendar:
        months = days.astype("datetime64[D]").astype("datetime64[M]")
        number = months.astype(np.int64)
        first = months.astype("datetime64[D]").astype(np.int64)
        following = (number + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
        weekday = (days + 4) % 7  # the epoch was a Thursday
        year = number // 12 + 1970
        return cls(year, number % 12 + 1, days - first + 1, weekday, following - first)

    def nth(self, weekday: int, which: int | str) -> Mask:
        """Tell which days are the so-and-so-many-th of a weekday in their month."""
        there: Mask = self.weekday == weekday
        number = (self.date - 1) // 7 + 1
        return there & (self.date > self.length - 7 if which == "l" else number == which)

    def nearest_weekday(self, date: int) -> Mask:
        """Tell which days are the weekday nearest to `date` without leaving the month."""
        wanted = np.minimum(date, self.length)
        weekday = (self.weekday + wanted - self.date) % 7
        saturday = np.where(wanted > 1, -1, 2)
        sunday = np.where(wanted < self.length, 1, -2)
        moved = np.select([weekday == 6, weekday == 0], [saturday, sunday])
        true: Mask = self.date == wanted + moved
        return true


def _among(values: Values, numbers: Numbers) -> Mask:
    """Tell which of the `numbers`, all below 32, a field allows."""
    if "*" in values:
        return np.ones(len(numbers), bool)
    mask = np.zeros(32, bool)
    mask[[value for value in values if isinstance(value, int)]] = True
    return mask[numbers]


def read(expression: str, random: Random) -> Crontab:
    """Read an expression; its random fields are drawn now. Raises `ValueError`."""
    texts = [_drawn(*field, random) for field in zip(PLACES, _split(expression), strict=False)]
    fields, nth = _plain(texts) or _rare(texts)
    seconds = fields[5] if len(fields) > 5 else frozenset({0})
    minutes, hours, dates, months, weekdays = fields[:5]
    found = _NEAREST.fullmatch(texts[_DATE]) if "w" in texts[_DATE] else None
    return Crontab(
        seconds=_seconds(hours, minutes, seconds),
        every_hour=len(_numbers(PLACES[1], hours)) == 24,
        dates=dates,
        nearest=int(found["date"]) if found else None,
        months=months,
        weekdays=weekdays,
        nth=nth,
        years=fields[6] if len(fields) > 6 else frozenset("*"),
    )


def _split(expression: str) -> list[str]:
    text = expression.strip().lower()
    fields = _ALIASES.get(text, text).split()
    if not 5 <= len(fields) <= 7:
        raise ValueError(
            f"a cron expression has 5 fields (minute, hour, day of month, month, day of week), "
            f"then perhaps a second and a year; this has {len(fields)}"
        )
    return fields


def _drawn(place: Place, text: str, random: Random) -> str:
    """Replace a field such as ``r(8-17)`` or ``r/15`` by a value, or a first value and a step."""
    found = _RANDOM.fullmatch(text)
    if not found:
        return text
    low, high = int(found["low"] or place.low), int(found["high"] or place.high)
    step = int(found["step"] or 0)
    if not place.low <= low < high <= place.top or (found["step"] and not step):
        raise ValueError(f"{place.title} '{text}' draws from no range in {place.low}-{place.top}")
    width = min(high - low + 1, step or high + 1)
    value = low + int(random.random() * width)
    return f"{value}-{high}/{step}" if step and value < high else str(value)


def _plain(texts: Sequence[str]) -> tuple[list[Values], Nth] | None:
    """Read the fields if all of them are plain."""
    fields = [_plain_field(place, text) for place, text in zip(PLACES, texts, strict=False)]
    known = [values for values in fields if values is not None]
    if len(known) < len(fields):
        return None
    for here, other in ((_DATE, _WEEKDAY), (_WEEKDAY, _DATE)):
        # All days of a field that is a list restrict nothing only where the other has a star.
        if len(known[here]) == PLACES[here].high - PLACES[here].low + 1 and "*" in texts[other]:
            known[here] = frozenset("*")
    return known, {}


def _plain_field(place: Place, text: str) -> Values | None:
    if text == "*" or (text == "?" and place in (PLACES[_DATE], PLACES[_WEEKDAY])):
        return frozenset("*")
    numbers: set[int | str] = set()
    for token in text.split(","):
        found = _PLAIN.fullmatch(token)
        values = _token(place, found) if found and token != "*" else None
        if values is None:
            return None
        numbers.update(values)
    return frozenset(numbers)


def _token(place: Place, found: re.Match[str]) -> range | None:
    low = place.number(found["low"]) if found["low"] else place.low
    high = place.number(found["high"]) if found["high"] else place.high
    step = int(found["step"] or 1)
    if low is None or high is None or not step or (found["high"] and low >= high):
        return None
    lone = found["low"] and not found["high"] and not found["step"]
    return range(low, (low if lone else high) + 1, step)


def _rare(texts: Sequence[str]) -> tuple[list[Values], Nth]:
    """Read the fields with croniter, or say which one is wrong."""
    # It takes as long to import as all of an ordinary run's inputs.
    from croniter import CroniterError, croniter

    try:
        fields, nth = croniter.expand(" ".join(texts))
    except CroniterError as error:
        raise ValueError(_complaint(texts)) from error
    return [frozenset(values) for values in fields], {day: {*picks} for day, picks in nth.items()}


def _complaint(texts: Sequence[str]) -> str:
    wrong = next((i for i, text in enumerate(texts) if not _valid(_alone(i, text))), None)
    if wrong is None:
        return f"'{' '.join(texts)}' is no cron expression"
    place = PLACES[wrong]
    takes = f"{place.low}-{place.top}" + (" or names" if place.names else "")
    message = f"{place.title} '{texts[wrong]}' is not understood; it takes {takes}"
    turned = [*texts[1:], texts[0]]
    if len(texts) == 6 and _valid(turned):
        message += f"; the second comes last: '{' '.join(turned).upper()}'"
    return message


def _alone(position: int, text: str) -> list[str]:
    return [text if at == position else "*" for at in range(max(5, position + 1))]


def _valid(texts: Sequence[str]) -> bool:
    from croniter import croniter

    return bool(croniter.is_valid(" ".join(texts)))


def _numbers(place: Place, values: Values) -> list[int]:
    if "*" in values:
        return list(range(place.low, place.high + 1))
    return sorted(value for value in values if isinstance(value, int))


def _seconds(hours: Values, minutes: Values, seconds: Values) -> Numbers:
    fields = zip((PLACES[1], PLACES[0], PLACES[5]), (hours, minutes, seconds), strict=True)
    hour, minute, second = (np.array(_numbers(place, values)) for place, values in fields)
    times: Numbers = np.add.outer(np.add.outer(hour * 3600, minute * 60), second).ravel()
    return times
