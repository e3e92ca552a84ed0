"""The options that all SQL outputs have, and the mapping that follows from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    model_validator,
)

from eventum_core.errors import RunError
from eventum_core.outputs.inference import Existing, adopt, infer, kind_of, values_at
from eventum_core.outputs.paths import JsonPath, PathText
from eventum_core.outputs.rows import FACTS, Column, Fact, Kind, RowMapping, Table
from eventum_core.outputs.statements import Dialect
from eventum_core.plugin import Options, Plugin


def _identifier(name: str) -> str:
    if not name.isprintable() or name != name.strip() or not 0 < len(name.encode()) <= 63:
        raise ValueError(f"not a name for a table or column: {name!r}")
    return name


def _split(reference: str) -> str:
    table, dot, column = reference.rpartition(".")
    if not (dot and _identifier(table) and _identifier(column)):
        raise ValueError(f"write table.column instead of {reference!r}")
    return reference


Values: TypeAlias = Callable[[JsonPath], Iterable[Any]]
"""Return what events have at a path."""
Identifier = Annotated[str, AfterValidator(_identifier)]
Reference = Annotated[str, AfterValidator(_split)]
# A type goes into a statement as it is, so it must be one: words, then sizes in brackets.
SqlType = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]\w*( \w+)*( ?\(\d+(, ?\d+)?\))?$")]


class ColumnOptions(Options):
    """A column: what goes into it, and how it is declared where we create the table."""

    path: PathText | None = None
    """Where in the event the value lies, such as ``total``, ``address.city``, ``items[0].price`` or
    ``['odd key']``. It starts at the row's own object; one that begins with ``$`` starts at the
    whole event. Default: the key that is called like the column."""
    event: Fact | None = None
    """What of the event itself to store, in place of a path."""
    type: SqlType | None = None
    """SQL type, or one of ``boolean``, ``integer``, ``real``, ``text``, ``timestamp`` and ``json``
    for the database's own. Default: whatever takes the values of the first events."""
    primary_key: bool = False
    """Whether the column is, or is part of, the primary key."""
    unique: bool = False
    """Whether no two rows may have the same value here."""
    not_null: bool = False
    """Whether a row without a value is refused."""
    references: Reference | None = None
    """Column that must hold the same value, as ``table.column``: a foreign key."""

    @model_validator(mode="after")
    def _one_source(self) -> ColumnOptions:
        if self.path is not None and self.event is not None:
            raise ValueError("a column has a path or something of the event, not both")
        return self

    def source(self, name: str) -> JsonPath | Fact:
        """Return where the values of the column `name` come from."""
        if self.event is not None:
            return self.event
        return JsonPath((name,)) if self.path is None else JsonPath.parse(self.path)


def _as_column(given: Any) -> Any:
    return {"path": given} if isinstance(given, str) else {} if given is None else given


def _as_mapping(given: Any) -> Any:
    if not isinstance(given, list):
        return given
    for name in given:
        if not isinstance(name, str):
            raise ValueError("in a list stand names; write a mapping for columns with options")
    return dict.fromkeys(given)


Columns = Annotated[
    dict[Identifier, Annotated[ColumnOptions, BeforeValidator(_as_column)]],
    BeforeValidator(_as_mapping),
    Field(min_length=1),
]


