from __future__ import annotations

import logging
from dataclasses import replace
from hashlib import blake2b
from itertools import islice

import numpy as np
import pytest
from goodness import KS_AT_1_PERCENT, chi_square, ks
from hypothesis import given, settings
from hypothesis import strategies as st
from pattern_files import HOUR, SHAPES, START, pattern, written

from eventum_core.clock import micros, moment


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Return a function that writes patterns to files and returns an input of them."""
    return lambda *patterns: written(tmp_path_factory.mktemp("patterns"), *patterns)


def test_three_periods_of_four(make_run, instants, source):
    drawn = instants(source(pattern(end="+3h")), make_run())
    assert len(drawn) == 12
    assert [(t - START) // HOUR for t in drawn] == [0] * 4 + [1] * 4 + [2] * 4


def test_an_end_within_a_period_cuts_it(make_run, instants, source):
    run, whole = make_run(), instants(source(pattern(end="+3h")), make_run())
    drawn = instants(source(pattern(end="+2h30m")), run)
    assert drawn == [t for t in whole if t <= START + 5 * HOUR // 2]
    assert 8 <= len(drawn) < 12


def test_an_instant_at_the_end_is_kept(make_run, instants, source):
    whole = instants(source(pattern(end="+3h")), make_run())
    drawn = instants(source(pattern(end=moment(whole[9]).isoformat())), make_run())
    assert drawn == whole[:10]


def test_a_range_of_no_length_has_no_period(make_run, instants, source):
    assert instants(source(pattern(end="2025-01-01")), make_run()) == []


@pytest.mark.parametrize(
    ("direction", "low", "high"), [("decrease", 50, 99), ("increase", 100, 149), ("mixed", 50, 149)]
)
def test_the_number_of_instants_varies_evenly(make_run, instants, source, direction, low, high):
    made = source(pattern(ratio=100, deviation=0.5, direction=direction, end="+200d"))
    drawn = np.array(instants(made, make_run(), 10**7))
    counts = np.bincount((drawn - START) // HOUR, minlength=4800)
    assert (counts.min(), counts.max()) == (low, high)
    mean = (low + high) / 2
    spread = (high - low + 1) / 12**0.5
    # The pool of 1,024 factors is used again, so it alone tells how near the mean must be.
    assert abs(counts.mean() - mean) < 2.6 * spread / 1024**0.5
    buckets = np.bincount((counts[:1024] - low) // 10)
    assert chi_square(buckets.tolist(), [1024 / len(buckets)] * len(buckets)) < 2.6


def test_factors_are_used_again_in_another_order(make_run, instants, source):
    made = source(pattern(ratio=1000, deviation=1, sampling=16, end="+48h"))
    drawn = np.array(instants(made, make_run(), 10**6))
    rounds = np.bincount((drawn - START) // HOUR, minlength=48).reshape(3, 16).tolist()
    assert sorted(rounds[0]) == sorted(rounds[1]) == sorted(rounds[2])
    assert rounds[0] != rounds[1] != rounds[2]


def test_numbers_are_cut_to_whole_ones(make_run, instants, source, caplog):
    made = source(pattern(ratio=1, deviation=0.5, direction="decrease"))
    with caplog.at_level(logging.WARNING):
        assert instants(made, make_run()) == []
    assert "never has an instant" in caplog.text
    made = source(pattern(ratio=1, deviation=0.9, direction="increase", end="+16h"))
    assert len(instants(made, make_run())) == 16


@pytest.mark.parametrize(
    ("unit", "period", "length"),
    [
        ("weeks", 0.5, 84 * HOUR),
        ("days", 1, 24 * HOUR),
        ("hours", 2.5, 5 * HOUR // 2),
        ("minutes", 1, HOUR // 60),
        ("seconds", 0.25, 250_000),
        ("milliseconds", 1, 1000),
        ("microseconds", 3, 3),
        ("microseconds", 1, 1),
    ],
)
def test_units(make_run, instants, source, unit, period, length):
    made = source(pattern(unit=unit, period=period, ratio=2))
    drawn = instants(made, make_run())
    assert [(t - START) // length for t in drawn] == [k for k in range(500) for _ in range(2)]


def test_a_crowded_period(make_run, instants, source):
    made = source(pattern(ratio=300_000, end="+2h"))
    drawn = np.array(instants(made, make_run(), 10**6)) - START
    assert np.bincount(drawn // HOUR).tolist() == [300_000, 300_000]
    assert ks(drawn[:300_000] / HOUR, lambda x: x) < KS_AT_1_PERCENT


@pytest.mark.parametrize("distribution", SHAPES)
def test_seeds_and_positions_make_streams_of_their_own(make_run, instants, source, distribution):
    one = pattern(distribution, SHAPES[distribution], deviation=0.5)
    run = replace(make_run(), role="input[0]")
    first = instants(source(one), run, 500)
    assert first == instants(source(one), run, 500)
    assert first != instants(source(one), replace(run, role="input[1]"), 500)
    assert first != instants(source(one), replace(make_run(seed=8), role="input[0]"), 500)
    both = instants(source(one, one), run, 1000)
    assert set(first) - set(both) <= set(first[-40:])
    assert len(set(both)) > 950


@pytest.mark.parametrize(
    ("distribution", "digest"),
    [
        ("uniform", "3903807e5c5d7476"),
        ("triangular", "547d1fe70d2edf82"),
        ("beta", "123dc64db1ce7af3"),
    ],
)
def test_what_a_seed_gives_never_changes(make_run, instants, source, distribution, digest):
    made = source(pattern(distribution, SHAPES[distribution], deviation=0.5, ratio=7))
    drawn = instants(made, replace(make_run(), role="input[0]"), 20_000)
    assert blake2b(str(drawn).encode(), digest_size=8).hexdigest() == digest


@settings(deadline=None, max_examples=60)
@given(
    distribution=st.sampled_from(sorted(SHAPES)),
    ratio=st.integers(1, 200),
    deviation=st.floats(0, 1),
    direction=st.sampled_from(["decrease", "increase", "mixed"]),
    sampling=st.integers(16, 50),
    cut=st.integers(-(HOUR), 90 * HOUR),
)
def test_a_later_beginning_gives_the_rest(
    make_run, instants, source, distribution, ratio, deviation, direction, sampling, cut
):
    shape = {"deviation": deviation, "direction": direction, "sampling": sampling, "end": "+80h"}
    made = source(pattern(distribution, SHAPES[distribution], ratio=ratio, **shape))
    whole = instants(made, make_run(), 10**6)
    now = moment(START + cut)
    later = replace(make_run(skip=True), start=now, now=now)
    assert instants(made, later, 10**6) == [t for t in whole if t > START + cut]


def test_the_very_present_is_past(make_run, instants, source):
    made = source(pattern())
    whole = instants(made, make_run(), 100)
    now = moment(whole[40])
    later = replace(make_run(skip=True), start=now, now=now)
    assert instants(made, later, 59) == whole[41:]


def test_a_beginning_decades_ago_costs_nothing(make_run, instants, source):
    made = source(pattern(start="1970-01-01", period=1, unit="microseconds", ratio=3))
    run = make_run(skip=True)
    assert instants(made, run, 6) == [micros(run.start) + k for k in (1, 1, 1, 2, 2, 2)]


def test_everything_past_gives_nothing(make_run, instants, source):
    assert instants(source(pattern(end="+3h")), make_run(skip=True)) == []


def test_the_first_arrays_are_small_and_none_is_huge(make_run, source):
    arrays = islice(source(pattern(ratio=1, unit="seconds")).timestamps(make_run()), 12)
    sizes = [len(array) for array in arrays]
    assert sizes[:3] == [64, 128, 256]
    assert max(sizes) == 8192
