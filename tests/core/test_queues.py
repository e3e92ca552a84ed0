"""The depths of the queues, seen by what fits into them while somebody is stuck."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Any, ClassVar

import anyio
import pytest
from doubles import Called, Kept, generator, times

from eventum_core import Chunk, Failure, Generator, InputPlugin, Report, Run

SIZE = 10


class Told(InputPlugin):
    """Gives arrays without end, and says how many were pulled."""

    name: ClassVar[str] = "told"
    pulled: Callable[[int], Any]

    def timestamps(self, run: Run) -> Iterator[Any]:
        for number in range(1000):
            self.pulled(number)
            yield times(*[number] * SIZE)


@pytest.mark.parametrize("depth", [1, 5])
def test_timestamp_batches_wait_for_the_event_stage_up_to_the_depth(
    tmp_path: Path, depth: int
) -> None:
    pulled, let_go = Flag(), Flag()

    def count(number: int) -> None:
        # One batch is at the stuck stage, `depth` wait, one is pulled and finds no room.
        if number == depth + 1:
            pulled.set()

    def produce(moment: Any, run: Any) -> list[str]:
        let_go.wait(30)
        return []

    document = {
        "input": [{"told": {"pulled": count}}],
        "event": {"called": {"function": produce}},
        "output": [{"kept": {"into": list}}],
    }
    made = Generator.from_mapping(
        document,
        base=tmp_path,
        plugins=[Told, Called, Kept],
        live_mode=False,
        batch={"size": SIZE},
        queue={"max_timestamp_batches": depth},
    )
    made.stop_deadline = 0.1
    Thread(target=lambda: (pulled.wait(20), made.stop()), daemon=True).start()
    try:
        report = made.run_sync()
    finally:
        let_go.set()
    assert report.timestamps == (depth + 1) * SIZE


def beside_a_stalled_output(base: Path, **settings: Any) -> Report:
    """Run with a network output that takes nothing until a local one has every event."""
    kept: list[str] = []

    async def stalled(chunk: Chunk) -> list[Failure]:
        while len(kept) < 1000:
            await anyio.sleep(0.001)
        return []

    sink = {"write": stalled, "lane": {"spill": 0, "when_full": "drop"}}
    outputs = [{"sent": sink}, {"kept": {"into": kept.extend}}]
    settings = {"count": 1000, "batch": {"size": SIZE}, "keep_order": True, **settings}
    return generator(base, *outputs, **settings).run_sync()


@pytest.mark.parametrize("depth", [1, 5])
def test_event_batches_wait_for_a_network_output_up_to_the_depth(
    tmp_path: Path, depth: int
) -> None:
    report = beside_a_stalled_output(tmp_path, queue={"max_event_batches": depth})
    # What the lane holds is delivered in the end, and perhaps the one batch that was in flight.
    assert report.outputs[0].written in (depth * SIZE, (depth + 1) * SIZE)


def test_event_bytes_bound_the_same_queue(tmp_path: Path) -> None:
    event = {"called": {"function": lambda moment, run: ["x" * 100]}}
    report = beside_a_stalled_output(tmp_path, event=event, queue={"max_event_bytes": 3000})
    assert report.outputs[0].written in (30, 40)
