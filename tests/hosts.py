"""Generators of a fleet and whole applications, for the tests that run several of them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Flag
from typing import Any, ClassVar

from doubles import threads_left

from eventum_core import EventPlugin, Run, Settings
from eventum_core.fleet import Fleet, Member, Status
from eventum_core.plugin import Produce

CANARY = "Canary-3f9c-Of-The-Mine"
CONFIG = """\
input:
- timer: {{seconds: 0.1, count: 1{repeat}}}
event:
  {event}
output:
- file: {{path: {output}, flush_interval: 0}}
"""
PLAIN = 'template: {mode: all, templates: [{one: {inline: "x"}}]}'
RUNNING = Status(is_running=True)
ENDED = Status(is_ended_up=True, is_ended_up_successfully=True)
FAILED = Status(is_ended_up=True)


class Gate(EventPlugin):
    """Waits at a gate of the test, by its name: while it is checked, or in each event."""

    name: ClassVar[str] = "gate"
    gates: ClassVar[dict[str, Flag]] = {}
    reached: ClassVar[dict[str, Flag]] = {}
    load: str = ""
    event: str = ""

    def check(self, base: Path) -> None:
        self._pass(self.load)

    def producer(self, run: Run) -> Produce:
        def produce(moment: Any) -> Sequence[str]:
            self._pass(self.event)
            return ["x"]

        return produce

    def _pass(self, name: str) -> None:
        if name:
            self.reached[name].set()
            self.gates[name].wait(30)


class Broken(EventPlugin):
    """Raises what a plugin should not."""

    name: ClassVar[str] = "broken"
    exits: bool = False

    def check(self, base: Path) -> None:
        raise SystemExit(3) if self.exits else KeyError(CANARY)


def closed(name: str) -> Flag:
    """Return a new gate that is closed; all are opened in the end."""
    Gate.reached[name] = Flag()
    return Gate.gates.setdefault(name, Flag())


class Yard:
    """A fleet, and what its generators need: gates, and a folder for each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fleet = Fleet(plugins=[Gate, Broken])

    def add(
        self, id: str, event: str = PLAIN, *, repeat: int = 0, output: str = "out.log", **more: Any
    ) -> Member:
        """Add a generator: live, ten events a second, for ever."""
        path = write(self.folder / id, event, repeat=repeat, output=output)
        return self.fleet.add(Settings(id=id, path=path, **more))

    def lines(self, id: str) -> list[str]:
        """Return what a generator has written."""
        return lines(self.folder / id / "out.log")


@contextmanager
def yard(folder: Path) -> Iterator[Yard]:
    """Give a fleet that is stopped in the end and leaves no thread behind."""
    made = Yard(folder)
    try:
        yield made
    finally:
        for flag in Gate.gates.values():
            flag.set()
        left = made.fleet.close()
        Gate.gates.clear()
        Gate.reached.clear()
    assert (left, threads_left()) == ([], [])


def write(folder: Path, event: str = PLAIN, *, repeat: int = 0, output: str = "out.log") -> Path:
    """Write a generator's file and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "generator.yml"
    times = f", repeat: {repeat}" if repeat else ""
    path.write_text(CONFIG.format(event=event, repeat=times, output=output), "utf-8")
    return path


def inline(text: str) -> str:
    """Return an event plugin with this template, as a line of YAML."""
    return f'template: {{mode: all, templates: [{{one: {{inline: "{text}"}}}}]}}'


def until(condition: Callable[[], object]) -> None:
    """Return once the condition holds; fail if that takes too long."""
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        Flag().wait(0.005)


def lines(path: Path) -> list[str]:
    """Return a file's lines, none if there is no file."""
    return path.read_text("utf-8").splitlines() if path.exists() else []


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run an application in a process of its own, and never leave it behind."""
    with subprocess.Popen(
        [sys.executable, "-m", "eventum_core", "run", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONUTF8": "1"},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ended(process: subprocess.Popen[str], folder: Path) -> tuple[int, str]:
    """Return the exit code, and what the main file says; stdout was left alone."""
    out, _ = process.communicate(timeout=30)
    assert out == ""
    return process.returncode, "\n".join(lines(folder / "logs/main.log"))
