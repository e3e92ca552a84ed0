"""What is to be run, and the wish that it end."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import TypeAlias

import anyio

from eventum_core.config import GeneratorConfig, Settings, Sink
from eventum_core.delivery import said
from eventum_core.errors import DataError, EventumError, RunError
from eventum_core.loop import Loop, LoopGone
from eventum_core.model import TimestampBatch
from eventum_core.plugin import InputPlugin, Run, TriggerPlugin
from eventum_core.render import Renderer, Shape
from eventum_core.schedule import Bounds, batched, bounded, merged, paced, until
from eventum_core.secrets import redact

PATIENCE = 1000
"""Failures, and nothing else, after which a sample run without an end is given up: what counts
events would wait for the first one for ever."""

Schedule: TypeAlias = Generator[list[TimestampBatch], None, None]
"""Batches of timestamps, in groups of those that are known at the same time."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be run, settled before anything moves."""

    config: GeneratorConfig
    outputs: tuple[Sink, ...]
    settings: Settings
    run: Run
    bounds: Bounds
    shape: Shape | None = None

    def schedule(self, failed: Callable[[int, Exception], None]) -> Schedule:
        """Return the batches of all that is known ahead; `failed` hears of inputs that break."""
        inputs = [
            (position, plugin, self._run_as(f"input[{position}]"))
            for position, plugin in enumerate(self.config.inputs)
            if isinstance(plugin, InputPlugin)
        ]
        batch = self.settings.batch
        # Without a clock to keep step with, a delay would only cut batches small.
        delay = batch.delay if self.run.live or batch.size is None else None
        given = until(merged(inputs, failed), self.run.stopping.is_set)
        wanted = bounded(given, self.bounds._replace(last=None))
        wanted = paced(wanted, partial(self.config.event.pace, self._run_as("event/pace")), failed)
        wanted = bounded(wanted, self.bounds._replace(first=None))
        # Half of the queue at most, so that one group is made while the next one waits.
        most = max(1, self.settings.queue.max_timestamp_batches // 2)
        return batched(wanted, batch.size, delay, most)

    def triggers(self) -> Iterator[tuple[int, TriggerPlugin, Run]]:
        """Yield the position of every trigger, the trigger, and the run as it sees it."""
        for position, plugin in enumerate(self.config.inputs):
            if isinstance(plugin, TriggerPlugin):
                yield position, plugin, self._run_as(f"input[{position}]")

    def _run_as(self, role: str) -> Run:
        """Return the run as a stage of this role sees it."""
        return replace(self.run, role=role, random=self.run.seeds.random(role), unserved=[])

    def _hopes(self) -> bool:
        """Tell whether only a number of events, and no moment, ends the run."""
        if self.bounds.last is not None or self.run.live or self.config.event.finite():
            return False
        inputs = self.config.inputs
        return any(isinstance(one, InputPlugin) and one.endless() for one in inputs)

    def renderer(self, failed: Callable[[int, DataError], None], limit: int | None) -> Renderer:
        """Return the event stage, with fresh state; raise `RunError` if it cannot start."""
        try:
            return Renderer(
                self.config.event,
                replace(self.run, role="event", random=Random(), on_block=[]),
                [plugin.tags for plugin in self.config.inputs],
                failed,
                limit=limit,
                patience=PATIENCE if self._hopes() else math.inf,
                shape=self.shape,
            )
        except EventumError:
            raise
        except Exception as error:  # a plugin may be anybody's
            cause = redact(f"event.{self.config.event.name} cannot start: {said(error)}")
            raise RunError(cause) from error


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
