"""Output ``sqlite``: events as rows of a SQLite database."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import AfterValidator

from eventum_core.errors import RunError, WriteError
from eventum_core.model import Chunk, Failure
from eventum_core.outputs.rows import Row, RowMapping, parsed
from eventum_core.outputs.sql import SqlOutput
from eventum_core.outputs.sqlite_dialect import DIALECT, Insert, columns_of
from eventum_core.outputs.statements import Dialect, create_table, drop_table
from eventum_core.plugin import LocalOutputPlugin, Run, WriteNow

# What may be wrong with a row: a constraint, a value that SQLite cannot hold, half a surrogate.
_ROW_ERRORS = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
    OverflowError,
    UnicodeEncodeError,
)
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_Item: TypeAlias = tuple[int, list[list[Row]]]
"""Position of an event in its chunk, and its rows for every table."""


def _file(url: str) -> str:
    path = _path(url)
    if path in ("", ":memory:"):
        raise ValueError("it would be gone when the run ends; write a file: sqlite:///events.db")
    if re.search(r"^\w+:|://|\?", path):
        raise ValueError("write sqlite:///relative.db, sqlite:////absolute.db or a plain path")
    return url


def _path(url: str) -> str:
    return re.sub(r"^sqlite(\+\w+)?:/{2,3}", "", url)


class Sqlite(SqlOutput, LocalOutputPlugin):
    """Write to tables of a SQLite database, a transaction for each chunk."""

    name: ClassVar[str] = "sqlite"
    guarantee: ClassVar[str] = "exactly once by id"
    dialect: ClassVar[Dialect] = DIALECT

    url: Annotated[str, AfterValidator(_file)]
    """The database's file: ``sqlite:///shop.db``, ``sqlite:////var/lib/shop.db`` or just a path. A
    relative one belongs to the generator's folder. Missing folders are made."""
    synchronous: Literal["full", "normal", "off"] = "full"
    """How hard a transaction is pressed onto the disk, as SQLite's pragma of this name. With
    ``off`` the journal stays in memory too: a power cut or a kill may spoil the file, and writing
    is two to three times as fast."""

    def open(self, run: Run) -> AbstractContextManager[WriteNow]:
        """Open the file, give the function that writes, and close."""
        return self._open(run)

    @contextmanager
    def _open(self, run: Run) -> Iterator[WriteNow]:
        path = run.resolve(_path(self.url))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = _connect(path, run.write_timeout, self.synchronous)
        except (OSError, sqlite3.Error) as error:
            raise RunError(f"cannot open {path}: {error}") from error
        with closing(connection):
            writer = _Writer(self, run, connection)
            try:
                writer.prepare()
            except (sqlite3.Error, WriteError) as error:
                raise RunError(f"cannot use {path}: {error}") from error
            yield writer.write


class _Writer:
    """What goes on between opening a database and closing it."""

    def __init__(self, plugin: Sqlite, run: Run, connection: sqlite3.Connection) -> None:
        self._plugin = plugin
        self._run = run
        self._connection = connection
        self._mapping: RowMapping | None = None
        self._inserts: list[Insert] = []

    def prepare(self) -> None:
        """Do what can be done before the first event; find out that we may write at all."""
        names = [options.table for options in self._plugin.specs]
        with _transaction(self._connection):
            if self._plugin.create == "replace":
                for name in reversed(names):
                    self._connection.execute(drop_table(name, DIALECT))
            if self._plugin.create == "never":
                self._insist_on(names)
        if self._plugin.described:
            self._plan([])

    def write(self, chunk: Chunk) -> Sequence[Failure]:
        """Store the chunk in one transaction; where rows are refused, all others still go in."""
        if not chunk.texts:
            return ()
        if len(chunk.texts) != len(chunk.events):
            raise WriteError("a batching format cannot fill a table: use `plain` or `json`")
        try:
            mapping = self._mapping or self._plan([parsed(text) for text in chunk.texts])
            fitting, failures = self._mapped(mapping, chunk)
            return sorted([*failures, *self._stored(fitting)])
        except sqlite3.Error as error:
            raise WriteError(str(error), retry=_is_busy(error)) from error

    def _insist_on(self, names: Iterable[str]) -> None:
        missing = [name for name in names if not columns_of(self._connection, name)]
        if missing:
            raise RunError(
                f"the database has no table {', '.join(missing)}; make it, or say"
                " `create: if_missing`"
            )

    def _plan(self, documents: Sequence[Any]) -> RowMapping:
        """Settle the mapping, and create what tables are missing."""
        with _transaction(self._connection):
            names = [options.table for options in self._plugin.specs]
            there = {name: columns_of(self._connection, name) for name in names}
            mapping = self._plugin.mapping(documents, there)
            for table in mapping.tables:
                if not there[table.name]:
                    self._connection.execute(create_table(table, DIALECT))
        self._mapping = mapping
        self._inserts = [Insert(table) for table in mapping.tables]
        self._tell_ignored(mapping)
        return mapping

    def _tell_ignored(self, mapping: RowMapping) -> None:
        for table in mapping.tables:
            if table.ignored:
                keys = ", ".join(sorted(table.ignored))
                self._run.log.warning("sqlite: table %s has no column for %s", table.name, keys)

    def _mapped(self, mapping: RowMapping, chunk: Chunk) -> tuple[list[_Item], list[Failure]]:
        fitting: list[_Item] = []
        failures: list[Failure] = []
        for item, (event, text) in enumerate(zip(chunk.events, chunk.texts, strict=True)):
            try:
                fitting.append((item, mapping.rows(event, text, self._run.event_id)))
            except WriteError as error:
                failures.append(Failure(item, str(error)))
        return fitting, failures

    def _stored(self, items: Sequence[_Item]) -> list[Failure]:
        """Store the events and return those refused, the quickest way that tells them apart."""
        for attempt in (self._together, self._singly):
            try:
                with _transaction(self._connection):
                    return attempt(items)
            except _ROW_ERRORS:
                continue
        return self._apart(items)

    def _together(self, items: Iterable[_Item]) -> list[Failure]:
        for position, insert_rows in enumerate(self._inserts):
            rows = [row for _, tables in items for row in tables[position]]
            insert_rows(self._connection, rows)
        return []

    def _singly(self, items: Iterable[_Item]) -> list[Failure]:
        failures = []
        for item in items:
            try:
                with _savepoint(self._connection):
                    self._together([item])
            except _ROW_ERRORS as error:
                # A trigger may undo the whole transaction: then the others are gone as well.
                if not self._connection.in_transaction:
                    raise
                failures.append(Failure(item[0], str(error)))
        return failures

    def _apart(self, items: Iterable[_Item]) -> list[Failure]:
        """Store each event in its own transaction: a deferred constraint is checked only at end."""
        failures = []
        for item in items:
            try:
                with _transaction(self._connection):
                    self._together([item])
            except _ROW_ERRORS as error:
                failures.append(Failure(item[0], str(error)))
        return failures


def _connect(path: Path, patience: float, synchronous: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=patience, isolation_level=None)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        if synchronous == "off":
            connection.execute("PRAGMA journal_mode = MEMORY").fetchall()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Make all that happens inside last, or none of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


@contextmanager
def _savepoint(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("SAVEPOINT event")
    try:
        yield
    except BaseException:  # whatever it is, the event's rows go together; raised again
        if connection.in_transaction:
            connection.execute("ROLLBACK TO event")
            connection.execute("RELEASE event")
        raise
    connection.execute("RELEASE event")


def _is_busy(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _BUSY
