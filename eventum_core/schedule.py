"""When: the inputs' instants as one stream. Pure iterators; nothing here waits.

Each input gives ascending arrays. They are merged (configuration order on ties), bounded, and cut
at the ends of batches. Cuts never depend on how an input happens to slice its arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from eventum_core.errors import RunError
from eventum_core.model import TimestampBatch

ENOUGH = 1024
"""Instants that make passing them on worth its cost."""

if TYPE_CHECKING:
    from eventum_core.model import Sources, Times
    from eventum_core.plugin import InputPlugin, Run


class Span(NamedTuple):
    """Instants with the position of the input each one came from."""

    times: Times
    sources: Sources


class Bounds(NamedTuple):
    """Which instants are wanted, as microseconds since the epoch."""

    first: int | None = None
    """The earliest wanted; None for no bound."""
    last: int | None = None
    """The latest wanted; None for no bound."""


def merged(
    inputs: Sequence[tuple[int, InputPlugin, Run]], failed: Callable[[int, Exception], None]
) -> Iterator[Span]:
    """Merge inputs, given as (position, plugin, run), into ascending spans.

    An input that raises or goes backwards ends; `failed` is told, the others go on.
    """
    sources = [_Source(position, plugin, run, failed) for position, plugin, run in inputs]
    while len(sources := [source for source in sources if source.ready()]) > 1:
        counts = _known(sources)
        yield _together([s.take(count) for s, count in zip(sources, counts, strict=True)])
    for source in sources:
        while source.ready():
            yield source.take(len(source.pending))


def _known(sources: list[_Source]) -> list[int]:
    """Return how many pending instants of each source no later array can precede.

    All before the cut are known, and so are those at the cut up to the first source that ends
    there: it may have more of the same instant to come, and for those the sources behind it wait.
    """
    cut = min(source.pending[-1] for source in sources)
    counts: list[int] = []
    side: Literal["left", "right"] = "right"
    for source in sources:
        counts.append(int(np.searchsorted(source.pending, cut, side)))
        if source.pending[-1] == cut:
            side = "left"
    return counts


def _together(spans: list[Span]) -> Span:
    times = np.concatenate([span.times for span in spans])
    order = np.argsort(times, kind="stable")
    return Span(times[order], np.concatenate([span.sources for span in spans])[order])


class _Source:
    """One input being read: what it gave and nobody took yet."""

    def __init__(
        self, position: int, plugin: InputPlugin, run: Run, failed: Callable[[int, Exception], None]
    ) -> None:
        self._position = position
        self._arrays = _guarded(position, plugin, run, failed)
        self.pending: Times = np.empty(0, "datetime64[us]")
        self.ended = False

    def ready(self) -> bool:
        """Tell whether anything is pending, pulling if need be."""
        if not len(self.pending) and not self.ended:
            self.extend()
        return len(self.pending) > 0

    def extend(self) -> None:
        """Pull one more array, or learn that there is none."""
        more = next(self._arrays, None)
        if more is None:
            self.ended = True
        else:
            self.pending = np.concatenate([self.pending, more]) if len(self.pending) else more

    def take(self, count: int) -> Span:
        """Remove and return the first `count` pending instants."""
        taken, self.pending = self.pending[:count], self.pending[count:]
        return Span(taken, np.full(len(taken), self._position, np.uint16))


def _guarded(
    position: int, plugin: InputPlugin, run: Run, failed: Callable[[int, Exception], None]
) -> Iterator[Times]:
    """Yield an input's arrays, until it raises or breaks the rules."""
    try:
        yield from _ascending(plugin.timestamps(run))
    except Exception as error:  # a plugin may be anybody's: its failure ends this input only
        failed(position, error)


def _ascending(arrays: Iterator[Times]) -> Iterator[Times]:
    """Yield the arrays that are not empty; raise `RunError` if they break the rules."""
    latest: np.datetime64 | None = None
    for times in arrays:
        if not len(times):
            continue
        times = times.astype("datetime64[us]", copy=False)
        if _descends(times) or (latest is not None and times[0] < latest):
            raise RunError("its timestamps go backwards")
        latest = times[-1]
        yield times


def _descends(times: Times) -> bool:
    return bool((times[1:] < times[:-1]).any())


def until(spans: Iterator[Span], stopped: Callable[[], bool]) -> Iterator[Span]:
    """End once the run is stopped, also where all that comes is dropped later on.

    The inputs end together, so what a stopped run gives is how the whole one begins.
    """
    for span in spans:
        if stopped():
            return
        yield span


def bounded(spans: Iterator[Span], bounds: Bounds) -> Iterator[Span]:
    """Drop what lies before the first wanted instant; end after the last one."""
    first, last = (None if b is None else np.datetime64(b, "us") for b in bounds)
    for span in spans:
        begin = 0 if first is None else int(np.searchsorted(span.times, first))
        end = len(span.times)
        if last is not None:
            end = int(np.searchsorted(span.times, last, side="right"))
        if begin < end:
            yield Span(span.times[begin:end], span.sources[begin:end])
        if end < len(span.times):
            return


