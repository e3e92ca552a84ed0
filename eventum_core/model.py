"""The values in motion: what one stage hands to the next, and what a run leaves behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, overload

import msgspec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Times: TypeAlias = NDArray[np.datetime64]
    """Ascending UTC instants, dtype ``datetime64[us]``, shape ``(n,)``."""
    Sources: TypeAlias = NDArray[np.uint16]


class TimestampBatch(NamedTuple):
    """A run of scheduled instants."""

    times: Times
    """Ascending UTC instants, ``datetime64[us]``, shape ``(n,)``."""
    sources: Sources
    """Position of the input that gave each instant, ``uint16``, shape ``(n,)``."""
    first: int
    """Ordinal of ``times[0]``; the others follow without gaps."""
    closes: int | None = None
    """Instant (microseconds since the epoch) at which the batch that these instants belong to is
    complete; None while more of it is to come. A batch may close with an empty array."""


class Moment(msgspec.Struct, frozen=True, gc=False):
    """One scheduled instant as the event stage sees it."""

    timestamp: datetime
    """Aware, in the generator's timezone."""
    tags: tuple[str, ...]
    """The tags of the input that gave the instant."""
    ordinal: int


class Event(msgspec.Struct, frozen=True, gc=False):
    """One rendered event."""

    timestamp: datetime
    """Aware, in the generator's timezone."""
    text: str
    tags: tuple[str, ...]
    ordinal: int
    """Number of the timestamp in the run, from 0; equal for all events of one timestamp."""
    index: int
    """Position among the events of its ordinal, from 0."""


class Events(Sequence[Event]):
    """Events kept by columns; each one is made when somebody looks at it.

    Most outputs want the texts alone, and making a million objects costs more than writing them.
    """

    __slots__ = ("_made", "_ordinals", "_stamps", "_tags", "texts")

    def __init__(
        self,
        stamps: list[datetime],
        texts: list[str],
        tags: list[tuple[str, ...]],
        ordinals: list[int],
    ) -> None:
        self.texts = texts
        self._stamps = stamps
        self._tags = tags
        self._ordinals = ordinals
        self._made: list[Event] | None = None

    def _all(self) -> list[Event]:
        if self._made is None:
            columns = (self._stamps, self.texts, self._tags, self._ordinals)
            self._made = list(map(Event, *columns, repeat(0)))
        return self._made

    def __len__(self) -> int:
        return len(self.texts)

    @overload
    def __getitem__(self, place: int) -> Event: ...
    @overload
    def __getitem__(self, place: slice) -> list[Event]: ...
    def __getitem__(self, place: int | slice) -> Event | list[Event]:
        return self._all()[place]

    def __iter__(self) -> Iterator[Event]:
        return iter(self._all())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._all() == list(other)

    __hash__ = None  # type: ignore[assignment] # as a list, which it stands for


class Rejected(NamedTuple):
    """An event that a formatter refused, and why."""

    event: Event
    reason: str


class Failure(NamedTuple):
    """An item of a chunk that a destination did not take."""

    item: int
    """Position in `Chunk.texts`."""
    reason: str
    retry: bool = False
    """Whether sending it again may help."""


class Chunk(msgspec.Struct):
    """Formatted events on their way to an output: the unit of writing, retrying and spilling.

    A plain formatter gives one text per event; a batching one gives a single text for all.
    An empty chunk is a heartbeat: local outputs get one about every second when nothing comes.
    """

    texts: list[str]
    events: Sequence[Event]
    rejected: list[Rejected] = []
    _joined: dict[tuple[str, str], bytes] = {}

    def carried(self, item: int) -> Sequence[Event]:
        """Return the events that ``texts[item]`` stands for."""
        if len(self.texts) == len(self.events):
            return self.events[item : item + 1]
        return self.events

    def only(self, items: Sequence[int]) -> Chunk:
        """Return a chunk of these items alone, without the rejected."""
        return Chunk(
            [self.texts[item] for item in items],
            [event for item in items for event in self.carried(item)],
        )

    def lines(self, separator: str, encoding: str = "utf_8") -> bytes:
        """Return every text followed by `separator`, encoded; equal calls share one result.

        Raises `UnicodeEncodeError` where a text does not fit the encoding.
        """
        key = (separator, encoding)
        joined = self._joined.get(key)
        if joined is None:
            text = separator.join(self.texts) + separator if self.texts else ""
            joined = self._joined[key] = text.encode(encoding)
        return joined


class InputReport(msgspec.Struct, frozen=True):
    """What one input gave."""

    name: str
    position: int
    """Place in the file's list, from 1."""
    generated: int
    """Timestamps released to the event stage."""
    error: str = ""
    unserved: int = 0
    """Timestamps that a trigger accepted to give, and the run ended before it could."""


class EventReport(msgspec.Struct, frozen=True):
    """What the event stage made of its timestamps."""

    name: str
    produced: int
    """Events, before a host's `shape` changes them."""
    produce_failed: int
    """Timestamps whose production failed."""
    dropped: int
    """Timestamps without an event on purpose."""
    abandoned: int = 0
    """Timestamps released but never produced, because the run was cut short."""


class OutputReport(msgspec.Struct, frozen=True):
    """What one output did.

    Unless a host's `shape` adds or drops events,
    ``produced = written + write_failed + format_failed + abandoned``.
    """

    name: str
    position: int
    """Place in the file's list, from 1."""
    written: int = 0
    write_failed: int = 0
    format_failed: int = 0
    abandoned: int = 0
    """Neither written nor refused when the run was cut short."""
    dead_lettered: int = 0
    """Those of the failed that lie in the dead-letter file."""
    retries: int = 0
    spilled: int = 0
    """Events that waited in the spill file on their way."""
    lateness: dict[str, float] = {}
    """Live mode: seconds from timestamp to delivery, at ``p50``, ``p99`` and ``max``."""

    @property
    def undelivered(self) -> int:
        """Events that this output was given and did not deliver."""
        return self.write_failed + self.format_failed + self.abandoned


class Report(msgspec.Struct, frozen=True):
    """What a run did, and what repeats it."""

    generator: str
    seed: int
    now: datetime
    timezone: str
    timestamps: int
    """Released to the event stage: the plan as far as it was carried out."""
    inputs: tuple[InputReport, ...]
    event: EventReport
    outputs: tuple[OutputReport, ...]
    seconds: float
    """Wall time from the first to the last step."""
    ended: str = "complete"
    """``complete``, ``exhausted``, ``limit``, ``stopped`` or ``failed``; ``running`` until then."""
    errors: tuple[str, ...] = ()
    """The first few different causes, each with how often it came."""

    @property
    def lost(self) -> int:
        """Events and timestamps that did not reach every place they should have."""
        # Where a limit was wanted, it is what cut the requests short.
        wanted = self.ended in ("limit", "exhausted")
        return (
            self.event.produce_failed
            + self.event.abandoned
            + (0 if wanted else sum(one.unserved for one in self.inputs))
            + sum(output.undelivered for output in self.outputs)
        )

    @property
    def ok(self) -> bool:
        """Whether nothing failed and nothing was lost."""
        return not (self.lost or self.ended == "failed" or any(i.error for i in self.inputs))
