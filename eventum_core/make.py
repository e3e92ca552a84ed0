"""The thread that makes events: renders, formats, and writes local outputs itself.

It lives for the whole run, because sqlite and re-entrant locks want one thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from threading import Thread

import anyio

from eventum_core.delivery import Courier, LocalCourier, Observer
from eventum_core.errors import DataError, RunError
from eventum_core.handoff import Handoff, Idle
from eventum_core.lane import Abandoned
from eventum_core.loop import Loop, LoopGone
from eventum_core.model import Chunk, Event, Rejected, TimestampBatch
from eventum_core.plugin import Encode, Formatter, LocalOutputPlugin, Run
from eventum_core.render import Renderer

HEARTBEAT = 1.0
"""Seconds after which an idle maker gives its local outputs an empty chunk."""


class Group:
    """The outputs that share a format, so that events are encoded for them once."""

    def __init__(self, formatter: Formatter, run: Run) -> None:
        self.formatter = formatter
        self.couriers: list[Courier] = []
        self._encode: Encode = formatter.encoder(run)
        self._batch: list[Event] = []

    def feed(self, events: Sequence[Event]) -> None:
        """Format events and pass them on, or keep them for the end of their batch."""
        if self.formatter.batching:
            self._batch.extend(events)
        else:
            self._pass_on(events)

    def close_batch(self) -> None:
        """Format the batch as a whole and pass it on."""
        if self._batch:
            batch, self._batch = self._batch, []
            self._pass_on(batch)

    def _pass_on(self, events: Sequence[Event]) -> None:
        chunk = self._encoded(events)
        for courier in self.couriers:
            courier.put(chunk)

    def _encoded(self, events: Sequence[Event]) -> Chunk:
        try:
            return self._encode(events)
        except DataError as error:
            reason = str(error)
        except Exception as error:  # a plugin may be anybody's: it costs these events
            reason = f"{type(error).__name__}: {error}"
        return Chunk([], [], [Rejected(event, reason) for event in events])


def grouped(couriers: Sequence[Courier], run: Run) -> list[Group]:
    """Put couriers with equal formatters into one group each, in order."""
    groups: list[Group] = []
    for courier in couriers:
        formatter = courier.sink.formatter
        group = next((g for g in groups if g.formatter == formatter), None)
        if group is None:
            groups.append(group := Group(formatter, run))
        group.couriers.append(courier)
    return groups


class Maker(Thread):
    """Takes batches until it ends, or until no event comes any more.

    `failures` lists why local outputs could not open, or the one error that ended the making;
    `crash` is an error that nobody foresaw. `opened` and `done` are set in the event loop.
    """

    def __init__(
        self,
        handoff: Handoff[TimestampBatch],
        couriers: Sequence[Courier],
        run: Run,
        renderer: Callable[[], Renderer],
        observer: Observer,
    ) -> None:
        super().__init__(name=f"eventum-make-{run.generator}", daemon=True)
        self._handoff = handoff
        self._couriers = couriers
        self._run = run
        self._new_renderer = renderer
        self._observer = observer
        self._loop = Loop()
        self._cut = False
        self.renderer: Renderer | None = None
        self.received = 0
        self.failures: list[str] = []
        self.crash: BaseException | None = None
        self.opened = anyio.Event()
        self.done = anyio.Event()

    def run(self) -> None:
        """Open, make, close; whatever happens, say so in the event loop."""
        try:
            with ExitStack() as stack:
                self._open(stack)
                self._tell(self.opened)
                if not self.failures:
                    self._make_all()
        except Abandoned:
            pass  # the run is over, and counted without us
        except RunError as error:
            self.failures.append(str(error))
        except BaseException as error:  # handed to the loop, which raises it
            self.crash = error
        finally:
            self._handoff.refuse()
            self._tell(self.opened)
            self._tell(self.done)

    def cut(self) -> None:
        """Make no further chunk; called in the event loop when the deadline has passed."""
        self._cut = True

    def _open(self, stack: ExitStack) -> None:
        for courier in self._couriers:
            if isinstance(courier, LocalCourier):
                plugin = courier.sink.plugin
                assert isinstance(plugin, LocalOutputPlugin), "a local courier serves a local one"
                try:
                    courier.write = stack.enter_context(plugin.open(self._run))
                except (RunError, OSError) as error:
                    self.failures.append(f"{courier.label} cannot open: {error}")

    def _make_all(self) -> None:
        groups = grouped(self._couriers, self._run)
        self.renderer = renderer = self._new_renderer()
        for batch in self._batches():
            self.received += len(batch.times)
            self._observer.released(len(batch.times))
            for events in renderer.render(batch):
                self._observer.planned(events)
                for group in groups:
                    group.feed(events)
                if self._cut:
                    raise Abandoned
            if batch.closes is not None or renderer.ended:
                for group in groups:
                    group.close_batch()
            if renderer.ended:
                return
        for group in groups:
            group.close_batch()

    def _batches(self) -> Iterator[TimestampBatch]:
        while True:
            try:
                batch = self._handoff.take(HEARTBEAT)
            except Idle:
                self._beat()
                continue
            if batch is None:
                return
            yield batch

    def _beat(self) -> None:
        for courier in self._couriers:
            if isinstance(courier, LocalCourier):
                courier.beat()

    def _tell(self, event: anyio.Event) -> None:
        with suppress(LoopGone):  # then everyone who waited is gone too
            self._loop.soon(event.set)
