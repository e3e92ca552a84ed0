"""The name ``subprocess`` of templates: run a command in the system's shell, never for ever."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, NamedTuple, NoReturn

from eventum_core.errors import ProduceError
from eventum_core.plugin import Run

TIMEOUT = 30.0
"""Seconds a command may take that names no limit of its own."""
MAX_OUTPUT = 64 * 1024 * 1024
"""Bytes a command may write to either stream."""
GLANCE = 0.05
"""Seconds between two looks at whether the command must end."""


class Completed(NamedTuple):
    """What a command left; a status other than 0 is not an error."""

    stdout: str
    stderr: str
    exit_code: int


class Shell:
    """Runs commands for one run."""

    __slots__ = ("_run",)

    def __init__(self, run: Run) -> None:
        self._run = run

    def run(
        self,
        command: str,
        cwd: str | Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Completed:
        """Run `command` and wait for it.

        `cwd` defaults to the process's own folder, `env` replaces the whole environment,
        `timeout` is in seconds. The command reads an empty stdin. Raise `ProduceError` if it
        takes or writes too much, if the run is stopping, or if its output is not UTF-8.
        """
        if self._run.policy == "restricted":
            raise ProduceError("subprocess is not available under the restricted policy")
        limit = TIMEOUT if timeout is None else timeout
        with _capture() as out, _capture() as err:
            # Files instead of pipes: nothing to drain, and a child that outlives the shell
            # cannot keep us waiting for the end of its output.
            with _start(command, cwd, env, out, err) as process:
                self._wait(process, limit, out, err)
            return Completed(_text(out, command), _text(err, command), process.returncode)

    def _wait(self, process: subprocess.Popen[bytes], limit: float, *streams: IO[str]) -> None:
        deadline = time.monotonic() + limit
        while not _ended(process):
            if self._run.stopping.is_set():
                _give_up(process, "the run is stopping")
            if time.monotonic() >= deadline:
                _give_up(process, f"it took longer than {limit:g} s")
            if any(os.fstat(stream.fileno()).st_size > MAX_OUTPUT for stream in streams):
                _give_up(process, f"it wrote more than {MAX_OUTPUT} bytes")


def _capture() -> IO[str]:
    return TemporaryFile("w+", encoding="utf-8")


def _start(
    command: str,
    cwd: str | Path | None,
    env: Mapping[str, str] | None,
    out: IO[str],
    err: IO[str],
) -> subprocess.Popen[bytes]:
    """Start the shell as the head of a process group of its own, so that all of it can end."""
    return subprocess.Popen(
        command,
        shell=True,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=err,
        start_new_session=True,
    )


def _ended(process: subprocess.Popen[bytes]) -> bool:
    """Wait a moment and tell whether the process is over."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(GLANCE)
    return process.returncode is not None


def _give_up(process: subprocess.Popen[bytes], why: str) -> NoReturn:
    _kill(process)
    process.wait()
    raise ProduceError(f"the command was ended: {why}", {"command": process.args})


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the process and all of its children."""
    if sys.platform == "win32":
        tree = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
        subprocess.run(tree, check=False, capture_output=True)
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _text(stream: IO[str], command: str) -> str:
    stream.seek(0)
    try:
        return stream.read()
    except UnicodeDecodeError as error:
        raise ProduceError(
            f"the command's output is not UTF-8: {error}", {"command": command}
        ) from error
