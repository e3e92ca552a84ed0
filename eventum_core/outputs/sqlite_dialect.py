"""How SQLite spells types, shows its tables, and takes values and rows."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Sequence
from types import NoneType
from typing import Any, TypeAlias

from eventum_core.outputs.inference import Existing
from eventum_core.outputs.paths import Missing
from eventum_core.outputs.rows import Kind, Row, Table, alike, as_json
from eventum_core.outputs.statements import Dialect, insert

_MARKS: tuple[tuple[str, Kind], ...] = (
    ("BOOL", "boolean"),
    ("JSON", "json"),
    ("INT", "integer"),
    ("CHAR|CLOB|TEXT", "text"),
    ("REAL|FLOA|DOUB|NUM|DEC", "real"),
    ("DATE|TIME", "timestamp"),
)
"""What a declared type contains, and the kind it therefore is; as SQLite itself judges types."""


def _kind(declared: str) -> Kind:
    upper = declared.upper()
    return next((kind for mark, kind in _MARKS if re.search(mark, upper)), "mixed")


DIALECT = Dialect(
    types={
        "boolean": "BOOLEAN",
        "integer": "INTEGER",
        "real": "REAL",
        "text": "TEXT",
        "timestamp": "TIMESTAMP",
        "json": "JSON",
        "mixed": "",
    },
    kind=_kind,
    keep_first=lambda key: f"ON CONFLICT ({key}) DO NOTHING",
)


def _as_stored(value: Any) -> Any:
    return value if isinstance(value, int) else as_json(value)


def _as_digits(value: Any) -> Any:
    """Return an integer that SQLite cannot hold as text, other values as they are stored."""
    fits = not isinstance(value, int) or -(1 << 63) <= value < 1 << 63
    return _as_stored(value) if fits else str(value)


Binder: TypeAlias = tuple[frozenset[type], Callable[[Any], Any]]
_SCALARS: frozenset[type] = frozenset({str, float, bool, NoneType, Missing})
_STORED: Binder = (_SCALARS | {int}, _as_stored)
_BINDERS: dict[Kind, Binder] = {
    "boolean": _STORED,
    "integer": _STORED,
    "real": _STORED,
    "timestamp": _STORED,
    "text": (_SCALARS, _as_digits),
    "mixed": (_SCALARS, _as_digits),
    "json": (frozenset({NoneType, Missing}), as_json),
}
"""For each kind of column the types that SQLite takes as they are, and what prepares others."""


class Insert:
    """How rows get into one table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._binders = [_BINDERS[column.kind] for column in table.columns]
        self._statement = insert(table, table.columns, DIALECT)
        self._defaults = any(column.defaults for column in table.columns)

    def __call__(self, connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
        """Add the rows in their order."""
        bound = [self._bound(row) for row in rows]
        if not self._defaults:
            connection.executemany(self._statement, bound)
            return
        for columns, values in alike(self._table, bound):
            connection.executemany(insert(self._table, columns, DIALECT), values)

    def _bound(self, row: Row) -> Row:
        return tuple(
            [
                value if value.__class__ in plain else bind(value)
                for value, (plain, bind) in zip(row, self._binders, strict=True)
            ]
        )


def columns_of(connection: sqlite3.Connection, table: str) -> list[Existing]:
    """Return the columns of a table; none where there is no such table."""
    found = connection.execute(f"PRAGMA table_info({DIALECT.quote(table)})").fetchall()
    keys = [name for _, name, _, _, _, key in found if key]
    unique = _unique(connection, table) | (set(keys) if len(keys) == 1 else set())
    return [
        Existing(name, _kind(declared), default is not None, name in unique)
        for _, name, declared, _, default, _ in found
    ]


def _unique(connection: sqlite3.Connection, table: str) -> set[str]:
    """Return the columns that have a whole unique index to themselves."""
    indexes = connection.execute(f"PRAGMA index_list({DIALECT.quote(table)})").fetchall()
    covered = (
        connection.execute(f"PRAGMA index_info({DIALECT.quote(name)})").fetchall()
        for _, name, unique, _, partial in indexes
        if unique and not partial
    )
    return {columns[0][2] for columns in covered if len(columns) == 1}
