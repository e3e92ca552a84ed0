"""What: from scheduled instants to events, with the event stage's randomness in blocks.

Ordinals fall into blocks of `seeds.BLOCK`; the one generator of random numbers is derived anew
where a block begins. So an event's bytes depend on its block, never on how batches were cut; and
where a trigger's events cut into a block, it goes on as if they had not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from logging import DEBUG
from typing import TYPE_CHECKING, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np

from eventum_core.clock import EPOCH
from eventum_core.delivery import traced
from eventum_core.errors import DataError, Dropped, Exhausted, ProduceError, RunError
from eventum_core.model import Event, Events, Moment, TimestampBatch
from eventum_core.plugin import EventPlugin, OneEach, Run
from eventum_core.seeds import BLOCK, Paused, event_role

if TYPE_CHECKING:
    from eventum_core.model import Times

MOST_EVENTS = 256
"""Events per chunk: small enough for the processor's cache, large enough to share costs."""
MOST_CHARACTERS = 256 * 1024
EPOCH64 = np.datetime64(0, "us")
CALM = timedelta(days=7)
"""No zone has changed its clocks twice in so short a time."""

STRETCH = 32
"""Events after which the size of a chunk is looked at."""

_Columns: TypeAlias = tuple[list[datetime], list[str], list[tuple[str, ...]], list[int]]
"""Timestamps, texts, tags and ordinals of events."""
Shape = Callable[[Sequence[Event]], Sequence[Event]]


