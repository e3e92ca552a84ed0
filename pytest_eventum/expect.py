"""Comparing rows with events, and saying what is wrong so that a person sees it."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from eventum_core import redact
from pytest_eventum.normal import Canon, canons
from pytest_eventum.rows import Row, Rows, parse

if TYPE_CHECKING:
    from pytest_eventum.ledger import Entry

SHOWN = 5
"""Rows shown of each kind of difference."""
CLOSEST = 100
"""Most leftovers among which the likeliest pair is searched."""


@dataclass
class Difference:
    """What is wrong with rows; false if nothing is."""

    title: str = ""
    missing: list[str] = field(default_factory=list)
    duplicate: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    note: str = ""

    def __bool__(self) -> bool:
        return any(found for _, found in self._kinds())

    def _kinds(self) -> Iterator[tuple[str, list[str]]]:
        for kind in ("missing", "duplicate", "out_of_order", "differing", "unexpected"):
            yield kind.replace("_", " "), getattr(self, kind)

    def lines(self) -> list[str]:
        """Return the report, a few rows of each kind."""
        lines = [self.note] if self.note else []
        for kind, found in self._kinds():
            if found:
                lines.append(f"{kind} ({len(found)}):")
                lines += [f"  {text}" for text in found[:SHOWN]]
                lines += [f"  … and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
        return lines


@dataclass(frozen=True)
class Want:
    """A row that an event stands for."""

    ordinal: int
    row: Row


def at(row: Mapping[str, Any], path: str) -> Any:
    """Return the value of a field, or of a dotted path into nested objects; None if absent."""
    if path in row:
        return row[path]
    value: Any = row
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def compare(entries: Sequence[Entry], rows: Sequence[Any]) -> Difference:
    """Return how rows differ from events, in order if theirs means anything."""
    source = rows if isinstance(rows, Rows) else Rows(map(as_row, rows))
    wanted = list(_wanted(entries, source))
    difference = _matched(wanted, source, source.types, source.ordered)
    if not source.ordered:
        difference.note = "compared as multisets: the order of these rows means nothing"
    return difference


def as_row(value: Any) -> Row:
    """Return a row as a dict: a mapping as it is, a text parsed."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, str | bytes | bytearray):
        return parse(bytes(value) if isinstance(value, bytearray) else value)
    raise TypeError(f"rows are mappings or JSON texts, this is a {type(value).__name__}")


def _wanted(entries: Iterable[Entry], rows: Rows) -> Iterator[Want]:
    seen = set()
    for entry in entries:
        for row in rows.expect(entry) if rows.expect else (dict(entry),):
            key = tuple(row.get(name) for name in rows.unique)
            if not rows.unique or key not in seen:
                seen.add(key)
                yield Want(entry.ordinal, row)


def delivered(
    entries: Sequence[Entry],
    rows: Sequence[Any],
    key: str | None,
    only: Iterable[str] | None,
    ordered_by: str | None,
) -> Difference:
    """Return how rows differ from events where other columns do not count."""
    source = rows if isinstance(rows, Rows) else Rows(map(as_row, rows))
    wanted = list(_wanted(entries, source))
    chosen = list(only) if only is not None else _fields(entries, wanted)
    fields = dict.fromkeys([*chosen, *(name for name in (key, ordered_by) if name)])
    wanted = [Want(want.ordinal, _cut(want.row, fields)) for want in wanted]
    found = [_cut(row, fields) for row in source]
    return _matched(wanted, found, source.types, False, key, ordered_by)


def _fields(entries: Sequence[Entry], wanted: Iterable[Want]) -> list[str]:
    """Return the fields of which the events say something; a table may have others."""
    keys = {key for entry in entries for key in entry}
    names = (n for want in wanted for n, v in want.row.items() if v is not None or n in keys)
    return list(dict.fromkeys(names))


def _cut(row: Row, fields: Iterable[str]) -> Row:
    return {name: at(row, name) for name in fields}


