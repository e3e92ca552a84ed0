from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from eventum_core.clock import micros, moment
from eventum_core.errors import RunError
from eventum_core.inputs.linspace import Linspace

DAY = {"start": "2025-01-01", "end": "2025-01-02"}


@pytest.mark.parametrize(
    ("options", "hours"),
    [
        ({"count": 5}, [0, 6, 12, 18, 24]),
        ({"count": 4, "endpoint": False}, [0, 6, 12, 18]),
        ({"count": 1}, [0]),
        ({"count": 1, "endpoint": False}, [0]),
        ({"count": 2}, [0, 24]),
    ],
)
def test_instants_are_evenly_spread(make_run, instants, options, hours):
    given = instants(Linspace(**DAY, **options), make_run())
    first = given[0]
    assert [(instant - first) / 3.6e9 for instant in given] == hours


def test_fractions_of_a_microsecond_are_cut(make_run, local):
    linspace = Linspace(start="2025-01-01", end="2025-01-01T00:00:00.000002", count=4)
    assert [text[-1] for text in local(linspace, make_run())] == ["0", "0", "1", "2"]


def test_an_end_at_the_start_gives_equal_instants(make_run, local):
    linspace = Linspace(start="2025-01-01", end="2025-01-01", count=3)
    assert local(linspace, make_run()) == ["2025-01-01T00:00:00"] * 3


def test_a_relative_end_counts_from_the_start(make_run, local):
    linspace = Linspace(start="-1h", end="+5m", count=2)
    assert local(linspace, make_run()) == ["2025-06-15T11:00:00", "2025-06-15T11:05:00"]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2025-03-30", 23),
        ("Europe/Berlin", "2025-10-26", 25),
        ("America/New_York", "2025-03-09", 23),
        ("America/New_York", "2025-11-02", 25),
    ],
)
def test_distances_are_elapsed_time(make_run, instants, zone, day, hours):
    given = instants(Linspace(start=day, end="+1d", count=hours + 1), make_run(zone=zone))
    assert {b - a for a, b in pairwise(given)} == {3_600_000_000}


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("-2h", []),
        ("-1h", []),  # the last instant is the very present, and that is past
        ("-59m", ["12:01:00"]),
        ("-30m", ["12:15:00", "12:30:00"]),
        ("now", ["12:15:00", "12:30:00", "12:45:00", "13:00:00"]),
        ("+1s", ["12:00:01", "12:15:01", "12:30:01", "12:45:01", "13:00:01"]),
    ],
)
def test_only_instants_after_the_present_are_left(make_run, local, start, expected):
    linspace = Linspace(start=start, end="+1h", count=5)
    assert [text[11:] for text in local(linspace, make_run(skip=True))] == expected


@pytest.mark.parametrize("start", ["-1s", "now"])
def test_equal_instants_that_are_not_after_the_present_are_skipped(make_run, local, start):
    assert local(Linspace(start=start, end="+0s", count=3), make_run(skip=True)) == []


def test_nothing_is_skipped_unless_asked(make_run, instants):
    assert len(instants(Linspace(**DAY, count=5), make_run())) == 5


def test_a_huge_count_begins_at_once(make_run, instants):
    linspace = Linspace(start="1970-01-01", end="9000-01-01", count=10**13)
    assert len(instants(linspace, make_run(skip=True), 10)) == 10


@settings(deadline=None)
@given(
    start=st.integers(-(10**15), 10**16),
    length=st.one_of(st.integers(0, 1000), st.integers(0, 10**17)),
    count=st.integers(1, 500),
    endpoint=st.booleans(),
    age=st.floats(-0.1, 1.1),
)
def test_instants_are_those_of_the_formula(make_run, start, length, count, endpoint, age):
    now = start + int(length * age)
    linspace = Linspace(
        start=moment(start), end=moment(start + length), count=count, endpoint=endpoint
    )
    run = make_run(moment(now).replace(tzinfo=None).isoformat(), skip=True)
    parts = count - 1 if endpoint and count > 1 else count
    wanted = [start + k * length // parts for k in range(count)]
    given = [i for a in linspace.timestamps(run) for i in a.astype(int).tolist()]
    assert given == [instant for instant in wanted if instant > micros(run.start)]


def test_the_run_fails_if_the_start_turns_out_later_than_the_end(make_run, instants):
    linspace = Linspace(start="now", end="2025-01-01", count=2)
    with pytest.raises(RunError, match="after the end"):
        instants(linspace, make_run())


def test_it_ends():
    assert not Linspace(**DAY, count=1).endless()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"start": "never"}, "start\n.*never"),
        ({"end": "never"}, "end\n.*never"),
        ({"start": None}, "start"),
        ({"end": None}, "end"),
        ({"end": "2024-12-31"}, "lies before start"),
        ({"count": 0}, "count"),
        ({"start": [1]}, "start"),
    ],
)
def test_wrong_options_are_named(options, complaint):
    with pytest.raises(ValidationError, match=complaint):
        Linspace(**{**DAY, "count": 2, **options})


def test_more_instants_than_64_bits_can_tell_apart_are_refused():
    with pytest.raises(ValidationError, match="count"):
        Linspace(**DAY, count=10**15 + 1)


def test_the_largest_count_stays_exact_up_to_its_end(make_run, instants):
    run = make_run("2025-01-01T23:59:59.999998", skip=True)
    end = micros(run.now) + 2
    length, parts = 86_400_000_000, 10**15 - 1
    before_the_end = parts - -(-(length - 1) * parts // length)
    found = instants(Linspace(**DAY, count=10**15), run, 20_000)
    assert found == [end - 1] * before_the_end + [end]
