"""The plugin kinds, and what a run tells each of them.

A plugin is a frozen, validated model of its options with one method; whatever changes during a
run is a local of that method. So a plugin can be run twice and nothing is ever half open.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from threading import Event as Flag
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from eventum_core.clock import micros
from eventum_core.errors import ConfigError
from eventum_core.model import Chunk, Event, Failure, Moment
from eventum_core.seeds import Seeds

if TYPE_CHECKING:
    from eventum_core.model import Times

Produce: TypeAlias = Callable[[Moment], Sequence[str]]
"""Give a moment's events. May raise `Dropped`, `Exhausted`; any other error is counted."""
Text: TypeAlias = Callable[[datetime, tuple[str, ...]], str]
"""Give the text of the one event of a timestamp with these tags; may raise as `Produce`."""
Encode: TypeAlias = Callable[[Sequence[Event]], Chunk]
"""Format events; those that cannot be are the chunk's `rejected`."""
Write: TypeAlias = Callable[[Chunk], Awaitable[Sequence[Failure]]]
"""Deliver a chunk and return the items that failed; raise `WriteError` if all did."""
WriteNow: TypeAlias = Callable[[Chunk], Sequence[Failure]]
"""The same for a local output, called in the thread that made the chunk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a plugin may know of the run it takes part in."""

    generator: str
    """The generator's id."""
    now: datetime
    """Aware, in `zone`: the moment that ``now`` means in a file, fixed for the whole run."""
    start: datetime
    """Aware, in `zone`: where a schedule without a start of its own begins."""
    zone: ZoneInfo
    seeds: Seeds
    base: Path
    """Folder of the configuration; relative paths belong to it."""
    live: bool = False
    skip_past: bool = False
    """Whether instants before `start` are left out: in live mode, or because somebody said since
    when. Inputs look at `past` instead."""
    inclusive: bool = False
    """Whether an instant exactly at `start` is left in: where it is not the present, but the moment
    since which instants are wanted."""
    role: str = ""
    """Which stream of the seeds `random` is: ``input[0]``, ``event``, ``delivery`` …"""
    random: Random = field(default_factory=Random)
    """The stage's only source of randomness. The event stage's is derived anew per block."""
    write_timeout: float = 10.0
    """Seconds one request to a destination may take."""
    stopping: Flag = field(default_factory=Flag)
    """Set when the run is to end; long waits in a plugin should end with it."""
    unserved: list[int] = field(default_factory=list)
    """Numbers of instants that a trigger was asked for and can no longer give; it adds to them."""
    globals: Any = None
    """The store that generators of one host share; None means a fresh one for this run."""
    policy: str = "trusted"
    """``trusted`` or ``restricted``: whether templates may run any code."""
    on_block: list[Callable[[int], None]] = field(default_factory=list)
    """Called with the block's number whenever the event stage enters a block of ordinals, also when
    it goes back to one that a trigger's events cut into."""

    @property
    def past(self) -> int | None:
        """The latest instant that need not be given, microseconds since the epoch; or None."""
        return micros(self.start) - self.inclusive if self.skip_past else None

    @property
    def log(self) -> logging.Logger:
        """The run's logger; it writes nothing until a host configures logging."""
        return logging.getLogger(f"eventum.{self.generator}")

    def event_id(self, event: Event) -> str:
        """Return the event's deterministic id, fit as an idempotent key."""
        return self.seeds.event_id(self.now, event.ordinal, event.index)

    def resolve(self, path: Path | str) -> Path:
        """Return `path` as an absolute path, relative ones below the configuration's folder."""
        return self.base / path

    def inside(self, path: Path, option: str) -> Path:
        """Return `path` as `resolve` does, where the policy lets this run read it.

        Raises `ConfigError` about `option` for what lies outside the folder otherwise.
        """
        found = self.resolve(path)
        if self.policy == "restricted" and not found.resolve().is_relative_to(self.base.resolve()):
            reason = "lies outside the project's folder, which the restricted policy forbids"
            raise ConfigError.single(reason, path=option, value=repr(str(path)))
        return found


