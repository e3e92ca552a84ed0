from __future__ import annotations

import tracemalloc
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from eventum_core.clock import micros, moment
from eventum_core.describe import json_schema
from eventum_core.errors import ConfigError, RunError
from eventum_core.inputs.timestamps import Timestamps


@pytest.fixture
def lines(tmp_path):
    """Return a function that writes lines to a file and returns an input of it."""

    def write(*texts: str, encoding: str = "utf-8") -> Timestamps:
        (tmp_path / "times.txt").write_text("\n".join(texts) + "\n", encoding)
        return Timestamps(source=tmp_path / "times.txt")

    return write


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2025-01-01T10:20:30", "2025-01-01T10:20:30"),
        ("2025-01-01 10:20:30.123456", "2025-01-01T10:20:30.123456"),
        ("2025-01-01T10:20:30Z", "2025-01-01T10:20:30"),
        ("2025-01-01T10:20:30+02:30", "2025-01-01T07:50:30"),
        ("2025-01-01", "2025-01-01T00:00:00"),
        (date(2025, 1, 1), "2025-01-01T00:00:00"),
        (datetime(2025, 1, 1, 1), "2025-01-01T01:00:00"),
        (1735689600, "2025-01-01T00:00:00"),
        (1735689600.5, "2025-01-01T00:00:00.500000"),
        ("1735689600", "2025-01-01T00:00:00"),
        (1735689600000, "2025-01-01T00:00:00"),
        ("2025", "1970-01-01T00:33:45"),
    ],
)
def test_items_of_a_list(make_run, local, given, expected):
    assert local(Timestamps(source=[given]), make_run()) == [expected]


@pytest.mark.parametrize("item", ["tomorrow", "now", "+1h", "14:30", "", True, None, {}, []])
def test_items_that_are_no_date_and_time(item):
    with pytest.raises(ValidationError) as caught:
        Timestamps(source=["2025-01-01", item])
    assert [error["loc"][-1] for error in caught.value.errors()] == [1]


@pytest.mark.parametrize("source", [[], (), None, 5, {"a": 1}])
def test_a_source_is_a_list_with_items_or_a_path(source):
    with pytest.raises(ValidationError, match="give a list of dates and times, or the") as caught:
        Timestamps(source=source)
    assert [error["loc"] for error in caught.value.errors()] == [("source",)]


def test_a_lone_text_is_a_path():
    assert Timestamps(source="2025-01-01").source == Path("2025-01-01")


def test_editors_allow_texts_numbers_and_a_path():
    source = json_schema(Timestamps)["properties"]["source"]
    items, path = source["oneOf"]
    assert items["items"] == {"anyOf": [{"type": "string"}, {"type": "number"}]}
    assert path["type"] == "string"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("2025-01-01T10:20:30", "2025-01-01T10:20:30"),
        ("2025-01-01 10:20:30.123456", "2025-01-01T10:20:30.123456"),
        ("2025-01-01T10:20:30Z", "2025-01-01T10:20:30"),
        ("2025-01-01T10:20:30-01:00", "2025-01-01T11:20:30"),
        ("2025-01-01", "2025-01-01T00:00:00"),
        ("20250101T000002", "2025-01-01T00:00:02"),
        ("2025-W01-1", "2024-12-30T00:00:00"),
        ("  2025-01-01\t", "2025-01-01T00:00:00"),
    ],
)
def test_lines_of_a_file(make_run, local, lines, line, expected):
    assert local(lines(line), make_run()) == [expected]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_blank_lines_and_marks_mean_nothing(make_run, local, tmp_path, end, encoding):
    text = end.join(["2025-01-01", "", "  ", "2025-01-02", "2025-01-03"])
    (tmp_path / "times.txt").write_bytes(text.encode(encoding))
    source = Timestamps(source=tmp_path / "times.txt")
    assert [t[8:10] for t in local(source, make_run())] == ["01", "02", "03"]


