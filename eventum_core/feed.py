"""How a run gets its instants: the schedule in step with the clock, triggers as they come."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from contextlib import aclosing

import anyio
import numpy as np

from eventum_core.clock import Clock
from eventum_core.errors import RunError
from eventum_core.handoff import Handoff, Pull, Refused
from eventum_core.loop import first_error
from eventum_core.model import TimestampBatch
from eventum_core.plan import Plan
from eventum_core.plugin import Run, TriggerPlugin
from eventum_core.seeds import TRIGGERED
from eventum_core.when import latest

MOST = 10_000
"""Instants of a trigger in one batch where no size is set."""


class Feed:
    """Hands a run's instants to the maker.

    `released` counts them, `generated` by the position of their input; `unserved` has those that
    triggers accepted in vain. `failed` is told of inputs that break; the others go on. Between two
    inputs that wait for room the first one is served first, so none can starve another.
    """

    def __init__(
        self,
        plan: Plan,
        clock: Clock,
        handoff: Handoff[list[TimestampBatch]],
        failed: Callable[[int, Exception], None],
    ) -> None:
        self._plan = plan
        self._clock = clock
        self._handoff = handoff
        self._failed = failed
        self._latest = latest(plan.run.zone)
        self._turn = anyio.Lock()
        self._scope = anyio.CancelScope()
        self.released = 0
        self.generated: Counter[int] = Counter()
        self.unserved: dict[int, list[int]] = {}

    def cancel(self) -> None:
        """Release nothing any more."""
        self._scope.cancel()

    async def serve(self) -> None:
        """Release everything that the inputs give, until all have ended."""
        with self._scope:
            async with anyio.create_task_group() as group:
                group.start_soon(self._pace)
                await self._listen_to_all()

    async def _listen_to_all(self) -> None:
        """Serve all triggers, in live mode until the last wanted instant at most."""
        triggers = list(self._plan.triggers())
        last = self._plan.bounds.last if self._plan.run.live else None
        async with anyio.create_task_group() as group:
            if triggers and last is not None:
                group.start_soon(self._until, last, group.cancel_scope)
            async with anyio.create_task_group() as listeners:
                for position, plugin, run in triggers:
                    listeners.start_soon(self._listen, position, plugin, run)
            group.cancel_scope.cancel()

    async def _until(self, last: int, listening: anyio.CancelScope) -> None:
        """Stop listening when the last wanted instant is past."""
        await self._clock.sleep_until(last + 1)
        listening.cancel()

    async def _listen(self, position: int, plugin: TriggerPlugin, run: Run) -> None:
        """Release instants of the present, as many as a trigger asks for."""
        ordinal = (position + 1) * TRIGGERED
        self.unserved[position] = run.unserved
        try:
            async with aclosing(plugin.triggers(run)) as stimuli:
                async for wanted in stimuli:
                    if wanted < 0:
                        raise RunError(f"it asked for {wanted} timestamps")
                    await self._serve(wanted, position, ordinal, run)
                    ordinal += wanted
        except Exception as error:  # a plugin may be anybody's: its failure ends this input only
            self._failed(position, first_error(error))

    async def _serve(self, wanted: int, position: int, ordinal: int, run: Run) -> None:
        """Release what a trigger asks for; where the run ends within, say what is left."""
        size = self._plan.settings.batch.size or MOST
        given = 0
        try:
            while given < wanted:
                count = min(size, wanted - given)
                await self._hand([self._present(position, ordinal + given, count)])
                given += count
        finally:
            if given < wanted:
                run.unserved.append(wanted - given)
                text = "input[%d]: of %d timestamps that were asked for, %d were not given any more"
                self._plan.run.log.warning(text, position, wanted, wanted - given)

    def _present(self, position: int, ordinal: int, count: int) -> TimestampBatch:
        now = self._now()
        times = np.full(count, np.datetime64(now, "us"))
        return TimestampBatch(times, np.full(count, position, np.uint16), ordinal, now)

    def _now(self) -> int:
        """Return the present, which at a great speed may be past all that a calendar has."""
        return min(self._clock.now(), self._latest)

    async def _pace(self) -> None:
        schedule = Pull(self._plan.schedule(self._failed))
        step = self._keep_step if self._plan.run.live else self._hand
        try:
            while (batches := await schedule.take()) is not None:
                await step(batches)
        finally:
            schedule.leave()

    async def _keep_step(self, batches: list[TimestampBatch]) -> None:
        """Release each instant when it has come, and the end of each batch when that has."""
        waiting = deque(batches)
        reached = 0
        while waiting:
            reached = max(reached, self._now())
            if due := _due(waiting, reached):
                await self._hand(due)
            else:
                # What was slept for has come, even if the clock has been set back since.
                reached = _next(waiting[0])
                await self._clock.sleep_until(reached)

    async def _hand(self, batches: list[TimestampBatch]) -> None:
        try:
            async with self._turn:
                await self._handoff.put(batches, len(batches))
        except Refused:  # the maker has ended
            self._scope.cancel()
            await anyio.lowlevel.checkpoint_if_cancelled()
            return
        sources = np.concatenate([batch.sources for batch in batches])
        self.released += len(sources)
        for position, count in enumerate(np.bincount(sources)):
            self.generated[position] += int(count)


def _due(waiting: deque[TimestampBatch], reached: int) -> list[TimestampBatch]:
    """Remove and return what has come: whole batches, and the beginning of the one after them."""
    due = []
    while waiting:
        batch = waiting[0]
        count = int(np.searchsorted(batch.times, np.datetime64(reached, "us"), side="right"))
        if count < len(batch.times) or (batch.closes is not None and batch.closes > reached):
            if count:
                begun, waiting[0] = _split(batch, count)
                due.append(begun)
            break
        due.append(waiting.popleft())
    return due


def _next(batch: TimestampBatch) -> int:
    """Return when the next thing happens in a batch: an instant comes, or it closes."""
    if len(batch.times):
        return int(batch.times[0].astype("int64"))
    assert batch.closes is not None, "an empty batch that does not close is due at once"
    return batch.closes


def _split(batch: TimestampBatch, count: int) -> tuple[TimestampBatch, TimestampBatch]:
    """Return the first `count` instants and the rest, which closes the batch."""
    times, sources, first, closes = batch
    return (
        TimestampBatch(times[:count], sources[:count], first, None),
        TimestampBatch(times[count:], sources[count:], first + count, closes),
    )
