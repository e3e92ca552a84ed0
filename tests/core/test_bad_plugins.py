"""Plugins that break, at every point where the engine calls them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, ClassVar

import anyio
import pytest
from doubles import NOW, Called, Given, Kept, Numbered, Sent, linspace, threads_left

from eventum_core import (
    Chunk,
    EventPlugin,
    Failure,
    Formatter,
    Generator,
    LocalOutputPlugin,
    OutputPlugin,
    Run,
    RunError,
    TriggerPlugin,
)
from eventum_core.plugin import Encode, Produce


def nothing(*_: Any) -> None:
    """Do nothing, as a step that works."""


class Remote(OutputPlugin):
    """Opens and closes as the test says, and needs the loop to close."""

    name: ClassVar[str] = "remote"
    opening: Callable[[], Any] = nothing
    closing: Callable[[], Any] = nothing

    @asynccontextmanager
    async def open(self, run: Run) -> AsyncIterator[Any]:
        self.opening()

        async def write(chunk: Chunk) -> list[Failure]:
            return []

        try:
            yield write
        finally:
            await anyio.sleep(0)
            self.closing()


class Local(LocalOutputPlugin):
    """The same in the making thread."""

    name: ClassVar[str] = "local"
    opening: Callable[[], Any] = nothing
    closing: Callable[[], Any] = nothing

    @contextmanager
    def open(self, run: Run) -> Iterator[Any]:
        self.opening()
        try:
            yield lambda chunk: ()
        finally:
            self.closing()


class Outside(TriggerPlugin):
    """Waits for the outside, which a run of a file alone does not have."""

    name: ClassVar[str] = "outside"


class Unready(EventPlugin):
    """Cannot start."""

    name: ClassVar[str] = "unready"
    error: Any

    def producer(self, run: Run) -> Produce:
        raise self.error


class Unbuilt(Formatter):
    """Cannot be built."""

    name: ClassVar[str] = "unbuilt"
    error: Any

    def encoder(self, run: Run) -> Encode:
        raise self.error


def made(base: Path, *outputs: dict[str, Any], **parts: Any) -> Generator:
    document = {
        "input": parts.pop("inputs", [linspace(10)]),
        "event": parts.pop("event", {"numbered": {}}),
        "output": list(outputs),
    }
    doubles = [Given, Numbered, Called, Kept, Sent]
    plugins = [*doubles, Remote, Local, Outside, Unready, Unbuilt]
    settings = {"seed": 7, "now": NOW, "live_mode": False, "id": "test", **parts}
    return Generator.from_mapping(document, base=base, plugins=plugins, **settings)


def failing(error: Exception) -> Callable[[], Any]:
    def fail() -> None:
        raise error

    return fail


@pytest.mark.parametrize("kind", ["remote", "local"])
@pytest.mark.parametrize("error", [TypeError("boom"), RunError("boom"), OSError("boom")])
def test_whatever_an_output_raises_when_it_opens_is_a_run_error(
    tmp_path: Path, kind: str, error: Exception
) -> None:
    with pytest.raises(RunError, match=rf"output\[0\]\.{kind} cannot open: .*boom") as caught:
        made(tmp_path, {kind: {"opening": failing(error)}}).run_sync()
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("broken", ["remote", "local"])
def test_where_one_output_cannot_open_the_others_close(tmp_path: Path, broken: str) -> None:
    closed: list[str] = []
    fine = [
        {kind: {"closing": lambda kind=kind: closed.append(kind)}} for kind in ("remote", "local")
    ]
    with pytest.raises(RunError, match="cannot open"):
        made(tmp_path, *fine, {broken: {"opening": failing(RunError("down"))}}).run_sync()
    assert sorted(closed) == ["local", "remote"]
    assert threads_left() == []


def test_a_network_output_has_its_time_to_close(tmp_path: Path) -> None:
    closed: list[str] = []
    report = made(tmp_path, {"remote": {"closing": lambda: closed.append("remote")}}).run_sync()
    assert report.ok
    assert closed == ["remote"]


@pytest.mark.parametrize("kind", ["remote", "local"])
@pytest.mark.parametrize("error", [TypeError("boom"), RunError("boom"), OSError("boom")])
def test_an_output_that_does_not_close_fails_the_run_and_no_other_output(
    tmp_path: Path, kind: str, error: Exception
) -> None:
    closed: list[int] = []
    fine = {kind: {"closing": lambda: closed.append(1)}}
    report = made(tmp_path, fine, {kind: {"closing": failing(error)}}, fine).run_sync()
    assert report.ended == "failed"
    assert f"output[1].{kind} cannot close" in report.errors[0]
    assert [output.written for output in report.outputs] == [10, 10, 10]
    assert closed == [1, 1]


def test_a_trigger_that_breaks_ends_itself_with_its_message(tmp_path: Path) -> None:
    report = made(tmp_path, {"local": {}}, inputs=[{"outside": {}}, linspace(3)]).run_sync()
    assert report.inputs[0].error.startswith("input[0].outside: NotImplementedError")
    assert (report.ok, report.ended, report.outputs[0].written) == (False, "complete", 3)


@pytest.mark.parametrize("error", [ImportError("boom"), RunError("boom")])
def test_an_event_stage_that_cannot_start_ends_the_run(tmp_path: Path, error: Exception) -> None:
    event = {"unready": {"error": error}}
    for run in (lambda g: g.run_sync(), lambda g: list(g.events())):
        with pytest.raises(RunError, match="boom"):
            run(made(tmp_path, {"local": {}}, event=event))
    assert threads_left() == []


@pytest.mark.parametrize("error", [ImportError("boom"), RunError("boom")])
def test_a_format_that_cannot_be_built_ends_the_run(tmp_path: Path, error: Exception) -> None:
    formatter = {"format": "unbuilt", "error": error}
    with pytest.raises(RunError, match="boom"):
        made(tmp_path, {"local": {"formatter": formatter}}).run_sync()


@pytest.mark.parametrize("given", [None, "text", [5], [b"bytes"], 7])
def test_what_is_no_list_of_texts_costs_its_timestamp_only(tmp_path: Path, given: Any) -> None:
    def produce(moment: Any, run: Run) -> Any:
        return given if moment.ordinal == 3 else ["fine"]

    report = made(tmp_path, {"local": {}}, event={"called": {"function": produce}}).run_sync()
    assert (report.event.produced, report.event.produce_failed) == (9, 1)
    assert report.ended == "complete"


def test_a_generator_of_texts_may_fail_half_way(tmp_path: Path) -> None:
    def produce(moment: Any, run: Run) -> Any:
        yield "one"
        if moment.ordinal == 3:
            raise KeyError("late")

    report = made(tmp_path, {"local": {}}, event={"called": {"function": produce}}).run_sync()
    assert (report.event.produced, report.event.produce_failed) == (9, 1)


def test_a_write_that_returns_nothing_has_written(tmp_path: Path) -> None:
    async def write(chunk: Chunk) -> None:
        return None

    report = made(tmp_path, {"sent": {"write": write}}).run_sync()
    assert report.outputs[0].written == 10


@pytest.mark.parametrize("kind", ["sent", "kept"])
@pytest.mark.parametrize("item", [10, -1])
def test_a_failure_of_an_item_that_is_not_there_fails_the_chunk(
    tmp_path: Path, kind: str, item: int
) -> None:
    async def write(chunk: Chunk) -> list[Failure]:
        return refuse(chunk)

    def refuse(chunk: Chunk) -> list[Failure]:
        return [Failure(item, "which?")]

    options = {"write": write} if kind == "sent" else {"into": list, "refuse": refuse}
    report = made(tmp_path, {kind: options}).run_sync()
    assert (report.outputs[0].written, report.outputs[0].write_failed) == (0, 10)


def test_a_cancellation_that_leaks_from_a_client_costs_a_try_only(tmp_path: Path) -> None:
    leaks = iter([asyncio.CancelledError()])

    async def write(chunk: Chunk) -> list[Failure]:
        if leak := next(leaks, None):
            raise leak
        return []

    sink = {"write": write, "retry": {"initial_delay": 0.001}}
    queue = {"max_event_bytes": 1000}
    gen = made(tmp_path, {"sent": sink}, inputs=[linspace(5000)], batch={"size": 100}, queue=queue)
    report = gen.run_sync()
    assert (report.outputs[0].written, report.outputs[0].retries) == (5000, 1)


def test_errors_of_plugins_reach_no_log_with_a_password(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def write(chunk: Chunk) -> list[Failure]:
        raise KeyError("postgres://me:hunter2@db/x")

    def produce(moment: Any, run: Run) -> list[str]:
        if moment.ordinal == 3:
            raise KeyError("postgres://me:hunter2@db/x")
        return ["fine"]

    caplog.set_level("DEBUG")
    event = {"called": {"function": produce}}
    report = made(tmp_path, {"sent": {"write": write}}, event=event).run_sync()
    assert "unexpected error" in caplog.text
    assert "KeyError" in str(report)
    assert "hunter2" not in caplog.text + str(report)


def test_a_reader_that_leaves_while_nothing_comes_is_named(tmp_path: Path) -> None:
    from eventum_core.make import HEARTBEAT

    def refuse(chunk: Chunk) -> list[Failure]:
        raise RunError("the reader went away")

    assert HEARTBEAT <= 1
    inputs = [{"timer": {"seconds": 3600, "count": 1}}]
    output = {"kept": {"into": list, "refuse": refuse}}
    report = made(tmp_path, output, inputs=inputs, live_mode=True, now=None).run_sync()
    assert report.ended == "failed"
    assert report.errors == ("output[0].kept: the reader went away",)