def test_a_path_belongs_to_the_folder_of_the_configuration(make_run, local, lines, tmp_path):
    lines("2025-01-01")
    run = replace(make_run(), base=tmp_path)
    source = Timestamps(source="times.txt")
    source.check(tmp_path)
    assert local(source, run) == ["2025-01-01T00:00:00"]


def test_moments_are_sorted_and_equal_ones_kept(make_run, local, lines):
    days = ["2025-01-03", "2025-01-01", "2025-01-02", "2025-01-01"]
    for source in (Timestamps(source=days), lines(*days)):
        assert [t[8:10] for t in local(source, make_run())] == ["01", "01", "02", "03"]


@pytest.mark.parametrize(
    ("zone", "reading", "expected"),
    [
        ("Europe/Moscow", "2025-01-01", "2024-12-31T21:00:00"),
        ("Europe/Moscow", "2025-01-01T00:00:00Z", "2025-01-01T00:00:00"),
        ("America/New_York", "2025-07-01T12:00", "2025-07-01T16:00:00"),
        ("Europe/Berlin", "2025-03-30T01:59:59", "2025-03-30T00:59:59"),
        ("Europe/Berlin", "2025-03-30T02:30", "2025-03-30T01:30:00"),  # skipped: it moves on
        ("Europe/Berlin", "2025-03-30T03:00", "2025-03-30T01:00:00"),
        ("Europe/Berlin", "2025-10-26T02:30", "2025-10-26T00:30:00"),  # twice: it is the first
        ("Europe/Berlin", "2025-10-26T03:00", "2025-10-26T02:00:00"),
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T22:00:00"),  # a day that never was
    ],
)
def test_readings_without_an_offset_are_of_the_generators_zone(
    make_run, instants, lines, zone, reading, expected
):
    wanted = micros(datetime.fromisoformat(expected).replace(tzinfo=UTC))
    for source in (Timestamps(source=[reading]), lines(reading)):
        assert instants(source, make_run(zone=zone)) == [wanted]


@settings(deadline=None)
@given(
    readings=st.lists(st.datetimes(datetime(1850, 1, 1), datetime(2200, 1, 1)), min_size=1),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]),
)
def test_many_readings_are_what_each_is_alone(make_run, instants, readings, zone):
    run = make_run(zone=zone)
    alone = [micros(reading.replace(tzinfo=run.zone)) for reading in readings]
    assert instants(Timestamps(source=readings), run, 10**6) == sorted(alone)


@pytest.mark.parametrize(
    ("now", "left"),
    [
        ("2024-12-31", [1, 2, 2, 3]),
        ("2025-01-01", [2, 2, 3]),  # what is at the very present is past
        ("2025-01-02", [3]),
        ("2025-01-02T12:00", [3]),
        ("2025-01-03", []),
        ("2026-01-01", []),
    ],
)
def test_the_past_is_skipped(make_run, local, now, left):
    days = ["2025-01-02", "2025-01-03", "2025-01-01", "2025-01-02"]
    source = Timestamps(source=days)
    assert [int(t[8:10]) for t in local(source, make_run(now, skip=True))] == left
    assert len(local(source, make_run(now))) == 4


def test_it_can_be_read_again(make_run, local, lines):
    source, run = lines("2025-01-02", "2025-01-01"), make_run()
    assert local(source, run) == local(source, run)


def test_it_has_an_end():
    assert Timestamps(source=["2025-01-01"]).endless() is False


