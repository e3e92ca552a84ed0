"""A generator: one file, ready to give events or to run. The friendly face of the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import anyio
from pydantic import ValidationError

from eventum_core.clock import Clock, NoWaitClock, ScaledClock, WallClock, micros, moment
from eventum_core.config import GeneratorConfig, Settings, Sink
from eventum_core.delivery import said
from eventum_core.engine import STOP_DEADLINE, Execution
from eventum_core.errors import ConfigError, DataError, RunError
from eventum_core.loader import Edit, load, load_document
from eventum_core.model import Event, Report
from eventum_core.observer import Observer, Silent
from eventum_core.plan import Plan, Stop
from eventum_core.plugin import InputPlugin, Run, TriggerPlugin
from eventum_core.problems import pydantic_problems
from eventum_core.registry import Registry
from eventum_core.render import Shape
from eventum_core.schedule import Bounds
from eventum_core.secrets import redact
from eventum_core.seeds import Seeds, draw
from eventum_core.when import parse_duration, parse_when

MILLISECOND = 1000


class Generator:
    """A loaded generator with the settings of its runs.

    `seed` and `now` are settled here, drawn and read from the clock where the settings leave them
    open, so that every run of one object gives the same events. `outputs` replaces those of the
    file; `shape` may change events between the event stage and the formatters; `globals` is the
    store that generators of one host share.
    """

    def __init__(
        self,
        config: GeneratorConfig,
        settings: Settings,
        *,
        outputs: Sequence[Sink] | None = None,
        shape: Shape | None = None,
        globals: Any = None,
    ) -> None:
        self.config = config
        self.settings = settings
        self.outputs = config.outputs if outputs is None else tuple(outputs)
        self.seed = draw() if settings.seed is None else settings.seed
        clock = WallClock().now() // MILLISECOND * MILLISECOND
        self._started = moment(clock).astimezone(settings.zone)
        self.now = self._moment("now", self._started) or self._started
        self.stop_deadline = STOP_DEADLINE
        self._shape = shape
        self._globals = globals
        self._bounds, self._start = self._settle()
        self._begun = self._stopped_early = False
        self._stops: list[Stop] = []
        self._executions: list[Execution] = []
        self._latest: Report | None = None

    @classmethod
    def from_file(
        cls,
        path: Path | str,
        *,
        plugins: Sequence[object] = (),
        secrets: Mapping[str, str] | None = None,
        cryptfile: Path | None = None,
        edit: Edit | None = None,
        outputs: Sequence[Sink] | None = None,
        shape: Shape | None = None,
        globals: Any = None,
        **settings: Any,
    ) -> Generator:
        """Load a file; raise `ConfigError` with all that is wrong in it and in the settings.

        `settings` are the fields of `Settings`; `plugins` are classes, references or modules with
        the hook, on offer besides the shipped and the installed ones; `edit` may change the
        document before it is validated.
        """
        checked = checked_settings({**settings, "path": path})
        config = load(
            path,
            params=checked.params,
            given_secrets=secrets,
            cryptfile=cryptfile,
            registry=Registry(*plugins),
            edit=edit,
        )
        return cls(config, checked, outputs=outputs, shape=shape, globals=globals)

    @classmethod
    def from_mapping(
        cls,
        document: Mapping[str, Any],
        *,
        base: Path | str = ".",
        plugins: Sequence[object] = (),
        outputs: Sequence[Sink] | None = None,
        shape: Shape | None = None,
        globals: Any = None,
        **settings: Any,
    ) -> Generator:
        """Use a document that is no file; its relative paths belong to the folder `base`."""
        base = Path(base)
        checked = checked_settings({"path": base / "generator.yml", **settings})
        config = load_document(document, base=base, registry=Registry(*plugins))
        return cls(config, checked, outputs=outputs, shape=shape, globals=globals)

    @property
    def endless(self) -> bool:
        """Whether neither inputs, events nor settings end the run, as far as can be seen."""
        limited = self.settings.max_events is not None or self._bounds.last is not None
        if limited or self.config.event.finite():
            return False
        return any(
            isinstance(plugin, TriggerPlugin) or plugin.endless() for plugin in self.config.inputs
        )

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return bool(self._stops)

    def report(self) -> Report | None:
        """Return what the run that is under way has done so far, or what the latest one did.

        None before the first one; safe from any thread. While it runs, `Report.ended` is
        ``running``.
        """
        under_way = self._executions[-1:]
        return under_way[0].snapshot() if under_way else self._latest

    def events(
        self, limit: int | None = None, on_error: Callable[[int, DataError], None] | None = None
    ) -> Iterator[Event]:
        """Yield the events of a sample run, opening no output; at most `limit` of them.

        Triggers are left out, as nobody could reach them. Raises `RunError` if nothing is left.
        A timestamp that fails raises its error, or is passed with its ordinal to `on_error`.
        """
        most = [n for n in (limit, self.settings.max_events) if n is not None]
        plan = self._plan(live=False)
        if not any(isinstance(plugin, InputPlugin) for plugin in self.config.inputs):
            raise RunError("every input waits to be asked, so there are no events to be had ahead")
        renderer = plan.renderer(on_error or _raise, min(most, default=None))
        for batch in chain.from_iterable(plan.schedule(_raise_input)):
            for events in renderer.render(batch):
                yield from events
            if renderer.ended:
                return

    async def run(self, clock: Clock | None = None, observer: Observer | None = None) -> Report:
        """Run to the end, or until `stop`, and report.

        The clock defaults to the wall clock in live mode, `speed` times as fast, and to no waiting
        in sample mode. Raises `RunError` if an output cannot open.
        """
        plan = self._plan(live=self.settings.live_mode)
        if clock is None:
            clock = self._clock()
        if observer is None:  # an observer may be false, such as one with nothing in it yet
            observer = Silent()
        first, self._begun = not self._begun, True
        self._stops.append(stop := Stop(plan.run))
        if first and self._stopped_early:
            stop.request()
        try:
            return await self._carry_out(Execution(plan, clock, observer, stop, self.stop_deadline))
        finally:
            self._stops.remove(stop)

    async def _carry_out(self, execution: Execution) -> Report:
        self._executions.append(execution)
        try:
            return await execution.run()
        finally:
            self._latest = execution.snapshot()
            self._executions.remove(execution)

    def run_sync(self, clock: Clock | None = None, observer: Observer | None = None) -> Report:
        """Do the same from code that is not asynchronous."""
        return anyio.run(self.run, clock, observer)

    def stop(self) -> None:
        """End what runs now: it drains, within `stop_deadline` seconds. Safe from any thread.

        Before the first run it ends that one, which opens no output then.
        """
        # No lock, as a signal may interrupt whoever holds it: first noted, then looked for.
        self._stopped_early = True
        for stop in list(self._stops):
            stop.request()

    def _clock(self) -> Clock:
        if not self.settings.live_mode:
            return NoWaitClock()
        wall, speed = WallClock(), self.settings.speed
        return wall if speed == 1 else ScaledClock(wall.now(), speed)

    def _plan(self, *, live: bool) -> Plan:
        settings = self.settings
        run = Run(
            generator=settings.name,
            now=self.now,
            start=self._start,
            zone=settings.zone,
            seeds=Seeds(self.seed, settings.name),
            base=self.config.path.parent,
            live=live,
            skip_past=(live and settings.skip_past) or self._bounds.first is not None,
            inclusive=self._bounds.first is not None,
            write_timeout=settings.write_timeout,
            globals=self._globals,
            policy=settings.policy,
        )
        bounds = Bounds(micros(self._start) if run.skip_past else None, self._bounds.last)
        return Plan(self.config, self.outputs, settings, run, bounds, self._shape)

    def _settle(self) -> tuple[Bounds, datetime]:
        """Return the bounds that the settings name, and where schedules begin."""
        since = self._moment("since", self.now)
        start = since or self.now
        last = self._moment("until", start)
        if self.settings.duration is not None:
            end = start + self._duration(self.settings.duration) - timedelta(microseconds=1)
            last = end if last is None else min(last, end)
        first = None if since is None else micros(since)
        return Bounds(first, None if last is None else micros(last)), start

    def _moment(self, name: str, base: datetime) -> datetime | None:
        text = getattr(self.settings, name)
        if text is None:
            return None
        now = base if name == "now" else self.now
        try:
            return parse_when(text).resolve(now=now, base=base, zone=self.settings.zone)
        except (ValueError, RunError) as error:
            raise ConfigError.single(str(error), path=name, value=repr(text)) from error

    def _duration(self, text: str) -> timedelta:
        try:
            return parse_duration(text)
        except ValueError as error:
            raise ConfigError.single(str(error), path="duration", value=repr(text)) from error


def checked_settings(given: Mapping[str, Any]) -> Settings:
    """Return validated settings; raise `ConfigError` with every problem."""
    try:
        return Settings.model_validate(dict(given))
    except ValidationError as error:
        raise ConfigError(pydantic_problems(error, (), Settings, dict(given))) from error


def _raise(ordinal: int, error: DataError) -> None:
    raise error


def _raise_input(position: int, error: Exception) -> None:
    raise RunError(redact(f"input[{position}]: {said(error)}")) from error
