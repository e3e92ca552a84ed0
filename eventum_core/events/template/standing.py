"""A clock that stands at the run's now, in the shape of the standard library's own."""

from __future__ import annotations

import datetime as datetimes
import random
import time
import uuid
from datetime import UTC, date, datetime, tzinfo
from random import Random
from typing import Any

from eventum_core.clock import micros
from eventum_core.plugin import Run
from eventum_core.stdlib import altered, random_of, uuid_of


def replacements(run: Run, draws: Random) -> dict[int, Any]:
    """Return what stands for the library's clock and chance, by the `id` of what it replaces."""
    moments, days = standing_datetime(run.now), standing_date(run.now)
    clock = _time_at(run.now)
    uuids = uuid_of(run, draws)
    pairs: list[tuple[Any, Any]] = [
        (datetime, moments),
        (date, days),
        (datetimes, altered(datetimes, {"datetime": moments, "date": days})),
        (time, altered(time, clock)),
        *((getattr(time, name), function) for name, function in clock.items()),
        (random, random_of(draws)),
        (uuid, uuids),
        (uuid.uuid4, uuids.uuid4),
    ]
    return {id(old): new for old, new in pairs}


def standing_datetime(now: datetime) -> type[datetime]:
    """Return a stand-in for the class `datetime`; its instances are plain datetimes.

    A naive now is the wall time of the zone of `now`, as if the host were there.
    """

    class Standing(datetime, metaclass=_Alias):
        def __new__(cls, *args: Any, **kwargs: Any) -> Any:
            return datetime(*args, **kwargs)

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return now.replace(tzinfo=None) if tz is None else now.astimezone(tz)

        @classmethod
        def today(cls) -> Any:
            return now.replace(tzinfo=None)

        @classmethod
        def utcnow(cls) -> Any:
            return now.astimezone(UTC).replace(tzinfo=None)

    return Standing


def standing_date(now: datetime) -> type[date]:
    """Return a stand-in for the class `date`; its instances are plain dates."""

    class Standing(date, metaclass=_Alias):
        def __new__(cls, *args: Any, **kwargs: Any) -> Any:
            return date(*args, **kwargs)

        @classmethod
        def today(cls) -> Any:
            return now.date()

    return Standing


class _Alias(type):
    """A class that counts the instances of its base as its own."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls.__bases__)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, cls.__bases__)


def _time_at(now: datetime) -> dict[str, Any]:
    nanoseconds = micros(now) * 1000
    return {"time": lambda: nanoseconds / 1e9, "time_ns": lambda: nanoseconds}
