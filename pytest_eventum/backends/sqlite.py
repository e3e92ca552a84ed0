"""Backend ``sqlite``: a database file of its own for each test."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from shutil import copyfile
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from eventum_core import ConfigError, RunError, Sink
from pytest_eventum.backends.base import Backend, Context, Server, known, sink
from pytest_eventum.backends.options import built
from pytest_eventum.rows import Expect, Row, Rows, object_in

if TYPE_CHECKING:
    from pytest_eventum.ledger import Entry

ORDINALS = ("_ordinal", "ordinal")
"""Names of the ordinal's column; the first is in use where events have a key of the second."""
_DEFAULTS = {"synchronous": "off"}
"""A database that lasts for one test need not survive a power cut."""


class Described(NamedTuple):
    """A column of a table that exists."""

    name: str
    kind: Any
    defaults: bool
    unique: bool = False


class SqliteBackend(Backend):
    """A database file with a table, or several, for each stream."""

    kind: ClassVar[str] = "sqlite"
    tabular: ClassVar[bool] = True

    def __init__(self, path: Path) -> None:
        super().__init__(path.stem)
        self.path = path
        """The file."""
        self._outputs: dict[str, Any] = {}
        self._client: sqlite3.Connection | None = None

    @property
    def url(self) -> str:
        """The file as SQLAlchemy writes it: ``sqlite:////tmp/…/test_it-1.db``."""
        return f"sqlite:///{self.path.as_posix()}"

    def client(self) -> sqlite3.Connection:
        """Return a connection, open until the test ends."""
        if self._client is None:
            self._client = sqlite3.connect(self.path, check_same_thread=False)
        return self._client

    def close(self) -> None:
        """Close the connection if one was asked for."""
        if self._client is not None:
            self._client.close()

    def sinks(self, stream: str, options: Mapping[str, Any]) -> Sequence[Sink]:
        """Return the output that fills the stream's tables; one is called like the stream."""
        if "url" in options:
            fix = "each test has a database of its own; leave it out"
            raise ConfigError.single("not yours to say", path="url", fix=fix, file="backend sqlite")
        table = {} if options.keys() & {"table", "tables"} else {"table": table_name(stream)}
        asked = {**_DEFAULTS, **table, **options, "url": self.url}
        output: Any = built(known("output", "sqlite"), asked, self.kind)
        self._outputs[stream] = output
        return [sink(output)]

    def read(self, name: str | None = None, order_by: str | None = None) -> Rows:
        """Return a table's rows as dicts, in the order of the ordinals where it has a column.

        `name` is a table's, or that of the stream after which one is called, and defaults to the
        table of the closest marker's stream; `order_by` is a column.
        Raises `LookupError` if there is no such table or column.
        """
        table = self._main_table() if name is None else self._table(name)
        with closing(sqlite3.connect(self.path)) as connection:
            columns = _columns(connection, table)
            if not columns and table not in self._tables():
                known = ", ".join(_all_tables(connection)) or "none"
                raise LookupError(f"no table {table!r}; there are: {known}")
            ordinal = next((c for c in ORDINALS if c in columns), None)
            found = _selected(connection, table, columns, order_by or ordinal)
        return Rows(
            found,
            source=table,
            ordered=ordinal is not None and order_by is None,
            types=columns,
            expect=self._expectation(table),
            unique=self._key(table),
        )

    def _key(self, table: str) -> Sequence[str]:
        output = self._tables().get(table)
        return [key for s in (output.specs if output else ()) if s.table == table for key in s.key]

    def _tables(self) -> dict[str, Any]:
        """Return the output that fills each table."""
        outputs = self._outputs.values()
        return {spec.table: output for output in outputs for spec in output.specs}

    def _table(self, name: str) -> str:
        called = table_name(name) if name in self._outputs else name
        return called if called in self._tables() else name

    def _main_table(self) -> str:
        output = self._outputs.get(self.main)
        names = [spec.table for spec in output.specs] if output else [table_name(self.main)]
        if len(names) > 1 and table_name(self.main) not in names:
            raise LookupError(f"the stream fills several tables; name one: {', '.join(names)}")
        return names[0] if len(names) == 1 else table_name(self.main)

    def _expectation(self, table: str) -> Expect | None:
        """Return how events become rows of a table: by the mapping that the output used."""
        output = self._tables().get(table)
        if output is None:
            return None
        mappings: dict[int, Any] = {}

        def expect(entry: Entry) -> Iterable[Row]:
            key = id(entry.opening)
            if key not in mappings:
                mappings[key] = self._mapping(output, entry.opening)
            named: Callable[..., Mapping[str, list[Row]]] = mappings[key].named
            return named(entry.event, entry.text, lambda _: entry.event_id)[table]

        return expect

    def _mapping(self, output: Any, opening: Sequence[str]) -> Any:
        """Return the mapping onto the tables as they are, made from a stream's first events."""
        documents = [object_in(text) or text for text in opening]
        with closing(sqlite3.connect(self.path)) as connection:
            there = {
                spec.table: list(_described(connection, spec.table, output.dialect.kind))
                for spec in output.specs
            }
        return output.mapping(documents, there)


