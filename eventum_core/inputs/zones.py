"""Where a zone's clock stands: stretches of constant offset, and local times of many instants."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from eventum_core.clock import EPOCH

if TYPE_CHECKING:
    from eventum_core.inputs.arrays import Instants

DAY = 86_400
SECOND = 1_000_000
"""Microseconds."""
_FURTHEST = 1024 * DAY
_SETTLED = 130 * 366 * DAY
"""From about the year 2100 on, zones follow their last rule, with months between two changes."""
_CALENDAR = (-62_135_424_000, 253_402_128_000)
"""Seconds between which any zone's local time is within the years 1 to 9999."""


class Span(NamedTuple):
    """A stretch of time in which the zone's offset is constant; seconds since the epoch, UTC."""

    begin: int
    end: int
    """Exclusive."""
    offset: int
    """Seconds east of UTC."""
    change: int
    """Seconds by which the clock was set forward at the beginning; negative if back."""


def spans(zone: ZoneInfo, begin: int, end: int) -> Iterator[Span]:
    """Yield the time from `begin` to `end` in spans, the first ones shorter than the later."""
    offset, change, reach = _offset(zone, begin), 0, DAY
    while begin < end:
        stop = _next_change(zone, begin, min(begin + reach, end))
        yield Span(begin, stop, offset, change)
        after = _offset(zone, stop)
        offset, change = after, after - offset
        begin, reach = stop, min(2 * reach, _FURTHEST)


def local_seconds(zone: ZoneInfo, instants: Instants) -> Instants:
    """Return what the zone's clock shows at ascending instants (microseconds, UTC).

    The result counts whole seconds from the clock's own 1970-01-01 00:00, shape ``(n,)``.
    """
    seconds = instants // SECOND
    if not len(seconds):
        return seconds
    there = list(spans(zone, int(seconds[0]), int(seconds[-1]) + 1))
    which = np.searchsorted([span.begin for span in there], seconds, side="right") - 1
    local: Instants = seconds + np.array([span.offset for span in there])[which]
    return local


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
