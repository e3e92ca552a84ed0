"""What users may write: run settings, delivery policies, and the loaded generator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, ByteSize, Field, model_validator

from eventum_core.plugin import (
    EventPlugin,
    Formatter,
    InputPlugin,
    LocalOutputPlugin,
    Options,
    OutputPlugin,
    TriggerPlugin,
)

MIB = 1024 * 1024


@cache
def _known_timezones() -> frozenset[str]:
    return frozenset(available_timezones())


def _known_timezone(name: str) -> str:
    if name not in _known_timezones():
        raise ValueError("unknown timezone; use an exact IANA name such as Europe/Berlin or UTC")
    return name


def _as_text(value: Any) -> Any:
    """Return a date or number, which YAML makes of what looks like one, as the text it was."""
    if isinstance(value, date):
        return value.isoformat()
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if number else value


Text = Annotated[str, BeforeValidator(_as_text)]


class Batch(Options):
    """How timestamps are grouped. If only one of the two is given, the other has no limit."""

    size: Annotated[int, Field(ge=1)] | None = None
    """Most timestamps in a batch. Default 10000 if `delay` is not given either."""
    delay: Annotated[float, Field(ge=0.1)] | None = None
    """Seconds of event time after which an unfilled batch is complete. Default 1.0 if `size` is
    not given either. Sample mode heeds it only where there is no size."""

    @model_validator(mode="before")
    @classmethod
    def _fill_defaults(cls, given: Any) -> Any:
        if given is None or given == {}:
            return {"size": 10_000, "delay": 1.0}
        return given

    @model_validator(mode="after")
    def _bounded(self) -> Batch:
        if self.size is None and self.delay is None:
            raise ValueError("give a size, a delay or both: a batch needs a bound")
        return self


class Queue(Options):
    """How much may wait between two stages."""

    max_timestamp_batches: int = Field(10, ge=1)
    """Batches of timestamps waiting for the event stage."""
    max_event_batches: int = Field(10, ge=1)
    """Batches of events waiting for one network output, before they spill to disk."""
    max_event_bytes: ByteSize = Field(ByteSize(32 * MIB), ge=1)
    """Bytes of events waiting for one network output, before they spill to disk."""


class Settings(Options):
    """Everything that is said of a run outside the generator's file."""

    id: str = Field("", description="")
    """Name of the generator in logs, reports and seeds. Default: the name of its folder."""
    path: Path
    """The generator's file."""
    live_mode: bool = True
    """Release each event at its own time; otherwise (sample mode) as fast as possible."""
    speed: float = Field(1.0, gt=0, le=1e9, allow_inf_nan=False)
    """Live mode: how many times as fast as the clock event time runs, from the start of the run."""
    skip_past: bool = True
    """Live mode: leave out timestamps that are already past."""
    params: dict[str, Any] = {}
    """Values for the ``${params.name}`` tokens."""
    timezone: Annotated[str, Field(min_length=3), AfterValidator(_known_timezone)] = "UTC"
    """IANA name of the zone in which schedules are meant and events are stamped."""
    batch: Batch = Field(default_factory=Batch, validate_default=True)
    queue: Queue = Field(default_factory=Queue)
    keep_order: bool = False
    """Send to each network output one request at a time, in order."""
    max_concurrency: int = Field(100, ge=1)
    """Most requests in flight over all network outputs; none holds more than half of them."""
    write_timeout: int = Field(10, ge=1)
    """Seconds after which a request is given up, and tried again as the output's `retry` says."""
    seed: int | None = None
    """Root of all randomness. Default: drawn, and reported."""
    now: Text | None = None
    """ISO time that ``now`` means throughout. Default: the start of the run, and reported."""
    max_events: int | None = Field(None, ge=1)
    """End after so many events."""
    duration: Text | None = None
    """End after so much event time, such as ``90s``, ``10m`` or ``1h30m``."""
    since: Text | None = None
    """Begin with the timestamps at or after this moment, also where they are past."""
    until: Text | None = None
    """End with the timestamps at or before this moment."""
    policy: Literal["trusted", "restricted"] = "trusted"
    """Whether templates may run any code, or only what is known to be harmless."""

    @property
    def zone(self) -> ZoneInfo:
        """The timezone itself."""
        return ZoneInfo(self.timezone)

    @property
    def name(self) -> str:
        """The id, or what stands for it: the name of the file's folder, never a path."""
        return self.id or self.path.absolute().parent.name or "generator"


class Retry(Options):
    """When a failed request is tried again: exponential back-off with full jitter."""

    attempts: int = Field(10, ge=1)
    """Most tries in all; 1 means no retry."""
    initial_delay: float = Field(0.1, gt=0)
    """Seconds before the second try; each later wait may be twice as long."""
    max_delay: float = Field(10.0, gt=0)
    """Longest wait between two tries, in seconds."""


class Lane(Options):
    """Where a network output's events wait while it is slow or down."""

    spill: ByteSize = Field(ByteSize(1024 * MIB), ge=0)
    """Size of the file that takes what the queue cannot hold; 0 means no file."""
    when_full: Literal["block", "dead_letter", "drop"] = "block"
    """When the file is full too: slow the whole run down, or give up the new events."""


class Delivery(Options):
    """What one output owes its events."""

    retry: Retry = Field(default_factory=Retry)
    on_failure: Literal["drop", "dead_letter", "stop"] = "drop"
    """When no retry is left: count and report the event as lost, keep it in `dead_letters`, or
    end the run."""
    dead_letters: Path = Path("dead-letters.jsonl")
    """File for events that could not be delivered, one JSON object a line; relative to the
    generator's folder."""
    lane: Lane = Field(default_factory=Lane)


DELIVERY_KEYS = frozenset(Delivery.model_fields)
"""Keys of an output that belong to the pipeline and never reach the plugin."""


@dataclass(frozen=True, slots=True)
class Sink:
    """An output with what the pipeline does for it."""

    plugin: OutputPlugin | LocalOutputPlugin
    formatter: Formatter
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class GeneratorConfig:
    """A generator's file, read and validated: it holds the plugins."""

    path: Path
    """Absolute path of the file; its folder is the base of relative paths."""
    inputs: tuple[InputPlugin | TriggerPlugin, ...]
    event: EventPlugin
    outputs: tuple[Sink, ...]
    document: Mapping[str, Any]
    """What the file said, tokens replaced: may hold secrets, so it is never shown."""
