"""Lines of files: every encoding, every place where a chunk may end, and what goes wrong."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from eventum_core import ProduceError
from eventum_core.codecs import ENCODINGS
from eventum_core.events.lines import PATIENCE, Line, lines

Write = Callable[[bytes], Path]

VECTOR = "a\n\nb\r\n  c  \r\r\nlast"
PARTS = ["a", "", "b", "  c  ", "last"]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes a file and gives its path."""

    def write(data: bytes) -> Path:
        path = tmp_path / "log.txt"
        path.write_bytes(data)
        return path

    return write


def shown(found: Iterator[Line]) -> list[str]:
    return [f"!{line}" if isinstance(line, ProduceError) else line for line in found]


@pytest.mark.parametrize("size", [0, 1, 2, 3, 5, 1000])
def test_where_lines_end(write: Write, size: int) -> None:
    assert list(lines(write(VECTOR.encode()), "utf_8", size)) == PARTS


@pytest.mark.parametrize("size", [0, 1, 3])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding(write: Write, encoding: str, size: int) -> None:
    assert list(lines(write(VECTOR.encode(encoding)), encoding, size)) == PARTS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("\n", [""]),
        ("\r", [""]),
        ("a", ["a"]),
        ("a\n", ["a"]),
        ("a\n\n", ["a", ""]),
        ("a\rb\n", ["a\rb"]),
        ("a\u2028b\x0bc\x85d\x1ce\n", ["a\u2028b\x0bc\x85d\x1ce"]),
        ("\ufeffa\n", ["\ufeffa"]),
        ("a\r", ["a"]),
    ],
)
def test_only_line_feeds_end_lines(write: Write, text: str, expected: list[str]) -> None:
    assert list(lines(write(text.encode()), "utf_8", 2)) == expected


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("utf_8_sig", b"\xef\xbb\xbfa\nb"),
        ("utf_16", b"\xff\xfea\0\n\0b\0"),
        ("utf_16", b"\xfe\xff\0a\0\n\0b"),
        ("utf_16_be", b"\0a\0\n\0b"),
        ("utf_32", b"\xff\xfe\0\0a\0\0\0\n\0\0\0b\0\0\0"),
        ("cp037", b"\x81\x25\x82"),
        ("utf_7", b"a\nb"),
    ],
)
def test_marks_and_wide_characters(write: Write, encoding: str, data: bytes) -> None:
    for size in (0, 1, 3):
        assert list(lines(write(data), encoding, size)) == ["a", "b"]


def expected_of(text: str) -> list[str]:
    *complete, rest = text.split("\n")
    return [line.rstrip("\r") for line in [*complete, *([rest] if rest else [])]]


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.text(st.sampled_from("ab \t\r\n\x0b\x85éяあ한中\u2028😀~+-\\"), max_size=40),
    st.sampled_from(ENCODINGS),
    st.integers(0, 9),
)
@example("~\n", "hz", 1)
def test_any_text_comes_back(tmp_path: Path, text: str, encoding: str, size: int) -> None:
    data = text.encode(encoding, "ignore")
    path = tmp_path / "any.txt"
    path.write_bytes(data)
    # Not `text` itself: some encodings drop or fold characters on the way.
    assert list(lines(path, encoding, size)) == expected_of(data.decode(encoding))


@pytest.mark.parametrize("size", [0, 1, 2, 7])
@pytest.mark.parametrize(
    ("encoding", "data", "bad"),
    [
        ("utf_8", b"one\nt\xffwo\nthree\n\xe4\nfive", [2, 4]),
        ("utf_8", b"one\ntwo \xe4\xb8", [2]),
        ("ascii", "one\nzwölf\nthree".encode(), [2]),
        ("cp1252", b"one\n\x81\nthree", [2]),
        ("utf_16_le", "one\ntwo\nthr".encode("utf_16_le") + b"\0\xd8", [3]),
        ("utf_16_le", "one\ntwo\nthr".encode("utf_16_le") + b"e", [3]),
        ("shift_jis", b"one\n\x81\nthree", [2]),
        ("gb18030", b"one\n\x81\nthree\n\x81\x30\nfive", [2, 4]),
        ("euc_kr", b"one\n\xb0\nthree", [2]),
        ("utf_7", b"one\n+\nthree", [2]),
        ("iso2022_jp", b"one\n\xff\nthree", [2]),
    ],
)
def test_a_line_that_is_no_text_costs_itself_alone(
    write: Write, encoding: str, data: bytes, bad: list[int], size: int
) -> None:
    path = write(data)
    found = list(lines(path, encoding, size))
    errors = [number for number, line in enumerate(found, 1) if not isinstance(line, str)]
    assert errors == bad
    assert str(found[bad[0] - 1]) == f"{path}, line {bad[0]} is not valid {encoding}"


def test_what_is_added_while_reading_is_read(write: Write) -> None:
    path = write(b"one\ntwo")
    found = lines(path, "utf_8", 4)
    assert next(found) == "one"
    with path.open("ab") as file:
        file.write(b" and more\nthree")
    assert next(found) == "two and more"
    assert next(found) == "three"
    with path.open("ab") as file:
        file.write(b"!\nfour\n")
    assert list(found) == ["!", "four"]


def test_a_failed_read_is_told_and_tried_again(write: Write) -> None:
    path = write(b"one\ntwo\nthree\n")
    found = lines(path, "utf_8", 4)
    assert next(found) == "one"
    moved = path.rename(path.with_suffix(".away"))
    for _ in range(3):
        error = next(found)
        assert str(error) == f"cannot read {path}: No such file or directory"
    moved.rename(path)
    assert list(found) == ["two", "three"]


def test_a_file_that_stays_away_is_given_up(tmp_path: Path) -> None:
    found = lines(tmp_path / "none", "utf_8", 0)
    for _ in range(PATIENCE - 1):
        assert isinstance(next(found), ProduceError)
    with pytest.raises(ProduceError, match="No such file"):
        next(found)
    assert list(found) == []


@pytest.mark.parametrize("size", [0, 1, 100])
def test_compressed_files(tmp_path: Path, size: int) -> None:
    path = tmp_path / "log.txt.gz"
    path.write_bytes(gzip.compress(VECTOR.encode("utf_16")))
    assert list(lines(path, "utf_16", size)) == PARTS


def test_a_damaged_compressed_file_gives_what_comes_before(tmp_path: Path) -> None:
    path = tmp_path / "log.gz"
    text = "".join(f"{number**9}\n" for number in range(10_000))
    data = gzip.compress(text.encode())
    path.write_bytes(data[: len(data) // 2])
    found = lines(path, "utf_8", 1000)
    good: list[Line] = []
    with pytest.raises(ProduceError, match="ended before"):
        good.extend(found)
    assert len(good) > 4000
    assert good == text.splitlines()[: len(good)]
    assert list(found) == []
    path.write_bytes(b"no gzip at all")
    with pytest.raises(ProduceError, match="Not a gzipped file"):
        next(lines(path, "utf_8", 0))


def test_memory_does_not_grow_with_the_file(write: Write) -> None:
    path = write(b"a line of forty characters, more or less\n" * 500_000)
    tracemalloc.start()
    try:
        count = sum(1 for _ in lines(path, "utf_8", 100_000))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 500_000
    assert peak < 2_000_000


def test_a_long_line_in_small_chunks(write: Write) -> None:
    path = write(b"x" * 3_000_000 + b"\nend")
    assert [len(str(line)) for line in lines(path, "utf_8", 1000)] == [3_000_000, 3]
