"""The ledger: exactly what a stream delivered, as an oracle for the test."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn, overload

from eventum_core import Event, redact
from pytest_eventum import expect
from pytest_eventum.book import Book
from pytest_eventum.rows import Rows, parse
from pytest_eventum.seed import moment


class Entry(dict[str, Any]):
    """One event: a dict of its JSON object, or of ``{"event": text}`` if it is none."""

    __slots__ = ("_book", "_position", "event")

    def __init__(self, book: Book, position: int, record: Event) -> None:
        super().__init__(parse(record.text))
        self._book = book
        self._position = position
        self.event = record
        """The engine's own event."""

    @property
    def text(self) -> str:
        """The event as it was rendered."""
        return self.event.text

    @property
    def timestamp(self) -> datetime:
        """The scheduled time, aware, in the generator's timezone."""
        return self.event.timestamp

    @property
    def ordinal(self) -> int:
        """Number of the timestamp in the stream, from 0."""
        return self.event.ordinal

    @property
    def index(self) -> int:
        """Position among the events of its ordinal, from 0."""
        return self.event.index

    @property
    def tags(self) -> tuple[str, ...]:
        """Tags of the input that scheduled it."""
        return self.event.tags

    @property
    def event_id(self) -> str:
        """The deterministic id, 32 hex digits."""
        return self._book.event_id(self.ordinal, self.index)

    @property
    def opening(self) -> Sequence[str]:
        """The texts with which the stream began: its first chunk."""
        return self._book.opening

    @property
    def status(self) -> str:
        """``delivered``, ``failed`` or ``dropped``."""
        return self._book.status(self._position)

    @property
    def cause(self) -> str:
        """Why it failed; empty if it did not."""
        return self._book.cause(self._position)

    @property
    def attempts(self) -> int:
        """How many tries its delivery took."""
        return self._book.attempts(self._position)

    @property
    def backend(self) -> str:
        """The backend it was delivered to."""
        return self._book.backend

    @property
    def fault(self) -> str | None:
        """The injected fault that it carries, if any."""
        return None

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("a ledger is immutable; change dict(entry)")

    __setitem__ = __delitem__ = update = pop = popitem = _refuse
    clear = setdefault = __ior__ = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)

    def __repr__(self) -> str:
        return f"<#{self.ordinal} {redact(self.text)}>"