class SqliteServer(Server):
    """A template database, copied for every test."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        context.folder.mkdir(parents=True, exist_ok=True)
        self._template = context.folder / "template.db"
        self._prepare()

    def _prepare(self) -> None:
        """Run the schema files, then let hooks do the rest."""
        with closing(sqlite3.connect(self._template)) as connection:
            for path in self.context.schema:
                try:
                    connection.executescript(path.read_text(encoding="utf-8"))
                except (OSError, sqlite3.Error) as error:
                    raise RunError(f"schema {path}: {error}") from error
            url = f"sqlite:///{self._template.as_posix()}"
            self.context.ready(SqliteBackend.kind, url, connection)
            connection.commit()

    @contextmanager
    def backend(self, namespace: str) -> Iterator[Backend]:
        """Copy the template, and remove the copy after a test that passed."""
        path = self.context.folder / f"{namespace}.db"
        copyfile(self._template, path)
        backend = SqliteBackend(path)
        try:
            yield backend
        finally:
            backend.close()
            if not backend.keep:
                with suppress(OSError):  # somebody's connection may still hold it on Windows
                    path.unlink()


def table_name(stream: str) -> str:
    """Return a stream's name as one that needs no quotes in SQL."""
    return re.sub(r"\W", "_", stream)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _all_tables(connection: sqlite3.Connection) -> list[str]:
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")
    return [name for (name,) in found]


def _columns(connection: sqlite3.Connection, table: str) -> dict[str, str]:
    """Return the columns of a table with their declared types."""
    found = connection.execute(f"PRAGMA table_info({_quoted(table)})")
    return {row[1]: row[2] for row in found}


def _described(
    connection: sqlite3.Connection, table: str, kind: Callable[[str], Any]
) -> Iterator[Described]:
    for row in connection.execute(f"PRAGMA table_info({_quoted(table)})"):
        yield Described(row[1], kind(row[2]), row[4] is not None)


def _selected(
    connection: sqlite3.Connection, table: str, columns: Mapping[str, str], order: str | None
) -> list[Row]:
    if not columns:
        return []
    if order is not None and order not in columns:
        raise LookupError(f"no column {order!r} in {table!r}; there are: {', '.join(columns)}")
    connection.row_factory = sqlite3.Row
    query = f"SELECT * FROM {_quoted(table)}"
    keys = [_quoted(order)] if order else []
    try:
        found = connection.execute(f"{query} ORDER BY {', '.join([*keys, 'rowid'])}").fetchall()
    except sqlite3.OperationalError:  # a view, or a table WITHOUT ROWID
        found = connection.execute(f"{query} ORDER BY {', '.join(keys or ['1'])}").fetchall()
    return [dict(row) for row in found]
