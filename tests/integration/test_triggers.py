"""Generators with ``http`` inputs, asked over real sockets while they run."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Any

import anyio
import httpx
import pytest
import yaml
from doubles import EVERY_SECOND, eventum, generator, inline, linspace, local, threads_left
from network import free_port

from eventum_core import Generator, Report, Run, RunError
from eventum_core.seeds import TRIGGERED

pytestmark = pytest.mark.integration
HOURLY = {"cron": {"expression": "0 * * * *", "count": 1}}
SOON = 20
"""Seconds that nothing here takes unless it hangs."""


class Door:
    """An ``http`` input and how to ask it."""

    def __init__(self, **options: Any) -> None:
        self.port = free_port()
        self.input = {"http": {"host": "127.0.0.1", "port": self.port, **options}}

    def ask(self, count: int) -> int:
        """Ask as soon as somebody listens, and return the status."""
        until(lambda: not self.closed())
        return self.post("/generate", {"count": count})

    def post(self, path: str, body: Any = None) -> int:
        """Ask whether or not somebody listens, and return the status."""
        url = f"http://127.0.0.1:{self.port}{path}"
        return httpx.post(url, json=body, timeout=SOON).status_code

    def closed(self) -> bool:
        """Tell whether nobody listens."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) != 0


def triggered(texts: list[str]) -> list[int]:
    """Return the ordinals of the events that somebody asked for."""
    ordinals = [json.loads(text)["n"] for text in list(texts)]
    return [ordinal for ordinal in ordinals if ordinal >= TRIGGERED]


def until(condition: Callable[[], bool]) -> None:
    """Return as soon as it holds."""
    for _ in range(2000):
        if condition():
            return
        time.sleep(0.005)
    raise AssertionError("it never came")


class Running(Thread):
    """A generator that runs beside the test."""

    def __init__(self, made: Generator, backend: str = "asyncio") -> None:
        super().__init__(daemon=True)
        self._made = made
        self._backend = backend
        self._report: Report | None = None
        self._error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self._report = anyio.run(self._made.run, backend=self._backend)
        except BaseException as error:  # raised again by `report`
            self._error = error

    def report(self) -> Report:
        """Return the report once the run has ended, which must not take long."""
        self.join(SOON)
        assert not self.is_alive(), "the run hangs"
        if self._error is not None:
            raise self._error
        assert self._report is not None
        return self._report


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("order", list(permutations(["first", "second", "run"])))
def test_inputs_may_be_stopped_in_any_order(
    tmp_path: Path, order: tuple[str, ...], backend: str
) -> None:
    doors = {"first": Door(), "second": Door()}
    texts, output = local()
    inputs = [doors["first"].input, EVERY_SECOND, doors["second"].input]
    made = generator(tmp_path, output, inputs=inputs, live_mode=True, now=None)
    running = Running(made, backend)
    asked = [door.ask(3) for door in doors.values()]
    until(lambda: len(triggered(texts)) == 6)
    for name in order:
        if name == "run":
            made.stop()
        else:
            with suppress(httpx.TransportError):  # when the run is stopped, nobody listens
                assert doors[name].post("/stop") == 200
    report = running.report()

    assert asked == [201, 201]
    assert (report.ended, report.ok) == ("stopped", True)
    assert [report.inputs[position].generated for position in (0, 2)] == [3, 3]
    assert len(texts) == report.timestamps
    assert all(door.closed() for door in doors.values())
    assert threads_left() == []


@pytest.mark.parametrize("live", [True, False])
def test_a_generator_of_triggers_alone_ends_when_all_are_stopped(
    tmp_path: Path, live: bool
) -> None:
    first, second = Door(tags=["one"]), Door(tags=["two"])
    texts, output = local()
    made = generator(
        tmp_path,
        output,
        inputs=[first.input, second.input],
        event=inline("{{ tags[0] }}"),
        live_mode=live,
    )
    running = Running(made)
    statuses = [
        first.ask(2),
        first.post("/stop"),
        second.ask(25_000),
        second.post("/stop"),
    ]
    report = running.report()

    assert statuses == [201, 200, 201, 200]
    assert (report.ended, report.ok) == ("complete", True)
    assert [i.generated for i in report.inputs] == [2, 25_000]
    assert texts == ["one"] * 2 + ["two"] * 25_000


