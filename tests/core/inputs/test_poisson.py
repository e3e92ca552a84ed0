from __future__ import annotations

from dataclasses import replace
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from goodness import KS_AT_1_PERCENT, chi_square, ks
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from eventum_core.clock import micros, moment
from eventum_core.describe import json_schema
from eventum_core.errors import RunError
from eventum_core.inputs.poisson import Poisson
from eventum_core.plugin import Run

SECOND = 1_000_000
MONDAY = "2025-06-16T00:00:00"
OFFICE = {"08:00": 1, "12:00": 3, "13:00": 1, "18:00": 0.1}


def poisson(rate: float = 1, **options: object) -> Poisson:
    return Poisson.model_validate({"rate": rate, **options})


def all_of(plugin: Poisson, run: Run) -> np.ndarray:
    arrays = [np.empty(0, np.int64), *(array.astype(np.int64) for array in plugin.timestamps(run))]
    return np.concatenate(arrays)


@pytest.mark.parametrize(
    ("rate", "unit", "end", "expected"),
    [
        (5, "second", "+1h", 18_000),
        (30, "minute", "+10h", 18_000),
        (600, "hour", "+30h", 18_000),
        (200, "day", "+90d", 18_000),
        (0.5, "second", "+10h", 18_000),
        (3e6, "second", "2025-06-16T00:00:00.006", 18_000),
        (1e8, "second", "2025-06-16T00:00:00.00018", 18_000),
    ],
)
def test_there_are_as_many_as_the_rate_says(make_run, rate, unit, end, expected):
    count = len(all_of(poisson(rate, unit=unit, end=end), make_run(MONDAY)))
    assert abs(count - expected) < 2.6 * expected**0.5


@pytest.mark.parametrize("rate", [0.01, 1, 700])
def test_the_times_between_are_exponential(make_run, instants, rate):
    given = instants(poisson(rate), make_run(MONDAY), 20_000)
    gaps = np.diff(given) / SECOND
    assert ks(gaps, lambda gap: -np.expm1(-rate * gap)) < KS_AT_1_PERCENT


