"""The hooks that a ``conftest.py`` or a plugin can implement."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_eventum.stream import Stream


@pytest.hookspec
def pytest_eventum_configure(config: pytest.Config) -> Mapping[str, Any] | None:
    """Return suite entries (`defaults`, `generators`, `backends`), as a suite file holds them.

    Called once, before the first marked test is planned; the suite file overrides what is returned.
    """


@pytest.hookspec
def pytest_eventum_generator(
    config: pytest.Config, document: dict[str, Any], path: Path
) -> dict[str, Any] | None:
    """Change a generator's parsed YAML: in place, or by returning another document.

    Called when the file is read, which is once per session for equal params; `path` is the file.
    """


@pytest.hookspec(firstresult=True)
def pytest_eventum_seed(item: pytest.Item, generator: str, role: str, root: int) -> int | None:
    """Return the seed of a stream that no marker pins; None leaves it to the plugin."""


@pytest.hookspec
def pytest_eventum_ready(config: pytest.Config, backend: str, url: str, client: Any) -> None:
    """Bring a new server or template database into shape, after the schema files have run.

    Called once per server; every test starts from what is there afterwards. `client` is the
    backend's own client, for sqlite a `sqlite3.Connection`.
    """


@pytest.hookspec
def pytest_eventum_delivered(item: pytest.Item, stream: Stream) -> None:
    """Called whenever a stream has delivered its events."""


@pytest.hookspec
def pytest_eventum_report(item: pytest.Item, stream: Stream, lines: list[str]) -> None:
    """Add to the lines that a failed test shows of this stream."""
