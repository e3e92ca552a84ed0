"""Rows of samples: tuples whose cells have names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any, ClassVar


class Row(tuple[Any, ...]):
    """One row. In a template ``row.name``, ``row['name']`` and ``row[0]`` all read a cell.

    What a tuple has of its own, such as ``count`` and ``index``, is not hidden by a column of
    that name: such a cell is read by position. Where two columns share a name, the last counts.
    """

    __slots__ = ()

    __columns__: ClassVar[tuple[str, ...]] = ()

    def __repr__(self) -> str:
        if not self.__columns__:
            return f"Row({tuple(self)!r})"
        cells = (f"{name}={cell!r}" for name, cell in zip(self.__columns__, self, strict=True))
        return f"Row({', '.join(cells)})"


def make_rows(columns: Sequence[str], cells: Iterable[Iterable[Any]]) -> tuple[Row, ...]:
    """Return the rows of a table, in its order."""
    kind = _row_class(columns)
    return tuple(kind(row) for row in cells)


def _row_class(columns: Sequence[str]) -> type[Row]:
    """Return the class of rows with these columns, each a getter that runs in C."""
    getters = {
        name: property(itemgetter(place))
        for place, name in enumerate(columns)
        if not _is_taken(name)
    }
    return type("Row", (Row,), {"__slots__": (), "__columns__": tuple(columns), **getters})


def _is_taken(name: str) -> bool:
    """Tell whether the name is a tuple's own, or one that Python gives a meaning."""
    return hasattr(tuple, name) or (name.startswith("__") and name.endswith("__"))
