"""Inputs alone, merged, and as a generator's schedule: millions of timestamps a second."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from statistics import median
from time import process_time
from typing import TYPE_CHECKING, Any

import pytest
from benchmarks.results import Results

from eventum_core import Generator
from eventum_core.schedule import merged

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

COUNT = 2_000_000
LINSPACE = {"linspace": {"start": "now", "end": "+365d", "count": COUNT}}
TIMER = {"timer": {"seconds": 1, "count": 1}}
CRON = {"cron": {"expression": "* * * * * *", "count": 1}}
EVENTS = {"template": {"mode": "all", "templates": [{"event": {"inline": "x"}}]}}

ALONE = {
    "linspace": LINSPACE,
    "timer": TIMER,
    "cron, every second": CRON,
    "cron, every second minute": {"cron": {"expression": "*/2 * * * *", "count": 1}},
    "cron, working hours": {"cron": {"expression": "*/5 8-17 * * MON-FRI */10", "count": 1}},
    "cron, with jitter": {"cron": {"expression": "* * * * * *", "count": 1, "jitter": "2s"}},
    "poisson": {"poisson": {"rate": 10, "unit": "second"}},
}


def plan(*inputs: dict[str, Any]) -> Any:
    """Return what a sample run of these inputs would do."""
    document = {"input": list(inputs), "event": EVENTS, "output": [{"stdout": {}}]}
    settings: dict[str, Any] = {"live_mode": False, "seed": 1, "now": "2026-01-05T09:00:00Z"}
    return Generator.from_mapping(document, **settings)._plan(live=False)


def fail(position: int, error: Exception) -> None:
    raise error


def consume(arrays: Iterator[Any], wanted: int) -> int:
    """Take arrays of timestamps until there are enough; return how many came."""
    count = 0
    for times in arrays:
        count += len(times)
        if count >= wanted:
            break
    return count


def alone(prepared: Any, wanted: int) -> int:
    return consume(prepared.config.inputs[0].timestamps(prepared.run), wanted)


def together(prepared: Any, wanted: int) -> int:
    inputs = [(place, plugin, prepared.run) for place, plugin in enumerate(prepared.config.inputs)]
    return consume((span.times for span in merged(inputs, fail)), wanted)


def schedule(prepared: Any, wanted: int) -> int:
    batches = chain.from_iterable(prepared.schedule(fail))
    return consume((batch.times for batch in batches), wanted)


CASES = {
    **{name: (alone, [given], COUNT) for name, given in ALONE.items()},
    "three inputs merged": (together, [CRON, LINSPACE, TIMER], COUNT),
    "schedule of a timer": (schedule, [TIMER], COUNT),
    "schedule of three inputs": (schedule, [CRON, LINSPACE, TIMER], COUNT),
}


@pytest.mark.parametrize("name", CASES)
def test_timestamps(name: str, benchmark: BenchmarkFixture, results: Results) -> None:
    run, inputs, wanted = CASES[name]
    prepared, costs = plan(*inputs), []

    def measured() -> None:
        began = process_time()
        count = run(prepared, wanted)
        costs.append((process_time() - began) / count * 1e9)
        assert count >= wanted

    benchmark.pedantic(measured, rounds=5, warmup_rounds=1)
    results.add("inputs", name, **{"million/s": 1e3 / median(costs), "ns each": median(costs)})
