"""Moments of all kinds: whatever is written means a moment or is refused, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from eventum_core.clock import micros
from eventum_core.errors import RunError
from eventum_core.when import When, check_range, parse_duration, parse_when, resolve_range

ZONES = st.sampled_from(
    ["UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu",
     "Africa/Casablanca", "Pacific/Apia"]
).map(ZoneInfo)  # fmt: skip
BASES = st.datetimes(datetime(1980, 1, 1), datetime(2080, 1, 1), timezones=st.just(UTC))
PIECES = st.sampled_from(
    [*"0123456789-+:.TZ /,dhmsw", "2025", "02", "30", "now", "never", "in ", "ago", " hours",
     "yesterday", "monday", "january", "next ", "noon", "am", "pm", "UTC", "EST", "+05:00",
     "demain", "hace ", "1 ", "9999", "0000", "昨日", "١٢", "\x00", "\u202e", "é", "31 février"]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=20), st.lists(PIECES, max_size=7).map("".join))


def read(value: object) -> When | None:
    """Return what is written, None if it is refused; any other error is a fault."""
    try:
        return parse_when(value)
    except ValueError:
        return None


def meaning(value: object, base: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the moment that a value means, None if it is refused or lies beyond the calendar."""
    when = read(value)
    try:
        return when and when.resolve(now=base, base=base, zone=zone)
    except RunError:
        return None


@settings(max_examples=300, deadline=None)
@given(text=TEXTS, base=BASES, zone=ZONES)
def test_a_text_means_a_moment_or_is_refused(text, base, zone):
    moment = meaning(text, base, zone)
    assert moment is None or moment.tzinfo is zone


VALUES = st.one_of(
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.dates(),
    st.times(),
    st.datetimes(),
    st.datetimes(timezones=st.timezones()),
    st.timedeltas(),
    st.binary(max_size=5),
    st.none(),
    st.lists(st.integers(), max_size=2),
)


@settings(deadline=None)
@given(value=VALUES, base=BASES, zone=ZONES)
def test_a_value_means_a_moment_or_is_refused(value, base, zone):
    moment = meaning(value, base, zone)
    assert moment is None or moment.tzinfo is zone


@settings(deadline=None)
@given(text=TEXTS)
def test_what_is_written_reads_back_the_same(text):
    field = TypeAdapter(When)
    when = read(text)
    assert when is None or field.validate_python(field.dump_python(when, mode="json")) == when


@settings(deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(text=st.lists(PIECES, min_size=1, max_size=4).map("".join), base=BASES, zone=ZONES)
def test_a_moment_reads_back_from_its_iso_text(text, base, zone):
    moment = meaning(text, base, zone)
    # Before there were zones, offsets had seconds; on the last day, they lead out of the calendar.
    assume(moment is not None and 1950 < moment.year < 9999)
    assert meaning(moment.isoformat(), base, zone) == moment


@settings(deadline=None)
@given(base=BASES, zone=ZONES, days=st.integers(-3000, 3000))
def test_days_keep_the_time_of_day_unless_the_clock_skips_it(base, zone, days):
    there = base.astimezone(zone)
    moment = parse_when(f"{days:+}d").resolve(now=base, base=base, zone=zone)
    wanted = there.replace(tzinfo=None) + timedelta(days=days)
    shown = moment.replace(tzinfo=None)
    skipped = wanted.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    assert shown == skipped
    assert shown - wanted in (timedelta(0), shift(moment, zone))


def shift(moment: datetime, zone: ZoneInfo) -> timedelta:
    """Return by how much the clock was set forward during the day before a moment."""
    before = (moment.astimezone(UTC) - timedelta(days=1)).astimezone(zone)
    return moment.utcoffset() - before.utcoffset()


@settings(deadline=None)
@given(
    base=BASES,
    zone=ZONES,
    hours=st.integers(0, 10**5),
    minutes=st.integers(0, 10**6),
    seconds=st.integers(0, 10**7),
)
def test_elapsed_time_is_the_same_there_and_back(base, zone, hours, minutes, seconds):
    text = f"{hours}h{minutes}m{seconds}s"
    there = parse_when(text).resolve(now=base, base=base, zone=zone)
    elapsed = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    assert micros(there) - micros(base) == elapsed // timedelta(microseconds=1)
    assert parse_when(f"-{text}").resolve(now=base, base=there, zone=zone) == base


RANGES = st.one_of(st.none(), TEXTS, BASES.map(str), st.sampled_from(["now", "never", "+1h"]))


@settings(deadline=None)
@given(start=RANGES, end=RANGES, now=BASES, zone=ZONES)
def test_a_range_ascends_or_is_refused(start, end, now, zone):
    whens = [None if text is None else read(text) for text in (start, end)]
    begin, stop = _range(*whens, now, zone)
    assert begin <= stop


def _range(start: When | None, end: When | None, now: datetime, zone: ZoneInfo) -> tuple[int, int]:
    try:
        check_range(start, end)
        return resolve_range(start, end, now=now, default=now, zone=zone)
    except (ValueError, RunError):
        return 0, 0


@settings(deadline=None)
@given(st.one_of(st.text(max_size=10), st.from_regex(r"[0-9.]{0,6}[wdhms]{0,3}")))
def test_a_text_is_a_length_of_time_or_is_refused(text):
    assert _length(text) >= timedelta(0)


def _length(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError:
        return timedelta(0)


@pytest.mark.parametrize("unit", ["w", "d", "h", "m", "s"])
@given(number=st.integers(0, 10**6))
def test_lengths_of_time_multiply(unit, number):
    assert parse_duration(f"{number}{unit}") == number * parse_duration(f"1{unit}")
