"""What templates call most, one call at a time, beside the obvious way of writing it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from time import process_time
from timeit import timeit
from typing import Any

import jinja2
import pytest
from benchmarks.baseline_rand import rand as plain
from benchmarks.baseline_samples import Samples as PlainSamples
from benchmarks.results import Results
from benchmarks.workloads import OURS

from eventum_core.events.template.rand import Rand
from eventum_core.events.template.samples import CsvSample, load_samples

CALLS, ROUNDS = 5_000, 20
STAMP = datetime(2026, 1, 5, 9, 30, 15, 123456, tzinfo=UTC)
PATH = Path("services.csv")

CASES: dict[str, Callable[[Any, Any], Any]] = {
    "number.integer": lambda rand, table: rand.number.integer(1, 100),
    "weighted_choice, 3 items": lambda rand, table: rand.weighted_choice([1, 2, 3], [6, 3, 1]),
    "choice, 5 items": lambda rand, table: rand.choice([1, 2, 3, 4, 5]),
    "chance": lambda rand, table: rand.chance(0.5),
    "crypto.uuid4": lambda rand, table: rand.crypto.uuid4(),
    "network.ip_v4_public": lambda rand, table: rand.network.ip_v4_public(),
    "string.hex(16)": lambda rand, table: rand.string.hex(16),
    "string.digits(8)": lambda rand, table: rand.string.digits(8),
    "sample.pick": lambda rand, table: table.pick(),
    "sample.weighted_pick": lambda rand, table: table.weighted_pick("weight"),
    "sample.where": lambda rand, table: table.where(team="payments"),
    "row.field": lambda rand, table: table[3].team,
}


def ours() -> tuple[Any, Any]:
    random = Random(1)
    source = CsvSample(type="csv", source=PATH, header=True)
    return Rand(random), load_samples({"services": source}, OURS / "document", random)["services"]


def obvious() -> tuple[Any, Any]:
    options = {"services": {"type": "csv", "source": PATH}}
    return plain, PlainSamples(options, OURS / "document").services


@pytest.mark.parametrize("name", CASES)
def test_helper(name: str, results: Results) -> None:
    """Nanoseconds of a call, that of the function which makes it included."""
    call = CASES[name]
    quick, slow = timed(partial(call, *ours()), partial(call, *obvious()))
    results.add("helpers", name, **{"ns": quick, "obvious ns": slow, "ratio": slow / quick})


@pytest.mark.parametrize("source", ["{{ text | tojson }}", "{{ stamp.isoformat() }}", "{{ text }}"])
def test_stock_jinja(source: str, results: Results) -> None:
    """What one expression costs where Jinja2 renders it: most of it is the render itself."""
    template = jinja2.Environment().from_string(source)
    (cost,) = timed(partial(template.render, text="a <short> text", stamp=STAMP))
    results.add("stock render", source, ns=cost)


def timed(*calls: Callable[[], object]) -> list[float]:
    """Return the nanoseconds of each call: the best round of several, taken in turn."""
    rounds = [
        [timeit(call, timer=process_time, number=CALLS) / CALLS * 1e9 for call in calls]
        for _ in range(ROUNDS)
    ]
    return [min(column) for column in zip(*rounds, strict=True)]
