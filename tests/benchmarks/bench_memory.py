"""Peak memory of short runs and long ones: it must not grow with the number of events."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from benchmarks.measuring import prepared, spawn
from benchmarks.results import MIB, Results


@pytest.mark.parametrize("name", ["constant", "web-access"])
def test_memory(name: str, long: bool, results: Results, tmp_path: Path) -> None:
    """100,000 events beside ten million (--long), or 20,000 beside 100,000."""
    folder = prepared(name, tmp_path)
    few, many = (100_000, 10_000_000) if long else (20_000, 100_000)
    peaks = [peak(name, folder, count) for count in (few, many)]
    growth = peaks[1] - peaks[0]
    results.add("memory", name, events=many, **{"MB": peaks[1], f"more than for {few}": growth})


def peak(name: str, folder: Path, count: int) -> float:
    """Return the peak of resident memory in MiB."""
    command = ("-m", "benchmarks.child", "engine", name, str(folder), str(count))
    return float(json.loads(spawn(*command, folder=folder).output)["peak"]) / MIB
