"""What a stream planned and what became of it, event by event."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from eventum_core import Event

SPILL = 64 * 1024 * 1024
"""Characters of event text that are kept in memory; more goes to a file."""

BARREN = 100_000
"""Timestamps without a single event after which an endless stream is given up."""


class Book:
    """The observer of a stream's runs; it keeps every event, in memory or in a file.

    `spill` gives the file's path when it is needed, `event_id` the id of (ordinal, index).
    """

    def __init__(
        self,
        backend: str,
        spill: Callable[[], Path],
        event_id: Callable[[int, int], str],
        outputs: int = 1,
    ) -> None:
        self.backend = backend
        self.event_id = event_id
        self.opening: list[str] = []
        """The texts of the first chunk, from which an output may infer its tables."""
        self.barren = 0
        """Timestamps released since the last event."""
        self.failing = False
        """Whether a timestamp has failed already."""
        self.on_barren: Callable[[], object] | None = None
        self._records: list[Event] = []
        self._positions: dict[tuple[int, int], int] = {}
        self._outputs = outputs
        self._taken: Counter[int] = Counter()
        self._attempts: dict[int, int] = {}
        self._causes: dict[int, str] = {}
        self._size = 0
        self._spill = spill
        self._file: Pages | None = None

    @property
    def count(self) -> int:
        """Number of events planned so far."""
        return len(self._positions)

    def released(self, timestamps: int) -> None:
        """Count timestamps handed to the event stage; speak up if no event comes of them."""
        if self.on_barren and self.barren >= (1 if self.failing else BARREN):
            self.on_barren()
        self.barren += timestamps

    def failed(self, ordinal: int, cause: str) -> None:
        """Note that not every timestamp without an event is meant to have none."""
        self.failing = True

    def planned(self, events: Sequence[Event]) -> None:
        """Take events down as they were rendered."""
        self.barren = 0
        self.opening = self.opening or [event.text for event in events]
        for event in events:
            self._positions[event.ordinal, event.index] = len(self._positions)
            self._size += len(event.text)
            self._records.append(event)
        if self._size > SPILL:
            self._to_file()

    def delivered(self, output: int, events: Sequence[Event], attempts: int) -> None:
        """Note that an output took these events."""
        for event in events:
            position = self._positions[event.ordinal, event.index]
            self._taken[position] += 1
            if attempts > 1:
                self._attempts[position] = max(attempts, self._attempts.get(position, 1))

    def retrying(self, output: int, cause: str) -> None:
        """Leave it to the report, if the last try fails too."""

    def lost(self, output: int, events: Sequence[Event], cause: str) -> None:
        """Note that an output gave these events up."""
        for event in events:
            self._causes[self._positions[event.ordinal, event.index]] = cause

    def _to_file(self) -> None:
        if self._file is None:
            self._file = Pages(self._spill())
        self._file.append(self._records)
        self._records, self._size = [], 0

    def record(self, position: int) -> Event:
        """Return the planned event at a position."""
        spilled = len(self._file) if self._file else 0
        if self._file and position < spilled:
            return self._file.read(position)
        return self._records[position - spilled]

    def status(self, position: int) -> str:
        """Return ``failed``, ``delivered`` or ``dropped`` (planned, and given to no output)."""
        if position in self._causes:
            return "failed"
        return "delivered" if self._taken[position] >= self._outputs else "dropped"

    def cause(self, position: int) -> str:
        """Return why an event failed, or nothing."""
        return self._causes.get(position, "")

    def attempts(self, position: int) -> int:
        """Return how many tries an event's delivery took."""
        return self._attempts.get(position, 1)

    def close(self) -> None:
        """Remove the file, if there is one."""
        if self._file:
            self._file.close()


class Pages:
    """Events in a file of JSON lines, read one at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offsets: list[int] = []
        self._handle = path.open("w+b")

    def __len__(self) -> int:
        return len(self._offsets)

    def append(self, records: Sequence[Event]) -> None:
        """Write records at the end."""
        place = self._handle.seek(0, 2)
        for record in records:
            self._offsets.append(place)
            place += self._handle.write(_line(record))
        self._handle.flush()

    def read(self, position: int) -> Event:
        """Return one record."""
        self._handle.seek(self._offsets[position])
        stamp, text, tags, ordinal, index = json.loads(self._handle.readline())
        return Event(_moment(stamp), text, tuple(tags), ordinal, index)

    def close(self) -> None:
        """Close and remove the file."""
        self._handle.close()
        self.path.unlink(missing_ok=True)


def _line(event: Event) -> bytes:
    stamp = [event.timestamp.isoformat(), getattr(event.timestamp.tzinfo, "key", "")]
    fields = [stamp, event.text, event.tags, event.ordinal, event.index]
    return json.dumps(fields).encode() + b"\n"


def _moment(stamp: list[Any]) -> datetime:
    found = datetime.fromisoformat(stamp[0])
    return found.astimezone(ZoneInfo(stamp[1])) if stamp[1] else found
