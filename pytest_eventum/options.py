"""The options of the plugin: each is declared once and stands on the command line and in ini."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    import pytest

IniType = Literal["string", "paths", "args", "bool"]


class Option(NamedTuple):
    """One option; its ini twin is ``eventum_`` and `name`."""

    name: str
    ini: IniType
    help: str
    metavar: str = ""
    """Empty where the option stands in ini files only, or is a switch."""


OPTIONS = (
    Option("config", "string", "suite file: defaults, named generators and named backends", "FILE"),
    Option("seed", "string", "root of every seed that no marker pins: INT, random or last", "SEED"),
    Option("now", "string", "ISO time that 'now' means in every stream", "ISO"),
    Option("backend", "args", "run on these backends only (repeatable, or with commas)", "NAME"),
    Option("plan", "bool", "print which test gets which stream, seed and backend; run nothing"),
    Option("paths", "paths", "folders in which generators are looked for"),
    Option("seed_scope", "string", "what an unpinned seed depends on: test or generator"),
    Option("schema", "paths", "SQL files run once into the database that each test's is copied of"),
)


def declare(parser: pytest.Parser) -> None:
    """Add every option to pytest's parser."""
    group = parser.getgroup("eventum", "event streams (pytest-eventum)")
    for option in OPTIONS:
        parser.addini(f"eventum_{option.name}", option.help, type=option.ini, default=None)
        if option.ini == "bool":
            group.addoption(_flag(option), action="store_true", default=None, help=option.help)
        elif option.metavar:
            many = "append" if option.ini == "args" else "store"
            group.addoption(
                _flag(option), action=many, metavar=option.metavar, default=None, help=option.help
            )


def _flag(option: Option) -> str:
    return f"--eventum-{option.name}"


def given(config: pytest.Config, name: str) -> Any:
    """Return what the command line says of an option, None if nothing."""
    return config.getoption(f"eventum_{name}", None)


def inherited(config: pytest.Config, name: str) -> Any:
    """Return what the ini file says of an option, None if nothing."""
    return config.getini(f"eventum_{name}") or None


def setting(config: pytest.Config, name: str) -> Any:
    """Return an option's value: command line before ini, None if neither says anything."""
    value = given(config, name)
    return inherited(config, name) if value is None else value


def names(config: pytest.Config) -> list[str]:
    """Return the backends that the command line names."""
    return [name for part in given(config, "backend") or () for name in part.split(",") if name]


def suite_path(config: pytest.Config) -> Path | None:
    """Return the suite file: relative to the working folder if asked for there, else to the ini."""
    asked: str | None = given(config, "config")
    if asked:
        return config.invocation_params.dir / asked
    written: str | None = inherited(config, "config")
    home = config.inipath.parent if config.inipath else config.rootpath
    return home / written if written else None
