from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventum_core.clock import micros, moment
from eventum_core.inputs.zones import local_seconds, spans

HOUR = 3600
ZONES = ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu",
         "Africa/Casablanca", "Pacific/Apia", "America/St_Johns"]  # fmt: skip
FIRST, LAST = datetime(1975, 1, 1), datetime(2150, 1, 1)


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("zone", "begin", "end", "changes"),
    [
        ("UTC", "2025-01-01", "2030-01-01", []),
        ("Asia/Tokyo", "2025-01-01", "2030-01-01", []),
        ("Europe/Berlin", "2025-01-01", "2026-01-01",
         [("2025-03-30T01:00", 1.0), ("2025-10-26T01:00", -1.0)]),
        ("America/New_York", "2025-01-01", "2026-01-01",
         [("2025-03-09T07:00", 1.0), ("2025-11-02T06:00", -1.0)]),
        ("Australia/Lord_Howe", "2025-01-01", "2026-01-01",
         [("2025-04-05T15:00", -0.5), ("2025-10-04T15:30", 0.5)]),
        ("Asia/Kathmandu", "1985-01-01", "1987-01-01", [("1985-12-31T18:30", 0.25)]),
        ("Africa/Casablanca", "2025-01-01", "2026-01-01",
         [("2025-02-23T02:00", -1.0), ("2025-04-06T02:00", 1.0)]),
        ("Pacific/Apia", "2011-12-01", "2012-03-01", [("2011-12-30T10:00", 24.0)]),
    ],
)  # fmt: skip
def test_every_change_of_the_clocks_begins_a_span(zone, begin, end, changes):
    found = [span for span in spans(ZoneInfo(zone), seconds(begin), seconds(end)) if span.change]
    assert [(span.begin, span.change) for span in found] == [
        (seconds(time), hours * HOUR) for time, hours in changes
    ]


@pytest.mark.parametrize("zone", ZONES)
def test_spans_join_without_a_gap_and_know_their_offset(zone):
    place = ZoneInfo(zone)
    begin, end = seconds("2009-05-03T10:11:12"), seconds("2033-01-02T03:04:05")
    found = list(spans(place, begin, end))
    assert (found[0].begin, found[-1].end) == (begin, end)
    for before, after in pairwise(found):
        assert before.end == after.begin
        assert after.change == after.offset - before.offset
    for span in found:
        for second in (span.begin, span.end - 1):
            there = moment(second * 1_000_000).astimezone(place)
            assert there.utcoffset() == timedelta(seconds=span.offset)


def test_the_first_spans_are_short_so_that_the_first_ticks_come_early():
    lengths = [span.end - span.begin for span in spans(ZoneInfo("UTC"), 0, 86_400 * 5000)]
    assert lengths[:3] == [86_400, 2 * 86_400, 4 * 86_400]


def test_no_time_has_no_spans():
    assert list(spans(ZoneInfo("UTC"), 5, 5)) == []


def test_beyond_the_calendar_the_last_offset_holds():
    *_, last = spans(ZoneInfo("America/New_York"), 253_402_000_000, 253_402_400_000)
    assert (last.end, last.offset) == (253_402_400_000, -5 * HOUR)


@settings(deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    first=st.datetimes(FIRST, LAST),
    length=st.integers(0, 10**13),
)
def test_local_seconds_are_what_the_clock_shows(zone, first, length):
    place = ZoneInfo(zone)
    instants = micros(first.replace(tzinfo=UTC)) + length * np.arange(12)
    shown = [moment(int(i)).astimezone(place).replace(tzinfo=UTC) for i in instants]
    assert local_seconds(place, instants).tolist() == [micros(s) // 1_000_000 for s in shown]


def test_of_no_instants_there_are_no_local_times():
    assert local_seconds(ZoneInfo("Europe/Berlin"), np.empty(0, np.int64)).tolist() == []
