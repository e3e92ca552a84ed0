"""Where events go that no retry could deliver: one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from threading import Lock

from eventum_core.errors import RunError
from eventum_core.model import Event
from eventum_core.plugin import Run
from eventum_core.secrets import redact


class DeadLetters:
    """The dead-letter file of one output; it comes into being with its first line.

    Lines hold all that is needed to deliver the event again: the text before formatting, its
    timestamp, tags, ordinal, index and id, and besides the output, the cause, the number of tries
    and the run's generator, seed and now.
    """

    def __init__(self, path: Path, output: str, run: Run) -> None:
        self._path = path
        self._output = output
        self._run = run
        self._lock = Lock()

    def add(self, events: Iterable[Event], cause: str, attempts: int) -> int:
        """Append the events and return how many; raise `RunError` if the file cannot be written."""
        lines = [self._line(event, cause, attempts) for event in events]
        try:
            # Half of a surrogate pair is no UTF-8, but its escape is JSON.
            with self._lock, self._path.open("a", -1, "utf-8", "backslashreplace") as file:
                file.writelines(lines)
        except OSError as error:
            raise RunError(f"dead letters cannot be kept in {self._path}: {error}") from error
        return len(lines)

    def _line(self, event: Event, cause: str, attempts: int) -> str:
        letter = {
            "output": self._output,
            "cause": redact(cause),
            "attempts": attempts,
            "ordinal": event.ordinal,
            "index": event.index,
            "id": self._run.event_id(event),
            "timestamp": event.timestamp.isoformat(),
            "tags": [redact(tag) for tag in event.tags],
            "event": redact(event.text),
            "generator": self._run.generator,
            "seed": self._run.seeds.seed,
            "now": self._run.now.isoformat(),
        }
        return json.dumps(letter, ensure_ascii=False) + "\n"
