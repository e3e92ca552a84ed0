"""Every encoding on the list, through each output of plain bytes."""

from __future__ import annotations

import io
import sys

import pytest
from doubles import generator

from eventum_core.codecs import ENCODINGS, mark
from eventum_core.outputs.file import File
from eventum_core.outputs.stdout import Stdout

LETTERS = "aéøßþاהקдЖλñ漢字あアガ한中囃"
MISFITS = "\U0001f600\ud800"
each = pytest.mark.parametrize("encoding", ENCODINGS)


def fits(text: str, encoding: str) -> bool:
    try:
        return text.encode(encoding).decode(encoding) == text
    except UnicodeError:
        return False


def texts(encoding: str) -> list[str]:
    """Return texts with all letters that the encoding has, in other orders."""
    letters = "".join(letter for letter in LETTERS if fits(letter, encoding))
    return [f"{n}: {letters[n:]}{letters[:n]}" for n in range(len(letters))]


def misfit(encoding: str) -> str:
    """Return a text that the encoding cannot take; only one can take everything."""
    found = next((text for text in MISFITS if not _encodes(text, encoding)), "")
    assert found or encoding == "utf_7"
    return found


def _encodes(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


@pytest.fixture
def stdout(monkeypatch):
    """Take what is written to stdout as bytes."""

    def stdout() -> io.BytesIO:
        taken = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(taken, "ascii", write_through=True))
        return taken

    return stdout


@each
def test_a_file_can_be_read_as_one_text(run, chunk, tmp_path, encoding):
    path = tmp_path / "out"
    many = texts(encoding)
    for half in (many[::2], many[1::2]):
        with File(path=path, encoding=encoding, separator="\n").open(run) as write:
            assert write(chunk(*half)) == ()
            assert write(chunk()) == ()

    data = path.read_bytes()
    assert data.decode(encoding).split("\n") == [*many[::2], *many[1::2], ""]
    assert data.startswith(mark(encoding))
    assert not mark(encoding) or data.count(mark(encoding)) == 1


@each
def test_stdout_gets_each_event_encoded_for_itself(run, chunk, stdout, encoding):
    taken = stdout()
    many = texts(encoding)
    with Stdout(encoding=encoding, separator="\n").open(run) as write:
        assert write(chunk(*many)) == ()

    assert taken.getvalue() == b"".join(f"{text}\n".encode(encoding) for text in many)


@pytest.mark.parametrize("encoding", [name for name in ENCODINGS if misfit(name)])
def test_one_event_that_cannot_be_encoded_costs_no_other(run, chunk, tmp_path, stdout, encoding):
    taken = stdout()
    many = [misfit(encoding), *texts(encoding), f"x{misfit(encoding)}", "end"]
    with (
        File(path=tmp_path / "out", encoding=encoding, separator="\n").open(run) as to_file,
        Stdout(encoding=encoding, separator="\n").open(run) as to_stdout,
    ):
        for write in (to_file, to_stdout):
            failures = write(chunk(*many))
            assert [failure.item for failure in failures] == [0, len(many) - 2]
            assert all(failure.reason.startswith("not encodable: ") for failure in failures)

    kept = [*many[1:-2], "end"]
    assert (tmp_path / "out").read_bytes().decode(encoding).split("\n") == [*kept, ""]
    assert taken.getvalue() == b"".join(f"{text}\n".encode(encoding) for text in kept)


def test_the_list_of_letters_tells_the_encodings_apart():
    counts = [len(texts(encoding)) for encoding in ENCODINGS]
    assert min(counts) == 1
    assert max(counts) == len(LETTERS)
    assert len(set(counts)) > 8


def test_what_does_not_fit_is_counted(tmp_path):
    words = ["a", "é", "b", "漢"]
    made = generator(
        tmp_path,
        {"file": {"path": "out", "encoding": "latin_1", "separator": ""}},
        event={"called": {"function": lambda moment, run: [words[moment.ordinal]]}},
        count=4,
    )
    report = made.run_sync()

    assert (report.outputs[0].written, report.outputs[0].write_failed) == (3, 1)
    assert "output[0].file: not encodable: 'latin-1' codec can't encode" in report.errors[0]
    assert (tmp_path / "out").read_bytes() == b"a\xe9b"


@pytest.mark.parametrize("output", ["file", "stdout"])
@pytest.mark.parametrize(
    ("name", "says"),
    [("utf-8", "write utf_8"), ("UTF16", "write utf_16"), ("klingon", "known are ascii, big5")],
)
def test_another_name_is_refused_with_the_right_one(tmp_path, output, name, says):
    options = {"path": "out", "encoding": name} if output == "file" else {"encoding": name}
    with pytest.raises(Exception, match=says) as caught:
        generator(tmp_path, {output: options})

    (problem,) = caught.value.problems
    assert problem.path == f"output[0].{output}.encoding"