def _matched(
    wanted: Sequence[Want],
    rows: Sequence[Row],
    types: Mapping[str, str],
    ordered: bool,
    key: str | None = None,
    ordered_by: str | None = None,
) -> Difference:
    ours, theirs = canons([want.row for want in wanted], rows, types)
    difference = Difference(f"{len(rows)} rows against {len(wanted)} events")
    left = [ours(want.row) for want in wanted]
    right = [theirs(row) for row in rows]
    if ordered and left == right:
        return difference
    pairs, missing, extra = _paired(left, right)
    missing, extra, close = _close(wanted, rows, missing, extra, key)
    difference.differing = [_differing(wanted[w], rows[r], ours, theirs) for w, r in close]
    known = {value: position for position, value in enumerate(left)}
    for position in extra:
        twin = _twin(wanted, rows, known, right, position, key)
        if twin is None:
            difference.unexpected.append(_shown(rows[position]))
        else:
            difference.duplicate.append(f"#{wanted[twin].ordinal} again: {_shown(rows[position])}")
    difference.missing = [f"#{wanted[w].ordinal} {_shown(wanted[w].row)}" for w in missing]
    group = (lambda w: ours({ordered_by: wanted[w].row.get(ordered_by)})) if ordered_by else None
    if ordered or group:
        difference.out_of_order = list(_disorder(pairs, wanted, group))
    return difference


def _paired(
    left: list[Any], right: list[Any]
) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    """Return equal pairs in the order of the rows, and what is left on either side."""
    waiting: dict[Any, deque[int]] = defaultdict(deque)
    for position, value in enumerate(left):
        waiting[value].append(position)
    pairs, extra = [], []
    for position, value in enumerate(right):
        if waiting.get(value):
            pairs.append((waiting[value].popleft(), position))
        else:
            extra.append(position)
    return pairs, sorted(w for queue in waiting.values() for w in queue), extra


def _close(
    wanted: Sequence[Want],
    rows: Sequence[Row],
    missing: list[int],
    extra: list[int],
    key: str | None,
) -> tuple[list[int], list[int], list[tuple[int, int]]]:
    """Pair leftovers that are the same row with other values; return the others and the pairs."""
    free, lone, pairs = list(extra), [], []
    for want in missing:
        twin = _likeliest(wanted[want].row, rows, free[:CLOSEST], key)
        if twin is None:
            lone.append(want)
        else:
            free.remove(twin)
            pairs.append((want, twin))
    return lone, free, pairs


def _likeliest(row: Row, rows: Sequence[Row], among: list[int], key: str | None) -> int | None:
    if key is not None:
        return next((r for r in among if rows[r].get(key) == row.get(key)), None)
    best = max(among, key=lambda r: _shared(row, rows[r]), default=None)
    enough = best is not None and _shared(row, rows[best]) * 2 >= max(len(row), 2)
    return best if enough else None


def _shared(left: Row, right: Row) -> int:
    return sum(name in right and right[name] == left[name] for name in left)


def _twin(
    wanted: Sequence[Want],
    rows: Sequence[Row],
    known: Mapping[Any, int],
    right: Sequence[Any],
    position: int,
    key: str | None,
) -> int | None:
    """Return the event that a superfluous row repeats."""
    if right[position] in known:
        return known[right[position]]
    if key is None:
        return None
    value = rows[position].get(key)
    return next((w for w, want in enumerate(wanted) if want.row.get(key) == value), None)


def _differing(want: Want, row: Row, ours: Canon, theirs: Canon) -> str:
    names = dict.fromkeys((*want.row, *row))
    wrong = [name for name in names if ours(_one(want.row, name)) != theirs(_one(row, name))]
    parts = [f"{name} is {row.get(name)!r}, not {want.row.get(name)!r}" for name in wrong]
    return redact(f"#{want.ordinal} {'; '.join(parts)}")


def _one(row: Row, name: str) -> Row:
    return {name: row.get(name)}


def _disorder(
    pairs: list[tuple[int, int]], wanted: Sequence[Want], group: Callable[[int], Any] | None
) -> Iterator[str]:
    latest: dict[Any, int] = {}
    for want, _ in pairs:
        place = group(want) if group else None
        before = latest.get(place, -1)
        if want < before:
            yield f"#{wanted[want].ordinal} after #{wanted[before].ordinal}"
        latest[place] = max(want, before)


def _shown(row: Row) -> str:
    text = redact(str({name: value for name, value in row.items() if value is not None}))
    return text if len(text) <= 200 else f"{text[:199]}…"


def explain(left: object, right: object) -> list[str] | None:
    """Return the lines with which an assertion tells how a ledger and rows differ."""
    from pytest_eventum.ledger import Ledger

    ledger, rows = (left, right) if isinstance(left, Ledger) else (right, left)
    if not isinstance(ledger, Ledger) or not isinstance(rows, Sequence) or isinstance(rows, str):
        return None
    found = ledger.difference(list(rows) if isinstance(rows, Ledger) else rows)
    return [found.title, *found.lines()]
