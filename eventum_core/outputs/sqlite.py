"""Output ``sqlite``: events as rows of a SQLite database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator

from eventum_core.errors import RunError, WriteError
from eventum_core.model import Failure
from eventum_core.outputs.embedded import AddRows, Item, Writer, database_file, path_in
from eventum_core.outputs.inference import Existing
from eventum_core.outputs.rows import Table
from eventum_core.outputs.sql import SqlOutput
from eventum_core.outputs.sqlite_dialect import DIALECT, Insert, columns_of
from eventum_core.outputs.statements import Dialect
from eventum_core.plugin import LocalOutputPlugin, Run, WriteNow

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class Sqlite(SqlOutput, LocalOutputPlugin):
    """Write to tables of a SQLite database, a transaction for each chunk."""

    name: ClassVar[str] = "sqlite"
    guarantee: ClassVar[str] = "exactly once by id"
    dialect: ClassVar[Dialect] = DIALECT

    url: Annotated[str, AfterValidator(database_file("sqlite"))]
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
        path = run.resolve(path_in(self.url, "sqlite"))
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


class _Writer(Writer):
    name: ClassVar[str] = "sqlite"
    error = sqlite3.Error
    # A constraint, a value that SQLite cannot hold, half a surrogate.
    refusals = (
        sqlite3.IntegrityError,
        sqlite3.DataError,
        sqlite3.InterfaceError,
        sqlite3.ProgrammingError,
        OverflowError,
        UnicodeEncodeError,
    )

    def __init__(self, plugin: Sqlite, run: Run, connection: sqlite3.Connection) -> None:
        super().__init__(plugin, run)
        self._connection = connection

    def execute(self, statement: str) -> None:
        self._connection.execute(statement)

    def transaction(self) -> AbstractContextManager[None]:
        return _transaction(self._connection)

    def columns_of(self, table: str) -> list[Existing]:
        return columns_of(self._connection, table)

    def insert(self, table: Table) -> AddRows:
        return partial(Insert(table), self._connection)

    def may_pass(self, error: Exception) -> bool:
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in _BUSY

    def store(self, items: Sequence[Item]) -> list[Failure]:
        """Store the events and return those refused, the quickest way that tells them apart."""
        for attempt in (self._at_once, self._singly):
            try:
                with self.transaction():
                    return attempt(items)
            except self.refusals:
                continue
        return self._apart(items)

    def _at_once(self, items: Sequence[Item]) -> list[Failure]:
        self.together(items)
        return []

    def _singly(self, items: Iterable[Item]) -> list[Failure]:
        failures = []
        for item in items:
            try:
                with _savepoint(self._connection):
                    self.together([item])
            except self.refusals as error:
                # A trigger may undo the whole transaction: then the others are gone as well.
                if not self._connection.in_transaction:
                    raise
                failures.append(Failure(item[0], str(error)))
        return failures

    def _apart(self, items: Iterable[Item]) -> list[Failure]:
        """Store each event in its own transaction: a deferred constraint is checked only at end."""
        failures = []
        for item in items:
            try:
                with self.transaction():
                    self.together([item])
            except self.refusals as error:
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
