"""A YAML file of the host's: its tree, and what is wrong with it by file and line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from eventum_core import document
from eventum_core.document import Place
from eventum_core.errors import ConfigError, Problem
from eventum_core.loader import finished
from eventum_core.problems import pydantic_problems

M = TypeVar("M", bound=BaseModel)

_PRIVATE = re.compile(r"(^|\.)(auth|params)(\.|$)")
"""Paths at which a value of the wrong kind may hold a password."""


@dataclass
class YamlFile:
    """A file that was read, with the problems found so far."""

    path: Path
    text: str
    tree: Any
    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path, missing: str = "") -> YamlFile:
        """Read a file and nest its dotted keys; raise `ConfigError` if it is no YAML.

        `missing` is what to do about a file that is not there.
        """
        path = path.absolute()
        text = ""
        try:
            text = document.read(path, missing=missing)
            return cls(path, text, *document.expand(document.parse(text)))
        except ConfigError as error:
            raise ConfigError(cls(path, text, None)._located(error.problems)) from error

    def validated(
        self, model: type[M], options: Any, place: Place = (), context: Any = None
    ) -> M | None:
        """Return the options at `place` as a model, or keep what is wrong with them."""
        try:
            return model.model_validate(options, context=context)
        except ValidationError as error:
            self.problems += pydantic_problems(error, place, model, options)
            return None

    def check(self) -> None:
        """Raise `ConfigError` if there is any problem."""
        if self.problems:
            raise ConfigError(self._located(self.problems))

    def _located(self, problems: Iterable[Problem]) -> list[Problem]:
        kept = [p._replace(value="") if _PRIVATE.search(p.path) else p for p in problems]
        return finished(kept, str(self.path), self.text)
