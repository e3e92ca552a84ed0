"""``--plugin``: the commands that take plugins from a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Call = Callable[..., Result]
Edit = Callable[[str, str], None]
OWN = '''
from typing import ClassVar

import numpy as np

from eventum_core import InputPlugin, Run


class Trio(InputPlugin):
    """Three instants."""

    name: ClassVar[str] = "trio"

    second: int = 1
    """Seconds from one to the next."""

    def timestamps(self, run: Run):
        start = np.datetime64(run.start.replace(tzinfo=None), "us")
        yield start + np.arange(3) * np.timedelta64(self.second, "s")
'''


@pytest.fixture
def own(project: Path, edit: Edit) -> Path:
    """Return the file of a plugin that the project uses."""
    edit(
        'linspace: {start: "2026-01-01T00:00:00", end: "2026-01-01T00:00:09", count: 10}',
        "trio: {}",
    )
    path = project / "trio.py"
    path.write_text(OWN, "utf-8")
    return path


@pytest.mark.parametrize("command", [["check"], ["preview"], ["generate", "--no-live-mode"]])
def test_a_generator_may_use_it(own: Path, call: Call, command: list[str]) -> None:
    assert call(*command, own.parent, "--plugin", own).exit_code == 0
    without = call(*command, own.parent)
    assert (without.exit_code, "unknown input plugin 'trio'" in without.stderr) == (2, True)


def test_the_line_that_repeats_a_run_names_it(own: Path, call: Call) -> None:
    told = call("generate", own.parent, "--no-live-mode", "--plugin", own).stderr
    again = told.rpartition("again: eventum ")[2].split()
    first = (own.parent / "out.log").read_text("utf-8")
    assert len(first.splitlines()) == 3
    assert call(*again).exit_code == 0
    assert (own.parent / "out.log").read_text("utf-8") == first * 2


def test_it_is_listed_with_its_file(own: Path, call: Call) -> None:
    rows = [line.split() for line in call("plugins", "--plugin", own).stdout.splitlines()]
    assert ["input", "trio", str(own)] in rows


def test_its_schema_is_printed(own: Path, call: Call) -> None:
    schema = json.loads(call("schema", "input", "trio", "--plugin", own).stdout)
    assert schema["properties"]["second"]["description"] == "Seconds from one to the next."
    whole = json.loads(call("schema", "--plugin", own).stdout)
    assert "trio" in whole["properties"]["input"]["items"]["properties"]


@pytest.mark.parametrize("command", ["check", "preview", "generate", "plugins", "schema"])
def test_a_file_that_is_not_there_is_an_error_of_usage(
    project: Path, call: Call, command: str
) -> None:
    files = [] if command in ("plugins", "schema") else [project]
    result = call(command, *files, "--plugin", project / "gone.py")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"{project / 'gone.py'}: there is no such file\n"


def test_a_shipped_plugin_s_name_is_taken(own: Path, call: Call) -> None:
    own.write_text(OWN.replace('"trio"', '"cron"'), "utf-8")
    result = call("check", own.parent, "--plugin", own)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "input plugin 'cron' is offered twice" in result.stderr


EVENT = '''
from typing import Any, ClassVar

from eventum_core import EventPlugin, Run


class Odd(EventPlugin):
    """Has options that are called like others."""

    name: ClassVar[str] = "odd"

    templates: list[str] = ["a"]
    """Texts."""
    samples: int = 3
    """A number."""

    def producer(self, run: Run):
        return lambda moment: self.templates
'''


def test_options_called_like_those_of_shipped_plugins_confuse_nobody(
    project: Path, call: Call
) -> None:
    (project / "odd.py").write_text(EVENT, "utf-8")
    config = "input: [static: {count: 1}]\nevent: {odd: {templates: [b]}}\noutput: [stdout: {}]\n"
    (project / "generator.yml").write_text(config, "utf-8")
    checked = call("check", "-v", project, "--plugin", project / "odd.py")
    assert (checked.exit_code, "event odd" in checked.stdout) == (0, True)
    assert call("preview", project, "--plugin", project / "odd.py").stdout == "b\n"
