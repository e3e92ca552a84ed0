"""The thread that makes events: renders, formats, and writes local outputs itself.

It lives for the whole run, because sqlite and re-entrant locks want one thread.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Any

import anyio
import numpy as np

from eventum_core.delivery import Courier, LocalCourier, said
from eventum_core.errors import EventumError, RunError
from eventum_core.handoff import Handoff, Idle
from eventum_core.lane import Abandoned
from eventum_core.loop import Loop, LoopGone
from eventum_core.model import Chunk, Event, Rejected, TimestampBatch
from eventum_core.observer import Observer
from eventum_core.plugin import Encode, Formatter, LocalOutputPlugin, Run, WriteNow
from eventum_core.render import Renderer
from eventum_core.seeds import TRIGGERED

if TYPE_CHECKING:
    from eventum_core.model import Sources

HEARTBEAT = 1.0
"""Seconds after which an idle maker gives its local outputs an empty chunk."""


class Group:
    """The outputs that share a format, so that events are encoded for them once."""

    def __init__(self, formatter: Formatter, run: Run) -> None:
        self.formatter = formatter
        self.couriers: list[Courier] = []
        self._encode: Encode = formatter.encoder(run)
        self._batches: defaultdict[int, list[Event]] = defaultdict(list)

    def feed(self, events: Sequence[Event], stream: int) -> None:
        """Format events and pass them on, or keep them for the end of their stream's batch."""
        if self.formatter.batching:
            self._batches[stream].extend(events)
        else:
            self._pass_on(events)

    def close_batch(self, stream: int) -> None:
        """Format a stream's batch as a whole and pass it on."""
        if batch := self._batches.pop(stream, None):
            self._pass_on(batch)

    def close(self) -> None:
        """Format and pass on whatever is still kept."""
        for stream in list(self._batches):
            self.close_batch(stream)

    def _pass_on(self, events: Sequence[Event]) -> None:
        chunk = self._encoded(events)
        for courier in self.couriers:
            courier.put(chunk)

    def _encoded(self, events: Sequence[Event]) -> Chunk:
        try:
            return self._encode(events)
        except Exception as error:  # a plugin may be anybody's: it costs these events
            reason = said(error)
        return Chunk([], [], [Rejected(event, reason) for event in events])


def grouped(couriers: Sequence[Courier], run: Run) -> list[Group]:
    """Put couriers with equal formatters into one group each, in order."""
    groups: list[Group] = []
    for courier in couriers:
        formatter = courier.sink.formatter
        group = next((g for g in groups if g.formatter == formatter), None)
        if group is None:
            groups.append(group := _new_group(courier, run))
        group.couriers.append(courier)
    return groups


def _new_group(courier: Courier, run: Run) -> Group:
    try:
        return Group(courier.sink.formatter, run)
    except EventumError:
        raise
    except Exception as error:  # a plugin may be anybody's
        raise courier.cannot(f"use format {courier.sink.formatter.name}", error) from error


class Maker(Thread):
    """Takes groups of batches until they end, or until no event comes any more.

    `failures` lists why the run could not begin or had to end, and what did not close; `crash` is
    an error that nobody foresaw. `opened` and `done` are set in the event loop.
    """

    def __init__(
        self,
        handoff: Handoff[list[TimestampBatch]],
        couriers: Sequence[Courier],
        run: Run,
        renderer: Callable[[], Renderer],
        observer: Observer,
    ) -> None:
        super().__init__(name=f"eventum-make-{run.generator}", daemon=True)
        self._handoff = handoff
        self._couriers = couriers
        self._local = [courier for courier in couriers if isinstance(courier, LocalCourier)]
        self._run = run
        self._new_renderer = renderer
        self._observer = observer
        self._loop = Loop()
        self._cut = False
        self.renderer: Renderer | None = None
        self.planned = 0
        """Events on their way to every output."""
        self.handled = np.zeros(0, np.int64)
        """Timestamps that are done with, by the position of their input."""
        self.failures: list[RunError] = []
        self.crash: BaseException | None = None
        self.opened = anyio.Event()
        self.done = anyio.Event()

    def run(self) -> None:
        """Open, make, close; whatever happens, say so in the event loop."""
        try:
            with ExitStack() as stack:
                groups = grouped(self._couriers, self._run)
                self.renderer = self._new_renderer()
                self._open(stack)
                self._tell(self.opened)
                if not self.failures:
                    # A cut is no error of the outputs: they close as after any run.
                    with suppress(Abandoned):
                        self._make_all(groups, self.renderer)
        except RunError as error:
            self.failures.append(error)
        except BaseException as error:  # handed to the loop, which raises it
            self.crash = error
        finally:
            self._handoff.refuse()
            self._tell(self.opened)
            self._tell(self.done)

    def cut(self) -> None:
        """Make no further chunk; called in the event loop when the time is over."""
        self._cut = True
        self._handoff.close()

    def _open(self, stack: ExitStack) -> None:
        for courier in self._local:
            plugin = courier.sink.plugin
            assert isinstance(plugin, LocalOutputPlugin), "a local courier serves a local one"
            try:
                manager = plugin.open(self._run)
                courier.write = manager.__enter__()
            except Exception as error:  # a plugin may be anybody's
                self.failures.append(courier.cannot("open", error))
            else:
                stack.push(partial(self._close, courier, manager))

    def _close(
        self, courier: LocalCourier, manager: AbstractContextManager[WriteNow], *raised: Any
    ) -> None:
        """Close an output; if that fails, the others close all the same."""
        try:
            manager.__exit__(*raised)
        except Exception as error:  # a plugin may be anybody's
            if error is not raised[1]:
                self.failures.append(courier.cannot("close", error))

    def _make_all(self, groups: Sequence[Group], renderer: Renderer) -> None:
        for batches in self._batches():
            self._make_each(batches, groups, renderer)
            if renderer.ended:
                break
        for group in groups:
            group.close()

    def _make_each(
        self, batches: list[TimestampBatch], groups: Sequence[Group], renderer: Renderer
    ) -> None:
        before = renderer.handled
        try:
            for batch in batches:
                self._make(batch, groups, renderer)
                if renderer.ended:
                    break
        finally:
            sources = np.concatenate([batch.sources for batch in batches])
            self._count(sources[: renderer.handled - before])

    def _make(self, batch: TimestampBatch, groups: Sequence[Group], renderer: Renderer) -> None:
        stream = batch.first // TRIGGERED
        self._observer.released(len(batch.times))
        for events in renderer.render(batch):
            self.planned += len(events)
            self._observer.planned(events)
            for group in groups:
                group.feed(events, stream)
            if self._cut:
                raise Abandoned
        if batch.closes is not None:
            for group in groups:
                group.close_batch(stream)

    def _count(self, sources: Sources) -> None:
        counts = np.bincount(sources, minlength=len(self.handled))
        counts[: len(self.handled)] += self.handled
        self.handled = counts

    def _batches(self) -> Iterator[list[TimestampBatch]]:
        while True:
            try:
                batches = self._handoff.take(HEARTBEAT)
            except Idle:
                self._beat()
                continue
            if batches is None:
                return
            yield batches

    def _beat(self) -> None:
        for courier in self._local:
            courier.beat()

    def _tell(self, event: anyio.Event) -> None:
        with suppress(LoopGone):  # then everyone who waited is gone too
            self._loop.soon(event.set)
