"""The shapes of requests and responses; the docstring below a field is its description."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from eventum_core.config import Settings


class GeneratorParameters(Settings):
    """The settings of a generator. A relative path belongs to the folder of generators."""

    id: str = Field(min_length=1)
    """Name of the generator; the one in the address of a request wins."""


class Shape(BaseModel):
    """Base of the responses."""

    model_config = ConfigDict(frozen=True)


class GeneratorStatus(Shape):
    """What a generator is doing; all false before its first start."""

    is_initializing: bool
    """Its configuration is being loaded."""
    is_running: bool
    is_ended_up: bool
    """It was started and has ended, one way or another."""
    is_ended_up_successfully: bool
    """It ended by itself or was stopped."""
    is_stopping: bool
    error: str
    """Why the latest start or run failed; empty if it did not."""


class GeneratorInfo(Shape):
    """A generator and what it is doing."""

    id: str
    path: str
    """The generator's file, relative to the folder of generators where it lies inside."""
    status: GeneratorStatus
    start_time: datetime | None
    """When the latest run began."""


class InputStats(Shape):
    """What one input gave."""

    plugin_name: str
    plugin_id: int
    """Place among the inputs of the file, from 1."""
    generated: int
    """Timestamps released to the event stage."""
    error: str
    """Why it ended early; empty if it did not."""


class EventStats(Shape):
    """What the event stage made of its timestamps."""

    plugin_name: str
    plugin_id: int = 1
    produced: int
    produce_failed: int
    """Timestamps whose production failed."""
    dropped: int
    """Timestamps without an event on purpose."""
    abandoned: int
    """Timestamps released but never produced, because the run was cut short."""


class OutputStats(Shape):
    """What one output did with its events."""

    plugin_name: str
    plugin_id: int
    """Place among the outputs of the file, from 1."""
    written: int
    write_failed: int
    format_failed: int
    abandoned: int
    """Neither written nor refused when the run was cut short."""
    dead_lettered: int
    """Those of the failed that lie in the dead-letter file."""
    retries: int
    spilled: int
    """Events that waited in the spill file on their way."""
    lateness: dict[str, float]
    """Live mode: seconds from timestamp to delivery, at `p50`, `p99` and `max`."""


class Stats(Shape):
    """The counters of a run that is under way, or of the latest one."""

    id: str
    start_time: datetime | None
    input: list[InputStats]
    event: EventStats
    output: list[OutputStats]
    total_generated: int
    total_written: int
    """Sum over all outputs."""
    uptime: float
    """Seconds that the run has taken."""
    input_eps: float
    """Timestamps a second, on average."""
    output_eps: float
    """Written events a second, on average over the run and summed over all outputs."""
    ended: str
    """`running`, or how it ended: `complete`, `exhausted`, `limit`, `stopped`, `failed`."""
    seed: int
    """With `now`, repeats the run."""
    now: datetime
    errors: list[str]
    """The first few different causes of failures, each with how often it came."""


class BulkStart(Shape):
    """What came of starting several generators."""

    running_generator_ids: list[str]
    non_running_generator_ids: list[str]
    """Those that failed, and ids that nobody has."""


class Counts(Shape):
    """How many generators there are, by what they do."""

    total: int
    initializing: int
    running: int
    ended: int
    failed: int
    """Of the ended: those that did not end successfully."""


class Health(Shape):
    """The state of the server as a whole."""

    status: Literal["ok"] = "ok"
    generators: Counts


class Condition(Shape):
    """Whether the server can do its work."""

    status: Literal["ok", "starting"]


class Failure(Shape):
    """Why a request was refused."""

    detail: str


def may_fail(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Return what a route says of the errors that it may answer with."""
    return {code: {"model": Failure} for code in codes}
