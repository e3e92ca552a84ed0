from __future__ import annotations

import hashlib
import time
from datetime import timedelta
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Any

import anyio
import pytest
from doubles import NOW, generator, linspace

from eventum_core import Chunk, Exhausted, Failure, ManualClock, Report, RunError, ScaledClock
from eventum_core.clock import micros
from eventum_core.when import parse_when


def start() -> int:
    """Return the instant that the doubles call now."""
    from datetime import UTC, datetime

    moment = datetime(2026, 1, 5, 12, tzinfo=UTC)
    return micros(parse_when(NOW).resolve(now=moment, base=moment, zone=UTC))


def bytes_of(base: Path, **settings: Any) -> str:
    """Return the digest of what a run writes."""
    kept: list[str] = []
    count = settings.pop("count", 3000)
    clock = settings.pop("clock", None)
    made = generator(base, {"kept": {"into": kept.extend}}, count=count, **settings)
    report = made.run_sync(clock)
    assert report.ok, report
    assert len(kept) == count
    return hashlib.sha256("\n".join(kept).encode()).hexdigest()


@pytest.mark.parametrize(
    "settings",
    [
        {"batch": {"size": 1}},
        {"batch": {"size": 777}},
        {"batch": {"delay": 0.1}},
        {"queue": {"max_timestamp_batches": 1}},
        {"live_mode": True, "skip_past": False, "clock": "scaled"},
        {"live_mode": True, "skip_past": False, "clock": "scaled", "batch": {"size": 100}},
    ],
)
def test_bytes_depend_on_seed_and_now_alone(tmp_path: Path, settings: dict[str, Any]) -> None:
    settings = {**settings}
    if settings.get("clock"):
        settings["clock"] = ScaledClock(start() - 1_000_000, speed=200)
    assert bytes_of(tmp_path, **settings) == bytes_of(tmp_path)


def test_another_seed_gives_other_bytes(tmp_path: Path) -> None:
    digests = {bytes_of(tmp_path, seed=seed) for seed in (1, 2, 3)}
    assert len(digests) == 3


def test_another_output_or_input_moves_nobodys_data(tmp_path: Path) -> None:
    def drawn(**settings: Any) -> list[str]:
        return [event.text for event in generator(tmp_path, **settings).events()]

    assert drawn() == drawn()
    both = generator(tmp_path, {"kept": {"into": list}}, {"kept": {"into": list}})
    assert [event.text for event in both.events()] == drawn()


def test_outputs_with_different_formats_each_hold_every_ordinal(tmp_path: Path) -> None:
    kept: dict[str, list[str]] = {"plain": [], "json": [], "json-batch": []}
    outputs = [
        {"kept": {"into": texts.extend, "formatter": {"format": name}}}
        for name, texts in kept.items()
    ]
    report = generator(tmp_path, *outputs, count=1000, batch={"size": 300}).run_sync()
    assert [output.written for output in report.outputs] == [1000, 1000, 1000]
    import json

    assert [json.loads(text)["n"] for text in kept["plain"]] == list(range(1000))
    assert [json.loads(text)["n"] for text in kept["json"]] == list(range(1000))
    batches = [json.loads(text) for text in kept["json-batch"]]
    assert [len(batch) for batch in batches] == [300, 300, 300, 100]
    assert [row["n"] for batch in batches for row in batch] == list(range(1000))


def test_one_failing_output_leaves_the_others_complete(tmp_path: Path) -> None:
    def refuse(chunk: Chunk) -> list[Failure]:
        return [Failure(item, "no") for item in range(len(chunk.texts))]

    async def down(chunk: Chunk) -> list[Failure]:
        return refuse(chunk)

    kept: list[str] = []
    report = generator(
        tmp_path,
        {"kept": {"into": list, "refuse": refuse}},
        {"sent": {"write": down}},
        {"kept": {"into": kept.extend}},
        count=1000,
    ).run_sync()
    assert [output.written for output in report.outputs] == [0, 0, 1000]
    assert [output.write_failed for output in report.outputs] == [1000, 1000, 0]
    assert len(kept) == 1000


