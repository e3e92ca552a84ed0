"""From a marker's backend options to the output that they describe."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from eventum_core import ConfigError, Plugin, Problem

P = TypeVar("P", bound=Plugin)


def built(plugin: type[P], options: Mapping[str, Any], kind: str, base: Path | None = None) -> P:
    """Return the output with these options; raise `ConfigError` with all that is wrong."""
    try:
        made = plugin.model_validate(dict(options))
    except ValidationError as error:
        raise ConfigError(_problem(kind, item) for item in error.errors()) from error
    made.check(base or Path.cwd())
    return made


def _problem(kind: str, item: Any) -> Problem:
    path = ".".join(str(part) for part in item["loc"])
    message = item["msg"].removeprefix("Value error, ")
    return Problem(path, message, file=f"backend {kind!r}")
