from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import anyio
import pytest
from doubles import EVERY_SECOND, START, generator, remote

from eventum_core import (
    ConfigError,
    Event,
    Generator,
    ManualClock,
    OutputPlugin,
    Run,
    RunError,
    Silent,
)


class Slow(OutputPlugin):
    """Never opens."""

    name: ClassVar[str] = "slow"

    @asynccontextmanager
    async def open(self, run: Run) -> AsyncIterator[Any]:
        await anyio.sleep_forever()
        yield None


DOCUMENT: dict[str, Any] = {
    "input": [{"timer": {"seconds": 1, "count": 1}}],
    "event": {
        "template": {"mode": "all", "templates": [{"a": {"inline": "{{ params }} {{ vars }}"}}]}
    },
    "output": [{"stdout": {}}],
}


def test_seed_and_now_are_drawn_once_and_kept(tmp_path: Path) -> None:
    one = Generator.from_mapping(DOCUMENT, base=tmp_path)
    other = Generator.from_mapping(DOCUMENT, base=tmp_path)
    assert one.seed != other.seed
    assert [e.timestamp for e in one.events(3)] == [e.timestamp for e in one.events(3)]
    again = Generator.from_mapping(DOCUMENT, base=tmp_path, seed=one.seed, now=one.now.isoformat())
    assert list(again.events(5)) == list(one.events(5))


def test_the_id_defaults_to_the_folder_and_never_to_a_path(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    made = Generator.from_mapping(DOCUMENT, base=tmp_path / "shop")
    assert made.settings.name == "shop"


def test_equal_projects_in_different_places_give_equal_events(tmp_path: Path) -> None:
    drawn = []
    for place in ("here", "there/and/away"):
        folder = tmp_path / place / "shop"
        folder.mkdir(parents=True)
        inline = "{{ module.rand.crypto.uuid4() }}"
        event = {"template": {"mode": "all", "templates": [{"a": {"inline": inline}}]}}
        made = Generator.from_mapping(
            {**DOCUMENT, "event": event}, base=folder, seed=1, now="2026-01-05"
        )
        drawn.append([event.text for event in made.events(20)])
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("now", "never mind"),
        ("since", ""),
        ("until", "31.31.31"),
        ("duration", "10 parsecs"),
    ],
)
def test_moments_that_make_no_sense_name_their_setting(
    tmp_path: Path, setting: str, value: str
) -> None:
    with pytest.raises(ConfigError) as error:
        Generator.from_mapping(DOCUMENT, base=tmp_path, **{setting: value})
    assert [problem.path for problem in error.value.problems] == [setting]


@pytest.mark.parametrize(
    ("settings", "endless"),
    [
        ({}, True),
        ({"max_events": 5}, False),
        ({"duration": "5s"}, False),
        ({"until": "+5s"}, False),
        ({"since": "-5s"}, True),
    ],
)
def test_it_is_known_whether_a_schedule_ends(
    tmp_path: Path, settings: dict[str, Any], endless: bool
) -> None:
    assert Generator.from_mapping(DOCUMENT, base=tmp_path, **settings).endless is endless
    finite = {**DOCUMENT, "input": [{"static": {"count": 1}}]}
    assert not Generator.from_mapping(finite, base=tmp_path).endless


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_it_runs_under_asyncio_and_trio(tmp_path: Path, backend: str) -> None:
    kept: list[str] = []

    async def write(chunk: Any) -> list[Any]:
        kept.extend(chunk.texts)
        await anyio.sleep(0)
        return []

    report = anyio.run(generator(tmp_path, {"sent": {"write": write}}).run, backend=backend)
    assert report.ok
    assert len(kept) == 10


class Empty(Silent):
    """An observer that is false, like a list without items."""

    def __init__(self) -> None:
        self.seen = 0

    def __len__(self) -> int:
        return 0

    def planned(self, events: Any) -> None:
        self.seen += len(events)


