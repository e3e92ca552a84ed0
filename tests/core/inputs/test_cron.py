from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from random import Random

import pytest
from croniter import CroniterBadDateError, croniter
from pydantic import ValidationError

from eventum_core.clock import micros, moment
from eventum_core.errors import RunError
from eventum_core.inputs.cron import Cron

MIDNIGHT = "2025-01-01T00:00:00"


def cron(expression: str, **options: object) -> Cron:
    return Cron.model_validate({"expression": expression, "count": 1, **options})


@pytest.mark.parametrize(
    ("expression", "start", "end", "expected"),
    [
        ("* * * * *", "00:00", "00:03", ["00:00:00", "00:01:00", "00:02:00", "00:03:00"]),
        ("* * * * *", "00:00:00.5", "00:02", ["00:01:00", "00:02:00"]),
        ("* * * * *", "00:00", "00:01:59.9", ["00:00:00", "00:01:00"]),
        ("* * * * * */20", "00:00", "00:00:59", ["00:00:00", "00:00:20", "00:00:40"]),
        ("* * * * *", "00:00", "00:00", ["00:00:00"]),
        ("* * * * *", "00:00:01", "00:00:59", []),
        ("0 0 30 2 *", "00:00", "never", []),
    ],
)
def test_both_ends_are_included(make_run, local, expression, start, end, expected):
    ticks = local(cron(expression, start=start, end=end), make_run(MIDNIGHT))
    assert ticks == [f"2025-01-01T{time}" for time in expected]


def test_it_begins_with_the_run_and_each_tick_is_repeated(make_run, local):
    ticks = local(cron("0 * * * *", count=2), make_run(), 4)
    assert ticks == ["2025-06-15T12:00:00"] * 2 + ["2025-06-15T13:00:00"] * 2


def test_a_relative_end_counts_from_the_start(make_run, local):
    ticks = local(cron("*/5 * * * *", start="-1h", end="+5m"), make_run())
    assert ticks == ["2025-06-15T11:00:00", "2025-06-15T11:05:00"]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("-1d", "+1d", ["12:00:00"]),
        ("-1d", "+1h", []),
        ("+30m", "+1h", ["13:00:00"]),
        ("1970-01-01", "2025-06-15T13:00", ["12:00:00", "13:00:00"]),
    ],
)
def test_past_ticks_are_skipped_but_for_the_very_present(make_run, local, start, end, expected):
    ticks = local(cron("0 * * * *", start=start, end=end), make_run(skip=True))
    assert [tick[11:] for tick in ticks] == expected


def test_the_run_fails_if_the_end_turns_out_past(make_run, instants):
    with pytest.raises(RunError, match="after the end"):
        instants(cron("* * * * *", end="2020-01-01"), make_run())


def test_random_values_are_fixed_for_a_run_and_follow_its_seed(make_run, local):
    schedule = cron("R R * * *", end="+3d")
    runs = [local(schedule, make_run(MIDNIGHT, seed=seed)) for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]
    assert len({tick[11:] for tick in runs[0]}) == 1


@pytest.mark.parametrize(
    ("expression", "zone", "start", "expected"),
    [
        # forward: certain hours move to the end of the gap, every hour goes on without it
        ("30 2 * * *", "Europe/Berlin", "2025-03-29T12:00",
         ["30T03:00:00+02:00", "31T02:30:00+02:00"]),
        ("30 2 * * * 15", "Europe/Berlin", "2025-03-29T12:00",
         ["30T03:00:15+02:00", "31T02:30:15+02:00"]),
        ("*/20 1-3 * * *", "Europe/Berlin", "2025-03-30T01:30",
         ["30T01:40:00+01:00", "30T03:00:00+02:00", "30T03:20:00+02:00"]),
        ("30 * * * *", "Europe/Berlin", "2025-03-30T00:45",
         ["30T01:30:00+01:00", "30T03:30:00+02:00", "30T04:30:00+02:00"]),
        ("30 2 * * *", "America/New_York", "2025-03-08T12:00",
         ["09T03:00:00-04:00", "10T02:30:00-04:00"]),
        ("30 * * * *", "America/New_York", "2025-03-09T00:45",
         ["09T01:30:00-05:00", "09T03:30:00-04:00"]),
        # back: certain hours come once, every hour comes as often as the clock shows it
        ("30 2 * * *", "Europe/Berlin", "2025-10-25T12:00",
         ["26T02:30:00+02:00", "27T02:30:00+01:00"]),
        ("30 * * * *", "Europe/Berlin", "2025-10-26T01:45",
         ["26T02:30:00+02:00", "26T02:30:00+01:00", "26T03:30:00+01:00"]),
        ("30 1 * * *", "America/New_York", "2025-11-01T12:00",
         ["02T01:30:00-04:00", "03T01:30:00-05:00"]),
        ("*/30 * * * *", "America/New_York", "2025-11-02T00:45",
         ["02T01:00:00-04:00", "02T01:30:00-04:00", "02T01:00:00-05:00", "02T01:30:00-05:00"]),
        # half an hour, and a zone that skips midnight
        ("45 * * * *", "Australia/Lord_Howe", "2025-04-06T01:00",
         ["06T01:45:00+11:00", "06T01:45:00+10:30", "06T02:45:00+10:30"]),
        ("0 0 * * *", "Africa/Cairo", "2025-04-24T12:00",
         ["25T01:00:00+03:00", "26T00:00:00+03:00"]),
    ],
)  # fmt: skip
def test_clocks_that_change(make_run, local, expression, zone, start, expected):
    ticks = local(cron(expression), make_run(start, zone), len(expected))
    assert [tick[8:] for tick in ticks] == expected


