"""Cron against croniter over random expressions, and against a look at each second of the clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from croniter import CroniterBadDateError, croniter
from hypothesis import example, given, settings
from hypothesis import strategies as st

from eventum_core.clock import micros, moment
from eventum_core.inputs.cron import Cron

LIMITS = {"minute": (0, 59), "hour": (0, 23), "date": (1, 31), "month": (1, 12),
          "weekday": (0, 7), "second": (0, 59), "year": (1971, 2090)}  # fmt: skip
NAMES = {
    "month": ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    "weekday": ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
}
RARE = {
    "date": ["L", "1,L", "15W", "1W", "31W", "?"],
    "weekday": ["L5", "sun#2", "mon#1", "fri#5", "?"],
}


@st.composite
def values(draw: st.DrawFn, name: str) -> str:
    """Return a number of a field, or the name that it has."""
    low, high = LIMITS[name]
    number = draw(st.integers(low, high))
    names = NAMES.get(name, [])
    if names and number - low < len(names) and draw(st.booleans()):
        return draw(st.sampled_from([str.lower, str.upper, str.title]))(names[number - low])
    return str(number)


def tokens(name: str) -> st.SearchStrategy[str]:
    low, high = LIMITS[name]
    value, number = values(name), st.integers(low, high)
    step = st.integers(1, min(high - low, 20))
    both = st.tuples(number, number).filter(lambda ends: ends[0] != ends[1])
    ascending = both.map(sorted)
    return st.one_of(
        value,
        both.map("{0[0]}-{0[1]}".format),
        st.tuples(ascending, step).map(lambda part: f"{part[0][0]}-{part[0][1]}/{part[1]}"),
        step.map("*/{}".format),
        st.tuples(number, step).map("{0[0]}/{0[1]}".format),
    )


def fields(name: str) -> st.SearchStrategy[str]:
    """Return a field: mostly a star, or tokens with commas."""
    return st.one_of(
        st.just("*"), st.just("*"), st.lists(tokens(name), min_size=1, max_size=3).map(",".join)
    )


@st.composite
def expressions(draw: st.DrawFn, count: st.SearchStrategy[int]) -> str:
    names = list(LIMITS)[: draw(count)]
    parts = {name: draw(fields(name)) for name in names}
    if draw(st.integers(0, 4)) == 0:
        rare = draw(st.sampled_from(["date", "weekday"]))
        # Beside another day, croniter takes such a form as an intersection: not our rule.
        parts["date"] = parts["weekday"] = "*"
        parts[rare] = draw(st.sampled_from(RARE[rare]))
    return " ".join(parts.values())


@settings(max_examples=300, deadline=None)
@given(
    expression=expressions(st.sampled_from([5, 5, 6, 7])),
    start=st.datetimes(datetime(1975, 1, 1), datetime(2085, 1, 1)),
)
@example("0 0 29 2 */1", datetime(2096, 3, 1))
@example("*/7 * * * sun-sat", datetime(2024, 2, 28))
def test_it_gives_the_ticks_that_croniter_gives(make_run, expression, start):
    run = make_run(start.isoformat())
    wanted = list(islice(by_croniter(expression, run.start), 40))
    plugin = Cron(expression=expression, count=1)
    last = wanted[-1] if len(wanted) == 40 else micros(start.replace(tzinfo=UTC)) + 10 * YEAR
    found = (int(i) for array in plugin.timestamps(run) for i in array.astype(int))
    given = []
    for instant in islice(found, 40):
        if instant > last:
            break
        given.append(instant)
    assert given == [instant for instant in wanted if instant <= last]


YEAR = 365 * 86_400_000_000


def by_croniter(expression: str, start: datetime) -> Iterator[int]:
    """Yield the ticks from `start` on, for as far as croniter looks ahead."""
    ticks = croniter(expression, start - timedelta(microseconds=1), ret_type=datetime)
    try:
        while True:
            yield micros(ticks.get_next())
    except CroniterBadDateError:
        return


CHANGES = [
    ("America/New_York", "2025-03-09T07:00"),
    ("America/New_York", "2025-11-02T06:00"),
    ("Europe/Berlin", "2025-03-30T01:00"),
    ("Europe/Berlin", "2025-10-26T01:00"),
    ("Australia/Lord_Howe", "2025-04-05T15:00"),
    ("Australia/Lord_Howe", "2025-10-04T15:30"),
    ("Asia/Kathmandu", "1985-12-31T18:30"),
    ("Africa/Casablanca", "2025-02-23T02:00"),
    ("Africa/Casablanca", "2025-04-06T02:00"),
    ("Africa/Cairo", "2025-04-24T22:00"),
    ("Pacific/Apia", "2011-12-30T10:00"),
    ("Pacific/Apia", "2012-03-31T14:00"),
    ("America/Sao_Paulo", "2018-11-04T03:00"),
]


class ByLooking:
    """An expression without rare forms, as a question that each local time answers."""

    def __init__(self, expression: str) -> None:
        fields, _ = croniter.expand(expression)
        self._fields = [None if "*" in field else set(field) for field in fields]
        self.every_hour = self._fields[1] in (None, set(range(24)))

    def matches(self, there: datetime) -> bool:
        minute, hour, date, month, weekday, *rest = self._fields
        seconds = rest[0] if rest else {0}
        on_date = date is None or there.day in date
        on_weekday = weekday is None or there.isoweekday() % 7 in weekday
        day = on_date and on_weekday if None in (date, weekday) else on_date or on_weekday
        return (
            day
            and (month is None or there.month in month)
            and (hour is None or there.hour in hour)
            and (minute is None or there.minute in minute)
            and (seconds is None or there.second in seconds)
        )

    def ticks(self, zone: ZoneInfo, first: int, last: int, step: int) -> list[int]:
        """Return the ticks between two seconds, looking at each `step` of them."""
        found: set[int] = set()
        for second in range(first, last + 1, step):
            there = at(second, zone)
            if self.matches(there) and (self.every_hour or not there.fold):
                found.add(second)
            gap = there.utcoffset() - at(second - step, zone).utcoffset()
            if gap > timedelta(0) and not self.every_hour:
                found.update(self._moved(there, gap // timedelta(seconds=1), step, second))
        return sorted(found)

    def _moved(self, there: datetime, gap: int, step: int, second: int) -> list[int]:
        """Return where the ticks of a gap go: to its end, with the second of the first."""
        shown = there.replace(tzinfo=None)
        for back in range(gap, 0, -step):
            if self.matches(skipped := shown - timedelta(seconds=back)):
                return [second + skipped.second]
        return []


def at(second: int, zone: ZoneInfo) -> datetime:
    return moment(second * 1_000_000).astimezone(zone)


def check_by_looking(make_run, expression, zone, change, around, step):
    place = ZoneInfo(zone)
    middle = int(datetime.fromisoformat(change).replace(tzinfo=UTC).timestamp())
    first, last = middle - around, middle + around
    plugin = Cron(expression=expression, count=1, start=first, end=last)
    given = [
        int(i) // 1_000_000
        for array in plugin.timestamps(make_run(zone=zone))
        for i in array.astype(int)
    ]
    assert given == ByLooking(expression).ticks(place, first, last, step)


@st.composite
def frequent(draw: st.DrawFn, seconds: bool) -> str:
    """Return an expression that is true near a change, more often than not."""
    names = ["minute", "hour", "date", "month", "weekday"]
    parts = [draw(fields(name)) for name in names[:2]]
    days = draw(st.sampled_from(["* * *", "* * *", "*/2 * *", "* * sun", "1-9 * sat", "* */2 *"]))
    return " ".join([*parts, days] + ([draw(fields("second"))] if seconds else []))


@settings(max_examples=25, deadline=None)
@given(expression=frequent(seconds=False))
@pytest.mark.parametrize(("zone", "change"), CHANGES)
def test_minutes_where_clocks_are_set(make_run, expression, zone, change):
    check_by_looking(make_run, expression, zone, change, 26 * 3600, 60)


@settings(max_examples=8, deadline=None)
@given(expression=frequent(seconds=True))
@pytest.mark.parametrize(("zone", "change"), CHANGES)
def test_seconds_where_clocks_are_set(make_run, expression, zone, change):
    check_by_looking(make_run, expression, zone, change, 2 * 3600, 1)
