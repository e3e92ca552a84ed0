"""Every workload, end to end, beside the straightforward way of doing it and its floor."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.measuring import measured
from benchmarks.results import Results
from benchmarks.workloads import WORKLOADS


@pytest.mark.parametrize("name", WORKLOADS)
def test_workload(name: str, results: Results, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    rounds, seconds = (pytestconfig.getoption(key) for key in ("rounds", "seconds"))
    results.add_workload(name, measured(name, tmp_path, rounds, seconds))