def test_a_start_in_the_second_pass_knows_that_the_first_is_over(make_run, local):
    plugin = cron("45 2 * * *", start="2025-10-26T02:15+01:00")
    assert local(plugin, make_run(zone="Europe/Berlin"), 1) == ["2025-10-27T02:45:00+01:00"]


def test_a_moved_tick_stays_within_the_end(make_run, local):
    plugin = cron("30 2 * * * 15", start="2025-03-30", end="2025-03-30T03:00:14")
    assert local(plugin, make_run(zone="Europe/Berlin")) == []


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_rare_ticks_go_on_to_the_end_of_the_calendar(make_run, instants, zone):
    run = make_run("9900-01-01T00:00:00", zone)
    years = [moment(i).astimezone(run.zone).year for i in instants(cron("0 0 29 2 *"), run)]
    assert years == list(range(9904, 10_000, 4))
    assert len(instants(cron("0 0 1 1 *"), run)) == 100


def test_the_last_second_of_the_calendar_is_the_last(make_run, instants):
    run = make_run("9999-12-31T23:59:58")
    assert len(instants(cron("* * * * * *"), run)) == 2


def test_years_bound_a_schedule(make_run, local):
    ticks = local(cron("0 0 1 1 * 0 2030-2031"), make_run(zone="America/New_York"))
    assert [tick[:10] for tick in ticks] == ["2030-01-01", "2031-01-01"]


def test_dense_schedules_begin_with_small_arrays(make_run):
    arrays = islice(cron("* * * * * *").timestamps(make_run()), 12)
    sizes = [len(array) for array in arrays]
    assert sizes[:3] == [64, 128, 256]
    assert max(sizes) == 8192


def test_a_rare_tick_is_given_alone(make_run):
    first = next(cron("0 0 29 2 *").timestamps(make_run()))
    assert first.astype(str).tolist() == ["2028-02-29T00:00:00.000000"]


def test_it_can_run_twice(make_run, instants):
    plugin, run = cron("*/7 * * * *", end="+1d"), make_run()
    assert instants(plugin, run) == instants(plugin, run)


@pytest.mark.parametrize(
    ("options", "endless"),
    [
        ({}, True),
        ({"end": "never"}, True),
        ({"end": "+1d"}, False),
        ({"expression": "0 0 1 1 * 0 2030"}, False),
        ({"expression": "0 0 1 1 * 0 *"}, True),
    ],
)
def test_it_is_endless_without_an_end(options, endless):
    assert cron(**{"expression": "* * * * *", **options}).endless() is endless


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"expression": "75 * * * *"}, "expression\n.*minute '75'"),
        ({"expression": 5}, "expression"),
        ({"count": 0}, "count"),
        ({"start": "never"}, "never"),
        ({"start": "2025-01-02", "end": "2025-01-01"}, "lies before start"),
        ({"end": "after"}, "end\n"),
        ({"seconds": 1}, "seconds"),
    ],
)
def test_wrong_options_are_named(options, complaint):
    with pytest.raises(ValidationError, match=complaint):
        Cron.model_validate({"expression": "* * * * *", "count": 1, **options})


LIMITS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7), (0, 59))
RARE = ((2, "L"), (4, "L3"), (4, "tue#3"), (2, "20W"))
STARTS = {
    "UTC": ["2024-02-27T12:00:00"],
    "Asia/Tokyo": ["2025-12-31T12:00:00"],
    "Europe/Berlin": ["2025-03-30T00:10:05", "2025-10-25T22:00:00"],
    "America/New_York": ["2025-03-08T23:00:00", "2025-11-01T23:00:00"],
}


def drawn_expression(draw: Random) -> str:
    """Return an expression of ranges, steps and lists; some with a rare form."""
    fields = [_drawn_field(draw, *limits) for limits in LIMITS[: draw.choice([5, 5, 6])]]
    if draw.random() < 0.2:
        place, form = draw.choice(RARE)
        # Beside another day, croniter takes such a form as an intersection: not our rule.
        fields[2] = fields[4] = "*"
        fields[place] = form
    return " ".join(fields)


def _drawn_field(draw: Random, low: int, high: int) -> str:
    if draw.random() < 0.4:
        return "*"
    return ",".join(_drawn_token(draw, low, high) for _ in range(draw.choice([1, 1, 2])))


def _drawn_token(draw: Random, low: int, high: int) -> str:
    first, last = sorted(draw.sample(range(low, high + 1), 2))
    step = draw.randint(1, 9)
    return draw.choice(
        [f"{first}", f"{first}-{last}", f"{first}-{last}/{step}", f"{first}/{step}",
         f"*/{step}", f"{last}-{first}"]
    )  # fmt: skip


@pytest.mark.parametrize("zone", STARTS)
@pytest.mark.parametrize("seed", range(40))
def test_it_agrees_with_croniter(make_run, instants, zone, seed):
    expression = drawn_expression(Random(seed))
    for start in STARTS[zone]:
        run = make_run(start, zone)
        wanted = _by_croniter(expression, run.start, 150)
        assert instants(cron(expression), run, len(wanted)) == wanted, expression


def _by_croniter(expression: str, start: datetime, count: int) -> list[int]:
    """Return the ticks by croniter, which repeats certain hours too when clocks are set back."""
    ticks = croniter(expression, start - timedelta(microseconds=1), ret_type=datetime)
    every_hour = ticks.expanded[1][0] == "*"
    found: list[int] = []
    try:
        while len(found) < count:
            tick = ticks.get_next()
            if every_hour or not tick.fold:
                found.append(micros(tick))
    except CroniterBadDateError:
        pass
    return found