def test_events_come_at_once_and_bear_the_present(tmp_path: Path) -> None:
    door, seen = Door(), Flag()
    texts: list[str] = []

    def into(some: list[str]) -> None:
        texts.extend(some)
        seen.set()

    made = generator(
        tmp_path, {"kept": {"into": into}}, inputs=[door.input, HOURLY], live_mode=True, now=None
    )
    running = Running(made)
    assert door.ask(1) == 201
    assert seen.wait(SOON)
    made.stop()
    running.report()

    event = json.loads(texts[0])
    assert made.now <= datetime.fromisoformat(event["t"]) <= datetime.now(UTC)


def test_a_taken_port_is_told_and_costs_the_exit_code(tmp_path: Path) -> None:
    door = Door()
    document = {
        "input": [door.input, {"static": {"count": 2}}],
        "event": inline("event"),
        "output": [{"stdout": {"separator": ";"}}],
    }
    (tmp_path / "generator.yml").write_text(yaml.safe_dump(document), "utf-8")
    with socket.socket() as other:
        other.bind(("127.0.0.1", door.port))
        other.listen()
        result = eventum(tmp_path, "generate", "--path", "generator.yml", "--no-live-mode")

    assert result.returncode == 1
    assert f"input[0].http: 127.0.0.1:{door.port} is in use" in result.stderr
    assert result.stdout == "event;event;"


def test_an_output_that_cannot_open_ends_the_run_at_once(tmp_path: Path) -> None:
    door = Door()
    made = generator(tmp_path, {"file": {"path": "."}}, inputs=[door.input, HOURLY], live_mode=True)
    with pytest.raises(RunError, match=r"output\[0\].file cannot open"):
        Running(made).report()
    assert door.closed()
    assert threads_left() == []


def test_an_exhausted_template_ends_a_live_run_at_once(tmp_path: Path) -> None:
    door = Door()
    texts, output = local()
    event = inline(
        "{% set n = shared.get('n', 0) %}{% do shared.set('n', n + 1) %}"
        "{% if n == 2 %}{% do dispatch.exhaust() %}{% endif %}{{ n }}"
    )
    made = generator(
        tmp_path, output, event=event, inputs=[door.input, HOURLY], live_mode=True, now=None
    )
    running = Running(made)
    assert door.ask(5) == 201
    report = running.report()

    assert (report.ended, report.ok) == ("exhausted", True)
    assert texts == ["0", "1"]
    assert door.closed()


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_one_generator_drives_another(tmp_path: Path, backend: str) -> None:
    door = Door()
    driven_texts, driven_output = local()
    driven = Running(generator(tmp_path, driven_output, inputs=[door.input]), backend)
    driver = generator(
        tmp_path,
        {
            "http": {
                "url": f"http://127.0.0.1:{door.port}/generate",
                "formatter": {"format": "eventum-http-input"},
                "retry": {"attempts": 1000, "initial_delay": 0.01, "max_delay": 0.05},
            }
        },
        inputs=[linspace(1000)],
        batch={"size": 300},
    )
    driving = Running(driver, backend).report()
    assert door.post("/stop") == 200
    report = driven.report()

    assert (driving.ok, driving.outputs[0].written) == (True, 1000)
    assert (report.ok, report.inputs[0].generated) == (True, 1000)
    assert len(driven_texts) == 1000


def test_triggers_never_shift_what_is_scheduled(tmp_path: Path) -> None:
    door, reached, gate = Door(), Flag(), Flag()

    def produce(moment: Any, run: Run) -> list[str]:
        if moment.ordinal == 250:
            reached.set()
            assert gate.wait(SOON)
        return [f"{moment.ordinal} {moment.timestamp} {run.random.random()}"]

    def running(*inputs: dict[str, Any]) -> tuple[list[str], Running]:
        texts, output = local()
        event = {"called": {"function": produce}}
        batch = {"size": 100}
        made = generator(tmp_path, output, inputs=[*inputs], event=event, batch=batch)
        return texts, Running(made)

    beside, run = running(linspace(3000), door.input)
    assert reached.wait(SOON)
    statuses = [door.ask(7) for _ in range(5)]
    gate.set()
    assert statuses == [201] * 5
    assert door.post("/stop") == 200
    assert run.report().ok
    alone, run = running(linspace(3000))
    assert run.report().ok

    assert len(beside) == 3035
    assert [text for text in beside if int(text.split()[0]) < TRIGGERED] == alone
    assert int(beside[-1].split()[0]) < TRIGGERED, "the others came in between"