class OneEach:
    """A `Produce` for event stages that give one event for each moment.

    The engine calls `text` alone, without a `Moment` and a list for each event.
    """

    __slots__ = ("text",)

    def __init__(self, text: Text) -> None:
        self.text = text

    def __call__(self, moment: Moment) -> Sequence[str]:
        """Give the moment's one event."""
        return (self.text(moment.timestamp, moment.tags),)


class Options(BaseModel):
    """Base of everything users write: frozen, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Plugin(Options):
    """Options as fields, each explained by the docstring below it; `name` is what users write."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    name: ClassVar[str]
    kind: ClassVar[str]

    def check(self, base: Path) -> None:
        """Raise `ConfigError` for what only the file system can tell: a missing file, bad syntax.

        Called when a file is loaded; `base` is the folder of the configuration. Problem paths are
        relative to this plugin's options.
        """


class InputPlugin(Plugin):
    """When: instants that are known ahead."""

    kind: ClassVar[str] = "input"

    tags: tuple[str, ...] = ()
    """Labels that every event of this input carries."""

    def timestamps(self, run: Run) -> Iterator[Times]:
        """Yield ascending arrays of UTC instants (``datetime64[us]``), each as soon as known.

        Instants up to `Run.past` need not be given: the schedule drops those before `Run.start`,
        but a plugin that can jump should.
        """
        raise NotImplementedError

    def endless(self) -> bool:
        """Tell whether the schedule goes on for ever, as far as the options show."""
        return False


class TriggerPlugin(Plugin):
    """When: stimuli from outside."""

    kind: ClassVar[str] = "input"

    tags: tuple[str, ...] = ()
    """Labels that every event of this input carries."""

    def triggers(self, run: Run) -> AsyncGenerator[int, None]:
        """Yield how many instants are wanted now, each time somebody asks.

        It runs in the event loop for as long as the run, and is closed at the run's end. Each
        number becomes that many instants of the present. Raise `RunError` to end this input alone.
        """
        raise NotImplementedError


class EventPlugin(Plugin):
    """What: the texts for a moment."""

    kind: ClassVar[str] = "event"

    def producer(self, run: Run) -> Produce:
        """Return the function that gives a moment's events, with fresh state."""
        raise NotImplementedError

    def pace(self, run: Run, start: int) -> Iterator[Times] | None:
        """Return the schedule that this plugin keeps itself; None to take that of the inputs.

        Such a schedule takes the place of the inputs' one: it begins at `start`, the first instant
        that is wanted of them (microseconds since the epoch), and is given like an input's.
        """
        return None

    def finite(self) -> bool:
        """Tell whether the events come to an end, however many instants there are."""
        return False


class Formatter(Plugin):
    """How it looks: event texts to the texts an output sends."""

    kind: ClassVar[str] = "format"
    batching: ClassVar[bool] = False
    """Whether it makes one text of a whole batch, and so must be given whole batches."""

    def encoder(self, run: Run) -> Encode:
        """Return the function that formats events in their order."""
        raise NotImplementedError


class _AnyOutput(Plugin):
    kind: ClassVar[str] = "output"
    formatter: ClassVar[Mapping[str, Any]] = {"format": "plain"}
    """What stands for an absent ``formatter:``."""
    guarantee: ClassVar[str] = "at least once"
    """``exactly once by id``, ``at least once`` or ``sent``."""


class OutputPlugin(_AnyOutput):
    """Where to, over a network: in the event loop, in a lane of its own."""

    bounded: ClassVar[bool] = False
    """Whether the plugin bounds each of its requests by `Run.write_timeout` itself. Otherwise one
    call of the write function counts as one request and is cut off after that time."""

    def open(self, run: Run) -> AbstractAsyncContextManager[Write]:
        """Connect, give the function that writes, and disconnect. Raise `RunError` if it fails.

        The function must allow several calls at once.
        """
        raise NotImplementedError


class LocalOutputPlugin(_AnyOutput):
    """Where to, on this machine: stdout, files, embedded databases; it sets the pace for all."""

    def open(self, run: Run) -> AbstractContextManager[WriteNow]:
        """Open, give the function that writes, and close. Raise `RunError` if it fails.

        All of it happens in one thread.
        """
        raise NotImplementedError
