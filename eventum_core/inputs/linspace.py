"""Evenly spread: so many instants from a start to an end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Self

import numpy as np
from pydantic import Field, field_validator, model_validator

from eventum_core.inputs.arrays import copies, growing
from eventum_core.plugin import InputPlugin, Run
from eventum_core.when import Never, When, check_range, resolve_range

if TYPE_CHECKING:
    from eventum_core.inputs.arrays import Instants
    from eventum_core.model import Times

MOST = 10**15
"""Instants: with more, the arithmetic would leave 64 bits."""


class Linspace(InputPlugin):
    """Give `count` instants at equal distances of elapsed time, cut to whole microseconds."""

    name = "linspace"

    start: When
    """The first instant."""
    end: When
    """The last instant, or the bound if `endpoint` is off; a relative one counts from `start`."""
    count: int = Field(ge=1, le=MOST)
    """How many; a single one is the start."""
    endpoint: bool = True
    """Whether `end` itself is an instant."""

    @field_validator("start", "end")
    @classmethod
    def _bounded(cls, moment: When) -> When:
        if isinstance(moment, Never):
            raise ValueError("never is too far away to spread instants up to; give a moment")
        return moment

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        check_range(self.start, self.end)
        return self

    def timestamps(self, run: Run) -> Iterator[Times]:
        """Yield the instants; those that are not after the present are skipped by arithmetic."""
        start, end = resolve_range(
            self.start, self.end, now=run.now, default=run.start, zone=run.zone
        )
        parts = max(1, self.count - self.endpoint)
        past = 0 if run.past is None else _reached(end - start, parts, run.past - start)
        steps = growing(past, self.count - 1)
        yield from copies((start + _distances(end - start, parts, *ends) for ends in steps), 1)


def _distances(length: int, parts: int, first: int, stop: int) -> Instants:
    """Return ``k · length // parts`` for k from `first` up to but not including `stop`.

    Split so that no product leaves 64 bits, however long the range and however many the parts.
    """
    whole, rest = divmod(length, parts)
    done, left = divmod(first * length, parts)
    k = np.arange(stop - first)
    return done + k * whole + (left + k * rest) // parts


def _reached(length: int, parts: int, elapsed: int) -> int:
    """Return how many of the instants ``k · length / parts``, k ≥ 0, are not after `elapsed`."""
    if elapsed < 0:
        return 0
    if not length:
        return parts + 1
    return -(-(elapsed + 1) * parts // length)
