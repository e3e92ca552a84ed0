"""Formats ``json`` and ``json-batch``: the layout of JSON changed, and nothing else.

Only the blanks between tokens change: the order of keys, repeated keys, literals of numbers,
escapes and characters beyond ASCII stay as they were written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import ClassVar

import msgspec
from pydantic import Field

from eventum_core.model import Chunk, Event, Events, Rejected
from eventum_core.plugin import Encode, Formatter, Run

Layout = Callable[[str], str]
COMPACT = -1
"""msgspec's word for no blanks at all."""

# A text can fail in three ways: not JSON, half of a surrogate pair, nested beyond all reason.
_UNFIT = (msgspec.DecodeError, UnicodeEncodeError, RecursionError)


class Json(Formatter):
    """Lay out every event, which must be JSON, in one way."""

    name: ClassVar[str] = "json"

    indent: int = Field(0, ge=0)
    """Blanks per level, each element on a line of its own. 0 keeps an event on one line, with a
    blank after each comma and colon."""

    def encoder(self, run: Run) -> Encode:
        """Return the function that lays out events; it rejects those that are not JSON."""
        return partial(_laid_out, _layout(self.indent))


class JsonBatch(Formatter):
    """Send one JSON array for each batch. Where no event is valid, nothing is sent."""

    name: ClassVar[str] = "json-batch"
    batching: ClassVar[bool] = True

    indent: int = Field(0, ge=0)
    """Blanks per level, each element on a line of its own. 0 keeps the array on one line, with a
    blank after each comma and colon."""

    def encoder(self, run: Run) -> Encode:
        """Return the function that makes an array of events; it rejects those that are not JSON."""
        return partial(_as_array, _layout(self.indent))


def _layout(indent: int) -> Layout:
    return partial(msgspec.json.format, indent=indent)


def _laid_out(layout: Layout, events: Sequence[Event]) -> Chunk:
    """Return one text for every event that `layout` accepts."""
    if isinstance(events, Events):
        with suppress(*_UNFIT):
            return Chunk(list(map(layout, events.texts)), events)
    return _one_by_one(layout, events)


def _one_by_one(layout: Layout, events: Sequence[Event]) -> Chunk:
    chunk, fit = Chunk([], []), list[Event]()
    for event in events:
        try:
            chunk.texts.append(layout(event.text))
        except _UNFIT as error:
            chunk.rejected.append(Rejected(event, f"not valid JSON: {error}"))
        else:
            fit.append(event)
    chunk.events = fit
    return chunk


def _as_array(layout: Layout, events: Sequence[Event]) -> Chunk:
    """Return one array of the valid events."""
    # Each event is checked alone first: `1, 2` is no JSON, but it would be between brackets.
    chunk = _laid_out(_layout(COMPACT), events)
    if chunk.texts:
        chunk.texts = [layout(f"[{','.join(chunk.texts)}]")]
    return chunk
