"""The replay plugin: lines as events, their timestamps replaced, and their own pace."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import anyio
import numpy as np
import pytest
from doubles import EVERY_SECOND, NOON, START, generator, local
from pydantic import ValidationError

from eventum_core import ConfigError, Exhausted, ManualClock, Moment, ProduceError
from eventum_core.events.replay import Replay
from eventum_core.plugin import Produce, Run

ANY_TIME = r"^(?P<timestamp>\S+)"


@pytest.fixture
def producer(run: Run) -> Callable[..., Produce]:
    """Return a function that makes the producer of a file with this text."""

    def producer(text: str | bytes, **options: Any) -> Produce:
        data = text.encode() if isinstance(text, str) else text
        (run.base / "log.txt").write_bytes(data)
        replay = Replay.model_validate({"path": "log.txt", **options})
        replay.check(run.base)
        return replay.producer(run)

    return producer


def given(produce: Produce, most: int = 100) -> list[str]:
    """Return the events of so many timestamps, of one a second from a fixed moment on."""
    found: list[str] = []
    for ordinal in range(most):
        stamp = datetime(2024, 5, 1, 12, tzinfo=ZoneInfo("UTC")) + timedelta(seconds=ordinal)
        try:
            found += produce(Moment(stamp, ("ignored",), ordinal))
        except Exhausted:
            found.append("<end>")
            break
        except ProduceError as error:
            found.append(f"!{error}")
    return found


def test_one_line_for_each_timestamp(producer: Callable[..., Produce]) -> None:
    produce = producer("a\n\nb\r\n  c  \r\r\nlast")
    assert given(produce) == ["a", "", "b", "  c  ", "last", "<end>"]
    assert given(produce) == ["<end>"]


def test_repeating(producer: Callable[..., Produce]) -> None:
    assert given(producer("a\nb", repeat=True), 5) == ["a", "b", "a", "b", "a"]


def test_an_empty_file_is_exhausted_even_if_it_repeats(producer: Callable[..., Produce]) -> None:
    assert given(producer("", repeat=True)) == ["<end>"]
    assert given(producer("")) == ["<end>"]


def test_each_run_begins_at_the_first_line(producer: Callable[..., Produce], run: Run) -> None:
    one = producer("a\nb")
    two = Replay(path=Path("log.txt")).producer(run)
    assert (given(one, 1), given(two), given(one)) == (["a"], ["a", "b", "<end>"], ["b", "<end>"])


def test_broken_lines_cost_themselves_alone(producer: Callable[..., Produce], run: Run) -> None:
    found = given(producer(b"a\n\xff\nc"))
    assert found == ["a", f"!{run.base / 'log.txt'}, line 2 is not valid utf_8", "c", "<end>"]


def test_a_file_that_is_gone_is_given_up_even_if_it_repeats(
    producer: Callable[..., Produce], run: Run
) -> None:
    produce = producer("a\nb\n", repeat=True)
    (run.base / "log.txt").unlink()
    found = given(produce, 1000)
    assert found[0].endswith("log.txt: No such file or directory")
    assert (len(found), found[-1]) == (101, "<end>")


STAMP = "2024-05-01T12:00:00+00:00"


@pytest.mark.parametrize(
    ("pattern", "format", "line", "expected"),
    [
        (r"ts=(?P<timestamp>\d+)", "%Y", "ts=1 ts=2", "ts=2024 ts=2"),
        (r"ts=(?P<timestamp>\d+)", None, "ts=1 x", f"ts={STAMP} x"),
        (r"(?P<timestamp>)$", None, "x ", f"x {STAMP}"),
        (r"(?P<timestamp>x)", r"\1 \g<0> %%", "axb", r"a\1 \g<0> %b"),
        (r"(?P<timestamp>ü+)", "%H", "ööüüöö", "öö12öö"),
        (r"none(?P<timestamp>x)", None, "x", "x"),
        (r"(?P<timestamp>y)?x", None, "x", "x"),
        (r"(?i)(?P<timestamp>TS)", "%d", "ts", "01"),
    ],
)
def test_timestamps_are_replaced(
    producer: Callable[..., Produce], pattern: str, format: str | None, line: str, expected: str
) -> None:
    produce = producer(line, timestamp_pattern=pattern, timestamp_format=format)
    assert given(produce, 1) == [expected]


def test_a_format_without_a_pattern_changes_nothing(producer: Callable[..., Produce]) -> None:
    assert given(producer("2024", timestamp_format="%Y"), 1) == ["2024"]


def test_lines_without_a_timestamp_are_warned_of_more_and_more_seldom(
    producer: Callable[..., Produce], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "eventum.shop"):
        given(producer("x\n" * 250, timestamp_pattern="(?P<timestamp>y)"), 250)
    assert [record.args[1] for record in caplog.records if record.args] == [1, 10, 100]
    assert "log.txt: timestamp_pattern finds no timestamp" in caplog.text


@pytest.mark.parametrize("pattern", ["(x)", "(?P<time>x)"])
def test_a_pattern_without_the_group_changes_nothing_and_is_warned_of_once(
    producer: Callable[..., Produce], caplog: pytest.LogCaptureFixture, pattern: str
) -> None:
    with caplog.at_level(logging.WARNING, "eventum.shop"):
        assert given(producer("x\nx\n", timestamp_pattern=pattern), 2) == ["x", "x"]
    assert [record.message for record in caplog.records] == [
        "log.txt: timestamp_pattern has no group (?P<timestamp>…), so no line is changed"
    ]


@pytest.mark.parametrize(
    ("options", "place", "says"),
    [
        ({}, "path", "Field required"),
        ({"path": "x", "encoding": "utf-8"}, "encoding", "write utf_8"),
        ({"path": "x", "chunk_size": -1}, "chunk_size", "greater than or equal to 0"),
        ({"path": "x", "timestamp_pattern": "("}, "timestamp_pattern", "not a regular expression"),
        ({"path": "x", "timestamp_pattern": "(x)", "pace": "original"}, "pace", "with a group"),
        ({"path": "x", "pace": "original"}, "pace", "needs timestamp_pattern"),
        ({"path": "x", "pace": "slow"}, "pace", "'schedule' or 'original'"),
        ({"path": "x", "speed": 0}, "speed", "greater than 0"),
        ({"path": "x", "speed": "inf"}, "speed", "finite"),
        ({"path": "x", "pacing": "schedule"}, "pacing", "not permitted"),
        (
            {
                "path": "x",
                "timestamp_pattern": ANY_TIME,
                "pace": "original",
                "original_format": "%s",
            },
            "original_format",
            "strptime cannot read",
        ),
        (
            {
                "path": "x",
                "timestamp_pattern": ANY_TIME,
                "pace": "original",
                "timestamp_format": "%s",
            },
            "original_format",
            "timestamp_format '%s' serves for reading too",
        ),
    ],
)
def test_mistakes(options: dict[str, Any], place: str, says: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Replay.model_validate(options)
    (error,) = caught.value.errors()
    assert error["loc"] == (place,)
    assert says in error["msg"]


def test_formats_for_reading_matter_only_where_times_are_read() -> None:
    Replay.model_validate({"path": "x", "timestamp_format": "%s", "original_format": "%s"})


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("none.log", "no such file"),
        ("folder", "this is a folder"),
        ("/dev/null", "not a regular file"),
    ],
)
def test_paths_that_are_no_files(tmp_path: Path, path: str, says: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(ConfigError, match=says) as caught:
        Replay(path=Path(path)).check(tmp_path)
    assert [problem.path for problem in caught.value.problems] == ["path"]


def test_the_restricted_policy_keeps_to_the_folder(tmp_path: Path, run: Run) -> None:
    base = tmp_path / "project"
    base.mkdir()
    (tmp_path / "outside.log").write_text("secret")
    (base / "link.log").symlink_to(tmp_path / "outside.log")
    (base / "inside.log").write_text("fine")
    restricted = replace(run, base=base, policy="restricted")
    for path in ("../outside.log", "link.log", str(tmp_path / "outside.log")):
        with pytest.raises(ConfigError, match="restricted policy forbids"):
            Replay(path=Path(path)).producer(restricted)
    assert given(Replay(path=Path("inside.log")).producer(restricted), 1) == ["fine"]


@pytest.fixture
def paced(run: Run) -> Callable[..., list[float] | None]:
    """Return a function that gives the seconds after the start at which lines come."""

    def paced(text: str, most: int = 100, **options: Any) -> list[float] | None:
        (run.base / "log.txt").write_text(text)
        common = {"path": "log.txt", "timestamp_pattern": ANY_TIME, "pace": "original"}
        arrays = Replay.model_validate({**common, **options}).pace(run, START)
        if arrays is None:
            return None
        found = list(islice((instant for array in arrays for instant in array), most))
        return [(instant.astype("int64") - START) / 1e6 for instant in found]

    return paced


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("2020-01-01T00:00:00Z a\n2020-01-01T00:00:03Z b\nno time\n", {}, [0, 3, 3]),
        ("100\n103\n102\n104\n", {"speed": 2}, [0, 1.5, 1.5, 2]),
        ("1714566600000\n1714566600250\n", {}, [0, 0.25]),
        (
            "Dec 31 23:59:59 x\nJan  1 00:00:01 y",
            {"timestamp_pattern": "^(?P<timestamp>.{15})", "original_format": "%b %d %H:%M:%S"},
            [0, 2],
        ),
        ("12:00 x\n12:01 y", {"timestamp_format": "%H:%M"}, [0, 60]),
        ("12:00 x\n12:01 y", {"timestamp_format": "%s", "original_format": "%H:%M"}, [0, 60]),
        ("", {}, []),
        ("", {"repeat": True}, []),
        ("x\ny", {}, [0, 0]),
        ("100\n101\n", {"pace": "schedule"}, None),
    ],
)
def test_lines_at_their_own_distances(
    paced: Callable[..., list[float] | None],
    text: str,
    options: dict[str, Any],
    expected: list[float] | None,
) -> None:
    assert paced(text, **options) == expected


def test_repeating_at_the_original_pace(paced: Callable[..., list[float] | None]) -> None:
    assert paced("100\n101\n104\n", 7, repeat=True) == [0, 1, 4, 6, 7, 10, 12]


def test_each_round_reads_years_from_the_beginning(
    paced: Callable[..., list[float] | None],
) -> None:
    text = "12-31 23:59:58\n01-01 00:00:02\n"
    options = {"timestamp_pattern": "(?P<timestamp>.*)", "original_format": "%m-%d %H:%M:%S"}
    assert paced(text, 4, repeat=True, **options) == [0, 4, 8, 12]


def test_a_pace_for_ever_ends_with_the_calendar(run: Run) -> None:
    (run.base / "log.txt").write_text("2000-01-01\n3000-01-01\n")
    options = {"path": "log.txt", "timestamp_pattern": ANY_TIME, "pace": "original"}
    replay = Replay.model_validate({**options, "repeat": True})
    found = np.concatenate(list(replay.pace(run, START) or ()))
    assert found.max() <= np.datetime64("9999-12-31T23:59:59.999999")
    assert len(found) == 8


def test_broken_lines_have_their_instants(run: Run) -> None:
    (run.base / "log.txt").write_bytes(b"100\n105 \xff\n102\n")
    options = {"path": "log.txt", "timestamp_pattern": ANY_TIME, "pace": "original"}
    (array,) = Replay.model_validate(options).pace(run, 0) or ()
    assert array.astype("int64").tolist() == [0, 0, 2_000_000]


LOG = "09:00:00 one\n09:00:02 two\nbroken\n09:00:05 three\n"


def replaying(base: Path, *outputs: Any, **settings: Any) -> Any:
    (base / "log.txt").write_text(settings.pop("text", LOG))
    options = {"path": "log.txt", "timestamp_pattern": r"^(?P<timestamp>\d\S*)"}
    options["timestamp_format"] = "%H:%M:%S"
    options |= settings.pop("options", {"pace": "original"})
    return generator(base, *outputs, event={"replay": options}, inputs=[EVERY_SECOND], **settings)


def test_a_sample_run_at_the_original_pace(tmp_path: Path) -> None:
    texts, output = local()
    report = replaying(tmp_path, output).run_sync()
    assert texts == ["12:00:00 one", "12:00:02 two", "broken", "12:00:05 three"]
    assert (report.ended, report.timestamps, report.ok) == ("complete", 4, True)


def test_bounds_hold_at_the_original_pace(tmp_path: Path) -> None:
    made = replaying(
        tmp_path,
        options={"pace": "original", "repeat": True, "speed": 2},
        since="+1h",
        duration="5s",
    )
    found = [(event.timestamp - NOON).total_seconds() - 3600 for event in made.events()]
    mean = round(2.5 / 3, 6)
    assert found == [0, 1, 1, 2.5, *(pytest.approx(2.5 + mean + s) for s in (0, 1, 1))]


def test_events_do_not_depend_on_batches(tmp_path: Path) -> None:
    text = "".join(
        f"{number // 60 % 24:02}:{number % 60:02}:00 {number}\n" for number in range(3000)
    )
    first, output = local()
    replaying(tmp_path, output, text=text).run_sync()
    second, output = local()
    replaying(tmp_path, output, text=text, batch={"size": 7}).run_sync()
    assert len(first) == 3000
    assert first == second


@pytest.mark.anyio
async def test_a_live_run_at_the_original_pace(tmp_path: Path) -> None:
    texts, output = local()
    clock = ManualClock(START)
    made = replaying(tmp_path, output, live_mode=True)
    counts = []
    async with anyio.create_task_group() as group:
        group.start_soon(made.run, clock)
        for expected in (1, 1, 3, 3, 3, 4):
            with anyio.fail_after(5):
                while len(texts) < expected:
                    await anyio.sleep(0.001)
            await anyio.wait_all_tasks_blocked()
            counts.append(len(texts))
            clock.advance(timedelta(seconds=1))
    assert counts == [1, 1, 3, 3, 3, 4]
    assert texts == ["12:00:00 one", "12:00:02 two", "broken", "12:00:05 three"]


def test_timestamps_are_in_the_generators_timezone(tmp_path: Path) -> None:
    texts, output = local()
    replaying(tmp_path, output, timezone="Asia/Tokyo", options={}, max_events=1).run_sync()
    assert texts == ["21:00:00 one"]


def test_counters_of_a_whole_run(tmp_path: Path) -> None:
    made = replaying(tmp_path, text="1\n2\n3", options={})
    (tmp_path / "log.txt").write_bytes(b"1\n\xff\n3")
    report = made.run_sync()
    event = report.event
    assert (event.produced, event.produce_failed, report.ended) == (2, 1, "exhausted")
    assert "line 2 is not valid utf_8" in report.errors[0]


def test_times_with_an_offset_need_no_zone(run: Run) -> None:
    (run.base / "log.txt").write_text("2024-03-31T01:59:00+01:00\n2024-03-31T03:00:00+02:00\n")
    options = {"path": "log.txt", "timestamp_pattern": ANY_TIME, "pace": "original"}
    berlin = replace(run, zone=ZoneInfo("Europe/Berlin"), now=run.now.astimezone(UTC))
    (array,) = Replay.model_validate(options).pace(berlin, 0) or ()
    assert array.astype("int64").tolist() == [0, 60_000_000]
