"""What a backend gives back when it is read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from eventum_core import redact

Row: TypeAlias = dict[str, Any]
Expect: TypeAlias = Callable[[Any], Iterable[Row]]
"""Give the rows that one ledger entry stands for."""


class Rows(list[Row]):
    """Rows in the order read, with what a comparison needs to know of their table."""

    def __init__(
        self,
        rows: Iterable[Row],
        *,
        source: str = "",
        ordered: bool = True,
        types: Mapping[str, str] | None = None,
        expect: Expect | None = None,
        unique: Iterable[str] = (),
    ) -> None:
        super().__init__(rows)
        self.source = source
        """The table, file or list."""
        self.ordered = ordered
        """Whether the order means anything."""
        self.types = dict(types or {})
        """Declared type of each column, where there is one."""
        self.expect = expect
        """How events become rows here; None where a row is the event's own JSON."""
        self.unique = tuple(unique)
        """Columns of which each value makes one row, however many events bring it."""

    def __repr__(self) -> str:
        """Return the rows as a list shows them, secrets replaced: a failed assertion prints it."""
        return redact(super().__repr__())


def parse(text: str | bytes) -> Row:
    """Return an event's JSON object, or ``{"event": text}`` for everything else."""
    text = text.decode(errors="surrogateescape") if isinstance(text, bytes) else text
    found = object_in(text)
    return {"event": text} if found is None else found


def object_in(text: str) -> Row | None:
    """Return the JSON object that a text is, or None."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
