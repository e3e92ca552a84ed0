"""Commands run for real, and ended for real."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from eventum_core.errors import ProduceError
from eventum_core.events.template import shell as shell_module
from eventum_core.events.template.shell import Completed, Shell
from eventum_core.plugin import Run

posix = pytest.mark.skipif(os.name == "nt", reason="written in the language of POSIX shells")

FOREVER = "import threading; threading.Event().wait()"


def python(code: str) -> str:
    """Return the command line that runs Python code."""
    command = [sys.executable, "-c", code]
    return f'"{command[0]}" -c "{code}"' if os.name == "nt" else shlex.join(command)


@pytest.fixture
def shell(make_run: Callable[..., Run]) -> Shell:
    return Shell(make_run())


def test_output_and_status(shell: Shell) -> None:
    code = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    assert shell.run(python(code)) == Completed("out\n", "err\n", 3)


def test_a_command_is_a_line_of_the_shell(shell: Shell) -> None:
    assert shell.run("echo one && echo two").stdout.split() == ["one", "two"]
    assert shell.run("exit 4").exit_code == 4


def test_text_is_utf_8(shell: Shell) -> None:
    code = "import sys; sys.stdout.buffer.write(bytes([0xD1, 0x91, 13, 10]))"
    assert shell.run(python(code)).stdout == "ё\n"


def test_other_encodings_are_an_error(shell: Shell) -> None:
    code = "import sys; sys.stderr.buffer.write(bytes([0xFF]))"
    with pytest.raises(ProduceError, match="not UTF-8"):
        shell.run(python(code))


def test_stdin_is_empty(shell: Shell) -> None:
    assert shell.run(python("import sys; print(len(sys.stdin.read()))")).stdout == "0\n"


def test_the_folder_is_the_process_own_unless_given(shell: Shell, tmp_path: Path) -> None:
    code = "import os; print(os.getcwd())"
    assert Path(shell.run(python(code)).stdout.strip()) == Path.cwd()
    assert Path(shell.run(python(code), cwd=tmp_path).stdout.strip()) == tmp_path.resolve()
    with pytest.raises(FileNotFoundError):
        shell.run("echo", cwd=tmp_path / "nowhere")


@posix
def test_env_replaces_the_environment(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTUM_TEST_INHERITED", "yes")
    line = "echo ${EVENTUM_TEST_INHERITED-no} ${GIVEN-no}"
    assert shell.run(line).stdout == "yes no\n"
    assert shell.run(line, env={"GIVEN": "here"}).stdout == "no here\n"


def test_a_command_is_ended_at_its_limit(shell: Shell) -> None:
    with pytest.raises(ProduceError, match=r"longer than 0\.2 s") as caught:
        shell.run(python(FOREVER), timeout=0.2)
    assert "threading" in str(caught.value.context["command"])


def test_a_command_without_a_limit_has_one(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell_module, "TIMEOUT", 0.1)
    with pytest.raises(ProduceError, match=r"longer than 0\.1 s"):
        shell.run(python(FOREVER))


@posix
def test_a_stopping_run_ends_the_command_and_its_children(
    make_run: Callable[..., Run], tmp_path: Path
) -> None:
    run, pipe = make_run(), tmp_path / "pipe"
    os.mkfifo(pipe)
    seen: list[str] = []

    def stop_when_started() -> None:
        # Ends only when every process that holds the other end is gone.
        with pipe.open() as words:
            seen.append(words.readline())
            run.stopping.set()
            seen.append(words.read())

    watcher = Thread(target=stop_when_started, daemon=True)
    watcher.start()
    child = python(f"print('started', flush=True); {FOREVER}")
    with pytest.raises(ProduceError, match="stopping"):
        Shell(run).run(f"({child}) > {shlex.quote(str(pipe))}; echo never")
    watcher.join(10)
    assert seen == ["started\n", ""]


def test_a_run_that_is_already_stopping_runs_nothing_long(make_run: Callable[..., Run]) -> None:
    run = make_run()
    run.stopping.set()
    with pytest.raises(ProduceError, match="stopping"):
        Shell(run).run(python(FOREVER))


@posix
def test_too_much_output_ends_the_command(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell_module, "MAX_OUTPUT", 1000)
    with pytest.raises(ProduceError, match="more than 1000 bytes"):
        shell.run("while :; do echo line; done")


@posix
def test_a_child_in_the_background_does_not_keep_us_waiting(shell: Shell, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    # The child waits for a reader, who comes only after the command has returned.
    assert shell.run(f"(echo late > {shlex.quote(str(pipe))}) & echo soon").stdout == "soon\n"
    assert pipe.read_text() == "late\n"


def test_the_restricted_policy_runs_nothing(make_run: Callable[..., Run], tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    with pytest.raises(ProduceError, match="restricted"):
        Shell(make_run(policy="restricted")).run(python(f"open({str(trace)!r}, 'w')"))
    assert not trace.exists()
