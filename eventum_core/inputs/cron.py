"""By the calendar: instants that match a cron expression.

Where clocks are set forward or back, ascending order is kept and no instant comes twice:

- a schedule of every hour (``30 * * * *``) keeps its pace: it takes both passes through the hour
  that is repeated, and has no tick in the hour that is skipped;
- a schedule of certain hours (``30 2 * * *``) keeps its count: of the repeated hour it takes the
  first pass alone, and its ticks in a skipped hour become one tick at the end of the gap.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, NamedTuple, Self
from zoneinfo import ZoneInfo

import numpy as np
from pydantic import Field, field_validator, model_validator

from eventum_core.clock import EPOCH, micros
from eventum_core.inputs.arrays import copies, resized
from eventum_core.inputs.crontab import Crontab, read
from eventum_core.plugin import InputPlugin, Run
from eventum_core.when import Never, When, check_range, resolve_range

if TYPE_CHECKING:
    from eventum_core.inputs.arrays import Instants
    from eventum_core.model import Times

DAY = 86_400
_SECOND = 1_000_000
_ROOM = 16_384
"""Ticks that are worked out at once, but always at least a day's."""
_FURTHEST = 1024 * DAY
_SETTLED = 130 * 366 * DAY
"""From about the year 2100 on, zones follow their last rule, with months between two changes."""
_CALENDAR = (-62_135_424_000, 253_402_128_000)
"""Seconds between which any zone's local time is within the years 1 to 9999."""


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

    @field_validator("expression")
    @classmethod
    def _readable(cls, expression: str) -> str:
        read(expression, Random(0))
        return expression

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        check_range(self.start, self.end)
        return self

    def timestamps(self, run: Run) -> Iterator[Times]:
        """Yield the ticks, each as soon as the stretch of the calendar with it is searched."""
        start, end = resolve_range(
            self.start, self.end, now=run.now, default=run.start, zone=run.zone
        )
        if run.skip_past:
            start = max(start, micros(run.start))
        crontab = read(self.expression, run.random)
        ticks = _ticks(crontab, -(-start // _SECOND), end // _SECOND, run.zone)
        yield from copies(resized(ticks), self.count)

    def endless(self) -> bool:
        """Tell whether neither an end nor the expression's years bound the schedule."""
        open_end = self.end is None or isinstance(self.end, Never)
        return open_end and "*" in read(self.expression, Random(0)).years


class _Span(NamedTuple):
    """A stretch of time in which the zone's offset is constant; seconds since the epoch, UTC."""

    begin: int
    end: int
    """Exclusive."""
    offset: int
    """Seconds east of UTC."""
    change: int
    """Seconds by which the clock was set forward at the beginning; negative if back."""


def _ticks(crontab: Crontab, first: int, last: int, zone: ZoneInfo) -> Iterator[Instants]:
    """Yield the ticks between two seconds, inclusive, in microseconds since the epoch."""
    if not crontab.ever():
        return
    final = crontab.last_second()
    last = last if final is None else min(last, final)
    # A clock that was set back before the start tells which pass through an hour this is.
    for span in _spans(zone, first - DAY, last + 1):
        for local in _in_span(crontab, span):
            seconds = local - span.offset
            yield seconds[np.searchsorted(seconds, first) :] * _SECOND


def _in_span(crontab: Crontab, span: _Span) -> Iterator[Instants]:
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


def _spans(zone: ZoneInfo, begin: int, end: int) -> Iterator[_Span]:
    """Yield the time from `begin` to `end` in spans, the first ones shorter than the later."""
    offset, change, reach = _offset(zone, begin), 0, DAY
    while begin < end:
        stop = _next_change(zone, begin, min(begin + reach, end))
        yield _Span(begin, stop, offset, change)
        after = _offset(zone, stop)
        offset, change = after, after - offset
        begin, reach = stop, min(2 * reach, _FURTHEST)


def _next_change(zone: ZoneInfo, begin: int, limit: int) -> int:
    """Return the first second after `begin` at which the offset changes, at most `limit`."""
    offset = _offset(zone, begin)
    while begin < limit:
        step = DAY if begin < _SETTLED else 28 * DAY
        probe = min(begin + step, limit)
        if _offset(zone, probe) != offset:
            return _bisect(zone, begin, probe)
        begin = probe
    return limit


def _bisect(zone: ZoneInfo, before: int, after: int) -> int:
    """Return the second between the two at which the offset changes."""
    offset = _offset(zone, before)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == offset:
            before = middle
        else:
            after = middle
    return after


def _offset(zone: ZoneInfo, second: int) -> int:
    """Return the zone's offset from UTC at an instant, in seconds."""
    low, high = _CALENDAR
    there = (EPOCH + timedelta(seconds=min(max(second, low), high))).astimezone(zone)
    offset = there.utcoffset()
    return int(offset.total_seconds()) if offset else 0
