"""By the calendar: instants that match a cron expression.

Where clocks are set forward or back, ascending order is kept and no instant comes twice:

- a schedule of every hour (``30 * * * *``) keeps its pace: it takes both passes through the hour
  that is repeated, and has no tick in the hour that is skipped;
- a schedule of certain hours (``30 2 * * *``) keeps its count: of the repeated hour it takes the
  first pass alone, and its ticks in a skipped hour become one tick at the end of the gap.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo

import numpy as np
from pydantic import Field, field_validator, model_validator

from eventum_core.inputs.arrays import copies, resized
from eventum_core.inputs.crontab import Crontab, read
from eventum_core.inputs.jitter import Jitter, check_held, delayed, longest
from eventum_core.inputs.zones import DAY, SECOND, Span, spans
from eventum_core.plugin import InputPlugin, Run
from eventum_core.when import Never, When, check_range, resolve_range

if TYPE_CHECKING:
    from eventum_core.inputs.arrays import Instants
    from eventum_core.model import Times

_ROOM = 16_384
"""Ticks that are worked out at once, but always at least a day's."""


class Cron(InputPlugin):
    """Give an instant for each tick of a cron expression, both ends of the range included."""

    name = "cron"

    expression: str
    """Minute, hour, day of month, month, day of week, and perhaps a second and a year: the second
    comes last. If both days are restricted, either is enough. `R` is a random value, fixed for
    the run. `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly` are understood."""
    count: int = Field(gt=0)
    """How many instants at each tick."""
    start: When | None = None
    """The earliest tick. Default: the start of the run."""
    end: When | None = None
    """The latest tick; a relative one counts from the start. Default: there is no end."""
    jitter: Jitter = 0.0
    """Each instant comes later than its tick by a random time below this: seconds, or a text such
    as `90s` or `1h30m`. `start` and `end` bound the ticks, which may so come after `end`."""

    @field_validator("expression")
    @classmethod
    def _readable(cls, expression: str) -> str:
        read(expression, Random(0))
        return expression

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        check_range(self.start, self.end)
        check_held(self.jitter, self.count)
        return self

    def timestamps(self, run: Run) -> Iterator[Times]:
        """Yield the ticks, each as soon as the stretch of the calendar with it is searched."""
        start, end = resolve_range(
            self.start, self.end, now=run.now, default=run.start, zone=run.zone
        )
        present = start if run.past is None else run.past
        # What was due a moment ago may have been delayed until after the present.
        begin = max(start, present - longest(self.jitter))
        crontab = read(self.expression, run.random)
        ticks = resized(_ticks(crontab, -(-begin // SECOND), end // SECOND, run.zone))
        if self.jitter:
            yield from delayed(ticks, self.count, self.jitter, run, present)
        else:
            yield from copies(ticks, self.count)

    def endless(self) -> bool:
        """Tell whether neither an end nor the expression's years bound the schedule."""
        open_end = self.end is None or isinstance(self.end, Never)
        return open_end and "*" in read(self.expression, Random(0)).years


def _ticks(crontab: Crontab, first: int, last: int, zone: ZoneInfo) -> Iterator[Instants]:
    """Yield the ticks between two seconds, inclusive, in microseconds since the epoch."""
    if not crontab.ever():
        return
    final = crontab.last_second()
    last = last if final is None else min(last, final)
    # A clock that was set back before the start tells which pass through an hour this is.
    for span in spans(zone, first - DAY, last + 1):
        for local in _in_span(crontab, span):
            seconds = local - span.offset
            yield seconds[np.searchsorted(seconds, first) :] * SECOND


def _in_span(crontab: Crontab, span: Span) -> Iterator[Instants]:
    """Yield the local ticks of a span, in seconds."""
    begin, end = span.begin + span.offset, span.end + span.offset
    if span.change < 0 and not crontab.every_hour:
        begin -= span.change
    if span.change > 0 and not crontab.every_hour:
        moved = _moved(crontab, begin - span.change, begin)
        if moved is not None and moved < end:
            yield np.array([moved])
            begin = moved + 1
    yield from _between(crontab, begin, end)


def _moved(crontab: Crontab, gap: int, end: int) -> int | None:
    """Return where the first tick of a gap goes: to its end, with the second it had."""
    skipped = next((int(ticks[0]) for ticks in _between(crontab, gap, end) if len(ticks)), None)
    return None if skipped is None else end + skipped % 60


def _between(crontab: Crontab, begin: int, end: int) -> Iterator[Instants]:
    """Yield what an undisturbed clock would tick from `begin` up to `end`, exclusive."""
    days = crontab.days(begin // DAY, (end - 1) // DAY)
    group = max(1, _ROOM // len(crontab.seconds))
    for at in range(0, len(days), group):
        ticks = np.add.outer(days[at : at + group] * DAY, crontab.seconds).ravel()
        yield ticks[np.searchsorted(ticks, begin) : np.searchsorted(ticks, end)]
