"""How an event becomes rows: which tables, which columns, and where each value comes from.

Nothing here knows a database. A mapping is declared by options, inferred from events, or adopted
from a table that exists; afterwards it is a function from an event to rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal, NamedTuple, TypeAlias

import msgspec

from eventum_core.errors import WriteError
from eventum_core.model import Event
from eventum_core.outputs.paths import MISSING, JsonPath

Kind: TypeAlias = Literal["boolean", "integer", "real", "text", "timestamp", "json", "mixed"]
"""What a column holds. ``mixed`` is any of them, as it comes."""
Fact: TypeAlias = Literal[
    "ordinal", "index", "id", "timestamp", "text", "tags", "position", "extra"
]
"""What is known of an event besides its JSON. ``position`` counts the elements of an array from
0; ``extra`` is an object of the keys that no column takes."""
Identify: TypeAlias = Callable[[Event], str]
Row: TypeAlias = tuple[Any, ...]
Getter: TypeAlias = "Callable[[Place], Any]"

FACTS: dict[Fact, Kind] = {
    "ordinal": "integer",
    "index": "integer",
    "id": "text",
    "timestamp": "timestamp",
    "text": "text",
    "tags": "json",
    "position": "integer",
    "extra": "json",
}
"""The kind of each fact."""


class Place(NamedTuple):
    """Where a row's values are looked up."""

    event: Event
    text: str
    id: str
    document: Any
    """The event as JSON; `MISSING` where it is none."""
    element: Any
    """What the row is for: the document, or one element of an array in it."""
    position: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column, and what goes into it."""

    name: str
    source: JsonPath | Fact
    kind: Kind = "mixed"
    type: str = ""
    """SQL type to declare, where it is not that of the kind."""
    primary_key: bool = False
    unique: bool = False
    """Whether no two rows may be equal here; a lone primary key is unique too."""
    not_null: bool = False
    references: tuple[str, str] | None = None
    """Table and column of which this is a foreign key."""
    defaults: bool = False
    """Whether the database has a value of its own for a row that brings none."""

    @property
    def key(self) -> str | None:
        """The key of the row's own object that this column takes, if that is what it does."""
        path = self.source
        if isinstance(path, JsonPath) and path.steps and isinstance(path.steps[0], str):
            return path.steps[0]
        return None


class Table:
    """One table's share of a mapping."""

    def __init__(
        self,
        name: str,
        columns: Iterable[Column],
        each: JsonPath | None = None,
        ignored: Iterable[str] = (),
        natural_key: Iterable[str] = (),
    ) -> None:
        self.name = name
        self.columns = tuple(columns)
        self.each = each
        """Array whose elements give a row each; None where an event gives one."""
        self.ignored = tuple(ignored)
        """Keys seen while the mapping was made that no column takes."""
        self.natural_key = tuple(natural_key)
        """Columns whose values tell a row that is there already, whichever event brought it."""
        self.keys = frozenset(column.key for column in self.columns if column.key is not None)
        self._sources = [self._source(column) for column in self.columns]
        self._whole = any(column.source in ("text", "extra") for column in self.columns)

    @property
    def keyed(self) -> Column | None:
        """The column that tells a row delivered twice, if there is one."""
        lone = sum(column.primary_key for column in self.columns) == 1
        for column in self.columns:
            if column.source == "id" and (column.unique or (column.primary_key and lone)):
                return column
        return None

    def rows(self, place: Place) -> list[Row]:
        """Return the rows of an event; raise `WriteError` if it has not the shape for it."""
        if self.each is None:
            return [self._row(place)]
        return [
            self._row(place._replace(element=element, position=position))
            for position, element in enumerate(_elements(self.each, place.document))
        ]

    def _row(self, place: Place) -> Row:
        is_object = place.element.__class__ is dict
        value_of = place.element.get if is_object else _nothing
        # The common case, a key of the row's own object, is not worth a call of its own.
        row = tuple(
            [
                value_of(source) if source.__class__ is str else source(place)
                for source in self._sources
            ]
        )
        if not is_object and not self._whole:
            self._insist(place, row)
        return row

    def _insist(self, place: Place, row: Row) -> None:
        """Refuse what is no object where no column got anything of it."""
        paths = [column.source for column in self.columns]
        found = [
            value not in (None, MISSING) or (not path.steps and place.element is not MISSING)
            for path, value in zip(paths, row, strict=True)
            if isinstance(path, JsonPath)
        ]
        if found and not any(found):
            raise WriteError(f"not a JSON object, and {self.name} has no column for whole events")

    def _source(self, column: Column) -> Any:
        """Return a key of the row's object, or a function of the row's place."""
        source = column.source
        if isinstance(source, str):
            return self._extra if source == "extra" else _FACTS[source]
        if len(source.steps) == 1 and column.key and not (source.from_root or column.defaults):
            return column.key
        return _along(source, MISSING if column.defaults else None)

    def _extra(self, place: Place) -> Any:
        """Return what no column takes: of an object the other keys, of anything else all."""
        element = place.element
        if element.__class__ is dict:
            if self.keys.issuperset(element):
                return None
            return {key: value for key, value in element.items() if key not in self.keys}
        return place.text if element is MISSING else element


