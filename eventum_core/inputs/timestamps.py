"""Given one by one: instants from a list, or from the lines of a file.

They are put in order by a stable sort, wherever they stand. A moment without an offset is meant in
the generator's timezone; the module `localtime` says what that means where clocks are changed.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from reprlib import repr as short
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import (
    BeforeValidator,
    Discriminator,
    Tag,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)

from eventum_core.errors import ConfigError, Problem
from eventum_core.inputs.arrays import LARGEST, copies, resized
from eventum_core.inputs.files import ENCODING, reading
from eventum_core.inputs.localtime import instants_of
from eventum_core.plugin import InputPlugin, Run

if TYPE_CHECKING:
    from eventum_core.model import Times

_SHOWN = 50
"""Bad lines of a file that are shown; more are only counted."""


def _form(given: Any) -> str:
    return "list" if isinstance(given, list | tuple) else "file"


def _sensible(given: Any) -> Any:
    if given in ([], ()) or not isinstance(given, list | tuple | str | Path):
        raise ValueError("give a list of dates and times, or the path of a file that holds them")
    return given


def _dated(given: Any, read: ValidatorFunctionWrapHandler) -> Any:
    try:
        return read(given)
    except ValidationError as error:
        raise ValueError(
            "no date and time; write ISO 8601 such as 2025-01-31T14:30:00, or seconds since 1970"
        ) from error


Item = Annotated[
    datetime,
    WrapValidator(_dated),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}]}),
]
Listed = Annotated[tuple[Item, ...], Tag("list")]
File = Annotated[Path, Tag("file")]
Source = Annotated[Listed | File, Discriminator(_form), BeforeValidator(_sensible)]


class Timestamps(InputPlugin):
    """Give the instants of a list or a file, sorted; equal ones as often as they are given.

    An item of a list is an ISO 8601 date and time, or a number: seconds since the Unix epoch. A
    file has one ISO 8601 date and time a line; blank lines mean nothing. Without an offset, a
    moment is meant in the generator's timezone.
    """

    name = "timestamps"

    source: Source
    """The moments in a list, or the path of a UTF-8 file that holds them, relative to the
    configuration's folder."""

    def check(self, base: Path) -> None:
        """Raise `ConfigError` for every line of the file that is no moment."""
        if isinstance(self.source, Path):
            for _ in _read(self.source, base):
                pass

    def timestamps(self, run: Run) -> Iterator[Times]:
        """Yield the instants after `Run.past`.

        Raises `ConfigError` if the file can no longer be used, `RunError` for a moment that the
        calendar of the run's zone does not have.
        """
        numbers = array("q")
        for block in _blocks(self._moments(run)):
            numbers.frombytes(instants_of(block, run.zone).tobytes())
        instants = np.frombuffer(numbers, np.int64)
        instants.sort(kind="stable")
        if run.past is not None:
            instants = instants[np.searchsorted(instants, run.past, side="right") :]
        yield from copies(resized([instants]), 1)

    def _moments(self, run: Run) -> Iterator[datetime]:
        if not isinstance(self.source, Path):
            return iter(self.source)
        run.inside(self.source, "source")
        return _read(self.source, run.base)


def _blocks(moments: Iterator[datetime]) -> Iterator[list[datetime]]:
    """Cut moments into lists that are never huge: a file may hold millions."""
    while block := list(islice(moments, LARGEST)):
        yield block


def _read(file: Path, base: Path) -> Iterator[datetime]:
    """Yield the moments of a file, one line after the other.

    Raises `ConfigError` at the end of the file, for every line that is none, or if there is none.
    """
    bad = _Bad(file)
    found = False
    with reading(base / file, "source"), (base / file).open(encoding=ENCODING) as lines:
        for number, line in enumerate(lines, 1):
            if text := line.strip():
                found = True
                try:
                    yield datetime.fromisoformat(text)
                except ValueError:
                    bad.add(number, text)
    bad.tell()
    if not found:
        raise ConfigError.single("the file holds no moment", path="source", value=str(file))


class _Bad:
    """The lines of a file that are no moments."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._problems: list[Problem] = []
        self._more = 0

    def add(self, number: int, text: str) -> None:
        """Note a line; after many, only count it."""
        if len(self._problems) == _SHOWN:
            self._more += 1
            return
        message = f"{self._file}:{number}: no ISO 8601 date and time"
        fix = "write one a line, such as 2025-01-31T14:30:00"
        self._problems.append(Problem("source", message, short(text), fix))

    def tell(self) -> None:
        """Raise `ConfigError` if there are any."""
        if self._more:
            message = f"{self._file}: {self._more} more lines are no date and time either"
            self._problems.append(Problem("source", message))
        if self._problems:
            raise ConfigError(self._problems)