def told(source: Timestamps, base: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        source.check(base)
    assert {problem.path for problem in caught.value.problems} == {"source"}
    return [str(problem) for problem in caught.value.problems]


def test_every_bad_line_is_reported_with_its_number(lines, tmp_path):
    bad = lines("2025-01-01", "# comment", "", "1735689600", "2025-13-01", "2025-01-02")
    messages = told(bad, tmp_path)
    assert [m.split("times.txt:")[1].split(":")[0] for m in messages] == ["2", "4", "5"]
    assert "'# comment'" in messages[0]
    assert "write one a line, such as 2025-01-31T14:30:00" in messages[0]


def test_very_many_bad_lines_are_counted(lines, tmp_path):
    messages = told(lines(*["nonsense"] * 1000), tmp_path)
    assert len(messages) == 51
    assert "950 more lines" in messages[-1]


@pytest.mark.parametrize("texts", [[""], ["", "  "]])
def test_an_empty_file_is_a_mistake(lines, tmp_path, texts):
    assert "holds no moment" in told(lines(*texts), tmp_path)[0]


def test_files_that_cannot_be_read(tmp_path):
    (message,) = told(Timestamps(source="nowhere.txt"), tmp_path)
    assert "cannot be read: No such file" in message
    assert "nowhere.txt" in message
    (message,) = told(Timestamps(source="."), tmp_path)
    assert "cannot be read" in message


def test_a_file_that_is_not_utf_8(tmp_path):
    (tmp_path / "times.txt").write_bytes(b"2025-01-01\n\xff\xfe\n")
    (message,) = told(Timestamps(source="times.txt"), tmp_path)
    assert "times.txt is not UTF-8 text" in message
    assert "save it as UTF-8" in message


def test_a_file_that_broke_after_it_was_checked_ends_the_input(make_run, instants, lines, tmp_path):
    source = lines("2025-01-01")
    source.check(tmp_path)
    lines("2025-01-01", "oops")
    with pytest.raises(ConfigError, match=r"times\.txt:2: no ISO 8601"):
        instants(source, make_run())


def test_the_restricted_policy_keeps_to_the_folder(make_run, local, lines, tmp_path):
    lines("2025-01-01")
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "link.txt").symlink_to(tmp_path / "times.txt")
    run = replace(make_run(), base=tmp_path / "project")
    for source in ("../times.txt", "link.txt"):
        assert len(local(Timestamps(source=source), run)) == 1
        with pytest.raises(ConfigError, match="outside the project's folder"):
            local(Timestamps(source=source), replace(run, policy="restricted"))


@pytest.mark.parametrize(
    ("item", "zone"),
    [
        (datetime(9999, 12, 31, 23), "America/New_York"),
        (datetime(1, 1, 1), "Asia/Tokyo"),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), "UTC"),
        (datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=12))), "UTC"),
        (datetime(1, 1, 1, tzinfo=UTC), "America/New_York"),
    ],
)
def test_moments_beyond_the_calendar_end_the_input(make_run, instants, item, zone):
    with pytest.raises(RunError, match="beyond the years 1 to 9999"):
        instants(Timestamps(source=["2025-01-01", item]), make_run(zone=zone))


@pytest.mark.parametrize("item", ["0001-01-01", "9999-12-31T23:59:59.999998"])
def test_the_ends_of_the_calendar(make_run, local, item):
    (got,) = local(Timestamps(source=[item]), make_run())
    assert got.startswith(item)


def test_a_large_file_comes_in_small_arrays_and_is_kept_once(make_run, lines):
    count = 200_000
    first = datetime(2025, 1, 1)
    source = lines(*[(first + timedelta(seconds=count - i)).isoformat() for i in range(count)])
    run = make_run()
    tracemalloc.start()
    try:
        arrays = source.timestamps(run)
        sizes = [len(array) for array in islice(arrays, 3)]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sizes == [64, 128, 256]
    assert sum(len(array) for array in arrays) + sum(sizes) == count
    # A list of datetimes alone would take 56 bytes each.
    assert peak < count * 48


def test_arrays_ascend_over_all_blocks(make_run, instants, lines):
    shuffled = np.random.default_rng(1).permutation(100_000).tolist()
    source = lines(*[moment(i * 1_000_000).isoformat() for i in shuffled])
    assert instants(source, make_run(), 10**6) == [i * 1_000_000 for i in range(100_000)]
