"""What the SQL outputs of embedded databases share: a file, and how chunks become transactions."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import ClassVar, TypeAlias

from eventum_core.errors import RunError, WriteError
from eventum_core.model import Chunk, Failure
from eventum_core.outputs.inference import Existing
from eventum_core.outputs.rows import Row, RowMapping, Table, parsed
from eventum_core.outputs.sql import SqlOutput
from eventum_core.outputs.statements import create_table, drop_table
from eventum_core.plugin import Run

Item: TypeAlias = tuple[int, list[list[Row]]]
"""Position of an event in its chunk, and its rows for every table."""
AddRows: TypeAlias = Callable[[Sequence[Row]], None]
"""Add rows to one table, in their order."""


def path_in(url: str, scheme: str) -> str:
    """Return the path that a URL such as ``sqlite:///shop.db`` names; a plain path is itself."""
    return re.sub(rf"^{scheme}(\+\w+)?:/{{2,3}}", "", url)


def database_file(scheme: str) -> Callable[[str], str]:
    """Return the validator of a URL or path that names a file of a database."""

    def validated(url: str) -> str:
        path = path_in(url, scheme)
        if path in ("", ":memory:"):
            raise ValueError(
                f"it would be gone when the run ends; write a file: {scheme}:///events.db"
            )
        if re.search(r"^\w+:|://|\?", path):
            raise ValueError(
                f"write {scheme}:///relative.db, {scheme}:////absolute.db or a plain path"
            )
        return url

    return validated


class Writer(ABC):
    """What goes on between opening a database and closing it."""

    error: type[Exception]
    """Base of what the driver raises."""
    refusals: tuple[type[Exception], ...]
    """What may be wrong with a row; any other error is about the database."""
    name: ClassVar[str]

    def __init__(self, plugin: SqlOutput, run: Run) -> None:
        self._plugin = plugin
        self._run = run
        self._mapping: RowMapping | None = None
        self._inserts: list[AddRows] = []

    @abstractmethod
    def execute(self, statement: str) -> None:
        """Execute a statement without results."""

    @abstractmethod
    def transaction(self) -> AbstractContextManager[None]:
        """Make all that happens inside last, or none of it."""

    @abstractmethod
    def columns_of(self, table: str) -> list[Existing]:
        """Return the columns of a table; none where there is no such table."""

    @abstractmethod
    def insert(self, table: Table) -> AddRows:
        """Return the function that adds rows to a table that exists."""

    @abstractmethod
    def store(self, items: Sequence[Item]) -> list[Failure]:
        """Store the events in a transaction and return those refused; all others go in."""

    @abstractmethod
    def may_pass(self, error: Exception) -> bool:
        """Tell whether trying again may help."""

    def prepare(self) -> None:
        """Do what can be done before the first event; find out that we may write at all."""
        names = [options.table for options in self._plugin.specs]
        with self.transaction():
            if self._plugin.create == "replace":
                for name in reversed(names):
                    self.execute(drop_table(name, self._plugin.dialect))
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
            return sorted([*failures, *self.store(fitting)])
        except self.error as error:
            raise WriteError(self.describe(error), retry=self.may_pass(error)) from error

    def describe(self, error: Exception) -> str:
        """Return what an error says to users."""
        return str(error)

    def together(self, items: Iterable[Item]) -> None:
        """Insert the rows of all events, table by table."""
        for position, insert_rows in enumerate(self._inserts):
            insert_rows([row for _, tables in items for row in tables[position]])

    def one_by_one(self, item: Item) -> None:
        """Insert the rows of an event singly: one may refer to another of the same table."""
        for insert_rows, rows in zip(self._inserts, item[1], strict=True):
            for row in rows:
                insert_rows([row])

    def _insist_on(self, names: Iterable[str]) -> None:
        missing = [name for name in names if not self.columns_of(name)]
        if missing:
            raise RunError(
                f"the database has no table {', '.join(missing)}; make it, or say"
                " `create: if_missing`"
            )

    def _plan(self, documents: Sequence[object]) -> RowMapping:
        """Settle the mapping, and create what tables are missing."""
        with self.transaction():
            names = [options.table for options in self._plugin.specs]
            there = {name: self.columns_of(name) for name in names}
            mapping = self._plugin.mapping(documents, there)
            for table in mapping.tables:
                if not there[table.name]:
                    self.execute(create_table(table, self._plugin.dialect))
        self._mapping = mapping
        self._inserts = [self.insert(table) for table in mapping.tables]
        self._tell_ignored(mapping)
        return mapping

    def _tell_ignored(self, mapping: RowMapping) -> None:
        for table in mapping.tables:
            if table.ignored:
                keys = ", ".join(sorted(table.ignored))
                says = "%s: table %s has no column for %s"
                self._run.log.warning(says, self.name, table.name, keys)

    def _mapped(self, mapping: RowMapping, chunk: Chunk) -> tuple[list[Item], list[Failure]]:
        fitting: list[Item] = []
        failures: list[Failure] = []
        for item, (event, text) in enumerate(zip(chunk.events, chunk.texts, strict=True)):
            try:
                fitting.append((item, mapping.rows(event, text, self._run.event_id)))
            except WriteError as error:
                failures.append(Failure(item, str(error)))
        return fitting, failures
