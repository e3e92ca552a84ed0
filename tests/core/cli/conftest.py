"""A small project, and the program to run on it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from eventum_core import secrets
from eventum_core.cli.main import main

Call = Callable[..., Result]

CONFIG = """\
input:
- linspace: {start: "2026-01-01T00:00:00", end: "2026-01-01T00:00:09", count: 10}
event:
  template:
    mode: all
    templates:
    - numbered: {template: event.jinja}
output:
- file: {path: out.log}
"""
TEMPLATE = """{{ timestamp.isoformat() }} {{ module.rand.number.integer(1, 1000000) }}"""


@pytest.fixture(autouse=True)
def _process_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget the secrets of other tests, and put logging back as it was."""
    monkeypatch.setattr(secrets, "_known", set())
    monkeypatch.setattr(secrets, "_pattern", None)
    root, security = logging.getLogger(), logging.getLogger("eventum_core.secrets")
    handlers, level, other = root.handlers[:], root.level, security.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    security.setLevel(other)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder with a finite generator that writes ten lines to ``out.log``."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "generator.yml").write_text(CONFIG, "utf-8")
    (folder / "event.jinja").write_text(TEMPLATE, "utf-8")
    return folder


@pytest.fixture
def call() -> Call:
    """Return a function that runs ``eventum`` with arguments; a bug is raised."""

    def run(*args: object, **kwargs: object) -> Result:
        arguments = [str(arg) for arg in args]
        return CliRunner().invoke(main, arguments, catch_exceptions=False, **kwargs)  # type: ignore[arg-type] # passed on as they are

    return run


@pytest.fixture
def edit(project: Path) -> Callable[[str, str], None]:
    """Return a function that replaces a part of ``generator.yml``, which must be there."""

    def replace(old: str, new: str) -> None:
        path = project / "generator.yml"
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    return replace
