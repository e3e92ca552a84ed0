"""How instants reach the maker: triggers beside a schedule, pacing event plugins, snapshots."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
from doubles import EVERY_SECOND, START, generator, inline, linspace, local

from eventum_core import Exhausted, ManualClock, Report, Run, RunError
from eventum_core.clock import NoWaitClock
from eventum_core.feed import Feed
from eventum_core.handoff import Handoff
from eventum_core.model import TimestampBatch
from eventum_core.seeds import BLOCK, TRIGGERED


def asked(*counts: int, waits: bool = False) -> dict[str, Any]:
    """Return a trigger that asks for these counts, then ends or waits for ever."""

    async def stimuli(run: Run) -> AsyncGenerator[int, None]:
        for count in counts:
            await anyio.lowlevel.checkpoint()
            yield count
        if waits:
            await anyio.sleep_forever()

    return {"asked": {"stimuli": stimuli}}


def ran(base: Path, *inputs: dict[str, Any], **parts: Any) -> tuple[list[Any], Report]:
    """Return what was written, parsed, and the report of a run with these inputs."""
    texts, output = local()
    report = generator(base, output, inputs=list(inputs), **parts).run_sync()
    return [json.loads(text) for text in texts], report


def of_stream(events: list[Any], stream: int) -> list[Any]:
    return [event for event in events if event["n"] // TRIGGERED == stream]


def test_a_trigger_gives_instants_of_the_present_in_ordinals_of_its_own(tmp_path: Path) -> None:
    events, report = ran(tmp_path, linspace(2), asked(2, 3))
    assert [e["n"] - 2 * TRIGGERED for e in of_stream(events, 2)] == [0, 1, 2, 3, 4]
    assert [e["n"] for e in of_stream(events, 0)] == [0, 1]
    assert [i.generated for i in report.inputs] == [2, 5]
    assert (report.ok, report.timestamps, report.outputs[0].written) == (True, 7, 7)


@pytest.mark.parametrize("count", [10, BLOCK + 10])
def test_triggers_do_not_shift_what_is_scheduled(tmp_path: Path, count: int) -> None:
    alone, _ = ran(tmp_path, linspace(count), batch={"size": 7})
    beside, _ = ran(tmp_path, linspace(count), asked(*[3] * 50), batch={"size": 7})
    assert len(beside) == count + 150
    assert of_stream(beside, 0) == alone


def test_a_triggers_draws_depend_on_nothing_but_its_own_ordinals(tmp_path: Path) -> None:
    quiet, _ = ran(tmp_path, linspace(1), asked(*[1] * 40))
    busy, _ = ran(tmp_path, linspace(500), asked(*[10] * 4), batch={"size": 3})
    draws = [[event["r"] for event in of_stream(events, 2)] for events in (quiet, busy)]
    assert draws[0] == draws[1]
    assert len(set(draws[0])) == 40


TWICE = (
    '{"x": "{{ module.rand.number.integer(0, 999) }} {{ module.mimesis.locale.en.person.name() }}",'
    ' "tags": {{ tags | tojson }}}'
)


def test_mimesis_goes_on_where_a_trigger_cut_in(tmp_path: Path) -> None:
    event = inline(TWICE)
    plain = {"linspace": {**linspace(30)["linspace"], "tags": ["plan"]}}

    def planned(*inputs: dict[str, Any]) -> list[str]:
        texts, output = local()
        made = generator(tmp_path, output, inputs=list(inputs), event=event, batch={"size": 2})
        made.run_sync()
        return [e["x"] for e in map(json.loads, texts) if e["tags"] == ["plan"]]

    assert planned(plain, asked(*[1] * 30)) == planned(plain)


def test_a_batch_of_a_trigger_is_sent_at_once_and_cuts_no_scheduled_batch(tmp_path: Path) -> None:
    texts, output = local(formatter={"format": "json-batch"})
    made = generator(tmp_path, output, inputs=[linspace(10), asked(1, 1)], batch={"size": 10})
    made.run_sync()
    assert sorted(len(json.loads(text)) for text in texts) == [1, 1, 10]


def test_a_great_number_of_instants_comes_in_batches_of_the_set_size(tmp_path: Path) -> None:
    texts, output = local(formatter={"format": "json-batch"})
    generator(tmp_path, output, inputs=[asked(25)], batch={"size": 10}).run_sync()
    assert [len(json.loads(text)) for text in texts] == [10, 10, 5]


def test_what_was_asked_for_and_not_given_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _, report = ran(tmp_path, asked(10**9), max_events=100)
    assert report.outputs[0].written == 100
    assert "input[0]: of 1000000000 timestamps that were asked for, 9" in caplog.text
    assert report.inputs[0].unserved > 10**8
    assert report.ok, "a limit is meant to cut short"


@pytest.mark.anyio
async def test_what_a_stop_cuts_short_is_lost(tmp_path: Path) -> None:
    clock = ManualClock(START)
    made = generator(tmp_path, inputs=[asked(10**9)], live_mode=True)
    reports: list[Report] = []

    async def run() -> None:
        reports.append(await made.run(clock))

    with anyio.fail_after(20):
        async with anyio.create_task_group() as group:
            group.start_soon(run)
            while (now := made.report()) is None or now.timestamps == 0:
                await anyio.sleep(0.001)
            made.stop()
    (report,) = reports
    assert report.inputs[0].unserved + report.inputs[0].generated == 10**9
    assert report.lost >= report.inputs[0].unserved > 0


@pytest.mark.anyio
async def test_what_nobody_takes_any_more_counts_as_not_given(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    go, given = anyio.Event(), []

    async def stimuli(run: Run) -> AsyncGenerator[int, None]:
        yield 1
        await go.wait()
        given.append(True)
        yield 5

    def produce(moment: Any, run: Run) -> list[str]:
        raise Exhausted

    event = {"called": {"function": produce}}
    made = generator(tmp_path, inputs=[{"asked": {"stimuli": stimuli}}], event=event)
    plan = made._plan(live=False)
    handoff = Handoff[list[TimestampBatch]](3)
    failures: list[Exception] = []
    feed = Feed(plan, NoWaitClock(), handoff, lambda position, error: failures.append(error))
    async with anyio.create_task_group() as group:
        group.start_soon(feed.serve)
        await anyio.wait_all_tasks_blocked()
        handoff.refuse()
        go.set()
    assert (given, failures, feed.released) == ([True], [], 1)
    assert "of 5 timestamps that were asked for, 5 were not given" in caplog.text


def test_a_trigger_that_asks_for_less_than_nothing_is_broken(tmp_path: Path) -> None:
    events, report = ran(tmp_path, linspace(2), asked(3, -2, 1))
    assert len(events) == 5
    assert "asked for -2 timestamps" in report.inputs[1].error


def test_counters_add_up_when_triggers_meet_a_limit(tmp_path: Path) -> None:
    inputs = [EVERY_SECOND, asked(*[3] * 50), asked(*[2] * 50)]
    _, report = ran(tmp_path, *inputs, max_events=777, batch={"size": 5})
    assert (report.ended, report.ok) == ("limit", True)
    assert sum(given.generated for given in report.inputs) == report.timestamps == 777


@pytest.mark.parametrize("speed", [1e-9, 1e9])
def test_no_speed_goes_beyond_the_calendar(tmp_path: Path, speed: float) -> None:
    inputs = [asked(1, 1, 1), {"static": {"count": 2}}]
    made = generator(tmp_path, inputs=inputs, live_mode=True, now=None, speed=speed)
    report = made.run_sync()
    assert (report.ok, [given.generated for given in report.inputs]) == (True, [3, 2])


def test_an_endless_schedule_starves_no_trigger(tmp_path: Path) -> None:
    events, report = ran(tmp_path, EVERY_SECOND, asked(*[1] * 20), max_events=200_000)
    assert report.ended == "limit"
    assert len(of_stream(events, 2)) == 20


@pytest.mark.anyio
async def test_an_exhausted_event_stage_ends_waiting_triggers(tmp_path: Path) -> None:
    def produce(moment: Any, run: Run) -> list[str]:
        raise Exhausted

    made = generator(
        tmp_path,
        inputs=[asked(waits=True), asked(1, waits=True), EVERY_SECOND],
        event={"called": {"function": produce}},
        live_mode=True,
    )
    with anyio.fail_after(5):
        report = await made.run(ManualClock(START))
    assert report.ended == "exhausted"


@pytest.mark.anyio
async def test_the_last_wanted_instant_ends_live_triggers(tmp_path: Path) -> None:
    clock = ManualClock(START)
    made = generator(tmp_path, inputs=[asked(3, waits=True)], live_mode=True, duration="5s")
    reports: list[Report] = []

    async def run() -> None:
        reports.append(await made.run(clock))

    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            group.start_soon(run)
            while (now := made.report()) is None or now.outputs[0].written < 3:
                await anyio.sleep(0.001)
            assert reports == []
            clock.advance(timedelta(seconds=5))
    assert (reports[0].ended, reports[0].timestamps) == ("complete", 3)


@pytest.mark.anyio
async def test_a_stop_closes_every_trigger(tmp_path: Path) -> None:
    closed = []

    async def stimuli(run: Run) -> AsyncGenerator[int, None]:
        try:
            await anyio.sleep_forever()
            yield 1
        finally:
            closed.append(run.role)

    inputs = [{"asked": {"stimuli": stimuli}}] * 2
    made = generator(tmp_path, inputs=[*inputs, EVERY_SECOND], live_mode=True)
    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            group.start_soon(made.run, ManualClock(START))
            await anyio.wait_all_tasks_blocked()
            made.stop()
    assert sorted(closed) == ["input[0]", "input[1]"]


def test_events_ahead_of_a_run_leave_triggers_out(tmp_path: Path) -> None:
    made = generator(tmp_path, inputs=[asked(5), linspace(2)])
    assert [event.ordinal for event in made.events()] == [0, 1]
    with pytest.raises(RunError, match="every input waits to be asked"):
        list(generator(tmp_path, inputs=[asked(5)]).events())


def test_a_trigger_makes_a_schedule_endless(tmp_path: Path) -> None:
    assert generator(tmp_path, inputs=[asked(), linspace(2)]).endless
    assert not generator(tmp_path, inputs=[linspace(2)]).endless


@pytest.mark.anyio
async def test_a_snapshot_tells_of_the_run_under_way_and_stays_after_it(tmp_path: Path) -> None:
    clock = ManualClock(START)
    made = generator(tmp_path, inputs=[EVERY_SECOND], live_mode=True, skip_past=True)
    assert (made.report(), made.running) == (None, False)
    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            group.start_soon(made.run, clock)
            await anyio.wait_all_tasks_blocked()
            clock.advance(timedelta(seconds=3))
            while (under_way := made.report()) is None or under_way.outputs[0].written < 4:
                await anyio.sleep(0.001)
            assert (under_way.ended, made.running) == ("running", True)
            made.stop()
    final = made.report()
    assert final is not None
    assert (final.ended, final.outputs[0].written, made.running) == ("stopped", 4, False)


def test_speed_runs_event_time_faster_than_the_clock(tmp_path: Path) -> None:
    made = generator(
        tmp_path,
        inputs=[{"timer": {"seconds": 60, "count": 1, "repeat": 10}}],
        live_mode=True,
        now=None,
        speed=6000,
    )
    report = made.run_sync()
    assert (report.timestamps, report.ended) == (10, "complete")
    assert report.seconds < 5


def test_a_replay_ends_an_endless_schedule(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("one\ntwo\n")
    once = generator(tmp_path, inputs=[EVERY_SECOND], event={"replay": {"path": "a.log"}})
    again = {"replay": {"path": "a.log", "repeat": True}}
    assert not once.endless
    assert generator(tmp_path, inputs=[EVERY_SECOND], event=again).endless
    assert [event.text for event in once.events()] == ["one", "two"]


@pytest.mark.anyio
async def test_what_is_under_way_is_not_lost(tmp_path: Path) -> None:
    go, held = anyio.Event(), anyio.Event()

    async def write(chunk: Any) -> None:
        held.set()
        await go.wait()

    made = generator(tmp_path, {"sent": {"write": write}}, count=1000, batch={"size": 10})
    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            group.start_soon(made.run)
            await held.wait()
            report = made.report()
            go.set()
    assert report is not None
    assert report.event.produced > 0
    assert (report.lost, report.ok) == (0, True)
