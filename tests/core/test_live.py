"""Live mode, stops and deadlines, under a clock that the tests move."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Any

import anyio
import numpy as np
import pytest
from doubles import START, generator

from eventum_core import Chunk, Exhausted, Failure, ManualClock, NoWaitClock, Report


def live(base: Path, kept: list[str], **settings: Any) -> Any:
    timer = [{"timer": {"seconds": 1, "count": 1}}]
    return generator(
        base, {"kept": {"into": kept.extend}}, inputs=timer, live_mode=True, **settings
    )


@pytest.mark.anyio
async def test_live_events_come_at_their_own_instant(tmp_path: Path) -> None:
    kept: list[str] = []
    clock = ManualClock(START)
    made = live(tmp_path, kept, duration="5s", batch={"size": 3})
    async with anyio.create_task_group() as group:
        group.start_soon(made.run, clock)
        for expected in (1, 2, 3):
            await until(lambda expected=expected: len(kept) == expected - 1)
            clock.advance(timedelta(seconds=1))
            await until(lambda expected=expected: len(kept) == expected)
        clock.advance(timedelta(seconds=60))
    assert len(kept) == 4


async def until(condition: Any) -> None:
    with anyio.fail_after(5):
        while not condition():
            await anyio.sleep(0.001)
        await anyio.wait_all_tasks_blocked()


@pytest.mark.anyio
async def test_a_live_batch_closes_when_its_delay_has_passed(tmp_path: Path) -> None:
    kept: list[str] = []
    clock = ManualClock(START)
    formatter = {"format": "json-batch"}
    made = generator(
        tmp_path,
        {"kept": {"into": kept.extend, "formatter": formatter}},
        inputs=[{"timer": {"seconds": 60, "count": 2, "repeat": 2}}],
        live_mode=True,
    )
    async with anyio.create_task_group() as group:
        group.start_soon(made.run, clock)
        await anyio.wait_all_tasks_blocked()
        for step in (60, 0.5):
            clock.advance(timedelta(seconds=step))
            await anyio.wait_all_tasks_blocked()
        assert kept == []
        clock.advance(timedelta(seconds=0.5))
        await until(lambda: len(kept) == 1)
        clock.advance(timedelta(seconds=100))
    assert len(kept) == 2


@pytest.mark.anyio
async def test_the_past_is_skipped_in_live_mode_unless_asked_for(tmp_path: Path) -> None:
    for skip, expected in ((True, 3), (False, 8)):
        kept: list[str] = []
        timer = [{"timer": {"seconds": 1, "count": 1, "start": "-5s", "repeat": 8}}]
        made = generator(
            tmp_path,
            {"kept": {"into": kept.extend}},
            inputs=timer,
            live_mode=True,
            skip_past=skip,
        )
        report = await made.run(ManualClock(START + 10_000_000))
        assert len(kept) == expected
        assert report.timestamps == expected


@pytest.mark.anyio
async def test_exhaustion_ends_a_live_run_at_once(tmp_path: Path) -> None:
    def produce(moment: Any, run: Any) -> list[str]:
        if moment.ordinal == 1:
            raise Exhausted
        return ["x"]

    inputs = [{"given": {"arrays": [hours(0, 0, 1, 2)]}}]
    event = {"called": {"function": produce}}
    made = generator(tmp_path, inputs=inputs, event=event, live_mode=True)
    with anyio.fail_after(5):
        report = await made.run(ManualClock(START))
    assert report.ended == "exhausted"


def hours(*hours: int) -> Any:
    return np.array([START + h * 3_600_000_000 for h in hours], dtype="datetime64[us]")


def test_a_stop_drains_what_was_released(tmp_path: Path) -> None:
    kept: list[str] = []
    made = live(tmp_path, kept)

    async def main() -> Report:
        clock = ManualClock(START)
        async with anyio.create_task_group() as group:

            async def drive() -> None:
                await anyio.wait_all_tasks_blocked()
                clock.advance(timedelta(seconds=3))
                await until(lambda: len(kept) == 3)
                made.stop()

            group.start_soon(drive)
            return await made.run(clock)

    report = anyio.run(main)
    assert (report.ended, report.event.produced, report.ok) == ("stopped", 3, True)


def test_a_stuck_event_stage_is_left_behind_at_the_deadline(tmp_path: Path) -> None:
    entered, let_go = Flag(), Flag()

    def produce(moment: Any, run: Any) -> list[str]:
        if moment.ordinal == 3:
            entered.set()
            let_go.wait(30)
        return [str(moment.ordinal)]

    made = generator(tmp_path, event={"called": {"function": produce}}, count=1000)
    made.stop_deadline = 0.2
    Thread(target=lambda: (entered.wait(10), made.stop()), daemon=True).start()
    try:
        report = made.run_sync()
    finally:
        let_go.set()
    assert report.event.produced == 0
    assert report.event.abandoned == report.timestamps > 3
    assert "its thread was left behind" in report.errors[0]
    assert not report.ok


def test_a_stuck_output_is_cut_at_the_deadline_and_its_events_kept(tmp_path: Path) -> None:
    async def stuck(chunk: Chunk) -> list[Failure]:
        made.stop()
        await anyio.sleep_forever()
        return []

    output = {"sent": {"write": stuck, "on_failure": "dead_letter"}}
    made = generator(tmp_path, output, count=100, write_timeout=100)
    made.stop_deadline = 0.2
    report = made.run_sync()
    lines = (tmp_path / "dead-letters.jsonl").read_text().splitlines()
    assert len(lines) == report.outputs[0].dead_lettered == report.event.produced > 0


def test_a_clock_that_no_one_waits_for_gives_live_events_at_once(tmp_path: Path) -> None:
    kept: list[str] = []
    made = live(tmp_path, kept, duration="1h", skip_past=False, now="2100-01-01T00:00:00Z")
    report = made.run_sync(NoWaitClock())
    assert (report.ended, len(kept)) == ("complete", 3599)


def test_a_clock_that_is_set_back_holds_nothing_up(tmp_path: Path) -> None:
    class Backwards(ManualClock):
        async def sleep_until(self, instant: int) -> None:
            await anyio.sleep(0)
            self._now = instant - 3_600_000_000

    kept: list[str] = []
    made = live(tmp_path, kept, duration="10s")
    assert made.run_sync(Backwards(START)).ok
    assert len(kept) == 9


@pytest.mark.anyio
@pytest.mark.parametrize(("size", "expected"), [(1, [1, 1, 1]), (2, [2])])
async def test_live_batches_that_are_due_together_stay_apart(
    tmp_path: Path, size: int, expected: list[int]
) -> None:
    batches: list[int] = []

    def keep(texts: list[str]) -> None:
        batches.extend(len(json.loads(text)) for text in texts)

    clock = ManualClock(START)
    made = generator(
        tmp_path,
        {"kept": {"into": keep, "formatter": {"format": "json-batch"}}},
        inputs=[{"timer": {"seconds": 1, "count": 1, "repeat": 5}}],
        live_mode=True,
        batch={"size": size},
    )
    async with anyio.create_task_group() as group:
        group.start_soon(made.run, clock)
        await anyio.wait_all_tasks_blocked()
        clock.advance(timedelta(seconds=3))
        await until(lambda: batches == expected)
        clock.advance(timedelta(seconds=60))
    assert sum(batches) == 5
