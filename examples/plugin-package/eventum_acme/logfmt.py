"""Format ``logfmt``: JSON objects as ``key=value`` pairs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import ClassVar

from eventum_core import Chunk, Event, Formatter, Rejected, Run
from eventum_core.plugin import Encode


class Logfmt(Formatter):
    """Write each event, a JSON object, as one line of pairs; anything else is refused."""

    name: ClassVar[str] = "logfmt"

    def encoder(self, run: Run) -> Encode:
        """Return the function that formats events; it keeps no state."""
        return encode


def encode(events: Sequence[Event]) -> Chunk:
    """Format what is a JSON object, reject the rest."""
    chunk = Chunk([], [])
    rejected = []
    for event in events:
        try:
            pairs = json.loads(event.text).items()
        except (ValueError, AttributeError) as error:
            rejected.append(Rejected(event, f"not a JSON object: {error}"))
            continue
        chunk.texts.append(" ".join(f"{key}={json.dumps(value)}" for key, value in pairs))
        chunk.events.append(event)
    return Chunk(chunk.texts, chunk.events, rejected)
