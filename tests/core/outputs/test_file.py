from __future__ import annotations

import os
import stat
from contextlib import contextmanager

import pytest
from pydantic import ValidationError

from eventum_core.errors import RunError, WriteError
from eventum_core.outputs.file import File


def permissions(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def umask():
    before = os.umask(0)
    yield
    os.umask(before)


@contextmanager
def small_files():
    """Let no file grow beyond a thousand bytes: not for a whole test, pytest itself writes too."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_events_are_in_the_file_at_once(run, chunk, tmp_path):
    with File(path="out/deep/log.txt", separator="\n", flush_interval=60).open(run) as write:
        assert write(chunk("a", "ü")) == ()
        assert (tmp_path / "out/deep/log.txt").read_bytes() == "a\nü\n".encode()


def test_an_absolute_path_is_kept(run, tmp_path):
    with File(path=tmp_path / "a.log").open(run):
        assert (tmp_path / "a.log").read_bytes() == b""


@pytest.mark.parametrize(("mode", "kept"), [("append", b"old\n"), ("overwrite", b"")])
def test_write_mode(run, chunk, tmp_path, mode, kept):
    path = tmp_path / "a.log"
    path.write_bytes(b"old\n")
    with File(path=path, write_mode=mode, separator="\n").open(run) as write:
        assert path.read_bytes() == kept
        write(chunk("a"))

    assert path.read_bytes() == kept + b"a\n"


@pytest.mark.parametrize("away", [os.remove, lambda path: os.rename(path, f"{path}.1")])
def test_a_rotated_file_is_begun_again_and_never_emptied(run, chunk, tmp_path, away):
    path = tmp_path / "a.log"
    with File(path=path, write_mode="overwrite", separator="\n").open(run) as write:
        write(chunk("a"))
        away(path)
        write(chunk("b"))
        write(chunk("c"))
        assert path.read_bytes() == b"b\nc\n"
        away(path)
        path.write_bytes(b"theirs\n")
        write(chunk("d"))

    assert path.read_bytes() == b"theirs\nd\n"


def test_a_rotated_file_keeps_what_it_had(run, chunk, tmp_path):
    path = tmp_path / "a.log"
    with File(path=path, separator="\n").open(run) as write:
        write(chunk("a"))
        path.rename(tmp_path / "a.log.1")
        write(chunk("b"))

    assert (tmp_path / "a.log.1").read_bytes() == b"a\n"


def test_a_removed_folder_is_made_again(run, chunk, tmp_path):
    path = tmp_path / "logs" / "a.log"
    with File(path=path, separator="\n").open(run) as write:
        path.unlink()
        path.parent.rmdir()
        write(chunk("a"))

    assert path.read_bytes() == b"a\n"


def open_handles(path):
    held = (os.path.join("/proc/self/fd", handle) for handle in os.listdir("/proc/self/fd"))
    return sum(os.path.exists(link) and os.path.samefile(link, path) for link in held)


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs a list of open files")
def test_an_idle_file_is_closed_and_opened_again(run, chunk, tmp_path):
    path = tmp_path / "a.log"
    with File(path=path, cleanup_interval=3, separator="\n").open(run) as write:
        write(chunk("a"))
        write(chunk())
        write(chunk())
        assert open_handles(path) == 1
        write(chunk())
        assert open_handles(path) == 0
        write(chunk("b"))
        write(chunk())
        assert open_handles(path) == 1

    assert open_handles(path) == 0
    assert path.read_bytes() == b"a\nb\n"


@pytest.mark.parametrize(
    ("given", "digits"),
    [
        *((640, 640), (416, 640), ("640", 640), ("0640", 640), ("0o640", 640), ("0416", 416)),
        *((0o600, 600), (0o644, 644), (0o664, 664), (0o750, 750), (0o777, 777), (0o666, 666)),
        *((600, 600), (644, 644), (660, 660), (444, 444), (400, 400), (777, 777), (2640, 2640)),
        *((0, 0), (1777, 1777), (7777, 7777)),
    ],
)
def test_both_spellings_of_a_file_mode(given, digits):
    assert File(path="a", file_mode=given).file_mode == digits


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o660, 0o664, 0o666, 0o700, 0o755, 0o777])
def test_the_spellings_of_usual_modes_never_clash(mode):
    as_digits, as_number = (File(path="a", file_mode=given) for given in (int(f"{mode:o}"), mode))

    assert as_digits.file_mode == as_number.file_mode == int(f"{mode:o}")


@pytest.mark.parametrize("given", [888, "888", 8000, "77777", -1, "rw", 12345])
def test_a_mode_that_is_none_is_refused(given):
    with pytest.raises(ValidationError, match="file_mode"):
        File(path="a", file_mode=given)


@pytest.mark.parametrize("given", ["rw", "888", "6.4", ""])
def test_a_text_that_is_no_mode_is_told_plainly(given):
    with pytest.raises(ValidationError, match="has the digits 0 to 7 only"):
        File(path="a", file_mode=given)


@pytest.mark.parametrize(("given", "mode"), [(640, 0o640), ("0606", 0o606), (0o600, 0o600)])
@pytest.mark.usefixtures("umask")
def test_a_new_file_has_the_mode(run, tmp_path, given, mode):
    with File(path="a.log", file_mode=given).open(run):
        assert permissions(tmp_path / "a.log") == mode


def test_an_unencodable_event_fails_alone(run, chunk, tmp_path):
    with File(path="a.log", encoding="latin_1", separator="\n").open(run) as write:
        (failure,) = write(chunk("a", "漢", "b"))

    assert failure.item == 1
    assert (tmp_path / "a.log").read_bytes() == b"a\nb\n"


@pytest.mark.parametrize("encoding", ["utf_16", "utf_8_sig", "utf_32"])
def test_the_byte_order_mark_begins_the_file_and_nothing_else(run, chunk, tmp_path, encoding):
    for _ in range(2):
        with File(path="a.log", encoding=encoding, separator="\n").open(run) as write:
            write(chunk("a"))
            write(chunk("b", "c"))

    assert (tmp_path / "a.log").read_bytes() == "a\nb\nc\na\nb\nc\n".encode(encoding)


def test_a_chunk_that_does_not_fit_leaves_no_half_line(run, chunk, tmp_path):
    with File(path="a.log", separator="\n").open(run) as write, small_files():
        write(chunk("a" * 600))
        with pytest.raises(WriteError, match="File too large"):
            write(chunk("b" * 600))
        write(chunk("c" * 300))

    assert (tmp_path / "a.log").read_bytes() == b"a" * 600 + b"\n" + b"c" * 300 + b"\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_fails_the_chunk(run, chunk):
    with File(path="/dev/full").open(run) as write, pytest.raises(WriteError, match="No space"):
        write(chunk("a"))


def test_what_cannot_be_opened_ends_the_run(run, tmp_path):
    (tmp_path / "plain").write_text("")
    for path in (tmp_path, tmp_path / "plain" / "a.log"):
        with pytest.raises(RunError, match="cannot open"), File(path=path).open(run):
            pass


def test_one_plugin_can_be_run_twice(run, chunk, tmp_path):
    file = File(path="a.log", separator="\n")
    for text in ("a", "b"):
        with file.open(run) as write:
            write(chunk(text))

    assert (tmp_path / "a.log").read_bytes() == b"a\nb\n"


@pytest.mark.parametrize(
    "options", [{}, {"path": "a", "cleanup_interval": 0.5}, {"path": "a", "write_mode": "a"}]
)
def test_wrong_options_are_refused(options):
    with pytest.raises(ValidationError):
        File(**options)