class Renderer:
    """The event stage of one run.

    `tags` holds the tags of each input by position; `failed` is told of every timestamp whose
    production failed. `handled` counts the timestamps that are done with, whatever came of them;
    `exhausted` and `full` say why rendering ended early. After `patience` failures without a
    single timestamp that went well, `render` raises `RunError`.
    """

    def __init__(
        self,
        plugin: EventPlugin,
        run: Run,
        tags: Sequence[tuple[str, ...]],
        failed: Callable[[int, DataError], None],
        *,
        limit: int | None = None,
        patience: float = math.inf,
        shape: Shape | None = None,
    ) -> None:
        self._run = run
        self._produce = plugin.producer(run)
        self._text = self._produce.text if isinstance(self._produce, OneEach) else None
        self._tags = tags
        self._failed = failed
        self._left = limit
        self._patience = patience
        self._shape = shape
        self._block = -1
        self._paused = Paused()
        self._begun = 0
        self.produced = self.produce_failed = self.dropped = self.handled = 0
        self.exhausted = self.full = False

    @property
    def ended(self) -> bool:
        """Whether no event comes any more, however many instants there are."""
        return self.exhausted or self.full

    def render(self, batch: TimestampBatch) -> Iterator[Sequence[Event]]:
        """Yield the events of a batch in small sequences."""
        for begin, end in _within_blocks(batch.first, len(batch.times)):
            if (block := (batch.first + begin) // BLOCK) != self._block:
                self._enter(block)
            stamps = aware(batch.times[begin:end], self._run)
            tags = [self._tags[source] for source in batch.sources[begin:end].tolist()]
            make = self._lists if self._text is None else self._columns
            yield from make(stamps, tags, batch.first + begin)
            if self.ended:
                return

    def _lists(
        self, stamps: Iterator[datetime], all_tags: list[tuple[str, ...]], ordinal: int
    ) -> Iterator[Sequence[Event]]:
        events: list[Event] = []
        characters = 0
        for stamp, tags in zip(stamps, all_tags, strict=True):
            for index, text in enumerate(self._texts(Moment(stamp, tags, ordinal))):
                events.append(Event(stamp, text, tags, ordinal, index))
                characters += len(text)
            ordinal += 1
            if len(events) >= self._most() or characters >= MOST_CHARACTERS or self.exhausted:
                yield from self._finished(events)
                events, characters = [], 0
                if self.ended:
                    return
        yield from self._finished(events)

    def _columns(
        self, stamps: Iterator[datetime], tags: list[tuple[str, ...]], ordinal: int
    ) -> Iterator[Sequence[Event]]:
        """Yield the events of moments that give one each."""
        all_stamps = list(stamps)
        place, end = 0, len(tags)
        while place < end and not self.ended:
            columns: _Columns = ([], [], [], [])
            characters = 0
            while place < end and characters < MOST_CHARACTERS and not self.exhausted:
                room = self._most() - len(columns[0])
                if room <= 0:
                    break
                until = min(end, place + min(room, STRETCH))
                place += self._stretch(
                    all_stamps[place:until], tags[place:until], ordinal + place, columns
                )
                characters += sum(map(len, columns[1][-STRETCH:]))
            yield from self._finished(Events(*columns))

    def _stretch(
        self,
        stamps: list[datetime],
        all_tags: list[tuple[str, ...]],
        ordinal: int,
        columns: _Columns,
    ) -> int:
        """Add the events of moments up to the first without one; return how many were met."""
        text, texts = self._text, list[str]()
        assert text is not None, "asked only of a stage that gives one event each"
        add = texts.append
        raised: Exception | None = None
        try:
            for stamp, tags in zip(stamps, all_tags, strict=True):
                add("" + text(stamp, tags))  # what is no text fails here, at little cost
        except Exception as error:  # templates and scripts are anybody's code: one event is lost
            raised = error
        done = len(texts)
        self._begun += done
        columns[0].extend(stamps[:done])
        columns[1].extend(texts)
        columns[2].extend(all_tags[:done])
        columns[3].extend(range(ordinal, ordinal + done))
        if raised is None:
            return done
        self._begun += 1
        self._without(ordinal + done, raised)
        return done + 1

    def _most(self) -> int:
        return MOST_EVENTS if self._left is None else min(MOST_EVENTS, self._left)

    def _texts(self, moment: Moment) -> Sequence[str]:
        self._begun += 1
        try:
            return _vetted(self._produce(moment))
        except Exception as error:  # templates and scripts are anybody's code: one event is lost
            self._without(moment.ordinal, error)
        return ()

    def _without(self, ordinal: int, error: Exception) -> None:
        """Account for a timestamp that gave no event."""
        if isinstance(error, Dropped):
            self.dropped += 1
        elif isinstance(error, Exhausted):
            self._begun -= 1
            self.exhausted = True
        elif isinstance(error, DataError):
            self._fail(ordinal, error)
        else:
            if self._run.log.isEnabledFor(DEBUG):
                self._run.log.debug("unexpected error\n%s", traced(error))
            self._fail(ordinal, ProduceError(f"{type(error).__name__}: {error}"))

    def _fail(self, ordinal: int, error: DataError) -> None:
        self.produce_failed += 1
        self._failed(ordinal, error)
        if self._patience <= self.produce_failed == self._begun:
            raise RunError(
                f"each of the first {self._begun:,} timestamps failed, and the schedule has no end"
            )

    def _finished(self, events: Sequence[Event]) -> Iterator[Sequence[Event]]:
        if self._left is not None:
            self.full = len(events) >= self._left
            if len(events) > self._left:
                events = events[: self._left]
            self._left -= len(events)
        self.produced += len(events)
        self.handled = self._begun
        shaped = list(self._shape(list(events))) if self._shape else events
        if shaped:
            yield shaped

    def _enter(self, block: int) -> None:
        random = self._run.random
        state = self._paused.swap(self._block, random.getstate, block)
        self._block = block
        if state is None:
            random.seed(self._run.seeds.number(*event_role(block)))
        else:
            random.setstate(state)
        for entered in self._run.on_block:
            entered(block)


def _within_blocks(first: int, count: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of `count` ordinals from `first` on that lie in one block each."""
    begin = 0
    while begin < count:
        end = min(count, begin + BLOCK - (first + begin) % BLOCK)
        yield begin, end
        begin = end


def _vetted(texts: Sequence[str]) -> Sequence[str]:
    """Return what the event stage gave as the list of texts that it ought to be."""
    if isinstance(texts, str):
        raise TypeError("one text instead of a list of texts")
    if not isinstance(texts, list):
        texts = list(texts)
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"{type(text).__name__} instead of text")
    return texts


def aware(times: Times, run: Run) -> Iterator[datetime]:
    """Yield UTC instants as aware datetimes in the run's zone."""
    since = (times - EPOCH64).astype(object)
    if not len(since):
        return iter(())
    # Adding to an aware datetime moves the clock's hands; that costs a sixth of any conversion.
    epoch = datetime(1970, 1, 1, tzinfo=run.zone)
    if run.zone.key == "UTC":
        return map(epoch.__add__, since)
    offset = _offset(EPOCH + since[0], EPOCH + since[-1], run.zone)
    if offset is not None:
        return map((epoch + offset).__add__, since)
    return ((EPOCH + stamp).astimezone(run.zone) for stamp in since)


def _offset(first: datetime, last: datetime, zone: ZoneInfo) -> timedelta | None:
    """Return how far a zone's clock is ahead of UTC in a stretch, if it is that throughout."""
    begin, end = first.astimezone(zone), last.astimezone(zone)
    offset = begin.utcoffset()
    steady = offset == end.utcoffset() and last - first < CALM and not (begin.fold or end.fold)
    return offset if steady else None
