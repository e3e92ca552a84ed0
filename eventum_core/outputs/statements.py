"""The statements that follow from a mapping, in the dialect of a database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from eventum_core.outputs.rows import Column, Kind, Table


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one database spells what all of them can do."""

    types: Mapping[Kind, str]
    """SQL type for each kind of column."""
    kind: Callable[[str], Kind]
    """Return the kind of a column by the SQL type it was declared with."""
    keep_first: Callable[[str], str]
    """Return the end of an INSERT that passes over rows whose key exists; given its columns."""
    placeholder: str = "?"
    quotes: str = '"'

    def quote(self, name: str) -> str:
        """Return `name` as an identifier."""
        return f"{self.quotes}{name.replace(self.quotes, self.quotes * 2)}{self.quotes}"


def create_table(table: Table, dialect: Dialect) -> str:
    """Return the statement that creates `table` if it is missing."""
    parts = [*_definitions(table, dialect), *_keys(table, dialect)]
    return f"CREATE TABLE IF NOT EXISTS {dialect.quote(table.name)} ({', '.join(parts)})"


def drop_table(name: str, dialect: Dialect) -> str:
    """Return the statement that removes a table if it is there."""
    return f"DROP TABLE IF EXISTS {dialect.quote(name)}"


def insert(
    table: Table, columns: Sequence[Column], dialect: Dialect, rows: str | None = None
) -> str:
    """Return the statement that adds a row of these columns, unless its key is there already.

    The values are the statement's parameters, or those of the query `rows`.
    """
    start = f"INSERT INTO {dialect.quote(table.name)}"
    if not columns:
        return f"{start} DEFAULT VALUES"
    names = ", ".join(dialect.quote(column.name) for column in columns)
    marks = ", ".join([dialect.placeholder] * len(columns))
    statement = f"{start} ({names}) {rows or f'VALUES ({marks})'}"
    key = table.natural_key or ((table.keyed.name,) if table.keyed else ())
    passing = dialect.keep_first(", ".join(map(dialect.quote, key))) if key else ""
    return f"{statement} {passing}".rstrip()


def _definitions(table: Table, dialect: Dialect) -> Iterator[str]:
    lone = sum(column.primary_key for column in table.columns) == 1
    for column in table.columns:
        words = [dialect.quote(column.name), column.type or dialect.types[column.kind]]
        if column.primary_key and lone:
            words.append("PRIMARY KEY")
        if column.not_null or (column.primary_key and column.kind != "integer"):
            words.append("NOT NULL")
        if column.unique:
            words.append("UNIQUE")
        yield " ".join(word for word in words if word)


def _keys(table: Table, dialect: Dialect) -> Iterator[str]:
    """Yield the keys that are about more than one column."""
    keys = [dialect.quote(column.name) for column in table.columns if column.primary_key]
    if len(keys) > 1:
        yield f"PRIMARY KEY ({', '.join(keys)})"
    for column in table.columns:
        if column.references is not None:
            parent, referred = map(dialect.quote, column.references)
            own = dialect.quote(column.name)
            yield f"FOREIGN KEY ({own}) REFERENCES {parent} ({referred})"