@pytest.mark.parametrize("seconds", [1, 17, 512, 3000])
def test_counts_vary_as_those_of_a_poisson_process(make_run, seconds):
    """The index of dispersion: (n - 1) · variance / mean is χ² with n - 1 degrees of freedom."""
    run = make_run(MONDAY)
    instants = all_of(poisson(1, end=moment(micros(run.start) + 200 * seconds * SECOND)), run)
    counts = np.bincount((instants - micros(run.start)) // (seconds * SECOND), minlength=200)[:200]
    dispersion = 199 * counts.var(ddof=1) / counts.mean()
    assert abs(dispersion - 199) / (2 * 199) ** 0.5 < 2.6


def test_windows_do_not_know_of_each_other(make_run):
    run = make_run(MONDAY)
    instants = all_of(poisson(1, end="+30d"), run) - micros(run.start)
    counts = np.bincount(instants // (512 * SECOND))[:-1]
    assert len(counts) > 5000
    assert abs(np.corrcoef(counts[1:], counts[:-1])[0, 1]) < 2.6 / len(counts) ** 0.5


@pytest.mark.parametrize(
    ("profile", "factors"),
    [
        ({"daily": [1] * 6 + [2] * 12 + [0.5] * 6}, [1] * 6 + [2] * 12 + [0.5] * 6),
        ({"daily": OFFICE}, [0.1] * 8 + [1] * 4 + [3] + [1] * 5 + [0.1] * 6),
        ({}, [1] * 24),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kathmandu"])
def test_hours_of_the_day_follow_the_profile(make_run, zone, profile, factors):
    run = make_run(MONDAY, zone)
    instants = all_of(poisson(60, unit="hour", end="+28d", **profile), run)
    hours = np.bincount((instants - micros(run.start)) // (3600 * SECOND) % 24, minlength=24)
    assert abs(chi_square(hours, [28 * 60 * factor for factor in factors])) < 2.6


def test_days_of_the_week_follow_the_profile(make_run):
    run = make_run(MONDAY, "Europe/Berlin")
    weekly = {"mon-thu": 1, "fri": 1.5, "sat": 0.25, "sun": 0.5}
    instants = all_of(poisson(30, unit="hour", end="+56d", weekly=weekly), run)
    days = np.bincount((instants - micros(run.start)) // (86_400 * SECOND) % 7, minlength=7)
    assert abs(chi_square(days, [8 * 24 * 30 * f for f in (1, 1, 1, 1, 1.5, 0.25, 0.5)])) < 2.6


def test_where_a_factor_is_0_nothing_happens(make_run, local):
    plugin = poisson(60, unit="hour", end="+14d", daily={"09:00": 1, "17:00": 0}, weekly={"sun": 0})
    given = local(plugin, make_run(MONDAY, "Asia/Tokyo"), 10_000)
    assert len(given) > 5000
    assert {text[11:13] for text in given} == {f"{hour:02}" for hour in range(9, 17)}
    assert {text[:10] for text in given} & {"2025-06-22", "2025-06-29"} == set()


@pytest.mark.parametrize(
    ("zone", "day", "hour", "hours"),
    [
        ("Europe/Berlin", "2025-10-26", 2, 2),
        ("Europe/Berlin", "2025-03-30", 2, 0),
        ("America/New_York", "2025-11-02", 1, 2),
        ("Australia/Lord_Howe", "2025-04-06", 1, 1.5),
        ("Australia/Lord_Howe", "2025-10-05", 2, 0.5),
    ],
)
def test_profiles_go_by_the_clock_when_it_changes(make_run, zone, day, hour, hours):
    run = make_run(f"{day}T00:00:00", zone)
    only = [float(h == hour) for h in range(24)]
    count = len(all_of(poisson(1, end="+1d", daily=only), run))
    assert abs(count - hours * 3600) <= 2.6 * (hours * 3600) ** 0.5


@settings(deadline=None)
@given(
    rate=st.floats(0.01, 2),
    profile=st.sampled_from([{}, {"daily": OFFICE}, {"weekly": {"sun": 0}, "daily": OFFICE}]),
    cut=st.integers(0, 86_400 * SECOND),
    length=st.integers(0, 86_400 * SECOND),
)
def test_another_start_and_end_change_no_instant(make_run, rate, profile, cut, length):
    run = make_run("2025-03-29T06:00:00", "Europe/Berlin")
    whole = all_of(poisson(rate, end="+48h", **profile), run)
    begin = micros(run.start) + cut
    part = poisson(rate, start=moment(begin), end=moment(begin + length), **profile)
    wanted = whole[(whole >= begin) & (whole <= begin + length)]
    assert all_of(part, run).tolist() == wanted.tolist()


def test_the_past_is_skipped_without_changing_the_rest(make_run):
    plugin = poisson(0.1, start="2025-06-15T00:00", end="2025-06-17")
    whole = all_of(plugin, make_run(MONDAY))
    present = micros(make_run(MONDAY).now)
    rest = all_of(plugin, make_run(MONDAY, skip=True))
    assert rest.tolist() == whole[whole >= present].tolist()
    assert 0 < len(rest) < len(whole)


def test_a_range_that_is_past_gives_nothing(make_run):
    plugin = poisson(start="2025-06-01", end="2025-06-02")
    assert len(all_of(plugin, make_run(MONDAY, skip=True))) == 0


def test_instants_follow_the_seed_and_the_input(make_run):
    plugin = poisson(end="+1m")
    given = [
        tuple(all_of(plugin, replace(make_run(seed=seed), role=role)))
        for seed, role in ((1, "input[0]"), (1, "input[0]"), (2, "input[0]"), (1, "input[1]"))
    ]
    assert given[0] == given[1]
    assert len(set(given)) == 3


def test_equal_seeds_give_equal_instants_in_every_version(make_run, local):
    run = replace(make_run(), role="input[0]")
    given = local(poisson(), run, 3)
    assert [text[17:] for text in given] == ["00.332847", "01.386358", "01.993351"]


@pytest.mark.parametrize("rate", [5e-324, 1e-12, 1 / 36_500])
def test_rare_instants_up_to_the_end_of_the_calendar(make_run, instants, rate):
    run = make_run(MONDAY)
    given = instants(poisson(rate, unit="day"), run)
    assert len(given) <= 120
    assert all(b > a for a, b in pairwise(given))
    assert not given or moment(given[-1]).year <= 9999


def test_the_calendar_ends_quietly(make_run, instants):
    given = instants(poisson(1), make_run("9999-12-31T23:59:00"))
    assert 30 < len(given) < 90
    assert moment(given[-1]).year == 9999


@pytest.mark.parametrize("rate", [1, 1e6])
def test_the_first_array_comes_early_and_none_is_huge(make_run, rate):
    sizes = [len(array) for array in islice(poisson(rate).timestamps(make_run()), 12)]
    assert sizes[0] < 700
    assert 7000 < max(sizes) < 10_000


def test_the_run_fails_if_the_end_turns_out_past(make_run):
    with pytest.raises(RunError, match="after the end"):
        all_of(poisson(end="2020-01-01"), make_run())


@pytest.mark.parametrize(
    ("options", "endless"),
    [({}, True), ({"end": "never"}, True), ({"end": "+1d"}, False)],
)
def test_it_is_endless_without_an_end(options, endless):
    assert poisson(**options).endless() is endless


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"rate": 0}, "rate\n"),
        ({"rate": -1}, "rate\n"),
        ({"rate": "nan"}, "rate\n"),
        ({"rate": "inf"}, "rate\n"),
        ({"rate": 2e8}, "per second"),
        ({"rate": 1e8, "daily": [2] * 24}, "2e.08 instants per second"),
        ({"unit": "week"}, "unit\n"),
        ({"start": "never"}, "never"),
        ({"start": "2025-01-02", "end": "2025-01-01"}, "lies before start"),
        ({"daily": [1, 2]}, "daily\n.*24 factors"),
        ({"weekly": {"funday": 1}}, "weekly\n.*no day of the week"),
        ({"count": 2}, "count\n"),
    ],
)
def test_wrong_options_are_named(options, complaint):
    with pytest.raises(ValidationError, match=complaint):
        poisson(**options)


def test_the_schema_tells_both_forms_of_a_profile():
    option = json_schema(Poisson)["properties"]["daily"]
    kinds = [form.get("type") for form in option["anyOf"]]
    assert kinds == ["array", "object", "null"]
    assert "local time of day" in option["description"]


def test_profiles_may_have_any_zone(make_run, local):
    run = make_run("2011-12-29T00:00:00", "Pacific/Apia")
    days = {text[:10] for text in local(poisson(1, unit="hour", end="+4d"), run)}
    assert days == {"2011-12-29", "2011-12-31", "2012-01-01"}
    assert run.zone == ZoneInfo("Pacific/Apia")