def paced(
    spans: Iterator[Span],
    pace: Callable[[int], Iterator[Times] | None],
    failed: Callable[[int, Exception], None],
) -> Iterator[Span]:
    """Let the event plugin keep a schedule of its own from the first instant on, if it has one.

    All its instants belong to the input that gave the first one; so does its failure.
    """
    first = next(spans, None)
    if first is None:
        return
    source = int(first.sources[0])
    try:
        own = pace(int(first.times[0].astype("int64")))
        if own is not None:
            yield from _of_one(source, own)
            return
    except Exception as error:  # a plugin may be anybody's
        failed(source, RunError(f"the event plugin cannot keep its own pace: {error}"))
        return
    yield first
    yield from spans


def _of_one(source: int, arrays: Iterator[Times]) -> Iterator[Span]:
    for times in _ascending(arrays):
        yield Span(times, np.full(len(times), source, np.uint16))


def batched(
    spans: Iterator[Span], size: int | None, delay: float | None, most: int = 1
) -> Generator[list[TimestampBatch], None, None]:
    """Number the instants and mark where batches end: after `size` of them, or `delay` seconds.

    A batch may come in several pieces; the piece that completes it says when in `closes`. An
    instant exactly `delay` after a batch's first begins the next batch, unless nothing follows.
    Pieces that are known at the same time come together, up to `most`, so that small ones cost
    less.
    """
    cutter = _Cutter(size, None if delay is None else np.timedelta64(round(delay * 1e6), "us"))
    for span in spans:
        yield from _gathered(cutter.cut(span), most)
    yield from _gathered(cutter.end(), most)


def _gathered(pieces: Iterator[TimestampBatch], most: int) -> Iterator[list[TimestampBatch]]:
    group: list[TimestampBatch] = []
    count = 0
    for piece in pieces:
        group.append(piece)
        count += len(piece.times)
        if count >= ENOUGH or len(group) == most:
            yield group
            group, count = [], 0
    if group:
        yield group


_NOTHING = Span(np.empty(0, "datetime64[us]"), np.empty(0, np.uint16))


class _Cutter:
    """The batch being filled."""

    def __init__(self, size: int | None, delay: np.timedelta64 | None) -> None:
        self._size = size
        self._delay = delay
        self._ordinal = 0
        self._filled = 0
        self._deadline = np.datetime64(0, "us")
        self._latest = np.datetime64(0, "us")
        self._held = _NOTHING
        """Instants exactly at the deadline, until it is known whether anything follows them."""

    def cut(self, span: Span) -> Iterator[TimestampBatch]:
        """Yield the span in pieces that end where batches end."""
        if len(self._held.times):
            times, sources = zip(self._held, span, strict=True)
            span = Span(np.concatenate(times), np.concatenate(sources))
            self._held = _NOTHING
        while len(span.times):
            if self._filled == 0 and self._delay is not None:
                self._deadline = span.times[0] + self._delay
            end, closes = self._end(span.times)
            if end == 0 and closes is None:
                self._held = span
                return
            yield self._piece(Span(span.times[:end], span.sources[:end]), closes)
            span = Span(span.times[end:], span.sources[end:])

    def end(self) -> Iterator[TimestampBatch]:
        """Close the batch that is still open."""
        if len(self._held.times):
            yield from self._last(self._held)
        elif self._filled:
            yield self._piece(_NOTHING, self._latest)

    def _last(self, held: Span) -> Iterator[TimestampBatch]:
        """Yield what waited at the deadline, now that nothing follows: as much as fits a batch."""
        while count := len(held.times):
            if self._size is not None:
                count = min(count, self._size - self._filled)
            times, sources = held
            yield self._piece(Span(times[:count], sources[:count]), times[count - 1])
            held = Span(times[count:], sources[count:])

    def _end(self, times: Times) -> tuple[int, np.datetime64 | None]:
        """Return how many instants go on filling this batch, and when it closes if it does."""
        end = len(times)
        if self._size is not None:
            end = min(end, self._size - self._filled)
        if self._delay is not None:
            cut = int(np.searchsorted(times, self._deadline))
            if cut < end:
                return cut, None if times[-1] == self._deadline else self._deadline
        full = self._size is not None and self._filled + end == self._size
        return end, times[end - 1] if full else None

    def _piece(self, span: Span, closes: np.datetime64 | None) -> TimestampBatch:
        first = self._ordinal
        self._ordinal += len(span.times)
        self._filled = 0 if closes is not None else self._filled + len(span.times)
        if len(span.times):
            self._latest = span.times[-1]
        instant = None if closes is None else int(closes.astype("int64"))
        return TimestampBatch(span.times, span.sources, first, instant)
