"""The clock that stands: what it tells, and that it passes for the real classes."""

from __future__ import annotations

import datetime as datetimes
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from eventum_core.events.template.standing import (
    replacements,
    standing_date,
    standing_datetime,
)
from eventum_core.plugin import Run

NOW = datetime(2019, 12, 31, 23, 30, 5, 7, tzinfo=ZoneInfo("Europe/Berlin"))
WALL = NOW.replace(tzinfo=None)


def test_the_present_is_the_given_now_in_its_zone() -> None:
    moments, days = standing_datetime(NOW), standing_date(NOW)
    assert moments.now() == moments.today() == WALL
    assert moments.now(UTC) == NOW
    assert moments.now(tz=UTC).isoformat() == "2019-12-31T22:30:05.000007+00:00"
    assert moments.utcnow() == WALL - timedelta(hours=1)
    assert days.today() == date(2019, 12, 31)


def test_everything_else_is_as_ever_and_plain() -> None:
    moments, days = standing_datetime(NOW), standing_date(NOW)
    made = [
        moments(2020, 1, 2, 3, tzinfo=UTC),
        moments.fromtimestamp(0, UTC),
        moments.fromisoformat("2020-01-02"),
        moments.strptime("2020", "%Y"),
        moments.combine(date(2020, 1, 1), datetimes.time(1)),
        moments.now() + timedelta(days=1),
    ]
    assert {type(moment) for moment in made} == {datetime}
    assert made[0] == datetime(2020, 1, 2, 3, tzinfo=UTC)
    assert {type(days(2020, 1, 2)), type(days.fromordinal(5))} == {date}
    assert (moments.max, days.min) == (datetime.max, date.min)


@pytest.mark.parametrize(
    ("value", "is_moment", "is_day"),
    [(NOW, True, True), (NOW.date(), False, True), (5, False, False)],
)
def test_real_values_pass_as_instances(value: object, is_moment: bool, is_day: bool) -> None:
    moments, days = standing_datetime(NOW), standing_date(NOW)
    assert isinstance(value, moments) is is_moment
    assert isinstance(value, days) is is_day
    assert issubclass(type(value), moments) is is_moment


def test_modules_and_functions_are_replaced_by_identity(make_run: Callable[..., Run]) -> None:
    run = make_run(now=NOW)
    changes = replacements(run, run.random)
    assert changes[id(datetimes)].datetime.now() == WALL
    assert changes[id(datetimes)].timedelta is timedelta
    assert changes[id(datetime)].now() == WALL
    assert changes[id(time)].time() == changes[id(time.time)]() == NOW.timestamp()
    assert changes[id(time)].time_ns() == int(NOW.timestamp()) * 10**9 + 7000
    assert changes[id(time)].gmtime is time.gmtime
