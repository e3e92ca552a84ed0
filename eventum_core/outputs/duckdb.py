"""Output ``duckdb``: events as rows of a DuckDB database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import AfterValidator

from eventum_core.errors import ConfigError, RunError, WriteError
from eventum_core.model import Failure
from eventum_core.outputs.duckdb_dialect import DIALECT, Insert, columns_of, declared_types
from eventum_core.outputs.embedded import AddRows, Item, Writer, database_file, path_in
from eventum_core.outputs.inference import Existing
from eventum_core.outputs.rows import Table
from eventum_core.outputs.sql import SqlOutput
from eventum_core.outputs.statements import Dialect
from eventum_core.plugin import LocalOutputPlugin, Run, WriteNow

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MISSING = "needs the package duckdb"
_INSTALL = "pip install 'pytest-eventum[duckdb]'"
_MAGIC = b"DUCK"
"""What the file of a DuckDB database says from its ninth byte on."""


class Duckdb(SqlOutput, LocalOutputPlugin):
    """Write to tables of a DuckDB database, a transaction for each chunk."""

    name: ClassVar[str] = "duckdb"
    guarantee: ClassVar[str] = "exactly once by id"
    dialect: ClassVar[Dialect] = DIALECT

    url: Annotated[str, AfterValidator(database_file("duckdb"))]
    """The database's file: ``duckdb:///shop.db``, ``duckdb:////var/lib/shop.db`` or just a path. A
    relative one belongs to the generator's folder. Missing folders are made. While the run goes on
    no other process can open it."""

    def check(self, base: Path) -> None:
        """Raise `ConfigError` if the driver is not installed."""
        if find_spec("duckdb") is None:
            raise ConfigError.single(_MISSING, fix=_INSTALL)

    def open(self, run: Run) -> AbstractContextManager[WriteNow]:
        """Open the file, give the function that writes, and close."""
        return self._open(run)

    @contextmanager
    def _open(self, run: Run) -> Iterator[WriteNow]:
        try:
            from duckdb import Error
        except ModuleNotFoundError as error:
            raise RunError(f"output duckdb {_MISSING}: {_INSTALL}") from error
        path = run.resolve(path_in(self.url, "duckdb"))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = _connect(path)
        except (OSError, Error) as error:
            fix = "; close it there, or write to another file" if "PID" in str(error) else ""
            raise RunError(f"cannot open {path}: {_brief(error)}{fix}") from error
        with closing(connection):
            writer = _Writer(self, run, connection)
            try:
                writer.prepare()
            except (Error, WriteError) as error:
                raise RunError(f"cannot use {path}: {_brief(error)}") from error
            yield writer.write


class _Writer(Writer):
    name: ClassVar[str] = "duckdb"

    def __init__(self, plugin: Duckdb, run: Run, connection: DuckDBPyConnection) -> None:
        import duckdb

        super().__init__(plugin, run)
        self._connection = connection
        self._passing = (duckdb.TransactionException,)
        self.error = duckdb.Error
        # A constraint, a value that its column cannot hold, half a surrogate.
        self.refusals = (
            WriteError,
            duckdb.IntegrityError,
            duckdb.DataError,
            duckdb.InvalidInputException,
            UnicodeEncodeError,
        )

    def execute(self, statement: str) -> None:
        self._connection.execute(statement)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._connection.begin()
        try:
            yield
            self._connection.commit()
        except BaseException:  # whatever it is, nothing of it may stay; raised again
            self._roll_back()
            raise

    def columns_of(self, table: str) -> list[Existing]:
        return columns_of(self._connection, table)

    def insert(self, table: Table) -> AddRows:
        declared = declared_types(self._connection, table.name)
        return partial(Insert(table, declared), self._connection)

    def may_pass(self, error: Exception) -> bool:
        return isinstance(error, self._passing)

    def describe(self, error: Exception) -> str:
        return _brief(error)

    def store(self, items: Sequence[Item]) -> list[Failure]:
        """Store the events in one transaction, or in halves until the refused stand alone.

        DuckDB has no savepoints, and an error undoes the whole transaction.
        """
        try:
            with self.transaction():
                self._add(items)
        except self.refusals as error:
            if len(items) == 1:
                return [Failure(items[0][0], _brief(error))]
            middle = len(items) // 2
            return [*self.store(items[:middle]), *self.store(items[middle:])]
        return []

    def _add(self, items: Sequence[Item]) -> None:
        if len(items) > 1:
            self.together(items)
        else:
            self.one_by_one(items[0])

    def _roll_back(self) -> None:
        with suppress(self.error):  # a commit that failed has rolled back already
            self._connection.rollback()


def _connect(path: Path) -> DuckDBPyConnection:
    import duckdb

    if path.is_file() and (head := _head(path)) and head[8:12] != _MAGIC:
        # DuckDB would download an extension to read another database's file.
        raise RunError(f"cannot open {path}: it is there, and is not a DuckDB database")
    connection = duckdb.connect(path)
    try:
        connection.execute("SET TimeZone = 'UTC'")
        # Else columns get the type of what a few of their values look like.
        connection.execute("SET pandas_analyze_sample = 0")
    except duckdb.Error:
        connection.close()
        raise
    return connection


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(12)


def _brief(error: Exception) -> str:
    """Return the lines of an error that are not about where in our statement it arose."""
    return str(error).split("\nLINE ")[0].strip()
