"""Faker with short cuts beside Faker itself: methods, a line of nine of them, a new instance."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import geometric_mean, median
from typing import Any
from zoneinfo import ZoneInfo

import faker
import pytest
from benchmarks.conftest import table

from eventum_core.events.template.bundled_faker import FakerModule
from eventum_core.plugin import Run
from eventum_core.seeds import Seeds

ROUNDS = 5
SECONDS = 0.01
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LOCALES = ["en_US", "de_DE", "ja_JP", "pl_PL"]
LINE = ["name", "user_name", "email", "ipv4", "city", "company", "phone_number", "domain_name"]
LINE += ["user_agent"]
METHODS = [*LINE, "first_name", "address", "job", "sentence", "text", "word", "bothify", "iban"]
METHODS += ["date_time_between", "date_this_year", "uuid4", "url", "mac_address", "random_int"]

Call = Callable[[], object]


def module() -> FakerModule:
    """Return ``module.faker`` of a new run."""
    run = Run(
        generator="bench",
        now=NOW,
        start=NOW,
        zone=ZoneInfo("UTC"),
        seeds=Seeds(1, "bench"),
        base=Path(),
        random=Random(1),
    )
    return FakerModule(run)


def stock(locale: str) -> faker.Faker:
    made = faker.Faker(locale)
    made.seed_instance(1)
    return made


def micros(call: Call) -> float:
    """Return the processor time of a call in microseconds."""
    count = 1
    while (used := seconds(call, count)) < SECONDS:
        count *= 2
    return used / count * 1e6


def seconds(call: Call, count: int) -> float:
    """Return the processor time of so many calls."""
    began = time.process_time()
    for _ in range(count):
        call()
    return time.process_time() - began


def compared(name: str, one: Call, other: Call) -> tuple[float, list[str]]:
    """Return how many times as long the first takes, and a row that tells so."""
    one(), other()
    pairs = [(micros(one), micros(other)) for _ in range(ROUNDS)]
    ratio = median(first / second for first, second in pairs)
    times = [f"{median(column):.2f}" for column in zip(*pairs, strict=True)]
    return ratio, [name, *times, f"{ratio:.1f}"]


def call_of(made: Any, name: str) -> Call:
    # The attribute is looked up for every call, as a template does.
    return lambda: getattr(made, name)()


def line_of(made: Any) -> Call:
    return lambda: " ".join([getattr(made, name)() for name in LINE])


@pytest.mark.parametrize("locale", LOCALES)
def test_methods(locale: str) -> None:
    """Microseconds per call, and how many times as fast."""
    theirs, ours = stock(locale), module().locale[locale]
    found = [
        compared(name, call_of(theirs, name), call_of(ours, name))
        for name in METHODS
        if hasattr(theirs, name)
    ]
    _, line = compared(f"line of {len(LINE)}", line_of(theirs), line_of(ours))
    mean = geometric_mean(ratio for ratio, _ in found)
    rows = [*(row for _, row in found), ["geometric mean", "", "", f"{mean:.1f}"], line]
    table(f"{locale}, Faker {faker.VERSION}", ["method", "Faker, µs", "ours, µs", "×"], rows)


def test_creation() -> None:
    """Microseconds for the first instance of a run, and for another of the same locale."""
    run = module()
    cases: list[tuple[str, Call]] = [
        ("first of a run", lambda: module().locale["en_US"]),
        ("another", lambda: run.Faker("en_US")),
    ]
    rows = [compared(name, lambda: faker.Faker("en_US"), call)[1] for name, call in cases]
    table("A new instance", ["", "Faker, µs", "ours, µs", "×"], rows)
