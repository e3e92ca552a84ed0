from __future__ import annotations

import hashlib
import json
from pathlib import Path
from threading import Thread
from typing import Any

import anyio
import pytest
from doubles import START, generator, linspace, times

from eventum_core import Chunk, Exhausted, Failure, Generator, Report, RunError, ScaledClock
from eventum_core.clock import micros


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
        settings["clock"] = ScaledClock(START - 1_000_000, speed=200)
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


def beside_a_stalled_output(
    base: Path, policy: dict[str, Any], count: int
) -> tuple[Report, list[str]]:
    """Run with an output that answers only when its neighbour has everything."""
    kept: list[str] = []
    gates: list[anyio.Event] = []

    async def stalled(chunk: Chunk) -> list[Failure]:
        if len(kept) < count:
            gates.append(anyio.Event())
            await gates[-1].wait()
        return []

    outputs = [{"sent": {"write": stalled, **policy}}, {"kept": {"into": kept.extend}}]
    made = generator(
        base, *outputs, count=count, queue={"max_event_bytes": 10_000}, max_concurrency=2
    )

    async def open_gates() -> None:
        while len(kept) < count:
            await anyio.sleep(0.001)
        for gate in gates:
            gate.set()

    async def run() -> Report:
        async with anyio.create_task_group() as group:
            group.start_soon(open_gates)
            return await made.run()

    return anyio.run(run), kept


def test_a_stalled_output_delays_no_other_and_spills(tmp_path: Path) -> None:
    report, kept = beside_a_stalled_output(tmp_path, {}, count=20_000)
    assert len(kept) == 20_000
    assert [output.written for output in report.outputs] == [20_000, 20_000]
    assert report.outputs[0].spilled > 15_000
    assert report.ok


@pytest.mark.parametrize("when_full", ["drop", "dead_letter"])
def test_a_full_lane_gives_up_new_events_if_told_to(tmp_path: Path, when_full: str) -> None:
    lane = {"lane": {"spill": 0, "when_full": when_full}}
    report, kept = beside_a_stalled_output(tmp_path, lane, count=5000)
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
    stamps = [micros(event.timestamp) - START for event in made.events()]
    assert stamps == [second * 1_000_000 for second in seconds]
    assert not made.endless


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


@pytest.mark.parametrize("size", [7, 10_000])
def test_what_inputs_gave_adds_up_where_a_run_ends_early(tmp_path: Path, size: int) -> None:
    def produce(moment: Any, run: Any) -> list[str]:
        if moment.ordinal == 1001:
            raise Exhausted
        return ["x"]

    inputs = [linspace(4000), linspace(2000)]
    for settings, ended in (({}, "exhausted"), ({"max_events": 1001}, "limit")):
        event = {"called": {"function": produce}}
        made = generator(tmp_path, event=event, inputs=inputs, batch={"size": size}, **settings)
        report = made.run_sync()
        assert (report.ended, report.timestamps) == (ended, 1001)
        assert sum(given.generated for given in report.inputs) == 1001
        assert report.inputs[0].generated == pytest.approx(667, abs=2)
        assert report.outputs[0].written == report.event.produced == 1001


def test_counters_add_up_where_a_host_changes_the_events(tmp_path: Path) -> None:
    def twice(events: Any) -> Any:
        return [event for event in events if event.ordinal % 3 for _ in range(2)]

    made = generator(tmp_path, count=3000)
    report = Generator(made.config, made.settings, shape=twice).run_sync()
    assert report.event.produced == 3000
    assert (report.outputs[0].written, report.outputs[0].abandoned) == (4000, 0)
    assert report.ok


def test_a_bug_in_the_engine_thread_is_raised(tmp_path: Path) -> None:
    def broken(events: Any) -> Any:
        raise AssertionError("a bug")

    made = generator(tmp_path)
    with pytest.raises(AssertionError, match="a bug"):
        Generator(made.config, made.settings, shape=broken).run_sync()


def test_counters_add_up_where_the_last_event_finds_no_room(tmp_path: Path) -> None:
    async def write(chunk: Chunk) -> None:
        await anyio.sleep_forever()

    made = generator(
        tmp_path,
        {"sent": {"write": write}},
        count=100,
        max_events=25,
        batch={"size": 10},
        keep_order=True,
        queue={"max_event_batches": 1},
    )
    made.stop_deadline = 0.1
    running = Thread(target=made.run_sync, daemon=True)
    running.start()
    while (report := made.report()) is None or report.event.produced < 25:
        running.join(0.001)
    made.stop()
    running.join(20)
    report = made.report()
    assert report is not None
    assert (report.ended, report.timestamps, report.inputs[0].generated) == ("limit", 25, 25)
    assert report.outputs[0].undelivered == 25
