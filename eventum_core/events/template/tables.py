"""Tables to pick from: a `Sample`, and `Samples` by name."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate
from math import inf
from random import Random
from typing import Any, Final, NamedTuple, overload

from eventum_core.errors import ProduceError
from eventum_core.events.template.rows import Row

_UNSET: Final = object()


class Table(NamedTuple):
    """What a source holds."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    named: bool
    """Whether the source names its columns; otherwise they are called by their places."""


class Sample:
    """A table that does not change; it draws from the run's generator.

    It is a sequence of rows. ``sample['name']`` gives a column's values, where the source names
    its columns; so does ``sample.name`` in a template, if no method has that name.
    """

    __slots__ = ("_columns", "_groups", "_named", "_random", "_rows", "_sums")

    def __init__(self, table: Table, random: Random) -> None:
        self._columns, self._rows, self._named = table
        self._random = random
        self._sums: dict[str, list[float]] = {}
        self._groups: dict[str, dict[Any, Sample] | None] = {}

    @property
    def columns(self) -> list[str]:
        """The names of the columns in their order; ``_0``, ``_1`` … where the source has none."""
        return list(self._columns)

    def pick(self, default: Any = _UNSET) -> Any:
        """Return a row, each equally likely.

        Of an empty sample return `default`, or raise `ProduceError` if there is none.
        """
        if not self._rows:
            return self._instead(default)
        return self._rows[int(self._random.random() * len(self._rows))]

    def pick_n(self, n: int) -> list[Row]:
        """Return `n` rows drawn with replacement, none of an empty sample."""
        return [self.pick() for _ in range(n)] if self._rows else []

    def weighted_pick(self, weight: str, default: Any = _UNSET) -> Any:
        """Return a row, each as likely as its share of the column `weight`.

        Of an empty sample return `default`, or raise `ProduceError` if there is none. Raise it
        too for a column that is missing, or holds anything but numbers from 0 up.
        """
        if not self._rows:
            return self._instead(default)
        sums = self._sums.get(weight) or self._accumulate(weight)
        place = bisect_right(sums, self._random.random() * sums[-1], 0, len(sums) - 1)
        return self._rows[place]

    def weighted_pick_n(self, weight: str, n: int) -> list[Row]:
        """Return `n` weighted picks with replacement, none of an empty sample."""
        return [self.weighted_pick(weight) for _ in range(n)] if self._rows else []

    def where(self, **conditions: Any) -> Sample:
        """Return the rows whose named columns all equal the values given.

        The cells of a CSV file are text, so compare with text. Raise `ProduceError` for a column
        that the sample does not have.
        """
        sample = self
        for column, value in conditions.items():
            sample = sample._matching(column, value)
        return sample

    def _instead(self, default: Any) -> Any:
        if default is _UNSET:
            raise ProduceError("cannot pick from an empty sample; give a default or fill it")
        return default

    def _place(self, column: str) -> int:
        try:
            return self._columns.index(column)
        except ValueError:
            raise ProduceError(
                f"the sample has no column {column!r}", {"columns": self.columns}
            ) from None

    def _accumulate(self, column: str) -> list[float]:
        if not self._named:
            raise ProduceError("a sample without named columns cannot be weighted")
        place = self._place(column)
        sums = list(accumulate(_weight(row[place], column) for row in self._rows))
        if not 0 < sums[-1] < inf:
            raise ProduceError(f"the weights in {column!r} must have a finite total above zero")
        self._sums[column] = sums
        return sums

    def _matching(self, column: str, value: Any) -> Sample:
        if column not in self._groups:
            self._groups[column] = self._group(self._place(column))
        groups = self._groups[column]
        try:
            found = None if groups is None else groups.get(value, groups[_UNSET])
        except TypeError:
            found = None
        return self._scan(self._place(column), value) if found is None else found

    def _group(self, place: int) -> dict[Any, Sample] | None:
        """Return the sample of each of the column's values; None where some cannot be a key."""
        groups: dict[Any, list[Row]] = {_UNSET: []}
        try:
            for row in self._rows:
                # Not a number equals nothing, but as a key it would be found.
                if row[place] == row[place]:
                    groups.setdefault(row[place], []).append(row)
        except TypeError:
            return None
        return {value: self._part(rows) for value, rows in groups.items()}

    def _scan(self, place: int, value: Any) -> Sample:
        return self._part([row for row in self._rows if row[place] == value])

    def _part(self, rows: Iterable[Row]) -> Sample:
        return Sample(Table(self._columns, tuple(rows), self._named), self._random)

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    @overload
    def __getitem__(self, key: int) -> Row: ...
    @overload
    def __getitem__(self, key: slice) -> list[tuple[Any, ...]]: ...
    @overload
    def __getitem__(self, key: str) -> list[Any]: ...
    def __getitem__(self, key: int | slice | str) -> Any:
        if isinstance(key, str):
            return self._column(key)
        if isinstance(key, slice):
            return [tuple(row) for row in self._rows[key]]
        return self._rows[key]

    def _column(self, name: str) -> list[Any]:
        if not self._named or name not in self._columns:
            raise KeyError(name)
        place = self._columns.index(name)
        return [row[place] for row in self._rows]

    def __repr__(self) -> str:
        return f"Sample({len(self)} rows, columns={self.columns})"


class Samples:
    """Samples by name; ``samples.name`` and ``samples['name']`` both find one."""

    def __init__(self, samples: dict[str, Sample]) -> None:
        # As attributes of the instance they are found without any code of ours.
        self.__dict__.update(samples)

    def __getitem__(self, name: str) -> Sample:
        sample: Sample = self.__dict__[name]
        return sample

    def __contains__(self, name: object) -> bool:
        return name in self.__dict__

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__)

    def __len__(self) -> int:
        return len(self.__dict__)

    def __repr__(self) -> str:
        return f"Samples({self.__dict__!r})"


def _weight(cell: Any, column: str) -> float:
    try:
        weight = float(cell)
    except (TypeError, ValueError):
        weight = -1.0
    if not weight >= 0:
        raise ProduceError(f"the weights in {column!r} must be numbers from 0 up, got {cell!r}")
    return weight