class Ledger(Sequence[Entry]):
    """The events a stream delivered, in the order of their ordinals; immutable, like a list.

    `planned`, `delivered`, `failed` and `dropped` are ledgers of the whole stream. Compare with
    rows by ``==``, or by `assert_delivered` where the rows hold more than the events.
    """

    __hash__ = None  # type: ignore[assignment] # equal to plain lists, which cannot be hashed

    def __init__(self, book: Book, positions: Sequence[int]) -> None:
        self._book = book
        self._positions = positions

    def __len__(self) -> int:
        return len(self._positions)

    def __iter__(self) -> Iterator[Entry]:
        return map(self._entry, self._positions)

    @overload
    def __getitem__(self, item: int) -> Entry: ...
    @overload
    def __getitem__(self, item: slice) -> Ledger: ...
    def __getitem__(self, item: int | slice) -> Entry | Ledger:
        if isinstance(item, slice):
            return Ledger(self._book, self._positions[item])
        return self._entry(self._positions[item])

    def _entry(self, position: int) -> Entry:
        return Entry(self._book, position, self._book.record(position))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Ledger):
            return [e.text for e in self] == [e.text for e in other]
        if isinstance(other, Sequence) and not isinstance(other, str | bytes):
            return not self.difference(other)
        return NotImplemented

    def __repr__(self) -> str:
        return f"<Ledger of {len(self)} events>"

    def difference(self, rows: Iterable[Any]) -> expect.Difference:
        """Return what is missing, duplicate, out of order, differing or unexpected in `rows`."""
        return expect.compare(list(self), rows if isinstance(rows, Rows) else list(rows))

    @property
    def planned(self) -> Ledger:
        """Every event that was rendered for this stream."""
        return Ledger(self._book, range(self._book.count))

    @property
    def delivered(self) -> Ledger:
        """The events that every output took."""
        return self._with_status("delivered")

    @property
    def failed(self) -> Ledger:
        """The events that an output gave up; each entry has its `cause`."""
        return self._with_status("failed")

    @property
    def dropped(self) -> Ledger:
        """The events that were planned and never reached an output."""
        return self._with_status("dropped")

    def _with_status(self, status: str) -> Ledger:
        return Ledger(
            self._book, [p for p in range(self._book.count) if self._book.status(p) == status]
        )

    def unique(self, key: str) -> Ledger:
        """Return the first event of each value of `key`, a field or a dotted path."""
        first: dict[str, int] = {}
        for position, entry in self._paired():
            first.setdefault(_value_text(entry, key), position)
        return Ledger(self._book, list(first.values()))

    def having(self, *, fault: str | None = None, tag: str | None = None, **fields: Any) -> Ledger:
        """Return the events with this fault, this tag and these values of fields.

        A field may be a dotted path, as in ``having(**{"order.status": "paid"})``.
        """
        return self._where(
            lambda entry: (
                (fault is None or entry.fault == fault)
                and (tag is None or tag in entry.tags)
                and all(_has(entry, name, value) for name, value in fields.items())
            )
        )

    def wellformed(self) -> Ledger:
        """Return the events that no fault has spoilt."""
        return self._where(lambda entry: entry.fault != "malformed")

    def between(self, start: str | datetime, end: str | datetime) -> Ledger:
        """Return the events scheduled at or after `start` and before `end`; naive means UTC."""
        first, last = moment(start), moment(end)
        return self._where(lambda entry: first <= entry.timestamp < last)

    def by(self, key: str) -> dict[Any, Ledger]:
        """Return the events grouped by the value of `key`, a field or a dotted path."""
        groups: dict[Any, list[int]] = {}
        for position, entry in self._paired():
            value = expect.at(entry, key)
            groups.setdefault(value if _hashable(value) else _text(value), []).append(position)
        return {value: Ledger(self._book, found) for value, found in groups.items()}

    def _paired(self) -> Iterator[tuple[int, Entry]]:
        return ((position, self._entry(position)) for position in self._positions)

    def _where(self, wanted: Any) -> Ledger:
        return Ledger(self._book, [p for p, entry in self._paired() if wanted(entry)])

    def assert_delivered(
        self,
        rows: Iterable[Any],
        *,
        key: str | None = None,
        only: Iterable[str] | None = None,
        ordered_by: str | None = None,
    ) -> None:
        """Assert that `rows` (dicts or JSON texts) are these events, each exactly once.

        `key` is the field that pairs rows with events, otherwise all fields do; `only` names the
        fields compared (default: those of the events, so that columns of the subject's own do not
        matter); with `ordered_by`, rows of equal value there must stand in the events' order.
        """
        __tracebackhide__ = True
        listed = list(rows) if not isinstance(rows, Rows) else rows
        found = expect.delivered(list(self), listed, key, only, ordered_by)
        if found:
            raise AssertionError("\n".join([found.title, *found.lines()]))

    def to_jsonl(self, path: str | Path) -> Path:
        """Write the events with all that is known of them, a JSON object a line, without secrets.

        Keys: ``ordinal index timestamp id tags status attempts cause event``; ``event`` is the
        JSON object, or the text of an event that is none.
        """
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("w", encoding="utf-8") as file:
            file.writelines(redact(_text(_full(entry))) + "\n" for entry in self)
        return target


def _full(entry: Entry) -> Mapping[str, Any]:
    payload: Any = entry.text if dict(entry) == {"event": entry.text} else dict(entry)
    return {
        "ordinal": entry.ordinal,
        "index": entry.index,
        "timestamp": entry.timestamp.isoformat(),
        "id": entry.event_id,
        "tags": entry.tags,
        "status": entry.status,
        "attempts": entry.attempts,
        "cause": entry.cause,
        "event": payload,
    }


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=False, default=str)


def _has(entry: Entry, key: str, value: Any) -> bool:
    """Return whether an event has this value in a field or at a dotted path."""
    if key in entry:
        return bool(entry[key] == value)
    return "." in key and value is not None and bool(expect.at(entry, key) == value)


def _value_text(entry: Entry, key: str) -> str:
    return json.dumps(expect.at(entry, key), sort_keys=True)


def _hashable(value: Any) -> bool:
    return not isinstance(value, dict | list)
