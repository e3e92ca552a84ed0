"""From what a marker says to the engine's own checked objects."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from eventum_core import ConfigError, Plugin, Problem, Settings

P = TypeVar("P", bound=Plugin)
M = TypeVar("M", bound=BaseModel)


def built(plugin: type[P], options: Mapping[str, Any], kind: str, base: Path | None = None) -> P:
    """Return the output with these options; raise `ConfigError` with all that is wrong."""
    made = _valid(plugin, dict(options), f"backend {kind!r}")
    made.check(base or Path.cwd())
    return made


def settled(**settings: Any) -> Settings:
    """Return a run's settings; raise `ConfigError` with all that is wrong."""
    return _valid(Settings, settings, "settings")


def _valid(model: type[M], options: dict[str, Any], place: str) -> M:
    try:
        return model.model_validate(options)
    except ValidationError as error:
        known = list(model.model_fields)
        raise ConfigError(_problem(place, item, known) for item in error.errors()) from error


def _problem(place: str, item: Any, known: list[str]) -> Problem:
    path = ".".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        return Problem(path, f"unknown option{_suggestion(path, known)}", file=place)
    return Problem(path, item["msg"].removeprefix("Value error, "), file=place)


def _suggestion(path: str, known: list[str]) -> str:
    close = get_close_matches(path, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
