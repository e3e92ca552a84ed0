"""Runs that are cancelled from outside, stopped early, or that several hosts share."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from threading import Event as Flag
from typing import Any, ClassVar

import anyio
import pytest
from doubles import NOW, Numbered, generator, threads_left, times

from eventum_core import (
    Chunk,
    Failure,
    Generator,
    InputPlugin,
    LocalOutputPlugin,
    OutputPlugin,
    Report,
    Run,
    RunError,
    Silent,
)

RARELY = [{"timer": {"seconds": 3600, "count": 1}}]


class Watched(LocalOutputPlugin):
    """Says when it is open, when it is written to, and when it is closed."""

    name: ClassVar[str] = "watched"
    told: Any

    @contextmanager
    def open(self, run: Run) -> Iterator[Any]:
        self.told("open")
        try:
            yield lambda chunk: self.told("written") if chunk.texts else None
        finally:
            self.told("closed")


class Grouped(OutputPlugin):
    """Has tasks of its own while it is open, as clients of brokers do."""

    name: ClassVar[str] = "grouped"
    told: Any
    hang: bool = False
    linger: bool = False

    @asynccontextmanager
    async def open(self, run: Run) -> AsyncIterator[Any]:
        async def write(chunk: Chunk) -> list[Failure]:
            return []

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(anyio.sleep_forever)
            if self.hang:
                self.told("hangs")
                await anyio.sleep_forever()
            self.told("open")
            try:
                yield write
            finally:
                if self.linger:
                    self.told("lingers")
                    await anyio.sleep_forever()
                tasks.cancel_scope.cancel()
                self.told("closed")


class Stuck(InputPlugin):
    """Gives one instant and then waits for ever."""

    name: ClassVar[str] = "stuck"

    def timestamps(self, run: Run) -> Iterator[Any]:
        yield times(1)
        Flag().wait()


def made(base: Path, *outputs: dict[str, Any], **settings: Any) -> Generator:
    document = {
        "input": settings.pop("inputs", RARELY),
        "event": {"numbered": {}},
        "output": list(outputs),
    }
    plugins = [Numbered, Watched, Grouped, Stuck]
    settings = {"seed": 7, "id": "test", "live_mode": True, **settings}
    return Generator.from_mapping(document, base=base, plugins=plugins, **settings)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_cancelled_run_closes_what_is_open(tmp_path: Path, backend: str) -> None:
    told: list[str] = []

    async def main() -> None:
        outputs = [{"grouped": {"told": told.append}}, {"watched": {"told": told.append}}]
        async with anyio.create_task_group() as group:
            group.start_soon(made(tmp_path, *outputs).run)
            with anyio.fail_after(10):
                while told.count("open") < 2:
                    await anyio.sleep(0.001)
                await anyio.wait_all_tasks_blocked()
            group.cancel_scope.cancel()

    anyio.run(main, backend=backend)
    assert told == ["open", "open", "closed", "closed"]
    assert threads_left() == []


def test_a_bug_of_an_observer_ends_the_run_and_is_raised_as_it_is(tmp_path: Path) -> None:
    class Buggy(Silent):
        def delivered(self, output: int, events: Any, attempts: int) -> None:
            raise AssertionError("a bug")

    told: list[str] = []
    outputs = [{"grouped": {"told": told.append}}, {"watched": {"told": told.append}}]
    for order in (outputs, outputs[:1]):
        with pytest.raises(AssertionError, match="a bug"):
            made(tmp_path, *order, live_mode=False, now=NOW).run_sync(observer=Buggy())
    assert told.count("open") == told.count("closed") == 3
    assert threads_left() == []


def test_an_output_that_hangs_while_opening_does_not_outlive_the_deadline(tmp_path: Path) -> None:
    gen = made(tmp_path, {"grouped": {"told": lambda word: gen.stop(), "hang": True}})
    gen.stop_deadline = 0.1
    with pytest.raises(RunError, match="stopped before every output was open"):
        gen.run_sync()


def test_an_output_that_hangs_while_closing_is_left_behind_and_told(tmp_path: Path) -> None:
    gen = made(tmp_path, {"grouped": {"told": lambda word: gen.stop(), "linger": True}})
    gen.stop_deadline = 0.1
    report = gen.run_sync()
    assert report.ended == "failed"
    assert report.errors == ("not every output closed in time",)


def test_a_stop_ends_all_runs_of_a_generator(tmp_path: Path) -> None:
    opened: list[str] = []
    gen = made(tmp_path, {"watched": {"told": opened.append}})
    reports: list[Report] = []

    async def run() -> None:
        reports.append(await gen.run())

    async def main() -> None:
        with anyio.fail_after(10):
            async with anyio.create_task_group() as group:
                group.start_soon(run)
                group.start_soon(run)
                while opened.count("open") < 2:
                    await anyio.sleep(0.001)
                gen.stop()

    anyio.run(main)
    assert [report.ended for report in reports] == ["stopped", "stopped"]
    gen.stop()  # when nothing runs, nothing happens


def test_a_stop_during_the_opening_is_heard(tmp_path: Path) -> None:
    gen = made(tmp_path, {"watched": {"told": lambda word: gen.stop()}})
    assert gen.run_sync().ended == "stopped"


def test_an_input_that_waits_for_ever_keeps_neither_the_run_nor_the_process(
    tmp_path: Path,
) -> None:
    script = """
import sys
from pathlib import Path
from test_cancel import made

told = lambda word: gen.stop() if word == "written" else None
gen = made(
    Path(sys.argv[1]), {"watched": {"told": told}}, inputs=[{"stuck": {}}], live_mode=False
)
print(gen.run_sync().ended)
"""
    here = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(here), str(here.parent)])},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == ["stopped"]


def test_events_may_be_left_half_way(tmp_path: Path) -> None:
    closed: list[str] = []

    class Careful(InputPlugin):
        name: ClassVar[str] = "careful"

        def timestamps(self, run: Run) -> Iterator[Any]:
            try:
                while True:
                    yield times(1, 1, 1)
            finally:
                closed.append("closed")

    document = {"input": [{"careful": {}}], "event": {"numbered": {}}, "output": [{"stdout": {}}]}
    gen = Generator.from_mapping(
        document, base=tmp_path, plugins=[Careful, Numbered], live_mode=False
    )
    events = gen.events()
    assert [next(events).ordinal for _ in range(2)] == [0, 1]
    events.close()
    assert closed == ["closed"]


def test_a_cut_run_accounts_for_every_event(tmp_path: Path) -> None:
    """The event stage fills a lane whose output is stuck; a second output has its own share."""

    async def stuck(chunk: Chunk) -> list[Failure]:
        gen.stop()
        await anyio.sleep_forever()
        return []

    async def fine(chunk: Chunk) -> list[Failure]:
        return []

    lane = {"spill": 0}
    outputs = [
        {"sent": {"write": stuck, "lane": lane, "on_failure": "dead_letter"}},
        {"sent": {"write": fine, "formatter": {"format": "json-batch"}}},
    ]
    gen = generator(
        tmp_path,
        *outputs,
        count=20_000,
        write_timeout=1000,
        queue={"max_event_bytes": 20_000},
        max_concurrency=2,
    )
    gen.stop_deadline = 0.2
    report = gen.run_sync()
    assert report.ended == "stopped"
    assert report.event.produced + report.event.abandoned == report.timestamps
    for output in report.outputs:
        assert output.written + output.write_failed + output.abandoned == report.event.produced
    lines = (tmp_path / "dead-letters.jsonl").read_text().splitlines()
    assert len(lines) == report.outputs[0].dead_lettered == report.event.produced
