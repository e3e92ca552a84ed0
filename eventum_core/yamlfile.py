"""A YAML file of the host's: its tree, and what is wrong with it by file and line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from eventum_core import document
from eventum_core.errors import ConfigError, Problem
from eventum_core.loader import pydantic_problems
from eventum_core.secrets import redact

M = TypeVar("M", bound=BaseModel)

_PART = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
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
            text = _text(path, missing)
            return cls(path, text, *document.expand(document.parse(text)))
        except ConfigError as error:
            raise ConfigError(cls(path, text, None)._located(error.problems)) from error

    def validated(
        self, model: type[M], options: Any, place: Sequence[str | int] = (), context: Any = None
    ) -> M | None:
        """Return the options at `place` as a model, or keep what is wrong with them."""
        try:
            return model.model_validate(options, context=context)
        except ValidationError as error:
            found = pydantic_problems(error, tuple(place), model, options)
            self.problems += [_suggesting(problem, model, len(place)) for problem in found]
            return None

    def check(self) -> None:
        """Raise `ConfigError` if there is any problem."""
        if self.problems:
            raise ConfigError(self._located(self.problems))

    def _located(self, problems: Iterable[Problem]) -> list[Problem]:
        return [self._at(problem) for problem in problems]

    def _at(self, problem: Problem) -> Problem:
        line = problem.line or document.line_of(self.text, _parts(problem.path))
        return problem._replace(
            file=str(self.path),
            line=line,
            message=redact(problem.message),
            value="" if _PRIVATE.search(problem.path) else redact(problem.value),
        )


def _text(path: Path, missing: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError.single(f"not UTF-8 text: {error}", fix="save it as UTF-8") from error
    except OSError as error:
        fix = missing if isinstance(error, FileNotFoundError) else ""
        raise ConfigError.single(f"cannot be read: {error.strerror}", fix=fix) from error


def _parts(path: str) -> list[str | int]:
    return [int(number) if number else name for number, name in _PART.findall(path)]


def _suggesting(problem: Problem, model: type[BaseModel], skipped: int) -> Problem:
    """Return the problem of an unknown option with the options that there are."""
    if problem.message != "unknown option" or problem.fix:
        return problem
    *above, name = _parts(problem.path)[skipped:]
    options: Any = model
    for part in above:
        options = getattr(options.model_fields.get(part), "annotation", None)
        if not hasattr(options, "model_fields"):
            return problem
    known = list(options.model_fields)
    close = get_close_matches(str(name), known, n=1)
    fix = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(known)}"
    return problem._replace(fix=fix)
