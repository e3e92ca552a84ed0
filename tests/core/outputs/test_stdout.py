from __future__ import annotations

import contextlib
import io
import os
import sys
import threading

import pytest
from pydantic import ValidationError

from eventum_core.errors import RunError, WriteError
from eventum_core.outputs.stdout import Stdout


@pytest.fixture
def stdout(monkeypatch):
    """Make a file stdout. It has to happen in the test: pytest sets its own when one begins."""
    with contextlib.ExitStack() as stack:

        def stdout(file):
            stream = stack.enter_context(open(file, "w", encoding="utf-8"))
            monkeypatch.setattr(sys, "stdout", stream)

        yield stdout


@pytest.fixture
def pipe(stdout):
    """Make stdout the end of a pipe, as a shell would, and give the reading end."""
    with contextlib.ExitStack() as stack:

        def pipe():
            reading, writing = os.pipe()
            stdout(writing)
            return stack.enter_context(open(reading, "rb"))

        yield pipe


def test_events_appear_at_once(run, chunk, pipe):
    piped = pipe()
    with Stdout(separator="\n").open(run) as write:
        assert write(chunk("a", "ü")) == ()
        assert piped.read1() == "a\nü\n".encode()
        write(chunk("b"))
        assert piped.read1() == b"b\n"


def test_the_stream_stays_open(run, chunk, capfd):
    with Stdout(separator="\n").open(run) as write:
        write(chunk("a"))
    print("after")

    assert capfd.readouterr().out == "a\nafter\n"


def test_what_was_printed_before_comes_first(run, chunk, pipe):
    piped = pipe()
    sys.stdout.write("before\n")
    with Stdout(separator="\n").open(run) as write:
        write(chunk("a"))

    assert piped.read1() == b"before\na\n"


def test_standard_error(run, chunk, capfd):
    with Stdout(stream="stderr", separator="|").open(run) as write:
        write(chunk("a", "b"))

    assert capfd.readouterr() == ("", "a|b|")


def test_python_s_own_captures_work(run, chunk, capsys):
    with Stdout(separator="\n").open(run) as write:
        write(chunk("a"))
    with (
        contextlib.redirect_stdout(io.StringIO()) as text,
        Stdout(separator="\n", encoding="utf_16").open(run) as write,
    ):
        write(chunk("ü", "漢"))

    assert capsys.readouterr().out == "a\n"
    assert text.getvalue() == "ü\n漢\n"


@pytest.mark.parametrize("encoding", ["latin_1", "utf_16", "utf_8_sig", "iso2022_jp"])
def test_every_event_is_encoded_for_itself(run, chunk, pipe, encoding):
    piped = pipe()
    with Stdout(encoding=encoding, separator="\n").open(run) as write:
        write(chunk("a", "b"))

    assert piped.read1() == "a\n".encode(encoding) + "b\n".encode(encoding)


def test_an_unencodable_event_fails_alone(run, chunk, pipe):
    piped = pipe()
    with Stdout(encoding="ascii", separator="\n").open(run) as write:
        (failure,) = write(chunk("a", "ü", "b"))

    assert failure.item == 1
    assert piped.read1() == b"a\nb\n"


def test_a_heartbeat_writes_nothing(run, chunk, pipe):
    piped = pipe()
    with Stdout(separator="\n").open(run) as write:
        assert write(chunk()) == ()
        write(chunk("a"))

    assert piped.read1() == b"a\n"


def test_more_than_a_pipe_holds_is_written_whole(run, chunk, pipe):
    piped = pipe()
    os.set_blocking(sys.stdout.fileno(), False)
    read = []
    reader = threading.Thread(target=lambda: read.append(piped.read(3_000_003)), daemon=True)
    reader.start()
    with Stdout(separator="\n").open(run) as write:
        write(chunk(*["x" * 1_000_000] * 3))
    reader.join(10)

    assert read == [(b"x" * 1_000_000 + b"\n") * 3]


def test_a_reader_that_left_ends_the_run(run, chunk, pipe):
    piped = pipe()
    with Stdout().open(run) as write:
        piped.close()
        with pytest.raises(RunError, match="the reader of stdout went away"):
            write(chunk("a"))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_fails_the_chunk(run, chunk, stdout):
    stdout("/dev/full")
    with Stdout().open(run) as write, pytest.raises(WriteError, match="No space left") as failed:
        write(chunk("a"))

    assert not failed.value.retry


def test_a_process_without_stdout_cannot_start(run, monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)

    with pytest.raises(RunError, match="this process has no stdout"), Stdout().open(run):
        pass


@pytest.mark.parametrize(
    "options",
    [{"stream": "stdin"}, {"flush_interval": -1}, {"encoding": "utf-8"}, {"colour": True}],
)
def test_wrong_options_are_refused(options):
    with pytest.raises(ValidationError):
        Stdout(**options)


def test_zero_is_a_flush_interval():
    assert Stdout(flush_interval=0).flush_interval == 0
