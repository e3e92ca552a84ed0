"""What every test gets: pytester, and an environment without the developer's own settings."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from eventum_core import secrets
from eventum_core.cli.log import Redacting

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parent.parent
HOMES = (
    *("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"),
    *("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"),
)

# Some read generators while tests are collected: that must leave nothing in the home folder.
os.environ["EVENTUM_TEMPLATE_CACHE"] = "0"


@pytest.fixture(autouse=True)
def _isolated_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Keep home folders, keyrings and switches of the machine out of every test."""
    for name in [name for name in os.environ if name.startswith("EVENTUM_")]:
        monkeypatch.delenv(name)
    # What one test called a secret would be masked in all that follow.
    monkeypatch.setattr(secrets, "_known", set())
    monkeypatch.setattr(secrets, "_pattern", None)
    home = str(tmp_path_factory.mktemp("home"))
    for name in HOMES:
        monkeypatch.setenv(name, home)


@pytest.fixture(autouse=True)
def _untouched_logging() -> Iterator[None]:
    """Undo what a command line that ran in this process has set up for its logs."""
    loggers = [logging.getLogger(name) for name in ("", "eventum", "eventum_core.secrets")]
    levels = [logger.level for logger in loggers]
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
    # pytest's own handlers come and go with the phases of a test: they must stay.
    root = loggers[0]
    root.handlers[:] = [h for h in root.handlers if not isinstance(h.formatter, Redacting)]


@pytest.fixture(scope="session")
def root() -> Path:
    """Folder of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def projects(root: Path) -> Path:
    """Folder of the generator projects that ship with the plugin."""
    return root / "fixtures" / "projects"
