from __future__ import annotations

from datetime import timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from eventum_core.clock import micros, moment
from eventum_core.errors import RunError
from eventum_core.inputs.timer import Timer

NOON = "2025-06-15T12:00:"


@pytest.mark.parametrize("skip", [True, False])
def test_ticks_follow_the_start_and_are_repeated(make_run, local, skip):
    timer = Timer(seconds=1, count=2, repeat=3, start="+5s")
    seconds = ["06", "06", "07", "07", "08", "08"]
    assert local(timer, make_run(skip=skip)) == [NOON + second for second in seconds]


@pytest.mark.parametrize("skip", [True, False])
@pytest.mark.parametrize("start", [None, "now"])
def test_no_tick_is_lost_when_it_begins_now(make_run, local, start, skip):
    timer = Timer(seconds=10, count=1, repeat=2, start=start)
    assert local(timer, make_run(skip=skip)) == [NOON + "10", NOON + "20"]


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("-25s", ["05", "15", "25"]),
        ("-20s", ["10", "20", "30"]),  # the tick at the very present is past
        ("-45s", ["05"]),
        ("-49s", ["01"]),
        ("-50s", []),
        ("-1d", []),
        ("+1s", ["11", "21", "31", "41", "51"]),
    ],
)
def test_past_ticks_are_skipped_and_count_as_repeats(make_run, local, start, expected):
    timer = Timer(seconds=10, count=1, repeat=5, start=start)
    assert local(timer, make_run(skip=True)) == [NOON + second for second in expected]


def test_past_ticks_are_given_when_nothing_is_skipped(make_run, local):
    timer = Timer(seconds=10, count=1, repeat=2, start="-1d")
    assert local(timer, make_run()) == ["2025-06-14T12:00:10", "2025-06-14T12:00:20"]


def test_a_start_decades_ago_costs_nothing(make_run, local):
    timer = Timer(seconds=0.1, count=1, start="1970-01-01")
    assert local(timer, make_run(skip=True), 2) == [NOON + "00.100000", NOON + "00.200000"]


def test_the_first_arrays_are_small_and_none_is_huge(make_run):
    arrays = islice(Timer(seconds=1, count=3).timestamps(make_run()), 12)
    sizes = [len(array) for array in arrays]
    assert sizes[:3] == [64 * 3, 128 * 3, 256 * 3]
    assert max(sizes) == 8192 * 3


def test_a_large_count_is_given_in_pieces(make_run, instants):
    run = make_run()
    timer = Timer(seconds=1, count=100_000, repeat=3)
    ticks = instants(timer, run, 10**6)
    assert [ticks.count(micros(run.start) + k * 1_000_000) for k in (1, 2, 3)] == [100_000] * 3


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
@pytest.mark.parametrize("day", ["2025-03-09", "2025-03-30", "2025-10-26", "2025-11-02"])
def test_the_pace_is_kept_when_clocks_change(make_run, instants, zone, day):
    timer = Timer(seconds=1800, count=1, repeat=60, start=day)
    ticks = instants(timer, make_run(zone=zone))
    assert {b - a for a, b in pairwise(ticks)} == {1_800_000_000}


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_the_calendar_ends_quietly(make_run, instants, zone):
    timer = Timer(seconds=3600, count=1, start="9999-12-31T12:00")
    run = make_run(zone=zone)
    ticks = instants(timer, run)
    assert 0 < len(ticks) < 12
    assert moment(ticks[-1]).astimezone(run.zone).year == 9999


def test_never_gives_nothing(make_run, instants):
    assert instants(Timer(seconds=1, count=1, start="never"), make_run()) == []


def test_never_with_repeats_is_an_error_of_the_run(make_run, instants):
    with pytest.raises(RunError, match="never"):
        instants(Timer(seconds=1, count=1, start="never", repeat=2), make_run())


def test_an_interval_longer_than_the_calendar_gives_nothing(make_run, instants):
    assert instants(Timer(seconds=1e300, count=1), make_run()) == []


@settings(deadline=None)
@given(
    seconds=st.floats(0.1, 1e6),
    repeat=st.integers(1, 300),
    age=st.integers(-(10**12), 10**14),
    count=st.integers(1, 3),
)
def test_ticks_are_those_of_the_formula(make_run, seconds, repeat, age, count):
    run = make_run(skip=True)
    now = micros(run.now)
    start = now - age
    timer = Timer(seconds=seconds, count=count, repeat=repeat, start=moment(start))
    interval = timedelta(seconds=seconds) // timedelta(microseconds=1)
    wanted = [t for k in range(1, repeat + 1) if (t := start + k * interval) > now or age <= 0]
    given = [i for a in timer.timestamps(run) for i in a.astype(int).tolist()]
    assert given == [t for t in wanted for _ in range(count)]


@pytest.mark.parametrize(
    ("options", "endless"),
    [({}, True), ({"repeat": 5}, False), ({"start": "never"}, True)],
)
def test_it_is_endless_without_repeats(options, endless):
    assert Timer(seconds=1, count=1, **options).endless() is endless


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seconds", 0.09),
        ("seconds", "nan"),
        ("seconds", "inf"),
        ("count", 0),
        ("repeat", 0),
        ("start", ""),
        ("start", "after"),
        ("start", True),
        ("end", "now"),
    ],
)
def test_wrong_options_are_named(field, value):
    with pytest.raises(ValidationError, match=field):
        Timer(**{"seconds": 1, "count": 1, field: value})
