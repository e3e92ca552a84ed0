"""Tables nobody described: their columns inferred from events, or adopted from the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from eventum_core.errors import RunError
from eventum_core.outputs.paths import MISSING, JsonPath
from eventum_core.outputs.rows import FACTS, Column, Fact, Kind, Table

OF_OBJECTS: tuple[Fact, ...] = ("ordinal", "id")
"""Our own columns before those of an event's keys."""
OF_TEXTS: tuple[Fact, ...] = ("ordinal", "id", "timestamp", "text")
"""Our own columns where events are no JSON objects."""
NAMES: dict[Fact, str] = {"text": "event"}
"""What our own columns are called, where not as the fact."""
OF_VALUE = "value"
"""The column for elements of an array that are no objects."""
MOST_COLUMNS = 500
"""More keys than that go to ``extra``: far below what any database allows."""
LONGEST_NAME = 63
"""Bytes of a column's name; PostgreSQL allows no more."""

_KINDS: dict[type, Kind] = {
    bool: "boolean",
    int: "integer",
    float: "real",
    str: "text",
    dict: "json",
    list: "json",
}
_FITTING: dict[Fact, tuple[Kind, ...]] = {
    "ordinal": ("integer", "real", "mixed"),
    "position": ("integer", "real", "mixed"),
    "id": ("text", "mixed"),
    "timestamp": ("timestamp", "text", "mixed"),
    "text": ("text", "json", "mixed"),
    "extra": ("json", "text", "mixed"),
}


class Existing(NamedTuple):
    """A column of a table that is there already."""

    name: str
    kind: Kind
    defaults: bool = False
    """Whether the database has a value of its own for a row that brings none."""
    unique: bool = False


def kind_of(values: Iterable[Any]) -> Kind:
    """Return what kind of column takes all of `values` unchanged; nulls fit into every one."""
    kinds = {_kind(value) for value in values if value is not None}
    if kinds == {"integer", "real"}:
        return "real"
    return kinds.pop() if len(kinds) == 1 else "mixed"


def _kind(value: Any) -> Kind:
    # No database has integers of more than 64 bits; their digits are kept as text.
    if value.__class__ is int and not -(1 << 63) <= value < 1 << 63:
        return "text"
    return _KINDS[value.__class__]


def infer(name: str, each: JsonPath | None, documents: Iterable[Any]) -> Table:
    """Return the table for events like these: our columns, one for each key, one for the rest."""
    elements = _reached(each, documents)
    objects = [element for element in elements if isinstance(element, dict)]
    if not objects:
        return Table(name, _of_others(each), each)
    keys = _storable(objects)
    facts = (*OF_OBJECTS, *(("position",) if each else ()))
    columns = [*_own(facts, keys), *_of_keys(keys, objects), *_own(("extra",), keys)]
    return Table(name, columns, each)


def adopt(
    name: str, each: JsonPath | None, documents: Iterable[Any], there: Sequence[Existing]
) -> Table:
    """Return the mapping onto a table that exists: columns take the keys of their names.

    Our own columns are filled where the table has them. Raises `RunError` if events like these
    would leave no trace in it.
    """
    objects = [element for element in _reached(each, documents) if isinstance(element, dict)]
    keys = list(dict.fromkeys(key for element in objects for key in element))
    matching = _matching(keys, there)
    facts: tuple[Fact, ...] = ("ordinal", "id", "position", "timestamp", "extra")
    owned = _owned(facts if matching else (*facts, "text"), keys, there)
    columns = [_adopted(column, matching, owned) for column in there]
    kept = {"text", "extra"}.intersection(owned.values())
    if not matching and not kept and (objects or each is None):
        raise RunError(
            f"table {name} has no column for any of the events' keys"
            f" ({', '.join(keys) or 'they are no JSON objects'});"
            f" its columns are {', '.join(column.name for column in there)}"
        )
    return Table(name, columns, each, () if kept else set(keys) - set(matching.values()))


def values_at(each: JsonPath | None, documents: Iterable[Any], path: JsonPath) -> list[Any]:
    """Return what events have at `path`, without those that have nothing there."""
    starts = documents if path.from_root else _reached(each, documents)
    return [value for start in starts if (value := path.find(start)) is not MISSING]


def _reached(each: JsonPath | None, documents: Iterable[Any]) -> list[Any]:
    if each is None:
        return list(documents)
    arrays = (each.find(document) for document in documents)
    return [element for array in arrays if isinstance(array, list) for element in array]


def _of_others(each: JsonPath | None) -> list[Column]:
    if each is None:
        return _own(OF_TEXTS, ())
    value = Column(name=OF_VALUE, source=JsonPath(()))
    return [*_own((*OF_OBJECTS, "position"), ()), value]


def _storable(objects: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the keys that can be columns, as first met; databases ignore the case of names."""
    names: dict[str, str] = {}
    for key in (key for element in objects for key in element):
        if key.isprintable() and 0 < len(key.encode()) <= LONGEST_NAME:
            names.setdefault(key.casefold(), key)
    return list(names.values())[:MOST_COLUMNS]


def _of_keys(keys: Iterable[str], objects: Sequence[Mapping[str, Any]]) -> list[Column]:
    return [
        Column(name=key, source=JsonPath((key,)), kind=kind_of(o.get(key) for o in objects))
        for key in keys
    ]


def _own(facts: Iterable[Fact], keys: Sequence[str]) -> list[Column]:
    return [
        Column(name=_own_name(fact, keys), source=fact, kind=FACTS[fact], primary_key=fact == "id")
        for fact in facts
    ]


def _own_name(fact: Fact, keys: Iterable[str]) -> str:
    """Return what our own column is called: a leading underscore keeps it from an event's key."""
    taken = {key.casefold() for key in keys}
    name = NAMES.get(fact, fact)
    while name in taken:
        name = f"_{name}"
    return name


def _matching(keys: Sequence[str], there: Iterable[Existing]) -> dict[str, str]:
    """Return the key that each column takes, by the column's name."""
    exact = set(keys)
    loose = {key.casefold(): key for key in reversed(keys)}
    found = {
        column.name: column.name if column.name in exact else loose.get(column.name.casefold())
        for column in there
    }
    return {name: key for name, key in found.items() if key is not None}


def _owned(
    facts: Iterable[Fact], keys: Sequence[str], there: Iterable[Existing]
) -> dict[str, Fact]:
    """Return which columns are ours, by their names."""
    names = {_own_name(fact, keys): fact for fact in facts}
    found = {column.name: (names.get(column.name.casefold()), column.kind) for column in there}
    return {name: fact for name, (fact, kind) in found.items() if fact and kind in _FITTING[fact]}


def _adopted(column: Existing, matching: Mapping[str, str], owned: Mapping[str, Fact]) -> Column:
    # A column without a key so far may get one later: it takes the key of its name.
    key = matching.get(column.name, column.name)
    source = owned.get(column.name) or JsonPath((key,))
    bare = Column(name=column.name, source=source, kind=column.kind)
    return replace(bare, defaults=column.defaults, unique=column.unique)