def test_a_stalled_output_delays_no_other_and_spills(tmp_path: Path) -> None:
    release, kept = anyio.Event, []  # made in the loop below
    gate: list[anyio.Event] = []

    async def stalled(chunk: Chunk) -> list[Failure]:
        if not gate:
            gate.append(release())
        if len(kept) < 20_000:
            await gate[0].wait()
        return []

    def keep(texts: list[str]) -> None:
        kept.extend(texts)

    outputs = [
        {"sent": {"write": stalled}},
        {"kept": {"into": keep}},
    ]
    made = generator(
        tmp_path, *outputs, count=20_000, queue={"max_event_bytes": 10_000}, max_concurrency=2
    )

    async def run() -> Report:
        async with anyio.create_task_group() as group:
            async def open_gate() -> None:
                while len(kept) < 20_000:
                    await anyio.sleep(0.001)
                if gate:
                    gate[0].set()

            group.start_soon(open_gate)
            return await made.run()

    report = anyio.run(run)
    assert [output.written for output in report.outputs] == [20_000, 20_000]
    assert report.outputs[0].spilled > 15_000
    assert report.ok


@pytest.mark.parametrize("when_full", ["drop", "dead_letter"])
def test_a_full_lane_gives_up_new_events_if_told_to(tmp_path: Path, when_full: str) -> None:
    kept: list[str] = []
    gate: list[anyio.Event] = []

    async def stalled(chunk: Chunk) -> list[Failure]:
        if len(kept) < 5000:
            gate.append(anyio.Event())
            await gate[-1].wait()
        return []

    sink = {"write": stalled, "lane": {"spill": 0, "when_full": when_full}}
    made = generator(
        tmp_path,
        {"sent": sink},
        {"kept": {"into": kept.extend}},
        count=5000,
        queue={"max_event_bytes": 10_000},
        max_concurrency=2,
    )

    async def run() -> Report:
        async with anyio.create_task_group() as group:
            async def open_gates() -> None:
                while len(kept) < 5000:
                    await anyio.sleep(0.001)
                for one in gate:
                    one.set()

            group.start_soon(open_gates)
            return await made.run()

    report = anyio.run(run)
    slow = report.outputs[0]
    assert len(kept) == 5000
    assert slow.write_failed > 1000
    assert slow.written + slow.write_failed == 5000
    letters = tmp_path / "dead-letters.jsonl"
    lines = letters.read_text().splitlines() if letters.exists() else []
    assert len(lines) == slow.dead_lettered == (slow.write_failed if when_full != "drop" else 0)


def test_an_output_that_cannot_open_ends_the_run_before_it_begins(tmp_path: Path) -> None:
    kept: list[str] = []
    outputs = [{"kept": {"into": kept.extend}}]
    outputs += [{"file": {"path": f"{name}.txt/x"}} for name in "ab"]
    (tmp_path / "a.txt").touch()
    (tmp_path / "b.txt").touch()
    with pytest.raises(RunError) as error:
        generator(tmp_path, *outputs).run_sync()
    assert "output[1].file cannot open" in str(error.value)
    assert "output[2].file cannot open" in str(error.value)
    assert kept == []


def test_an_input_that_breaks_is_reported_and_the_rest_delivered(tmp_path: Path) -> None:
    from doubles import times

    arrays = [times(1, 2), RuntimeError("lost the line")]
    made = generator(tmp_path, inputs=[{"given": {"arrays": arrays}}, linspace(5)])
    report = made.run_sync()
    assert report.inputs[0].error == "input[0].given: RuntimeError: lost the line"
    assert [i.generated for i in report.inputs] == [2, 5]
    assert report.event.produced == 7
    assert not report.ok


def test_the_number_of_events_can_be_limited_within_an_ordinal(tmp_path: Path) -> None:
    def produce(moment: Any, run: Any) -> list[str]:
        return ["a", "b", "c"]

    event = {"called": {"function": produce}}
    endless = [{"timer": {"seconds": 1, "count": 1}}]
    report = generator(tmp_path, event=event, inputs=endless, max_events=1000).run_sync()
    assert (report.event.produced, report.timestamps, report.ended) == (1000, 334, "limit")
    assert report.ok


