"""One run: pace the schedule, make the events, deliver them, report.

`Feed` → bounded stream → `Maker` (one thread of its own) → one lane per network output. The end
and a stop are the same path: the feed ends, the maker drains, the lanes drain, outputs close. A
stop has a deadline; what is stuck then is left behind, counted and told.
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial
from typing import Any

import anyio

from eventum_core.clock import Clock
from eventum_core.config import Sink
from eventum_core.delivery import Causes, Courier, LaneCourier, LocalCourier, said
from eventum_core.errors import DataError, RunError
from eventum_core.feed import Feed
from eventum_core.handoff import Handoff
from eventum_core.lane import Lane
from eventum_core.loop import first_error
from eventum_core.make import Maker
from eventum_core.model import EventReport, InputReport, Report, TimestampBatch
from eventum_core.observer import Observer, OneAtATime
from eventum_core.plan import Plan, Stop
from eventum_core.plugin import LocalOutputPlugin, OutputPlugin, Write
from eventum_core.render import Renderer
from eventum_core.secrets import redact

STOP_DEADLINE = 10.0
"""Seconds that a stopped run may take to drain."""
LAST_WORDS = 0.5
"""Seconds that outputs have to close when the time of a run is over."""


class Execution:
    """The moving parts of one run; made in the event loop that it runs in.

    `deadline` is the number of seconds in which a stopped run must end. One that was stopped before
    it began opens nothing.
    """

    def __init__(
        self,
        plan: Plan,
        clock: Clock,
        observer: Observer,
        stop: Stop,
        deadline: float = STOP_DEADLINE,
    ) -> None:
        self._plan = plan
        self._clock = clock
        self._observer = OneAtATime(observer)
        self._stop = stop
        self._deadline = deadline
        self._causes = Causes()
        self._broken: dict[int, str] = {}
        self._failures: list[Exception] = []
        self._handoff = Handoff[list[TimestampBatch]](plan.settings.queue.max_timestamp_batches)
        self._feed = Feed(plan, clock, self._handoff, self._input_failed)
        self._grace = anyio.CancelScope()
        self._life = anyio.CancelScope()
        self._began = self._drained = False
        self._start = time.perf_counter()
        self._last: Report | None = None
        self._couriers = [self._courier(i, sink) for i, sink in enumerate(plan.outputs)]
        self._lanes = [c for c in self._couriers if isinstance(c, LaneCourier)]
        permits = anyio.Semaphore(plan.settings.max_concurrency)
        for courier in self._lanes:
            courier.attach(self._lane(courier), permits, self._most_in_flight())
        self._maker = Maker(self._handoff, self._couriers, plan.run, self._renderer, self._observer)

    async def run(self) -> Report:
        """Carry out the plan and report; raise `RunError` if it cannot begin."""
        try:
            await self._run(self._maker)
        except BaseException as raised:  # raised again, out of the groups that task groups raise
            error = first_error(raised)
        else:
            self._last = self._report()
            return self._last
        if isinstance(error, Exception):
            self._failures = [error]
        self._last = self._report()
        raise error

    def snapshot(self) -> Report:
        """Return the report as of now, at any time and from any thread.

        While the run is under way, the counters are read one after the other, so they may differ
        by what happens meanwhile; nothing counts as abandoned yet.
        """
        return self._last or self._report("running")

    async def _run(self, maker: Maker) -> None:
        """Open, run, drain, close."""
        if self._plan.run.stopping.is_set():
            return
        async with anyio.create_task_group() as watching:
            watching.start_soon(self._watch)
            with self._life:
                async with AsyncExitStack() as stack:
                    await self._between(stack, maker)
            watching.cancel_scope.cancel()
        self._raise_failures(maker)

    def _raise_failures(self, maker: Maker) -> None:
        """Raise why the run could not begin, or the error that nobody foresaw."""
        if maker.crash is not None:
            raise maker.crash
        if self._began:
            self._failures += maker.failures
            if self._life.cancelled_caught:
                self._failures.append(RunError("not every output closed in time"))
            return
        failures = self._failures + maker.failures
        if len(failures) == 1:
            raise failures[0]
        causes = [str(failure) for failure in failures]
        raise RunError("; ".join(causes or ["stopped before every output was open"]))

    async def _between(self, stack: AsyncExitStack, maker: Maker) -> None:
        """Do all that happens while outputs are open."""
        try:
            writes = await self._open(stack)
            maker.start()
            await maker.opened.wait()
            if not (self._failures or maker.failures or maker.crash):
                self._began = True
                await self._flow(maker, writes)
        except BaseException:
            # Cancelled, or a bug: what is open is closed all the same, but nobody waits for long.
            self._life.shield = True
            self._life.deadline = anyio.current_time() + 2 * LAST_WORDS
            raise
        finally:
            if not self._drained:
                await self._cut(maker)

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
        self._life.deadline = self._grace.deadline + 2 * LAST_WORDS
        self._feed.cancel()

    async def _open(self, stack: AsyncExitStack) -> list[Write]:
        """Open every network output, and note those that cannot."""
        writes: list[Write] = []
        for courier in self._lanes:
            plugin = courier.sink.plugin
            assert isinstance(plugin, OutputPlugin), "a lane serves a network output"
            try:
                manager = plugin.open(self._plan.run)
                writes.append(await manager.__aenter__())
            except Exception as error:  # a plugin may be anybody's
                self._failures.append(courier.cannot("open", error))
            else:
                stack.push_async_exit(partial(self._close, courier, manager))
        return writes

    async def _close(
        self, courier: LaneCourier, manager: AbstractAsyncContextManager[Write], *raised: Any
    ) -> None:
        """Close an output; if that fails, the others close all the same."""
        try:
            await manager.__aexit__(*raised)
        except Exception as error:  # a plugin may be anybody's
            if error is not raised[1]:
                self._failures.append(courier.cannot("close", error))

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
                await self._make_all(maker)
                for courier in self._lanes:
                    courier.close()
            self._drained = True

    async def _make_all(self, maker: Maker) -> None:
        """Release all instants to the maker, then wait until it has made everything."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._end_feed_after, maker)
            await self._feed.serve()
            self._handoff.close()
            await maker.done.wait()

    async def _end_feed_after(self, maker: Maker) -> None:
        await maker.done.wait()
        self._feed.cancel()

    async def _cut(self, maker: Maker) -> None:
        """End what did not end by itself, and wait a little for its last words."""
        self._plan.run.stopping.set()
        maker.cut()
        for courier in self._lanes:
            courier.abandon()
        if not maker.is_alive():
            return
        with anyio.move_on_after(LAST_WORDS, shield=True):
            await maker.done.wait()
        if not maker.done.is_set():
            self._causes.add(
                f"the event stage did not end within {self._deadline:g} s of the stop;"
                " its thread was left behind"
            )

    def _input_failed(self, position: int, error: Exception) -> None:
        label = f"input[{position}].{self._plan.config.inputs[position].name}"
        cause = redact(f"{label}: {said(error)}")
        self._broken[position] = cause
        self._plan.run.log.error(cause)

    def _production_failed(self, ordinal: int, error: DataError) -> None:
        cause = redact(f"event.{self._plan.config.event.name}: {error}")
        self._observer.failed(ordinal, cause)
        if self._causes.add(cause):
            self._plan.run.log.error("%s (ordinal %d)", cause, ordinal)

    def _report(self, ended: str = "") -> Report:
        run, over = self._plan.run, not ended
        return Report(
            generator=run.generator,
            seed=run.seeds.seed,
            now=run.now,
            timezone=run.zone.key,
            timestamps=self._released(),
            inputs=self._inputs(),
            event=self._event(over),
            outputs=tuple(c.report(self._maker.planned if over else 0) for c in self._couriers),
            seconds=time.perf_counter() - self._start,
            ended=ended or self._ended(),
            errors=self._errors(),
        )

    def _released(self) -> int:
        """Return how many timestamps count: those that came after the last event do not."""
        renderer = self._maker.renderer
        return renderer.handled if renderer and renderer.ended else self._feed.released

    def _inputs(self) -> tuple[InputReport, ...]:
        renderer, released = self._maker.renderer, self._feed.generated
        if renderer and renderer.ended:
            released = Counter(dict(enumerate(self._maker.handled)))
        return tuple(
            InputReport(
                name=plugin.name,
                position=i + 1,
                generated=int(released[i]),
                error=self._broken.get(i, ""),
                unserved=sum(self._feed.unserved.get(i, ())),
            )
            for i, plugin in enumerate(self._plan.config.inputs)
        )

    def _event(self, over: bool) -> EventReport:
        renderer, name = self._maker.renderer, self._plan.config.event.name
        if renderer is None:
            return EventReport(name, 0, 0, 0)
        return EventReport(
            name=name,
            produced=renderer.produced,
            produce_failed=renderer.produce_failed,
            dropped=renderer.dropped,
            abandoned=self._released() - renderer.handled if over else 0,
        )

    def _errors(self) -> tuple[str, ...]:
        """Return what ended the run as failed, then what went wrong on the way."""
        fatal = [redact(said(failure)) for failure in self._failures]
        if self._stop.failure:
            fatal.insert(0, redact(self._stop.failure))
        causes = self._causes.texts()
        return (*(text for text in fatal if not any(text in cause for cause in causes)), *causes)

    def _ended(self) -> str:
        renderer = self._maker.renderer
        if self._failures or self._stop.failure:
            return "failed"
        if renderer and renderer.full:
            return "limit"
        if renderer and renderer.exhausted:
            return "exhausted"
        return "stopped" if self._plan.run.stopping.is_set() else "complete"
