"""Every input where clocks are set: elapsed time, offsets, skipping the past, and live mode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import anyio
import pytest
import yaml
from doubles import generator, inline, local

from eventum_core import ManualClock
from eventum_core.clock import ScaledClock, micros, moment
from eventum_core.inputs.cron import Cron
from eventum_core.inputs.linspace import Linspace
from eventum_core.inputs.poisson import Poisson
from eventum_core.inputs.static import Static
from eventum_core.inputs.time_patterns import TimePatterns
from eventum_core.inputs.timer import Timer
from eventum_core.inputs.timestamps import Timestamps
from eventum_core.plugin import InputPlugin

MINUTE = 60_000_000
STEP = 10 * MINUTE
AROUND = 180 * MINUTE
"""How long before and after a change the inputs are looked at."""

CHANGES = {
    "New York, forward": ("America/New_York", "2025-03-09T07:00", 60),
    "New York, back": ("America/New_York", "2025-11-02T06:00", -60),
    "Berlin, forward": ("Europe/Berlin", "2025-03-30T01:00", 60),
    "Berlin, back": ("Europe/Berlin", "2025-10-26T01:00", -60),
    "Lord Howe, back half an hour": ("Australia/Lord_Howe", "2025-04-05T15:00", -30),
    "Lord Howe, forward half an hour": ("Australia/Lord_Howe", "2025-10-04T15:30", 30),
    "Kathmandu, forward a quarter": ("Asia/Kathmandu", "1985-12-31T18:30", 15),
    "Casablanca, back for Ramadan": ("Africa/Casablanca", "2025-02-23T02:00", -60),
    "Casablanca, forward after it": ("Africa/Casablanca", "2025-04-06T02:00", 60),
    "Apia, forward a day": ("Pacific/Apia", "2011-12-30T10:00", 1440),
    "Apia, back": ("Pacific/Apia", "2012-03-31T14:00", -60),
}
each_change = pytest.mark.parametrize(("zone", "change", "shift"), CHANGES.values(), ids=CHANGES)

PATTERN = {
    "label": "every ten minutes",
    "oscillator": {"period": 10, "unit": "minutes", "start": None, "end": "+360m"},
    "multiplier": {"ratio": 1},
    "randomizer": {"deviation": 0, "direction": "mixed"},
    "spreader": {"distribution": "uniform", "parameters": {"low": 0, "high": 1e-12}},
}


def instant(text: str) -> int:
    return micros(datetime.fromisoformat(text).replace(tzinfo=UTC))


def every_ten_minutes(begin: int) -> list[int]:
    return list(range(begin, begin + 2 * AROUND + 1, STEP))


def by_the_clock(begin: int, zone: str) -> list[int]:
    """Return, by looking at each minute, those whose local time ends in 0."""
    minutes = range(begin, begin + 2 * AROUND + 1, MINUTE)
    return [i for i in minutes if moment(i).astimezone(ZoneInfo(zone)).minute % 10 == 0]


def plugins(begin: int, base: Path) -> dict[str, tuple[InputPlugin, Callable[[str], list[int]]]]:
    """Return each input over the hours from `begin` on, and what it must give in a zone."""
    iso = moment(begin).isoformat()
    pattern = {**PATTERN, "oscillator": {**PATTERN["oscillator"], "start": iso}}
    (base / "pattern.yml").write_text(yaml.safe_dump(pattern))
    ticks = every_ten_minutes(begin)
    seconds = {"start": iso, "end": "+360m"}
    return {
        "timer": (Timer(seconds=600, count=1, start=iso, repeat=36), lambda zone: ticks[1:]),
        "linspace": (Linspace(**seconds, count=37), lambda zone: ticks),
        "timestamps": (Timestamps(source=[*map(moment, ticks)]), lambda zone: ticks),
        "time_patterns": (TimePatterns(patterns=["pattern.yml"]), lambda zone: ticks[:-1]),
        "cron": (
            Cron(expression="*/10 * * * *", count=1, **seconds),
            lambda zone: by_the_clock(begin, zone),
        ),
        "poisson": (Poisson(rate=6, unit="hour", **seconds), lambda zone: chance(begin)),
        "static": (Static(count=2), lambda zone: [begin] * 2),
    }


@cache
def chance(begin: int) -> list[int]:
    """Return what poisson gives where no clock is ever changed."""
    made = generator(
        Path(),
        inputs=[{"poisson": {"rate": 6, "unit": "hour", "start": begin / 1e6, "end": "+360m"}}],
        now=moment(begin).isoformat(),
    )
    return [micros(event.timestamp) for event in made.events()]


NAMES = ["poisson", "timer", "linspace", "timestamps", "time_patterns", "cron", "static"]
"""The one that draws comes first: what it draws depends on its place."""
each_input = pytest.mark.parametrize("name", NAMES)


def as_written(plugin: InputPlugin) -> dict[str, Any]:
    return {plugin.name: plugin.model_dump(mode="json", exclude_unset=True)}


@each_input
@each_change
def test_elapsed_times_and_offsets_are_right(tmp_path, name, zone, change, shift):
    begin = instant(change) - AROUND
    plugin, expected = plugins(begin, tmp_path)[name]
    texts, output = local()
    settings = {"timezone": zone, "now": moment(begin).isoformat(), "event": inline()}
    assert generator(tmp_path, output, inputs=[as_written(plugin)], **settings).run_sync().ok
    place = ZoneInfo(zone)
    assert texts == [moment(i).astimezone(place).isoformat() for i in expected(zone)]
    assert [micros(datetime.fromisoformat(text)) for text in texts] == expected(zone)


@each_change
def test_the_clocks_do_change_there(zone, change, shift):
    place, at = ZoneInfo(zone), instant(change)
    before, after = (moment(i).astimezone(place).utcoffset() for i in (at - 1, at))
    assert after - before == timedelta(minutes=shift)


@each_input
@each_change
def test_exactly_the_past_is_skipped(tmp_path, make_run, name, zone, change, shift):
    begin = instant(change) - AROUND
    plugin, expected = plugins(begin, tmp_path)[name]
    at_once = {"cron", "poisson"}  # which give the very present, too
    for minutes in (-60, -1, 0, 10, 25, 60, 120):
        present = instant(change) + minutes * MINUTE
        there = moment(present).astimezone(ZoneInfo(zone))
        run = replace(make_run(zone=zone, skip=True), now=there, start=there, base=tmp_path,
                      role="input[0]")  # fmt: skip
        given = [int(i) for array in plugin.timestamps(run) for i in array.astype(int)]
        first = present if name in at_once else present + 1
        wanted = [present] * 2 if name == "static" else [i for i in expected(zone) if i >= first]
        assert given == wanted


@pytest.mark.anyio
@each_change
async def test_live_events_come_at_their_own_instants(tmp_path, zone, change, shift):
    begin = instant(change) - AROUND
    made_of = [plugins(begin, tmp_path)[name] for name in NAMES if name != "static"]
    coming = sorted(i for _, expected in made_of for i in expected(zone))
    texts, output = local()
    clock = ManualClock(begin - 1)
    made = live(tmp_path, output, [plugin for plugin, _ in made_of], zone, begin - 1)
    async with anyio.create_task_group() as group:
        group.start_soon(made.run, clock)
        for present in range(begin, begin + 2 * AROUND + STEP, STEP):
            clock.advance(timedelta(microseconds=present - clock.now()))
            due = [moment(i).astimezone(ZoneInfo(zone)).isoformat() for i in coming if i <= present]
            await given_so_far(texts, len(due))
            assert texts == due
    assert len(texts) == len(coming)


def live(base: Path, output: Any, inputs: list[InputPlugin], zone: str, now: int) -> Any:
    return generator(
        base,
        output,
        inputs=[as_written(plugin) for plugin in inputs],
        event=inline(),
        timezone=zone,
        now=moment(now).isoformat(),
        live_mode=True,
    )


async def given_so_far(texts: list[str], count: int) -> None:
    """Wait for so many events, then until nothing happens any more."""
    with anyio.fail_after(10):
        while len(texts) < count:
            await anyio.sleep(0)
        await anyio.wait_all_tasks_blocked()


@each_change
def test_no_event_is_early_when_time_flies(tmp_path, zone, change, shift):
    begin = instant(change) - AROUND
    clock = ScaledClock(begin, 500_000)
    early: list[str] = []

    def keep(texts: list[str]) -> None:
        early.extend(t for t in texts if micros(datetime.fromisoformat(t)) > clock.now())
        seen.extend(texts)

    seen: list[str] = []
    plugin, expected = plugins(begin, tmp_path)["timer"]
    made = live(tmp_path, {"kept": {"into": keep}}, [plugin], zone, begin)
    assert made.run_sync(clock).ok
    assert (len(seen), early) == (len(expected(zone)), [])
