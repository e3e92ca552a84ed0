"""A pattern of time, as its file describes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from eventum_core.clock import MICROSECOND
from eventum_core.document import expand, line_of, parse, parts_of
from eventum_core.errors import ConfigError, Problem
from eventum_core.inputs.files import ENCODING, reading
from eventum_core.inputs.spreaders import Spreader
from eventum_core.plugin import Options
from eventum_core.problems import pydantic_problems
from eventum_core.when import Never, When, check_range

Unit = Literal["weeks", "days", "hours", "minutes", "seconds", "milliseconds", "microseconds"]

_LONGEST = timedelta(days=366 * 9999)


class Oscillator(Options):
    """A period that comes again and again."""

    period: float = Field(gt=0, allow_inf_nan=False)
    """How many units a period lasts: elapsed time, whatever the clocks do; whole microseconds."""
    unit: Unit
    """What `period` counts."""
    start: When
    """Where the first period begins."""
    end: When
    """The latest instant; a relative one counts from `start`. Periods begin before it."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if not self.length():
            raise ValueError(
                f"a period of {self.period} {self.unit} rounds to 0 microseconds; "
                "give at least 1 microsecond"
            )
        check_range(self.start, self.end)
        return self

    def length(self) -> int:
        """Return the period in microseconds; raise `ValueError` if no calendar can hold it."""
        try:
            length = timedelta(**{self.unit: self.period})
        except OverflowError:
            length = timedelta.max
        if length > _LONGEST:
            raise ValueError(f"a period of {self.period} {self.unit} is longer than the calendar")
        return length // MICROSECOND


class Multiplier(Options):
    """How many instants a period has."""

    ratio: int = Field(ge=1, le=10**8)
    """Instants per period, before the randomizer changes the number."""


class Randomizer(Options):
    """How much the number of instants changes from period to period."""

    deviation: float = Field(ge=0, le=1)
    """The largest change, as a fraction of the number."""
    direction: Literal["decrease", "increase", "mixed"]
    """Whether periods may have fewer, more, or both."""
    sampling: int = Field(1024, ge=16, le=10**7)
    """How many random factors are drawn. Each serves one period; then all are used again, in
    another order."""


class Pattern(Options):
    """How many instants each period has, and where in the period they lie."""

    label: str = Field(min_length=1)
    """A name for people."""
    tags: tuple[str, ...] = ()
    """Accepted and not used: events carry the tags of their input."""
    oscillator: Oscillator
    multiplier: Multiplier
    randomizer: Randomizer
    spreader: Spreader

    def endless(self) -> bool:
        """Tell whether its periods have no end."""
        return isinstance(self.oscillator.end, Never)


def read_patterns(files: Sequence[Path], base: Path) -> list[Pattern]:
    """Return the patterns of all files; raise `ConfigError` with the problems of all of them."""
    patterns: list[Pattern] = []
    problems: list[Problem] = []
    for position, file in enumerate(files):
        try:
            patterns.append(_read(file, base, f"patterns[{position}]"))
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return patterns


def _read(file: Path, base: Path, option: str) -> Pattern:
    """Return the pattern of a file; its problems are those of the option that names the file."""
    with reading(base / file, option):
        text = (base / file).read_text(ENCODING)
    try:
        return _parsed(text)
    except ConfigError as error:
        raise ConfigError(_told(problem, option, file) for problem in error.problems) from error


def _told(problem: Problem, option: str, file: Path) -> Problem:
    message = str(Problem(problem.path, problem.message, file=str(file), line=problem.line))
    return Problem(option, message, problem.value, problem.fix)


def _parsed(text: str) -> Pattern:
    tree, problems = expand(parse(text))
    if problems:
        raise ConfigError(problems)
    if not isinstance(tree, Mapping):
        fix = f"give {', '.join(Pattern.model_fields)}"
        raise ConfigError.single("a pattern is a mapping", fix=fix)
    try:
        return Pattern.model_validate(tree)
    except ValidationError as error:
        problems = pydantic_problems(error, (), Pattern, tree)
        raise ConfigError(_with_line(problem, text) for problem in problems) from error


def _with_line(problem: Problem, text: str) -> Problem:
    return problem._replace(line=line_of(text, parts_of(problem.path)))
