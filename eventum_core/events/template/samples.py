"""The name ``samples`` of templates: where tables come from, and how they are read."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from random import Random
from reprlib import repr as short
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from eventum_core.errors import ConfigError, Problem
from eventum_core.events.template.rows import Row, make_rows
from eventum_core.events.template.tables import Sample, Samples, Table

__all__ = [
    "CsvSample",
    "ItemsSample",
    "JsonSample",
    "Row",
    "Sample",
    "SampleOptions",
    "Samples",
    "load_samples",
]


class _Options(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def read(self, base: Path) -> Table:
        """Return the table; raise `ConfigError` if there is none to be had."""
        raise NotImplementedError


def _suffix(suffix: str) -> AfterValidator:
    def check(path: Path) -> Path:
        if path.suffix != suffix:
            raise ValueError(f"the file's name must end in {suffix}")
        return path

    return AfterValidator(check)


class ItemsSample(_Options):
    """Rows written out in the configuration."""

    type: Literal["items"]
    """The rows stand here."""
    source: list[Any] = Field(min_length=1)
    """The rows: plain values make one column, lists are rows, mappings are rows with names."""

    def read(self, base: Path) -> Table:
        """Return the table."""
        first = self.source[0]
        if isinstance(first, Mapping):
            return _by_key(self.source)
        if isinstance(first, list | tuple):
            return _by_place(self.source)
        return _unnamed([(item,) for item in self.source])


class CsvSample(_Options):
    """A file of separated values; every cell is text."""

    type: Literal["csv"]
    """The rows are lines of a file."""
    source: Annotated[Path, _suffix(".csv")]
    """The file, UTF-8; relative to the configuration's folder."""
    header: bool = False
    """Whether the first line names the columns."""
    delimiter: str = Field(",", min_length=1, max_length=1)
    """Character between two cells."""
    quotechar: str = Field('"', min_length=1, max_length=1)
    """Character around a cell that holds delimiters or line breaks."""

    def read(self, base: Path) -> Table:
        """Return the table; short rows are filled up with empty text."""
        with (base / self.source).open(encoding="utf-8", newline="") as file:
            lines = csv.reader(file, delimiter=self.delimiter, quotechar=self.quotechar)
            rows = [row for row in lines if row]
        header = rows.pop(0) if self.header and rows else None
        width = len(header or rows[0]) if header or rows else 0
        cells = [_filled(row, width) for row in rows]
        return _unnamed(cells) if header is None else _named(header, cells)


class JsonSample(_Options):
    """A file with a JSON list of objects of equal keys, or of lists of equal length."""

    type: Literal["json"]
    """The rows are elements of a file's list."""
    source: Annotated[Path, _suffix(".json")]
    """The file, UTF-8; relative to the configuration's folder."""

    def read(self, base: Path) -> Table:
        """Return the table; cells keep their types."""
        rows = json.loads((base / self.source).read_text(encoding="utf-8"))
        if not isinstance(rows, list):
            raise _unusable("the file must hold a list of objects or of lists")
        if not rows or isinstance(rows[0], list):
            return _by_place(rows)
        return _by_key(rows)


SampleOptions = Annotated[ItemsSample | CsvSample | JsonSample, Field(discriminator="type")]
"""Where a sample's rows come from, told apart by ``type``."""


def load_samples(options: Mapping[str, SampleOptions], base: Path, random: Random) -> Samples:
    """Read every sample; relative paths are below `base`, picks draw from `random`.

    Raise `ConfigError` with the problems of all samples, under ``samples.<name>``.
    """
    samples: dict[str, Sample] = {}
    problems: list[Problem] = []
    for name, source in options.items():
        try:
            samples[name] = Sample(_read(source, base), random)
        except ConfigError as error:
            problems += [_placed(problem, name, source) for problem in error.problems]
    if problems:
        raise ConfigError(problems)
    return Samples(samples)


def _placed(problem: Problem, name: str, options: SampleOptions) -> Problem:
    """Return a problem with the place of its sample and the sample's file, if it has one."""
    file = "" if isinstance(options, ItemsSample) else str(options.source)
    return problem._replace(path=f"samples.{name}.{problem.path}", value=file)


def _read(options: SampleOptions, base: Path) -> Table:
    """Read one sample, whatever is wrong with it told as a `ConfigError`."""
    try:
        return options.read(base)
    except (OSError, ValueError, RecursionError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise _unusable(f"the sample cannot be read: {reason or error}") from error


def _unusable(message: str, fix: str = "") -> ConfigError:
    return ConfigError.single(message, path="source", fix=fix)


def _named(columns: Sequence[str], cells: Iterable[Iterable[Any]]) -> Table:
    return Table(tuple(columns), make_rows(columns, cells), named=True)


def _unnamed(cells: Sequence[Sequence[Any]]) -> Table:
    columns = tuple(f"_{place}" for place in range(len(cells[0]) if cells else 0))
    return Table(columns, make_rows(columns, cells), named=False)


def _filled(row: list[str], width: int) -> list[str]:
    if len(row) > width:
        raise _unusable(
            f"a row has {len(row)} cells instead of {width}: {short(row)}",
            fix="put quotes around cells that hold a delimiter",
        )
    return row + [""] * (width - len(row))


def _by_place(rows: Sequence[Any]) -> Table:
    """Return the table of lists, all equally long."""
    for number, row in enumerate(rows):
        if not isinstance(row, list | tuple) or len(row) != len(rows[0]):
            width = len(rows[0])
            raise _unusable(f"row {number} must be a list of {width} cells, got {short(row)}")
    return _unnamed(rows)


def _by_key(rows: Sequence[Any]) -> Table:
    """Return the table of mappings, all with the keys of the first, in whatever order."""
    if not isinstance(rows[0], Mapping):
        raise _unusable(f"rows must be objects or lists, got {short(rows[0])}")
    keys = list(rows[0])
    for number, row in enumerate(rows):
        if not isinstance(row, Mapping) or row.keys() != rows[0].keys():
            raise _unusable(f"row {number} must have the keys {keys} like row 0, got {short(row)}")
    return _named([str(key) for key in keys], ([row[key] for key in keys] for row in rows))
