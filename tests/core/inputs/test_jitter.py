from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from goodness import KS_AT_1_PERCENT, ks
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from eventum_core.clock import micros, moment
from eventum_core.inputs.cron import Cron
from eventum_core.inputs.jitter import Jitter
from eventum_core.inputs.timer import Timer

SECOND = 1_000_000
NOON = "2025-06-15T12:00:00"


def timer(**options: object) -> Timer:
    return Timer.model_validate({"seconds": 10, "count": 1, **options})


def cron(expression: str = "* * * * *", **options: object) -> Cron:
    return Cron.model_validate({"expression": expression, "count": 1, **options})


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(0, 0), (2.5, 2.5), ("90s", 90), ("1h30m", 5400), ("15", 15), (31 * 86_400, 2_678_400)],
)
def test_a_jitter_is_seconds_or_a_length_of_time(value, seconds):
    assert TypeAdapter(Jitter).validate_python(value) == seconds


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        (-1, "greater than or equal to 0"),
        ("32d", "less than or equal to"),
        ("soon", "no length of time"),
        ("nan", "no length of time"),
        (float("nan"), "finite|greater"),
        ([1], "number"),
    ],
)
@pytest.mark.parametrize("plugin", [timer, cron])
def test_what_is_no_jitter_is_named(plugin, value, complaint):
    with pytest.raises(ValidationError, match=rf"(?s)jitter.*({complaint})"):
        plugin(jitter=value)


@pytest.mark.parametrize("plugin", [timer, cron])
def test_more_instants_of_a_tick_than_can_be_held_are_refused(plugin):
    assert plugin(count=10**6, jitter=1).count == 10**6
    assert plugin(count=10**7).count == 10**7
    with pytest.raises(ValidationError, match="lower count"):
        plugin(count=10**6 + 1, jitter=1)


@pytest.mark.parametrize("plugin", [timer(repeat=300), cron(end="+5h")])
def test_without_jitter_nothing_is_delayed(make_run, instants, plugin):
    run = make_run()
    given = instants(plugin, run)
    assert given == instants(plugin.model_copy(update={"jitter": 0.0}), run)
    assert all(instant % SECOND == 0 for instant in given)


@pytest.mark.parametrize("jitter", [1e-9, 0.5, 10, 25, 3600])
@pytest.mark.parametrize("count", [1, 3])
def test_every_instant_comes_once_and_within_the_jitter(make_run, instants, jitter, count):
    run = make_run()
    due = instants(timer(repeat=200, count=count), run)
    delayed = instants(timer(repeat=200, count=count, jitter=jitter), run)
    assert len(delayed) == len(due)
    # In order, the k-th is at or after the k-th due, and no more than the jitter behind it.
    behind = np.array(delayed) - np.array(due)
    assert behind.min() >= 0
    assert behind.max() < max(1, jitter * SECOND)


def test_instants_of_one_tick_are_delayed_each_by_itself(make_run, instants):
    given = instants(timer(repeat=1, count=500, jitter=5), make_run())
    assert len(set(given)) == 500


def test_the_delays_are_uniform(make_run, instants):
    run = make_run()
    given = np.array(instants(timer(repeat=20_000, jitter=10), run, 20_000))
    delays = (given - micros(run.start)) % (10 * SECOND)
    assert ks(delays / (10 * SECOND), lambda x: x) < KS_AT_1_PERCENT


def test_neighbours_delays_are_independent(make_run, instants):
    """The serial correlation of 20,000 delays, within 2.6 standard errors of 0."""
    run = make_run()
    given = np.array(instants(timer(repeat=20_000, jitter=10), run, 20_000))
    delays = (given - micros(run.start)) % (10 * SECOND)
    assert abs(np.corrcoef(delays[1:], delays[:-1])[0, 1]) < 2.6 / 20_000**0.5


def test_delays_follow_the_seed_and_the_input(make_run, instants):
    plugin = cron(end="+1h", jitter=30)
    runs = [
        replace(make_run(seed=seed), role=role)
        for seed, role in ((1, "input[0]"), (1, "input[0]"), (2, "input[0]"), (1, "input[1]"))
    ]
    one, same, other_seed, other_input = (instants(plugin, run) for run in runs)
    assert one == same
    assert len({tuple(one), tuple(other_seed), tuple(other_input)}) == 3


