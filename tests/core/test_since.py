"""``since``: the past is rendered at once, then the run goes on live, all on one timeline."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
from doubles import NOON, START, generator, local

from eventum_core import ManualClock, Report

INPUTS: dict[str, list[dict[str, Any]]] = {
    "cron": [{"cron": {"expression": "* * * * * */10", "count": 2}}],
    "timer": [{"timer": {"seconds": 7, "count": 1}}],
    "poisson": [{"poisson": {"rate": 6, "unit": "minute", "start": "2026-01-05T08:00:00Z"}}],
    "jitter": [{"cron": {"expression": "* * * * * */10", "count": 1, "jitter": 30}}],
    "several": [
        {"timer": {"seconds": 7, "count": 1}},
        {"cron": {"expression": "* * * * *", "count": 1}},
        {"linspace": {"start": "2026-01-05T11:50:00Z", "end": "2026-01-05T12:10:00Z", "count": 99}},
    ],
}


async def lived(base: Path, inputs: list[dict[str, Any]], **settings: Any) -> list[str]:
    """Return the events of a run that begins an hour ago and goes on for a minute."""
    texts, output = local()
    clock = ManualClock(START)
    settings = {"live_mode": True, "since": "-1h", "until": "2026-01-05T12:01:00Z", **settings}
    made = generator(base, output, inputs=inputs, **settings)
    past = sum(event.timestamp <= NOON for event in made.events())
    with anyio.fail_after(30):
        async with anyio.create_task_group() as group:
            group.start_soon(made.run, clock)
            while len(texts) < past:
                await anyio.sleep(0.001)
            assert stamps(texts)[-1] <= NOON
            for _ in range(61):
                clock.advance(timedelta(seconds=1))
                await anyio.wait_all_tasks_blocked()
    return texts


def stamps(texts: list[str]) -> list[datetime]:
    return [datetime.fromisoformat(json.loads(text)["t"]) for text in texts]


@pytest.mark.anyio
@pytest.mark.parametrize("inputs", INPUTS.values(), ids=INPUTS)
async def test_past_and_live_are_one_timeline(tmp_path: Path, inputs: list[dict[str, Any]]) -> None:
    texts = await lived(tmp_path, inputs)
    sample, output = local()
    bounds = {"since": "-1h", "until": "2026-01-05T12:01:00Z"}
    made = generator(tmp_path, output, inputs=inputs, **bounds)
    report: Report = await made.run()
    assert texts == sample
    assert len(texts) == report.timestamps > 300


@pytest.mark.anyio
async def test_neither_a_gap_nor_an_overlap_lies_at_the_present(tmp_path: Path) -> None:
    texts = await lived(tmp_path, [{"timer": {"seconds": 5, "count": 1}}])
    expected = [NOON - timedelta(hours=1) + timedelta(seconds=5 * k) for k in range(1, 733)]
    assert stamps(texts) == expected
    assert expected[-1] == datetime(2026, 1, 5, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize("live_mode", [True, False])
@pytest.mark.parametrize(
    "input",
    [
        {"linspace": {"start": "11:00:00", "end": "2026-01-05T11:59:00Z", "count": 60}},
        {"timer": {"seconds": 60, "count": 1, "repeat": 59, "start": "11:00:00"}},
        {"cron": {"expression": "* * * * *", "count": 1, "end": "2026-01-05T11:59:00Z"}},
        {"timestamps": {"source": ["2026-01-05T11:00:00Z", "2026-01-05T11:30:00Z"]}},
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_an_instant_exactly_at_since_is_wanted(
    tmp_path: Path, input: dict[str, Any], live_mode: bool
) -> None:
    texts, output = local()
    made = generator(
        tmp_path, output, inputs=[input], live_mode=live_mode, since="2026-01-05T11:30:00Z"
    )
    made.run_sync()
    assert str(stamps(texts)[0]) == "2026-01-05 11:30:00+00:00"


@pytest.mark.anyio
async def test_since_a_later_moment_waits_for_it(tmp_path: Path) -> None:
    texts, output = local()
    clock = ManualClock(START)
    timer = [{"timer": {"seconds": 5, "count": 1, "repeat": 2}}]
    made = generator(tmp_path, output, inputs=timer, live_mode=True, since="+1m")
    with anyio.fail_after(10):
        async with anyio.create_task_group() as group:
            group.start_soon(made.run, clock)
            await anyio.wait_all_tasks_blocked()
            clock.advance(timedelta(seconds=64))
            await anyio.sleep(0.05)
            assert texts == []
            clock.advance(timedelta(seconds=6))
    assert [str(s.time()) for s in stamps(texts)] == ["12:01:05", "12:01:10"]


def test_what_was_past_from_the_start_is_not_late(tmp_path: Path) -> None:
    made = generator(
        tmp_path,
        inputs=[{"timer": {"seconds": 60, "count": 1, "repeat": 10}}],
        live_mode=True,
        now=None,
        since="-5m",
        speed=6000,
    )
    lateness = made.run_sync().outputs[0].lateness
    assert 0 < lateness["max"] < 300
