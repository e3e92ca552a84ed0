"""Baseline A: schedules as loops over datetimes, merged one instant at a time."""

from __future__ import annotations

import heapq
import random
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from croniter import croniter

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def instants(inputs: list[dict[str, Any]], now: datetime) -> Iterator[tuple[datetime, Any]]:
    """Yield (instant, tags) of all inputs in ascending order."""
    streams = []
    for item in inputs:
        ((kind, options),) = item.items()
        ticks = delayed(KINDS[kind](options, now), seconds(options.get("jitter", "0s")))
        copies = 1 if kind == "linspace" else options["count"]
        streams.append(tagged(ticks, copies, tuple(options.get("tags", ()))))
    return heapq.merge(*streams, key=lambda pair: pair[0])


def tagged(ticks: Iterator[datetime], copies: int, tags: Any) -> Iterator[tuple[datetime, Any]]:
    for tick in ticks:
        for _ in range(copies):
            yield tick, tags


def cron(options: Mapping[str, Any], now: datetime) -> Iterator[datetime]:
    ticks = croniter(options["expression"], now - timedelta(seconds=1))
    while True:
        yield ticks.get_next(datetime)


def timer(options: Mapping[str, Any], now: datetime) -> Iterator[datetime]:
    interval = timedelta(seconds=options["seconds"])
    tick = now
    while True:
        tick += interval
        yield tick


def linspace(options: Mapping[str, Any], now: datetime) -> Iterator[datetime]:
    step = timedelta(seconds=seconds(options["end"])) / (options["count"] - 1)
    for place in range(options["count"]):
        yield now + place * step


KINDS = {"cron": cron, "timer": timer, "linspace": linspace}


def seconds(text: str) -> float:
    """Return what a text such as ``30s`` or ``+12h`` means."""
    number, unit = re.fullmatch(r"\+?(\d+)([smhd])", text).groups()
    return timedelta(**{UNITS[unit]: int(number)}).total_seconds()


def delayed(ticks: Iterator[datetime], longest: float) -> Iterator[datetime]:
    """Yield each tick later by up to `longest` seconds, in order again."""
    if not longest:
        yield from ticks
        return
    waiting: list[datetime] = []
    for tick in ticks:
        while waiting and waiting[0] <= tick:
            yield heapq.heappop(waiting)
        heapq.heappush(waiting, tick + timedelta(seconds=random.uniform(0, longest)))