@pytest.mark.parametrize(
    ("settings", "seconds"),
    [
        ({"duration": "10s"}, range(1, 10)),
        ({"until": "+10s"}, range(1, 11)),
        ({"since": "-5s", "until": "+3s"}, range(-4, -1)),
        ({"since": "2026-01-05T12:00:05Z", "duration": "3s"}, range(6, 8)),
    ],
)
def test_a_run_can_be_bounded(tmp_path: Path, settings: Any, seconds: range) -> None:
    made = generator(tmp_path, inputs=[{"timer": {"seconds": 1, "count": 1}}], **settings)
    stamps = [micros(event.timestamp) - start() for event in made.events()]
    assert stamps == [second * 1_000_000 for second in seconds]
    assert not made.endless


def live(base: Path, kept: list[str], **settings: Any) -> Any:
    timer = [{"timer": {"seconds": 1, "count": 1}}]
    return generator(
        base, {"kept": {"into": kept.extend}}, inputs=timer, live_mode=True, **settings
    )


@pytest.mark.anyio
async def test_live_events_come_at_their_own_instant(tmp_path: Path) -> None:
    kept: list[str] = []
    clock = ManualClock(start())
    made = live(tmp_path, kept, duration="5s", batch={"size": 3})
    async with anyio.create_task_group() as group:
        group.start_soon(made.run, clock)
        for expected in (1, 2, 3):
            await until(lambda: not clock_busy(kept, expected - 1))
            clock.advance(timedelta(seconds=1))
            await until(lambda expected=expected: len(kept) == expected)
        clock.advance(timedelta(seconds=60))
    assert len(kept) == 4


def clock_busy(kept: list[str], expected: int) -> bool:
    return len(kept) != expected


async def until(condition: Any) -> None:
    with anyio.fail_after(5):
        while not condition():
            await anyio.sleep(0.001)
        await anyio.wait_all_tasks_blocked()


@pytest.mark.anyio
async def test_a_live_batch_closes_when_its_delay_has_passed(tmp_path: Path) -> None:
    kept: list[str] = []
    clock = ManualClock(start())
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
        report = await made.run(ManualClock(start() + 10_000_000))
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
        report = await made.run(ManualClock(start()))
    assert report.ended == "exhausted"


def hours(*hours: int) -> Any:
    import numpy as np

    return np.array([start() + h * 3_600_000_000 for h in hours], dtype="datetime64[us]")


def test_a_stop_drains_what_was_released(tmp_path: Path) -> None:
    kept: list[str] = []
    made = live(tmp_path, kept)

    async def main() -> Report:
        clock = ManualClock(start())
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
    Thread(target=lambda: (entered.wait(10), made.stop())).start()
    began = time.monotonic()
    report = made.run_sync()
    let_go.set()
    assert time.monotonic() - began < 5
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


def test_concurrency_is_bounded_and_no_output_takes_more_than_half(tmp_path: Path) -> None:
    flying = {"a": 0, "b": 0}
    most = {"a": 0, "b": 0, "both": 0}

    def writer(name: str) -> Any:
        async def write(chunk: Chunk) -> list[Failure]:
            flying[name] += 1
            most[name] = max(most[name], flying[name])
            most["both"] = max(most["both"], sum(flying.values()))
            await anyio.sleep(0.001)
            flying[name] -= 1
            return []

        return write

    outputs = [{"sent": {"write": writer(name)}} for name in "ab"]
    generator(tmp_path, *outputs, count=20_000, max_concurrency=6).run_sync()
    assert most["a"] == most["b"] == 3
    assert most["both"] == 6


def test_order_is_kept_when_asked_for(tmp_path: Path) -> None:
    seen: list[int] = []
    waits = iter(range(1000, 0, -1))

    async def write(chunk: Chunk) -> list[Failure]:
        await anyio.sleep(next(waits) / 1e6)
        seen.extend(event.ordinal for event in chunk.events)
        return []

    generator(tmp_path, {"sent": {"write": write}}, count=5000, keep_order=True).run_sync()
    assert seen == list(range(5000))


@pytest.mark.anyio
async def test_a_generator_can_run_twice(tmp_path: Path) -> None:
    made = generator(tmp_path)
    first, second = await made.run(), await made.run()
    assert first.event == second.event


def test_a_bug_in_the_engine_thread_is_raised(tmp_path: Path) -> None:
    from eventum_core import Generator

    def broken(events: Any) -> Any:
        raise AssertionError("a bug")

    made = generator(tmp_path)
    with pytest.raises(AssertionError, match="a bug"):
        Generator(made.config, made.settings, shape=broken).run_sync()
