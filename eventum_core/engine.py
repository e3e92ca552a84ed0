"""One run: pace the schedule, make the events, deliver them, report.

``pace`` → bounded stream → `Maker` (one thread of its own) → one lane per network output. The end
and a stop are the same path: the source ends, the maker drains, the lanes drain, outputs close. A
stop has a deadline; what is stuck then is left behind, counted and told.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial
from random import Random

import anyio
import anyio.to_thread
import numpy as np

from eventum_core.clock import Clock
from eventum_core.config import GeneratorConfig, Settings, Sink
from eventum_core.delivery import Causes, Courier, LaneCourier, LocalCourier, Observer
from eventum_core.errors import DataError, RunError
from eventum_core.handoff import Handoff, Refused
from eventum_core.lane import Lane
from eventum_core.loop import Loop, LoopGone
from eventum_core.make import Maker
from eventum_core.model import EventReport, InputReport, Report, TimestampBatch
from eventum_core.plugin import InputPlugin, LocalOutputPlugin, OutputPlugin, Run, Write
from eventum_core.render import Renderer, Shape
from eventum_core.schedule import Bounds, batched, bounded, merged
from eventum_core.secrets import redact

STOP_DEADLINE = 10.0
"""Seconds that a stopped run may take to drain."""
LAST_WORDS = 0.5
"""Seconds that the making thread has to close its outputs after the deadline."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be run, settled before anything moves."""

    config: GeneratorConfig
    outputs: tuple[Sink, ...]
    settings: Settings
    run: Run
    bounds: Bounds
    shape: Shape | None = None

    def schedule(self, failed: Callable[[int, Exception], None]) -> Iterator[TimestampBatch]:
        """Return the batches of the whole schedule; `failed` hears of inputs that break."""
        inputs = []
        for position, plugin in enumerate(self.config.inputs):
            if not isinstance(plugin, InputPlugin):
                raise RunError(f"input[{position}].{plugin.name}: triggers need a live server")
            role = f"input[{position}]"
            stream = self.run.seeds.random(role)
            inputs.append((position, plugin, replace(self.run, role=role, random=stream)))
        batch = self.settings.batch
        # Without a clock to keep step with, a delay would only cut batches small.
        delay = batch.delay if self.run.live or batch.size is None else None
        return batched(bounded(merged(inputs, failed), self.bounds), batch.size, delay)

    def renderer(self, failed: Callable[[int, DataError], None], limit: int | None) -> Renderer:
        """Return the event stage, with fresh state."""
        return Renderer(
            self.config.event,
            replace(self.run, role="event", random=Random(), on_block=[]),
            [plugin.tags for plugin in self.config.inputs],
            failed,
            limit=limit,
            shape=self.shape,
        )


class Stop:
    """A request to end a run, from any thread and at any time; the first reason counts."""

    def __init__(self, run: Run) -> None:
        self._flag = run.stopping
        self._loop: Loop | None = None
        self._asked: anyio.Event | None = None
        self.failure = ""

    def request(self, failure: str = "") -> None:
        """End the run; with a `failure`, as failed. Safe in a signal handler."""
        if not self._flag.is_set():
            self.failure = failure
            self._flag.set()
        if self._loop is not None and self._asked is not None:
            with suppress(LoopGone):
                self._loop.soon(self._asked.set)

    async def wait(self) -> None:
        """Return once somebody has asked."""
        self._loop, self._asked = Loop(), anyio.Event()
        if not self._flag.is_set():
            await self._asked.wait()


async def execute(
    plan: Plan,
    clock: Clock,
    observer: Observer,
    stop: Stop,
    deadline: float = STOP_DEADLINE,
) -> Report:
    """Carry out a plan and report; raise `RunError` if an output cannot open.

    `deadline` is the number of seconds in which a stopped run must end.
    """
    return await _Execution(plan, clock, observer, stop, deadline).run()


