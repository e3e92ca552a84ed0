"""Delays of chance: each instant of a schedule comes a little later than it is due."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import numpy as np
from pydantic import BeforeValidator, Field

from eventum_core.inputs.arrays import LARGEST
from eventum_core.inputs.draws import hashed, key, uniform
from eventum_core.plugin import Run
from eventum_core.when import latest, parse_duration

if TYPE_CHECKING:
    from eventum_core.inputs.arrays import Instants
    from eventum_core.model import Times

LONGEST = 31 * 86_400
"""Seconds. Whatever is due within the jitter is held until its order is known."""
MOST = 1_000_000
"""Instants of one tick that can be delayed: they too are held, all of them."""


def _seconds(value: Any) -> Any:
    return parse_duration(value).total_seconds() if isinstance(value, str) else value


Jitter: TypeAlias = Annotated[
    float,
    BeforeValidator(_seconds, json_schema_input_type=float | str),
    Field(ge=0, le=LONGEST, allow_inf_nan=False),
]
"""Seconds; as an option also a text such as ``5m``."""


def check_held(jitter: float, count: int) -> None:
    """Raise `ValueError` if more instants of one tick would have to be held than can be."""
    if jitter and count > MOST:
        raise ValueError(f"jitter can spread at most {MOST} instants per tick; lower count")


def longest(jitter: float) -> int:
    """Return the longest delay in microseconds."""
    return round(jitter * 1_000_000)


def delayed(
    ticks: Iterable[Instants], count: int, jitter: float, run: Run, first: int | None = None
) -> Iterator[Times]:
    """Yield `count` instants per tick, each up to `jitter` seconds after it, in ascending order.

    A delay depends on the seed, the tick and the number of the copy alone, so a schedule that
    begins later has the same ones. Instants before `first` are left out.
    """
    last = latest(run.zone)
    moved = _moved(ticks, count, longest(jitter), key(run, "jitter"))
    for instants in _sorted(moved):
        begin = 0 if first is None else np.searchsorted(instants, first)
        wanted = instants[begin : np.searchsorted(instants, last, side="right")]
        for at in range(0, len(wanted), LARGEST):
            yield wanted[at : at + LARGEST].astype("datetime64[us]")


def _moved(
    ticks: Iterable[Instants], count: int, below: int, stream: int
) -> Iterator[tuple[int, Instants]]:
    """Yield, for a few ticks at a time, the last of them and the delayed instants of all."""
    group = max(1, LARGEST // count)
    numbers = np.arange(count)
    for array in ticks:
        for at in range(0, len(array), group):
            due = array[at : at + group, np.newaxis]
            draws = uniform(hashed(hashed(stream, due), numbers))
            yield int(due[-1, 0]), (due + (draws * below).astype(np.int64)).ravel()


def _sorted(moved: Iterable[tuple[int, Instants]]) -> Iterator[Instants]:
    """Yield instants in ascending order: those that no later tick can precede."""
    held = np.empty(0, np.int64)
    for tick, instants in moved:
        held = np.concatenate([held, np.sort(instants)])
        held.sort(kind="stable")  # which merges two ascending runs in linear time
        ready = np.searchsorted(held, tick, side="right")
        yield held[:ready]
        held = held[ready:]
    yield held
