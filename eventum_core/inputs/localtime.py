"""Many moments at once as instants; those without an offset are a zone's clock readings.

Where clocks are set back, a reading is the first of the two; where they are set forward, a skipped
one moves on by the length of the gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from eventum_core.clock import EPOCH, MICROSECOND, micros
from eventum_core.errors import RunError
from eventum_core.when import latest

if TYPE_CHECKING:
    from eventum_core.inputs.arrays import Instants

DAY = 86_400_000_000
_NAIVE_EPOCH = EPOCH.replace(tzinfo=None)
_FIRST = datetime(1, 1, 1)


def instants_of(moments: Sequence[datetime], zone: ZoneInfo) -> Instants:
    """Return moments in microseconds since the epoch, in their order.

    Raises `RunError` if one is not within the years 1 to 9999, both in `zone` and in UTC.
    """
    naive = np.array([moment.tzinfo is None for moment in moments], bool)
    instants = np.array([_number(moment) for moment in moments], np.int64)
    instants[naive] -= _offsets(instants[naive], zone)
    outside = (instants < _earliest(zone)) | (instants > latest(zone))
    if outside.any():
        moment = moments[int(np.argmax(outside))]
        raise RunError(f"'{moment}' lies beyond the years 1 to 9999")
    return instants


def _number(moment: datetime) -> int:
    """Return a moment in microseconds; without an offset, as if it were one of UTC."""
    return (moment - (_NAIVE_EPOCH if moment.tzinfo is None else EPOCH)) // MICROSECOND


def _earliest(zone: ZoneInfo) -> int:
    return max(micros(_FIRST.replace(tzinfo=place)) for place in (zone, UTC))


def _offsets(readings: Instants, zone: ZoneInfo) -> Instants:
    """Return how far `zone` is east of UTC at readings of its clock, in microseconds.

    Only on a day at whose ends the offsets differ is each reading looked up on its own.
    """
    days, places = np.unique(readings // DAY, return_inverse=True)
    mornings = np.array([_offset(day * DAY, zone) for day in days.tolist()], np.int64)
    evenings = np.array([_offset(day * DAY + DAY - 1, zone) for day in days.tolist()], np.int64)
    offsets = mornings[places]
    changing = (mornings != evenings)[places]
    offsets[changing] = [_offset(reading, zone) for reading in readings[changing].tolist()]
    return offsets


def _offset(reading: int, zone: ZoneInfo) -> int:
    there = (_NAIVE_EPOCH + timedelta(microseconds=reading)).replace(tzinfo=zone)
    return (there.utcoffset() or timedelta()) // MICROSECOND