def test_equal_seeds_give_equal_delays_in_every_version(make_run, local):
    run = replace(make_run(), role="input[0]")
    given = local(timer(count=2, repeat=1, jitter=10), run)
    assert [text[17:] for text in given] == ["15.574452", "17.171706"]


def test_the_ticks_are_bound_by_the_range_and_not_their_delays(make_run, instants):
    run = make_run()
    given = instants(cron(end="+10m", jitter="1h"), run)
    assert len(given) == 11
    assert given[0] >= micros(run.start)
    assert given[-1] > micros(run.start) + 600 * SECOND


@settings(deadline=None)
@given(
    jitter=st.floats(0.001, 600),
    count=st.integers(1, 3),
    cut=st.integers(-700 * SECOND, 3000 * SECOND),
    every=st.sampled_from([0.1, 1, 7.3, 60]),
)
def test_a_timer_that_skips_the_past_gives_the_rest_as_it_was(make_run, jitter, count, cut, every):
    start = micros(make_run().now)
    plugin = timer(start=moment(start), seconds=every, count=count, repeat=400, jitter=jitter)
    given = everything(plugin, make_run())
    assert everything(plugin, begun(make_run, start + cut)) == [i for i in given if i > start + cut]


@settings(deadline=None)
@given(
    jitter=st.floats(0.001, 4000),
    count=st.integers(1, 3),
    cut=st.integers(-700, 9000),
    fraction=st.sampled_from([0, 1, 500_000]),
)
def test_a_cron_that_skips_the_past_gives_the_rest_as_it_was(
    make_run, jitter, count, cut, fraction
):
    start = micros(make_run().now)
    plugin = cron("*/3 * * * *", start=moment(start), end="+2h", count=count, jitter=jitter)
    given = everything(plugin, make_run())
    at = start + cut * SECOND + fraction
    assert everything(plugin, begun(make_run, at)) == [i for i in given if i >= at]


def begun(make_run, instant):
    """Return a run that begins at an instant and skips what is past."""
    return make_run(moment(instant).replace(tzinfo=None).isoformat(), skip=True)


def everything(plugin, run):
    return [i for array in plugin.timestamps(run) for i in array.astype(int).tolist()]


def test_what_was_due_before_the_start_may_still_come(make_run, instants):
    run = make_run(NOON, skip=True)
    plugin = timer(seconds=1, start="2025-06-15T11:00", repeat=3600, jitter=600)
    given = instants(plugin, run, 10_000)
    assert 250 < len(given) < 350  # half of those of the last ten minutes, more or less
    assert given[0] > micros(run.start)


def test_the_first_arrays_come_early_and_none_is_huge(make_run):
    arrays = list(islice(timer(seconds=1, count=50, jitter=30).timestamps(make_run()), 20))
    assert len(arrays[0]) < 64 * 50
    assert max(map(len, arrays)) <= 65_536


def test_large_counts_are_spread_over_the_jitter(make_run):
    run = make_run()
    plugin = timer(seconds=1, count=200_000, repeat=2, jitter=2)
    instants = np.concatenate(list(plugin.timestamps(run))).astype(np.int64)
    per_second = Counter(((instants - micros(run.start)) // SECOND).tolist())
    assert sum(per_second.values()) == 400_000
    assert all(abs(per_second[s] / 400_000 - share) < 0.01
               for s, share in ((1, 0.25), (2, 0.5), (3, 0.25)))  # fmt: skip


def test_nothing_is_delayed_beyond_the_calendar(make_run, instants):
    run = make_run("9999-12-31T23:59:00")
    given = instants(cron("* * * * * *", jitter=60), run)
    assert 0 < len(given) < 60
    assert moment(given[-1]).year == 9999


def test_a_rare_tick_with_a_delay_is_given(make_run, local):
    given = local(cron("0 0 29 2 *", jitter="1h"), make_run(), 2)
    assert [text[:13] for text in given] == ["2028-02-29T00", "2032-02-29T00"]