def _along(path: JsonPath, absent: Any) -> Getter:
    def get(place: Place) -> Any:
        value = path.find(place.document if path.from_root else place.element)
        return absent if value is MISSING else value

    return get


def _nothing(key: str) -> None:
    """Return what an object without keys has at any of them."""


def _identity(place: Place) -> str:
    return place.id if place.position is None else f"{place.id}.{place.position}"


_FACTS: dict[str, Getter] = {
    "ordinal": lambda place: place.event.ordinal,
    "index": lambda place: place.event.index,
    "id": _identity,
    "timestamp": lambda place: place.event.timestamp.isoformat(),
    "text": lambda place: place.text,
    "tags": lambda place: list(place.event.tags),
    "position": lambda place: place.position,
}


def _elements(each: JsonPath, document: Any) -> list[Any]:
    """Return the elements of an array that may be missing or null."""
    found = each.find(document)
    if found is None or (found is MISSING and document is not MISSING):
        return []
    if not isinstance(found, list):
        raise WriteError("not JSON" if document is MISSING else f"{each} is no array")
    return found


class RowMapping:
    """How an event becomes rows of one or more tables, parents before children."""

    def __init__(self, tables: Iterable[Table]) -> None:
        self.tables = tuple(tables)
        self._identified = any(
            column.source == "id" for table in self.tables for column in table.columns
        )

    def rows(self, event: Event, text: str, identify: Identify) -> list[list[Row]]:
        """Return the rows of an event for each of `tables`, values as JSON has them.

        `identify` gives the event's id, and is asked only if a column holds it. `MISSING` stands
        where the database has a default. Raises `WriteError` for an event that does not fit.
        """
        document = parsed(text)
        identity = identify(event) if self._identified else ""
        place = Place(event, text, identity, document, document)
        return [table.rows(place) for table in self.tables]

    def named(self, event: Event, text: str, identify: Identify) -> dict[str, list[dict[str, Any]]]:
        """Return the same by the names of tables and columns, without what is missing."""
        return {
            table.name: [_named(table.columns, row) for row in rows]
            for table, rows in zip(self.tables, self.rows(event, text, identify), strict=True)
        }


def parsed(text: str) -> Any:
    """Return the JSON value that `text` is, or `MISSING`."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return MISSING


def as_json(value: Any) -> str:
    """Return `value` as JSON."""
    try:
        return msgspec.json.encode(value).decode()
    except OverflowError:  # msgspec writes no integers beyond 64 bits
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def alike(table: Table, rows: Iterable[Row]) -> Iterator[tuple[list[Column], list[Row]]]:
    """Yield neighbouring rows that leave the same columns to the database's defaults.

    They come without what is missing, beside the columns that they have.
    """
    for given, group in groupby(rows, _given):
        columns = [table.columns[at] for at in given]
        yield columns, [tuple([row[at] for at in given]) for row in group]


def _given(row: Row) -> tuple[int, ...]:
    return tuple([at for at, value in enumerate(row) if value is not MISSING])


def _named(columns: Sequence[Column], row: Row) -> dict[str, Any]:
    return {
        column.name: value
        for column, value in zip(columns, row, strict=True)
        if value is not MISSING
    }
