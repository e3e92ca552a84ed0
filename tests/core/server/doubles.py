"""An application's folder, generators in it, and a plugin that takes its time."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import Any, ClassVar

import yaml

from eventum_core.application import Application, read_application
from eventum_core.outputs.file import File

USER = ("ann", "correct horse")
SERVER = {"auth": {"user": USER[0], "password": USER[1]}, "host": "127.0.0.1"}
LIVE: dict[str, Any] = {"cron": {"expression": "* * * * * *", "count": 1}}
FINITE: dict[str, Any] = {"linspace": {"start": "now", "end": "+1m", "count": 10}}


class Held(File):
    """Writes to a file, but takes its time to be loaded: until the test lets it go."""

    name: ClassVar[str] = "held"
    gate: ClassVar[Event]

    def check(self, base: Path) -> None:
        self.gate.wait()


def configured(folder: Path, server: dict[str, Any] | None = None, **other: Any) -> Application:
    """Return the application that a file with these sections makes."""
    file = folder / "eventum.yml"
    file.write_text(yaml.safe_dump({"server": {**SERVER, **(server or {})}, **other}), "utf-8")
    return read_application(file)


def project(folder: Path, name: str, when: dict[str, Any] = LIVE, output: str = "file") -> Path:
    """Write a generator that fills a file, and return its path."""
    document = {
        "input": [when],
        "event": {"template": {"mode": "all", "templates": [{"hello": {"inline": "hello"}}]}},
        "output": [{output: {"path": "out.txt"}}],
    }
    path = folder / "generators" / name / "generator.yml"
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump(document), "utf-8")
    return path