def test_an_observer_that_is_false_is_told_all_the_same(tmp_path: Path) -> None:
    observer = Empty()
    generator(tmp_path).run_sync(observer=observer)
    assert observer.seen == 10


def test_settings_of_a_file_can_be_given_in_python(tmp_path: Path) -> None:
    file = tmp_path / "generator.yml"
    file.write_text(
        "input: [{static: {count: 2}}]\n"
        "event: {template: {mode: all, templates: [{a: {inline: '${params.x} ${secrets.y}'}}]}}\n"
        "output: [{stdout: {}}]\n"
    )
    made = Generator.from_file(file, params={"x": "one"}, secrets={"y": "two"})
    assert [event.text for event in made.events()] == ["one two", "one two"]


@pytest.mark.parametrize("live_mode", [True, False])
def test_a_stop_before_the_first_run_ends_that_one_alone(tmp_path: Path, live_mode: bool) -> None:
    made = generator(tmp_path, {"file": {"path": "out.log"}}, live_mode=live_mode, now=None)
    made.stop()
    report = made.run_sync()
    assert (report.ended, report.timestamps, report.ok) == ("stopped", 0, True)
    assert not (tmp_path / "out.log").exists()
    made = generator(tmp_path)
    made.stop()
    made.run_sync()
    assert made.run_sync().ended == "complete"


def test_a_stop_between_two_runs_ends_none(tmp_path: Path) -> None:
    made = generator(tmp_path)
    made.run_sync()
    made.stop()
    assert made.run_sync().ended == "complete"


@pytest.mark.anyio
async def test_of_two_runs_at_once_the_report_is_of_one_that_goes_on(tmp_path: Path) -> None:
    slow, fast = ManualClock(START), ManualClock(START)
    made = generator(tmp_path, inputs=[EVERY_SECOND], live_mode=True, duration="5s")
    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            group.start_soon(made.run, slow)
            await anyio.wait_all_tasks_blocked()
            fast.advance(timedelta(seconds=9))
            report = await made.run(fast)
            assert (report.ended, report.timestamps) == ("complete", 5)
            under_way = made.report()
            assert under_way is not None
            assert (under_way.ended, made.running) == ("running", True)
            made.stop()
    last = made.report()
    assert last is not None
    assert (last.ended, made.running) == ("stopped", False)


def test_a_run_that_fails_leaves_a_report(tmp_path: Path) -> None:
    made = generator(tmp_path, {"file": {"path": "."}}, remote()[1])
    with pytest.raises(RunError) as caught:
        made.run_sync()
    report = made.report()
    assert report is not None
    assert (report.ended, report.ok, report.errors) == ("failed", False, (str(caught.value),))


def test_a_bug_leaves_a_report_with_what_was_done(tmp_path: Path) -> None:
    def shape(events: Sequence[Event]) -> Sequence[Event]:
        raise KeyError("a bug")

    made = generator(tmp_path)
    made._shape = shape
    with pytest.raises(KeyError):
        made.run_sync()
    report = made.report()
    assert report is not None
    assert (report.ended, report.event.produced) == ("failed", 10)
    assert report.errors == ("KeyError: 'a bug'",)


@pytest.mark.anyio
async def test_a_report_is_there_before_outputs_are_open(tmp_path: Path) -> None:
    outputs = [{"slow": {}}, {"stdout": {}}]
    document = {**DOCUMENT, "output": outputs}
    made = Generator.from_mapping(document, base=tmp_path, plugins=[Slow], live_mode=False)
    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            group.start_soon(made.run)
            await anyio.wait_all_tasks_blocked()
            report = made.report()
            group.cancel_scope.cancel()
    assert report is not None
    assert (report.ended, report.timestamps, report.lost) == ("running", 0, 0)
    assert [output.name for output in report.outputs] == ["slow", "stdout"]
    last = made.report()
    assert last is not None
    assert (last.ended, made.running) == ("stopped", False)