class _Execution:
    """The moving parts of one run."""

    def __init__(
        self, plan: Plan, clock: Clock, observer: Observer, stop: Stop, deadline: float
    ) -> None:
        self._plan = plan
        self._clock = clock
        self._observer = observer
        self._stop = stop
        self._deadline = deadline
        self._causes = Causes()
        self._released = 0
        self._generated: Counter[int] = Counter()
        self._broken: dict[int, str] = {}
        self._source = anyio.CancelScope()
        self._grace = anyio.CancelScope()
        self._couriers = [self._courier(i, sink) for i, sink in enumerate(plan.outputs)]
        self._lanes = [c for c in self._couriers if isinstance(c, LaneCourier)]

    async def run(self) -> Report:
        """Open, run, drain, close, report."""
        began = time.perf_counter()
        async with anyio.create_task_group() as watching, AsyncExitStack() as stack:
            watching.start_soon(self._watch)
            writes, failures = await self._open(stack)
            size = self._plan.settings.queue.max_timestamp_batches
            self._handoff = Handoff[TimestampBatch](size)
            maker = Maker(
                self._handoff, self._couriers, self._plan.run, self._renderer, self._observer
            )
            maker.start()
            await maker.opened.wait()
            failures += maker.failures
            if not failures:
                await self._flow(maker, writes)
            watching.cancel_scope.cancel()
        if failures:
            raise RunError("; ".join(redact(text) for text in failures))
        if maker.crash is not None:
            raise maker.crash
        return self._report(maker, time.perf_counter() - began)

    def _courier(self, position: int, sink: Sink) -> Courier:
        local = isinstance(sink.plugin, LocalOutputPlugin)
        return (LocalCourier if local else LaneCourier)(
            position,
            sink,
            self._plan.run,
            causes=self._causes,
            observer=self._observer,
            stop=self._stop.request,
            now=self._clock.now if self._plan.run.live else None,
        )

    def _renderer(self) -> Renderer:
        return self._plan.renderer(self._production_failed, self._plan.settings.max_events)

    async def _watch(self) -> None:
        await self._stop.wait()
        self._grace.deadline = anyio.current_time() + self._deadline
        self._source.cancel()

    async def _open(self, stack: AsyncExitStack) -> tuple[list[Write], list[str]]:
        """Open every network output, and return why those could not that could not."""
        writes: list[Write] = []
        failures: list[str] = []
        permits = anyio.Semaphore(self._plan.settings.max_concurrency)
        for courier in self._lanes:
            plugin = courier.sink.plugin
            assert isinstance(plugin, OutputPlugin), "a lane serves a network output"
            courier.attach(self._lane(courier), permits, self._most_in_flight())
            try:
                writes.append(await stack.enter_async_context(plugin.open(self._plan.run)))
            except (RunError, OSError) as error:
                failures.append(f"{courier.label} cannot open: {error}")
        return writes, failures

    def _lane(self, courier: LaneCourier) -> Lane:
        settings = self._plan.settings
        size = settings.batch.size or 10_000
        # In sample mode with nobody to wait for it, a lone output need not write to disk first.
        alone = len(self._couriers) == 1 and not self._plan.run.live
        return Lane(
            most_events=settings.queue.max_event_batches * size,
            most_bytes=settings.queue.max_event_bytes,
            spill=0 if alone else courier.sink.delivery.lane.spill,
        )

    def _most_in_flight(self) -> int:
        settings = self._plan.settings
        return 1 if settings.keep_order else max(1, settings.max_concurrency // 2)

    async def _flow(self, maker: Maker, writes: list[Write]) -> None:
        with self._grace:
            async with anyio.create_task_group() as lanes:
                for courier, write in zip(self._lanes, writes, strict=True):
                    lanes.start_soon(courier.serve, write)
                await self._feed(maker)
                for courier in self._lanes:
                    courier.close()
        if self._grace.cancelled_caught:
            await self._cut(maker)

    async def _feed(self, maker: Maker) -> None:
        """Release the schedule to the maker, then wait until it has made everything."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._end_source_after, maker)
            with self._source:
                await self._pace()
            self._handoff.close()
            await maker.done.wait()

    async def _end_source_after(self, maker: Maker) -> None:
        await maker.done.wait()
        self._source.cancel()

    async def _cut(self, maker: Maker) -> None:
        maker.cut()
        for courier in self._lanes:
            courier.abandon()
        with anyio.move_on_after(LAST_WORDS):
            await maker.done.wait()
        if not maker.done.is_set():
            self._causes.add(
                f"the event stage did not end within {self._deadline:g} s of the stop;"
                " its thread was left behind"
            )

    async def _pace(self) -> None:
        batches = self._plan.schedule(self._input_failed)
        step = self._keep_step if self._plan.run.live else self._hand
        while True:
            batch = await anyio.to_thread.run_sync(
                partial(next, batches, None), abandon_on_cancel=True
            )
            if batch is None:
                return
            await step(batch)

    async def _keep_step(self, batch: TimestampBatch) -> None:
        """Release each instant when it has come, then the end of the batch when that has."""
        instants = batch.times.astype("int64")
        done = 0
        while done < len(instants):
            due = int(np.searchsorted(instants, self._clock.now(), side="right"))
            if due > done:
                await self._hand(_part(batch, done, due))
                done = due
            else:
                await self._clock.sleep_until(int(instants[done]))
        if batch.closes is not None:
            await self._clock.sleep_until(batch.closes)
            await self._hand(_part(batch, done, done)._replace(closes=batch.closes))

    async def _hand(self, batch: TimestampBatch) -> None:
        try:
            await self._handoff.put(batch)
        except Refused:  # the maker has ended
            self._source.cancel()
            return
        self._released += len(batch.times)
        for position, count in enumerate(np.bincount(batch.sources)):
            self._generated[position] += int(count)

    def _input_failed(self, position: int, error: Exception) -> None:
        label = f"input[{position}].{self._plan.config.inputs[position].name}"
        cause = redact(f"{label}: {_said(error)}")
        self._broken[position] = cause
        self._causes.add(cause)
        self._plan.run.log.error(cause)

    def _production_failed(self, ordinal: int, error: DataError) -> None:
        cause = redact(f"event.{self._plan.config.event.name}: {error}")
        if self._causes.add(cause):
            self._plan.run.log.error("%s (ordinal %d)", cause, ordinal)

    def _report(self, maker: Maker, seconds: float) -> Report:
        run, renderer = self._plan.run, maker.renderer
        assert renderer is not None, "outputs opened, so the maker went on to render"
        for failure in maker.failures:
            self._causes.add(redact(failure))
        return Report(
            generator=run.generator,
            seed=run.seeds.seed,
            now=run.now,
            timezone=run.zone.key,
            timestamps=renderer.handled if renderer.ended else self._released,
            inputs=tuple(
                InputReport(p.name, i + 1, self._generated[i], self._broken.get(i, ""))
                for i, p in enumerate(self._plan.config.inputs)
            ),
            event=EventReport(
                name=self._plan.config.event.name,
                produced=renderer.produced,
                produce_failed=renderer.produce_failed,
                dropped=renderer.dropped,
                abandoned=0 if renderer.ended else self._released - renderer.handled,
            ),
            outputs=tuple(courier.report() for courier in self._couriers),
            seconds=seconds,
            ended=self._ended(maker, renderer),
            errors=self._causes.texts(),
        )

    def _ended(self, maker: Maker, renderer: Renderer) -> str:
        if maker.failures or self._stop.failure:
            return "failed"
        if renderer.full:
            return "limit"
        if renderer.exhausted:
            return "exhausted"
        return "stopped" if self._plan.run.stopping.is_set() else "complete"


def _part(batch: TimestampBatch, begin: int, end: int) -> TimestampBatch:
    return TimestampBatch(
        batch.times[begin:end], batch.sources[begin:end], batch.first + begin, None
    )


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, RunError) else f"{type(error).__name__}: {error}"
