"""Format ``plain``: events as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from eventum_core.model import Chunk, Event, Events
from eventum_core.plugin import Encode, Formatter, Run


class Plain(Formatter):
    """Send every event unchanged."""

    name: ClassVar[str] = "plain"

    def encoder(self, run: Run) -> Encode:
        """Return the function that takes events as they are; it rejects none."""
        return _as_they_are


def _as_they_are(events: Sequence[Event]) -> Chunk:
    if isinstance(events, Events):
        return Chunk(events.texts, events)
    return Chunk([event.text for event in events], events)
