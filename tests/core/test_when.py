from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from eventum_core.clock import micros
from eventum_core.errors import RunError
from eventum_core.when import When, check_range, latest, parse_duration, parse_when, resolve_range

ZONES = ["UTC", "Europe/Moscow", "America/New_York", "Asia/Tokyo"]
NOW = "2025-06-15T12:00:00"


def resolved(value: object, zone: str = "UTC", now: str = NOW, base: str | None = None) -> str:
    """Return what `value` means in `zone`, as local ISO text without offset."""
    place = ZoneInfo(zone)
    there = datetime.fromisoformat(now).replace(tzinfo=place)
    start = datetime.fromisoformat(base).replace(tzinfo=place) if base else there
    moment = parse_when(value).resolve(now=there, base=start, zone=place)
    assert moment.tzinfo is place
    return moment.replace(tzinfo=None).isoformat()


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2025-01-31T14:30:00", "2025-01-31T14:30:00"),
        ("2025-01-31 14:30", "2025-01-31T14:30:00"),
        ("2025-01-31T14:30:00.25", "2025-01-31T14:30:00.250000"),
        ("2025-01-31", "2025-01-31T00:00:00"),
        (date(2025, 1, 31), "2025-01-31T00:00:00"),
        (datetime(2025, 1, 31, 14, 30), "2025-01-31T14:30:00"),
        ("14:30", "2025-06-15T14:30:00"),
        ("09:05:30.5", "2025-06-15T09:05:30.500000"),
        ("14:30+05:00", "2025-06-15T14:30:00"),
        (time(14, 30), "2025-06-15T14:30:00"),
        ("now", NOW),
        ("never", "9999-12-31T23:59:59.999998"),
        ("+1d2h3m4s", "2025-06-16T14:03:04"),
        ("-1d2h3m4s", "2025-06-14T09:56:56"),
        ("1h", "2025-06-15T13:00:00"),
        (" +90m ", "2025-06-15T13:30:00"),
        ("+", NOW),
        ("-", NOW),
        (timedelta(minutes=-5), "2025-06-15T11:55:00"),
        ("1 January 2025", "2025-01-01T00:00:00"),
        ("yesterday", "2025-06-14T12:00:00"),
        ("Now", NOW),
        ("demain", "2025-06-16T12:00:00"),
        ("in 2 hours", "2025-06-15T14:00:00"),
        ("10am", "2025-06-15T10:00:00"),
        ("noon", "2025-06-15T12:00:00"),
        ("10:00 PM", "2025-06-15T22:00:00"),
        ("today 10am", "2025-06-15T10:00:00"),
    ],
)
def test_what_has_no_offset_is_meant_in_the_generators_zone(value, expected, zone):
    assert resolved(value, zone) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2025-01-31T14:30:00Z", "2025-01-31T09:30:00"),
        ("2025-01-31T14:30:00+02:00", "2025-01-31T07:30:00"),
        (datetime(2025, 1, 31, 14, 30, tzinfo=UTC), "2025-01-31T09:30:00"),
        (1_738_333_800, "2025-01-31T09:30:00"),
        (1_738_333_800.5, "2025-01-31T09:30:00.500000"),
        ("1738333800", "2025-01-31T09:30:00"),
        (1_738_333_800_000, "2025-01-31T09:30:00"),
        ("1 January 2025 12:00 UTC", "2025-01-01T07:00:00"),
        ("1 January 2025 12:00 +05:00", "2025-01-01T02:00:00"),
        ("10am UTC", "2025-06-15T06:00:00"),
        ("2 hours ago UTC", "2025-06-15T10:00:00"),
    ],
)
def test_what_has_an_offset_is_converted(value, expected):
    assert resolved(value, "America/New_York") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2025", "1970-01-01T00:33:45"),
        (2025, "1970-01-01T00:33:45"),
        ("20250615", "1970-08-23T09:10:15"),
        (52_200, "1970-01-01T14:30:00"),  # what YAML 1.1 makes of an unquoted 14:30:00
        ("1 hour", "2025-06-15T11:00:00"),
        ("1hour", "2025-06-15T11:00:00"),
        ("1w", "2025-06-08T12:00:00"),
        ("30m1h", "2025-06-15T10:30:00"),
        ("+1.5h", "2025-06-15T13:30:00"),
        ("+1d 2h", "2025-06-16T10:00:00"),
        ("01/02/2025", "2025-01-02T00:00:00"),
        ("13/02/2025", "2025-02-13T00:00:00"),
        ("1:30", "2025-06-15T01:30:00"),
    ],
)
def test_surprises_stay_as_they_are_known(value, expected):
    assert resolved(value) == expected


