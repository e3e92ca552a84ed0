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
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from eventum_core.clock import EPOCH
from eventum_core.delivery import traced
from eventum_core.errors import DataError, Dropped, Exhausted, ProduceError, RunError
from eventum_core.model import Event, Moment, TimestampBatch
from eventum_core.plugin import EventPlugin, Run
from eventum_core.seeds import BLOCK, Paused, event_role

if TYPE_CHECKING:
    from eventum_core.model import Times

MOST_EVENTS = 256
"""Events per chunk: small enough for the processor's cache, large enough to share costs."""
MOST_CHARACTERS = 256 * 1024
EPOCH64 = np.datetime64(0, "us")
CALM = timedelta(days=7)
"""No zone has changed its clocks twice in so short a time."""

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

    def render(self, batch: TimestampBatch) -> Iterator[list[Event]]:
        """Yield the events of a batch in small lists."""
        for begin in range(0, len(batch.times), BLOCK):
            end = begin + BLOCK
            moments = self._moments(batch.times[begin:end], batch.sources[begin:end].tolist())
            yield from self._lists(moments, batch.first + begin)
            if self.ended:
                return

    def _moments(self, times: Times, sources: list[int]) -> Iterator[tuple[datetime, int]]:
        return zip(aware(times, self._run), sources, strict=True)

    def _lists(
        self, moments: Iterator[tuple[datetime, int]], ordinal: int
    ) -> Iterator[list[Event]]:
        events: list[Event] = []
        characters = 0
        for stamp, source in moments:
            if ordinal // BLOCK != self._block:
                self._enter(ordinal // BLOCK)
            tags = self._tags[source]
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

    def _most(self) -> int:
        return MOST_EVENTS if self._left is None else min(MOST_EVENTS, self._left)

    def _texts(self, moment: Moment) -> Sequence[str]:
        self._begun += 1
        try:
            return _vetted(self._produce(moment))
        except Dropped:
            self.dropped += 1
        except Exhausted:
            self._begun -= 1
            self.exhausted = True
        except DataError as error:
            self._fail(moment, error)
        except Exception as error:  # templates and scripts are anybody's code: one event is lost
            if self._run.log.isEnabledFor(DEBUG):
                self._run.log.debug("unexpected error\n%s", traced(error))
            self._fail(moment, ProduceError(f"{type(error).__name__}: {error}"))
        return ()

    def _fail(self, moment: Moment, error: DataError) -> None:
        self.produce_failed += 1
        self._failed(moment.ordinal, error)
        if self._patience <= self.produce_failed == self._begun:
            raise RunError(
                f"each of the first {self._begun:,} timestamps failed, and the schedule has no end"
            )

    def _finished(self, events: list[Event]) -> Iterator[list[Event]]:
        if self._left is not None:
            self.full = len(events) >= self._left
            events = events[: self._left]
            self._left -= len(events)
        self.produced += len(events)
        self.handled = self._begun
        shaped = list(self._shape(events)) if self._shape else events
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
