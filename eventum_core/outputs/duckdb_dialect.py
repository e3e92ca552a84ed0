"""How DuckDB spells types, shows its tables, and takes values and rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from eventum_core.errors import WriteError
from eventum_core.outputs.inference import Existing
from eventum_core.outputs.rows import Column, Kind, Row, Table, alike, as_json
from eventum_core.outputs.statements import Dialect, insert

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from numpy.typing import NDArray

_NESTED = re.compile(r".*\]$|(STRUCT|MAP|UNION|VARIANT)\b", re.IGNORECASE)
_NAIVE = re.compile(r"(TIMESTAMP|TIMESTAMP_S|TIMESTAMP_MS|DATETIME)$", re.IGNORECASE)
_KINDS: tuple[tuple[str, Kind], ...] = (
    ("BOOL|LOGICAL", "boolean"),
    ("JSON", "json"),
    (r"U?(TINY|SMALL|BIG|HUGE)?INT\d*$|U?INTEGER|BIGNUM|VARINT|LONG|SHORT|OID", "integer"),
    ("REAL|FLOAT|DOUBLE|DEC|NUMERIC", "real"),
    ("TIMESTAMP|DATE", "timestamp"),
)
"""What a declared type begins with, and the kind it therefore is."""
_ROWS = " rows"
"""Name under which a statement sees the rows to insert; options allow no table such a name."""


def _kind(declared: str) -> Kind:
    if _NESTED.match(declared):
        return "json"
    upper = declared.upper()
    return next((kind for mark, kind in _KINDS if re.match(mark, upper)), "text")


DIALECT = Dialect(
    types={
        "boolean": "BOOLEAN",
        "integer": "BIGINT",
        "real": "DOUBLE",
        "text": "VARCHAR",
        "timestamp": "TIMESTAMPTZ",
        "json": "JSON",
        "mixed": "JSON",
    },
    kind=_kind,
    keep_first=lambda key: f"ON CONFLICT ({key}) DO NOTHING",
)


def _as_text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else as_json(value)


def _as_document(value: Any) -> str | None:
    return None if value is None else as_json(value)


def _as_integer(value: Any) -> str | None:
    """Return an integer as text; DuckDB would round what is none."""
    text = _as_text(value)
    if text is None or text.removeprefix("-").isdecimal():
        return text
    try:
        whole = float(text).is_integer()
    except (ValueError, OverflowError):
        return text  # no number at all: DuckDB says so
    if not whole:
        raise WriteError(f"{text} is no integer")
    return text


_AS: Mapping[Kind, Callable[[Any], str | None]] = {
    "integer": _as_integer,
    "json": _as_document,
    "mixed": _as_document,
}


class Insert:
    """How rows get into one table. `declared` holds its columns' types by their names."""

    def __init__(self, table: Table, declared: Mapping[str, str]) -> None:
        self._table = table
        self._types = {name.casefold(): declared_type for name, declared_type in declared.items()}
        self._defaults = any(column.defaults for column in table.columns)

    def __call__(self, connection: DuckDBPyConnection, rows: Sequence[Row]) -> None:
        """Add the rows in their order; raise `WriteError` for a value that does not fit."""
        if not rows:
            return
        whole = [(self._table.columns, rows)]
        for columns, values in alike(self._table, rows) if self._defaults else whole:
            self._add(connection, columns, values)

    def _add(
        self, connection: DuckDBPyConnection, columns: Sequence[Column], rows: Sequence[Row]
    ) -> None:
        if not columns:
            for _ in rows:
                connection.execute(insert(self._table, (), DIALECT))
            return
        values = zip(columns, zip(*rows, strict=True), strict=True)
        given = {column.name: _array(column.kind, found) for column, found in values}
        # A single scan of arrays is a hundred times as fast as one prepared statement a row.
        connection.register(_ROWS, given)
        connection.execute(insert(self._table, columns, DIALECT, self._selected(columns)))
        connection.unregister(_ROWS)  # after an error the transaction's end does it

    def _selected(self, columns: Iterable[Column]) -> str:
        found = ", ".join(self._expression(column.name) for column in columns)
        return f"SELECT {found} FROM {DIALECT.quote(_ROWS)}"

    def _expression(self, name: str) -> str:
        """Return what makes of a text the value of a column."""
        quoted = DIALECT.quote(name)
        declared = self._types.get(name.casefold(), "")
        if _NESTED.match(declared):
            return f"CAST({quoted} AS JSON)"
        if _NAIVE.match(declared):
            # Straight from text, some versions of DuckDB drop the offset from UTC.
            return f"CAST(CAST({quoted} AS TIMESTAMPTZ) AS TIMESTAMP)"
        return quoted


def _array(kind: Kind, values: Sequence[Any]) -> NDArray[Any]:
    """Return the values of a column as DuckDB reads them fastest."""
    if kind == "integer" and all(value.__class__ is int for value in values):
        try:
            return np.array(values, np.int64)
        except OverflowError:  # a HUGEINT, which text can spell
            pass
    convert = _AS.get(kind, _as_text)
    array = np.empty(len(values), object)
    array[:] = [convert(value) for value in values]
    return array


def columns_of(connection: DuckDBPyConnection, table: str) -> list[Existing]:
    """Return the columns of a table; none where there is no such table."""
    unique = _unique(connection, table)
    return [
        Existing(name, _kind(declared), default is not None, name in unique)
        for name, declared, default in _columns(connection, table)
    ]


def declared_types(connection: DuckDBPyConnection, table: str) -> dict[str, str]:
    """Return the types of a table's columns by their names."""
    return {name: declared for name, declared, _ in _columns(connection, table)}


def _columns(connection: DuckDBPyConnection, table: str) -> list[tuple[str, str, str | None]]:
    """Return name, type and default of the columns that can be filled."""
    return connection.execute(
        "SELECT column_name, data_type, column_default FROM information_schema.columns"
        " WHERE lower(table_name) = lower(?) AND table_schema = current_schema()"
        " AND table_catalog = current_database() AND is_generated IS DISTINCT FROM 'ALWAYS'"
        " ORDER BY ordinal_position",
        [table],
    ).fetchall()


def _unique(connection: DuckDBPyConnection, table: str) -> set[str]:
    """Return the columns that are a key by themselves, or have a unique index to themselves."""
    here = "lower(table_name) = lower(?) AND schema_name = current_schema()"
    keys = connection.execute(
        f"SELECT constraint_column_names FROM duckdb_constraints() WHERE {here}"
        " AND constraint_type IN ('PRIMARY KEY', 'UNIQUE') AND database_name = current_database()",
        [table],
    ).fetchall()
    indexes = connection.execute(
        f"SELECT expressions FROM duckdb_indexes() WHERE {here} AND is_unique"
        " AND database_name = current_database()",
        [table],
    ).fetchall()
    lone = {names[0] for (names,) in keys if len(names) == 1}
    return lone | {_bare(expressions) for (expressions,) in indexes}


def _bare(expressions: str) -> str:
    """Return the name of a column from a list of index expressions such as ``['"a b"']``."""
    return expressions.strip("[]'").strip('"')