def test_an_earlier_text_in_another_language_changes_nothing():
    before = resolved("01/02/2025")
    assert resolved("12 février 2025") == "2025-02-12T00:00:00"
    assert resolved("01/02/2025") == before


@pytest.mark.parametrize(
    "value",
    ["", "  ", "after", "NEVER", "Never", "foo bar", True, False, None, [], {}, b"2025", "99:99",
     float("nan"), 1e300, "+99999999d", "+999999999999d",
     "-999999999999h"],
)  # fmt: skip
def test_everything_else_is_refused(value):
    with pytest.raises(ValueError, match=r"no moment|calendar"):
        parse_when(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("14:30", "2020-02-01T14:30:00"),
        ("+1h", "2020-02-01T09:00:00"),
        ("yesterday", "2020-01-31T08:00:00"),
        ("now", NOW),
        ("2025-01-01", "2025-01-01T00:00:00"),
    ],
)
def test_some_count_from_the_base(value, expected):
    assert resolved(value, "Europe/Moscow", base="2020-02-01T08:00:00") == expected


def aware(value: object, zone: str, now: str) -> str:
    place = ZoneInfo(zone)
    there = datetime.fromisoformat(now).astimezone(place)
    return parse_when(value).resolve(now=there, base=there, zone=place).isoformat()


@pytest.mark.parametrize(
    ("value", "zone", "now", "expected"),
    [
        ("2025-03-30 02:30", "Europe/Berlin", "2025-03-01T00:00Z", "2025-03-30T03:30:00+02:00"),
        ("2025-10-26 02:30", "Europe/Berlin", "2025-03-01T00:00Z", "2025-10-26T02:30:00+02:00"),
        ("2025-10-26 02:30+01:00", "Europe/Berlin", NOW + "Z", "2025-10-26T02:30:00+01:00"),
        ("2025-03-09 02:30", "America/New_York", NOW + "Z", "2025-03-09T03:30:00-04:00"),
        ("2025-11-02 01:30", "America/New_York", NOW + "Z", "2025-11-02T01:30:00-04:00"),
        ("02:30", "Europe/Berlin", "2025-03-30T12:00Z", "2025-03-30T03:30:00+02:00"),
        ("+1d", "Europe/Berlin", "2025-03-29T11:00Z", "2025-03-30T12:00:00+02:00"),
        ("+24h", "Europe/Berlin", "2025-03-29T11:00Z", "2025-03-30T13:00:00+02:00"),
        ("-1d", "Europe/Berlin", "2025-10-26T11:00Z", "2025-10-25T12:00:00+02:00"),
        ("+1h", "Europe/Berlin", "2025-10-26T00:30Z", "2025-10-26T02:30:00+01:00"),
        ("+1d1h", "America/New_York", "2025-11-01T05:30Z", "2025-11-02T01:30:00-05:00"),
        ("now", "Europe/Berlin", "2025-10-26T01:30Z", "2025-10-26T02:30:00+01:00"),
    ],
)
def test_clocks_that_change(value, zone, now, expected):
    assert aware(value, zone, now) == expected


@pytest.mark.parametrize(("value", "base"), [("+1d", "9999-12-31"), ("-1d", "0001-01-01")])
def test_beyond_the_calendar_the_run_cannot_go_on(value, base):
    with pytest.raises(RunError, match="1 to 9999"):
        resolved(value, base=base)


@settings(deadline=None)
@given(
    days=st.integers(0, 3000),
    parts=st.tuples(*[st.integers(0, 10**6)] * 3),
    sign=st.sampled_from(["", "+", "-"]),
)
def test_distances_add_up(days, parts, sign):
    hours, minutes, seconds = parts
    base = datetime(2025, 6, 15, tzinfo=UTC)
    when = parse_when(f"{sign}{days}d{hours}h{minutes}m{seconds}s")
    distance = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    expected = base - distance if sign == "-" else base + distance
    assert when.resolve(now=base, base=base, zone=UTC) == expected


@settings(deadline=None)
@given(
    moment=st.datetimes(datetime(1950, 1, 1), datetime(2090, 1, 1), allow_imaginary=False),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
)
def test_iso_texts_keep_their_local_time(moment, zone):
    there = moment.replace(tzinfo=zone)
    if there.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != moment:
        return  # skipped by the clocks
    now = datetime(2025, 6, 15, tzinfo=UTC)
    for text in (moment.isoformat(), there.isoformat()):
        assert parse_when(text).resolve(now=now, base=now, zone=zone) == there


