"""Values of rows and of events in one form, by the type of their column."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

Canon: TypeAlias = Callable[[Mapping[str, Any]], frozenset[tuple[str, Any]]]
"""Give a row as a set of (column, value); columns without a value are absent."""
Form: TypeAlias = Callable[[Any], Any]


def canons(
    events: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]], types: Mapping[str, str]
) -> tuple[Canon, Canon]:
    """Return the functions that normalise events and rows, having seen all of both.

    A column holds instants, JSON, text or numbers: as declared in `types`, else as its values are.
    """
    names = {name for row in (*events, *rows) for name in row}
    forms = {name: _forms(name, events, rows, types.get(name, "")) for name in names}
    return _canon({name: form[0] for name, form in forms.items()}), _canon(
        {name: form[1] for name, form in forms.items()}
    )


def _canon(forms: Mapping[str, Form]) -> Canon:
    def canon(row: Mapping[str, Any]) -> frozenset[tuple[str, Any]]:
        return frozenset(
            (name, forms.get(name, plain)(value))
            for name, value in row.items()
            if value is not None
        )

    return canon


def _forms(
    name: str,
    events: Iterable[Mapping[str, Any]],
    rows: Iterable[Mapping[str, Any]],
    declared: str,
) -> tuple[Form, Form]:
    """Return what normalises a column's values in events, and in rows."""
    declared = declared.upper()
    found = [row[name] for row in rows if row.get(name) is not None]
    if _any_of(declared, "TIME", "DATE") or any(isinstance(value, date) for value in found):
        return instant, instant
    if "JSON" in declared:
        return written, stored
    ours = [event[name] for event in events if event.get(name) is not None]
    if any(isinstance(value, dict | list) for value in (*ours, *found)):
        return written, nested
    if _any_of(declared, "CHAR", "TEXT", "CLOB", "STRING"):
        return text, text
    if _any_of(declared, "INT", "REAL", "FLOA", "DOUB", "DEC", "NUM", "BOOL"):
        return number, number
    return plain, plain


def _any_of(declared: str, *words: str) -> bool:
    return any(word in declared for word in words)


def plain(value: Any) -> Any:
    """Return a value with numbers by value; texts stay what they are."""
    if isinstance(value, float):
        return Decimal(repr(value)) if value == value else "NaN"
    if isinstance(value, dict | list | tuple):
        return written(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    return value if _hashable(value) else repr(value)


def number(value: Any) -> Any:
    """Return a number by value, also one that is written as text."""
    if isinstance(value, str):
        try:
            return Decimal(value)
        except InvalidOperation:
            return value
    return plain(value)


def text(value: Any) -> Any:
    """Return what a text column holds of a value."""
    if isinstance(value, bool):
        return str(int(value))
    return value if isinstance(value, str) else str(value)


def instant(value: Any) -> Any:
    """Return a moment in UTC; a naive one means UTC, a date its midnight, a number seconds."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return value
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        value = datetime.fromtimestamp(float(value), UTC)
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC)
    return plain(value)


def written(value: Any) -> Any:
    """Return a value as one canonical JSON text."""
    return json.dumps(value, sort_keys=True, default=str)


def stored(value: Any) -> Any:
    """Return what a JSON column holds as such a text, be it parsed by the driver or not."""
    if isinstance(value, str | bytes):
        try:
            value = json.loads(value)
        except ValueError:
            return written(value)
    return written(value)


def nested(value: Any) -> Any:
    """Return what a column of any type holds: there only objects and arrays are JSON for sure."""
    looks = isinstance(value, str) and value[:1] in ("{", "[")
    return stored(value) if looks else written(value)


def _hashable(value: Any) -> bool:
    return type(value).__hash__ is not None