def _as_list(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


Key = Annotated[tuple[Identifier, ...], BeforeValidator(_as_list)]


class TableOptions(Options):
    """One of several tables that an event fills."""

    table: Identifier
    """Its name."""
    each: PathText | None = None
    """Path of an array in the event: every element gives a row, and is the row's own object.
    Default: an event gives one row."""
    columns: Columns | None = None
    """Its columns, as for a single table."""
    key: Key = ()
    """Its key, as for a single table."""


def _as_tables(given: Any) -> Any:
    """Return tables written as a mapping by name as the list of them."""
    if not isinstance(given, Mapping):
        return given
    return [
        {"table": name, **(options or {})} if isinstance(options, Mapping | None) else options
        for name, options in given.items()
    ]


class SqlOutput(Plugin):
    """Options of every SQL output. Events are JSON, unless they go into a column as they are."""

    dialect: ClassVar[Dialect]

    table: Identifier | None = None
    """Table to fill, where an event gives one row."""
    columns: Columns | None = None
    """Columns of the table and where their values lie: a path or more options for each column, or
    a list of keys. Default: those of the table if it exists; else one for each key of the first
    events, besides ``ordinal``, ``id``, and ``extra`` for keys that turn up later."""
    key: Key = ()
    """Column or columns whose values tell a row that is there already: it is then passed over, as a
    parent is that comes again with each child. They are the primary key where we create the table.
    Default: the column that holds the event's id, if any."""
    tables: Annotated[tuple[TableOptions, ...], BeforeValidator(_as_tables)] = ()
    """Tables to fill where an event gives rows to several, by their names or as a list, parents
    before children. A row that is refused takes the event's other rows with it."""
    create: Literal["if_missing", "never", "replace"] = "if_missing"
    """Whether to create tables: those that are missing, none, or all anew (what was there is
    lost)."""

    @model_validator(mode="after")
    def _consistent(self) -> SqlOutput:
        if problems := list(self._problems()):
            raise ValueError("; ".join(problems))
        return self

    def _problems(self) -> Iterator[str]:
        if (self.table is None) == (not self.tables):
            yield "name one `table`, or several `tables`"
        if self.columns is not None and self.tables:
            yield "with `tables`, `columns` belong below each of them"
        if self.key and self.tables:
            yield "with `tables`, a `key` belongs below each of them"
        for options in self.specs:
            if strange := [name for name in options.key if name not in (options.columns or ())]:
                yield f"the key of {options.table} is none of its columns: {', '.join(strange)}"
            yield from _repeated(f"{options.table} has columns", options.columns or ())
        yield from _repeated("there are tables", [options.table for options in self.specs])

    @property
    def described(self) -> bool:
        """Whether the options alone say what tables to create."""
        return all(
            options.columns and all(c.type or c.event for c in options.columns.values())
            for options in self.specs
        )

    @property
    def specs(self) -> tuple[TableOptions, ...]:
        """The tables, one or several, in the order in which they are filled."""
        if self.table is None:
            return self.tables
        return (
            TableOptions.model_construct(table=self.table, columns=self.columns, key=self.key),
            *self.tables,
        )

    def mapping(
        self, documents: Sequence[Any], there: Mapping[str, Sequence[Existing]] | None = None
    ) -> RowMapping:
        """Return how events become rows.

        `documents` are the first events as JSON (`MISSING` for one that is none), `there` the
        columns of the tables that exist. Raises `RunError` if they cannot be filled.
        """
        there = there or {}
        return RowMapping(
            self._table(options, documents, there.get(options.table, ())) for options in self.specs
        )

    def _table(
        self, options: TableOptions, documents: Sequence[Any], there: Sequence[Existing]
    ) -> Table:
        each = None if options.each is None else JsonPath.parse(options.each)
        if options.columns is not None:
            values = partial(values_at, each, documents)
            columns = _declare(options, values, there, self.dialect)
            return Table(options.table, columns, each, natural_key=options.key)
        if there:
            return adopt(options.table, each, documents, there)
        return infer(options.table, each, documents)


def _declare(
    options: TableOptions, values: Values, there: Sequence[Existing], dialect: Dialect
) -> Iterator[Column]:
    """Yield the columns that options ask for, completed by those that are there."""
    known = {column.name.casefold(): column for column in there}
    wanted = options.columns or {}
    if missing := [name for name in wanted if there and name.casefold() not in known]:
        raise RunError(f"table {options.table} has no column {', '.join(missing)}")
    key = options.key or _ids(options)
    for name, column in wanted.items():
        declared = _declared(name, column, values, known.get(name.casefold()), dialect)
        yield replace(declared, primary_key=True) if name in key else declared


def _ids(options: TableOptions) -> Key:
    """Return the column of the event's id where that alone can tell rows from each other."""
    columns = options.columns or {}
    if options.each is not None or any(c.primary_key or c.unique for c in columns.values()):
        return ()
    return tuple(name for name, column in columns.items() if column.event == "id")[:1]


def _declared(
    name: str, options: ColumnOptions, values: Values, there: Existing | None, dialect: Dialect
) -> Column:
    source = options.source(name)
    kind, spelled = _typed(options.type, dialect)
    if there is not None:
        kind = there.kind
    elif kind is None:
        kind = FACTS[source] if isinstance(source, str) else kind_of(values(source))
    return Column(
        name=name,
        source=source,
        kind=kind,
        type=spelled,
        primary_key=options.primary_key,
        unique=options.unique or (there is not None and there.unique),
        not_null=options.not_null,
        references=_referred(options.references),
        defaults=there is not None and there.defaults,
    )


def _referred(reference: str | None) -> tuple[str, str] | None:
    if reference is None:
        return None
    table, _, column = reference.rpartition(".")
    return table, column


def _typed(written: str | None, dialect: Dialect) -> tuple[Kind | None, str]:
    """Return the kind that a written type means, and its spelling where it is not ours."""
    if written is None:
        return None, ""
    ours = next((kind for kind in dialect.types if kind == written), None)
    return (ours, "") if ours else (dialect.kind(written), written)


def _repeated(what: str, names: Sequence[str] | Mapping[str, Any]) -> Iterator[str]:
    """Yield a problem for names that a database cannot tell apart."""
    folded = [name.casefold() for name in names]
    twice = sorted({name for name in folded if folded.count(name) > 1})
    if twice:
        yield f"{what} with the same name: {', '.join(twice)}"
