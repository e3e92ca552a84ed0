"""Fields of events that a test sets to what it needs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec

from eventum_core import Event, EventumError


class OverrideError(EventumError):
    """An override does not fit an event."""


@dataclass(frozen=True, slots=True)
class Overrides:
    """Values by field, a key or a dotted path; a function is given the event's dict."""

    values: Mapping[str, Any] = field(default_factory=dict)

    def with_(self, more: Mapping[str, Any]) -> Overrides:
        """Return these and more; the latter win."""
        return Overrides({**self.values, **more})

    def all(self, events: Sequence[Event]) -> Sequence[Event]:
        """Return events with their fields replaced; untouched if there is nothing to replace."""
        return [self._applied(event) for event in events] if self.values else events

    def after(self, skip: int) -> Callable[[Sequence[Event]], Sequence[Event]] | None:
        """Return the function that leaves out the first `skip` events and changes the others."""
        if not skip and not self.values:
            return None
        left = skip

        def shape(events: Sequence[Event]) -> Sequence[Event]:
            nonlocal left
            kept = events[left:]
            left = max(0, left - len(events))
            return self.all(kept)

        return shape

    def _applied(self, event: Event) -> Event:
        try:
            row = json.loads(event.text)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            raise OverrideError(f"overrides need JSON objects; event #{event.ordinal} is none")
        for path, value in self.values.items():
            _put(row, path, value(row) if callable(value) else value)
        text = json.dumps(row, ensure_ascii=False, default=_plain)
        return msgspec.structs.replace(event, text=text)


def _put(row: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = [path] if path in row else path.split(".")
    for name in parents:
        row = row.setdefault(name, {})
        if not isinstance(row, dict):
            raise OverrideError(f"override {path!r}: {name!r} is no object in this event")
    row[last] = value


def _plain(value: Any) -> Any:
    """Return what JSON has for a value of a type it does not know."""
    return value.isoformat() if isinstance(value, date) else str(value)