@settings(deadline=None)
@given(st.text(max_size=12))
def test_any_text_has_a_meaning_or_is_refused(text):
    try:
        when = parse_when(text)
    except ValueError:
        return
    assert isinstance(when, When)
    assert str(when) == text


class Model(BaseModel):
    start: When
    end: When | None = None


def test_as_a_field_it_validates_and_reads_back():
    model = Model.model_validate({"start": "+1h"})
    assert model.start == parse_when("+1h")
    assert model.end is None
    assert model.model_dump(mode="json") == {"start": "+1h", "end": None}
    assert Model.model_validate_json(model.model_dump_json()) == model
    assert Model.model_json_schema()["properties"]["start"]["anyOf"][0] == {"type": "string"}


@pytest.mark.parametrize("value", [None, "after", True])
def test_as_a_field_it_names_what_may_be_written(value):
    with pytest.raises(ValidationError, match=r"(?s)start.*ISO 8601"):
        Model(start=value)


def test_plain_forms_do_not_load_the_languages():
    code = (
        "import sys; from eventum_core.when import parse_when as p;"
        "[p(text) for text in ('2025-01-01', '14:30', 'now', '+1h', 5)];"
        "sys.exit('dateparser' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


START = datetime(2025, 6, 15, 12, tzinfo=UTC)


def range_of(start: object, end: object) -> tuple[int, int]:
    first, last = (None if value is None else parse_when(value) for value in (start, end))
    return resolve_range(first, last, now=START, default=START, zone=ZoneInfo("UTC"))


def test_a_relative_end_counts_from_the_start():
    assert range_of("-1h", "+5m") == (
        micros(START - timedelta(hours=1)),
        micros(START - timedelta(minutes=55)),
    )


def test_a_range_without_ends_is_from_the_default_to_the_end_of_the_calendar():
    assert range_of(None, None) == (micros(START), latest(UTC))
    assert range_of(None, "never") == (micros(START), latest(UTC))


@pytest.mark.parametrize("hours", [-12, 0, 14])
def test_the_latest_instant_is_a_date_everywhere(hours):
    zone = timezone(timedelta(hours=hours))
    last = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=latest(zone))
    assert last.astimezone(zone).year == 9999


@pytest.mark.parametrize(("start", "end"), [(None, "2025-01-01"), ("now", "11:00"), ("+2s", "now")])
def test_a_range_that_is_over_ends_the_run(start, end):
    with pytest.raises(RunError, match="after the end"):
        range_of(start, end)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2025-01-02", "2025-01-01"),
        ("2025-01-02", "1 January 2025"),
        ("2025-01-01", "yesterday"),
        ("-1h", "-30m"),
        (None, "-1s"),
        ("now", "yesterday"),
        ("never", None),
        ("never", "never"),
        ("2025-01-01T00:00Z", "2024-12-30"),
    ],
)
def test_a_range_that_is_always_wrong_is_a_fault(start, end):
    first, last = (None if value is None else parse_when(value) for value in (start, end))
    with pytest.raises(ValueError, match="start"):
        check_range(first, last)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (None, None),
        ("2025-01-01", "2025-01-01"),
        ("now", "2020-01-01"),  # over by now, but the file was right once
        (None, "2020-01-01"),
        ("2100-01-01", "now"),
        ("-1h", "+30m"),
        ("yesterday", "tomorrow"),
        ("now", "never"),
        ("2025-01-01T00:00Z", "2025-01-01T05:00"),  # right in UTC, wrong east of UTC+5
    ],
)
def test_a_range_that_may_be_right_is_none(start, end):
    first, last = (None if value is None else parse_when(value) for value in (start, end))
    check_range(first, last)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("10m", 600),
        ("1h30m", 5400),
        ("1d", 86_400),
        ("1w", 604_800),
        ("1.5h", 5400),
        ("90", 90),
        ("0.5", 0.5),
        (" 10m ", 600),
        ("1d2h3m4.5s", 93_784.5),
    ],
)
def test_durations(text, seconds):
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", " ", "h", "-5s", "1x", "30m1h", "1 hour", "1h 30m", "9" * 30 + "d"]
)
def test_what_is_no_duration(text):
    with pytest.raises(ValueError, match=r"length of time|too long"):
        parse_duration(text)
