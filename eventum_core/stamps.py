"""How instants are written: what ``isoformat`` and ``strftime`` give, sooner.

A zone's offset is asked for once a day, as asking is most of the cost. The day's own part of the
text is kept; only the time of day is written each time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

Write = Callable[[datetime], str]

_TWO = [f"{number:02}" for number in range(60)]
_DAY = timedelta(days=1)
_OF_THE_DAY = frozenset("%" + letter for letter in "aAbBdmYjuwUWVGzZ%")
_FIELDS = {"%H": "{0}", "%M": "{1}", "%S": "{2}", "%f": "{3:06}"}
_CLOCK = ["%H", ":", "%M", ":", "%S"]
_PIECE = re.compile("%.|[^%]+", re.DOTALL)


def iso_writer() -> Write:
    """Return a function that gives what ``isoformat()`` gives.

    It is meant for the aware datetimes of one run, which mostly come one day after the other.
    """

    def ends(stamp: datetime) -> tuple[str, str]:
        text = stamp.replace(hour=0, minute=0, second=0, microsecond=0).isoformat()
        return text[:11], text[19:]

    return _around_the_clock(ends, datetime.isoformat, micros=True)


def writer(format: str | None) -> Write:
    """Return a function that gives what ``strftime(format)`` gives; None means ``isoformat()``."""
    if format is None:
        return iso_writer()
    pieces = _PIECE.findall(format)
    known = all(piece in _FIELDS or piece in _OF_THE_DAY or "%" not in piece for piece in pieces)
    # A lone % at the end, and what C's function does not take for text, are the platform's affair.
    if not known or "".join(pieces) != format or not (format.isascii() and format.isprintable()):
        return lambda stamp: stamp.strftime(format)
    for place in range(len(pieces)):
        before, clock, after = pieces[:place], pieces[place : place + 5], pieces[place + 5 :]
        if clock == _CLOCK and not _FIELDS.keys() & {*before, *after}:
            return _between("".join(before), "".join(after), format)
    return _by_the_day(format)


def strftime_writer() -> Callable[[datetime, str], str]:
    """Return a function that gives what a datetime's ``strftime`` gives, for a few formats."""
    writers: dict[str, Write] = {}

    def write(stamp: datetime, format: str) -> str:
        found = writers.get(format)
        if found is None:
            found = writers[format] = writer(format)
        return found(stamp)

    return write


def is_steady(stamp: datetime) -> bool:
    """Return whether the zone's offset is the same from the start of the day to its end.

    No zone changes its clocks twice in a day.
    """
    first = stamp.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    try:
        offsets = {
            moment.replace(fold=fold).utcoffset()
            for moment in (first, first + _DAY)
            for fold in (0, 1)
        }
    except OverflowError:
        return False
    return len(offsets) == 1


def _between(before: str, after: str, format: str) -> Write:
    """Return the function for a format that has the time of day only between two others."""
    return _around_the_clock(
        lambda stamp: (stamp.strftime(before), stamp.strftime(after)),
        lambda stamp: stamp.strftime(format),
    )


def _around_the_clock(
    ends: Callable[[datetime], tuple[str, str]], whole: Write, *, micros: bool = False
) -> Write:
    """Return the function that writes hours, minutes and seconds between what the day settles.

    `ends` gives what stands before and after them, `whole` all of it where clocks change; `micros`
    adds microseconds if there are any.
    """
    day, begin, end, zone = 0, "", "", None

    def write(stamp: datetime) -> str:
        nonlocal day, begin, end, zone
        if (found := stamp.toordinal()) != day or stamp.tzinfo is not zone:
            zone = stamp.tzinfo
            day = found if is_steady(stamp) else 0
            if not day:
                return whole(stamp)
            begin, end = ends(stamp)
        time = f"{begin}{_TWO[stamp.hour]}:{_TWO[stamp.minute]}:{_TWO[stamp.second]}"
        if micros and (part := stamp.microsecond):
            return f"{time}.{part:06}{end}"
        return time + end

    return write


def _by_the_day(format: str) -> Write:
    """Return the function for a format of parts that the day settles, and plain parts of time."""
    day, kept, zone = 0, "", None

    def of_the_day(stamp: datetime) -> str:
        return "".join(
            _FIELDS.get(piece) or stamp.strftime(piece).replace("{", "{{").replace("}", "}}")
            for piece in _PIECE.findall(format)
        )

    def write(stamp: datetime) -> str:
        nonlocal day, kept, zone
        if (found := stamp.toordinal()) != day or stamp.tzinfo is not zone:
            zone = stamp.tzinfo
            day = found if is_steady(stamp) else 0
            if not day:
                return stamp.strftime(format)
            kept = of_the_day(stamp)
        return kept.format(
            _TWO[stamp.hour], _TWO[stamp.minute], _TWO[stamp.second], stamp.microsecond
        )

    return write
