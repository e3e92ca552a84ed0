"""Format ``eventum-http-input``: what the input ``http`` of another generator is asked with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from eventum_core.model import Chunk, Event
from eventum_core.plugin import Encode, Formatter, Run


class EventumHttpInput(Formatter):
    """Send for each batch how many events it has: ``{"count": 3}``.

    With the output ``http``, one generator so drives the input ``http`` of another.
    """

    name: ClassVar[str] = "eventum-http-input"
    batching: ClassVar[bool] = True

    def encoder(self, run: Run) -> Encode:
        """Return the function that counts a batch; it rejects no event."""
        return _counted


def _counted(events: Sequence[Event]) -> Chunk:
    return Chunk([f'{{"count": {len(events)}}}'] if events else [], list(events))
