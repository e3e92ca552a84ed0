"""Start-up: processor time and memory of what people wait for."""

from __future__ import annotations

import shutil
from pathlib import Path
from statistics import median

import pytest
from benchmarks.measuring import spawn
from benchmarks.results import Results
from benchmarks.workloads import OURS, SHIPPED

RUNS = 5
ONE = ["--no-live-mode", "--max-events", "1", "--seed", "1", "-q"]
GENERATE = ["-m", "eventum_core", "generate", "security-log/generator.yml", *ONE]
PYTEST = ["-m", "pytest", "-q", "test_nothing.py"]

CASES = {
    "python -c pass": ["-c", "pass"],
    "eventum --help": ["-m", "eventum_core", "--help"],
    "one event of 12 templates, cold": GENERATE,
    "one event of 12 templates, warm": GENERATE,
    "preview, one event of orders": ["-m", "eventum_core", "preview", "orders", "-n1"],
    "pytest, one empty test, without the plugin": PYTEST,
    "pytest, one empty test, with the plugin": [*PYTEST, "-p", "eventum"],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the commands run."""
    (tmp_path / "test_nothing.py").write_text("def test_nothing(): pass\n")
    shutil.copytree(OURS / "security-log", tmp_path / "security-log")
    shutil.copytree(SHIPPED / "orders", tmp_path / "orders")
    return tmp_path


@pytest.mark.parametrize("name", CASES)
def test_startup(name: str, folder: Path, results: Results) -> None:
    """Processor seconds, each time with an empty cache of templates or always with a full one."""
    run(name, folder, "cache")
    caches = [f"cache-{number}" if "cold" in name else "cache" for number in range(RUNS)]
    seconds = [run(name, folder, cache) for cache in caches]
    results.add("start-up", name, **{"CPU seconds": median(seconds)})


def run(name: str, folder: Path, cache: str) -> float:
    # Other plugins that happen to be installed would be measured as well.
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    return spawn(*CASES[name], folder=folder, XDG_CACHE_HOME=str(folder / cache), **alone).cpu
