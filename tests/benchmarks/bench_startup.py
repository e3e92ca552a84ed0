"""Start-up: processor time and imports of the commands people wait for."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks.conftest import table

RUNS = 7


def cpu(*command: str, cwd: Path) -> float:
    """Return the median user and system seconds of a command, as a child process."""
    seconds = []
    for _ in range(RUNS):
        before = os.times()
        subprocess.run([sys.executable, *command], cwd=cwd, capture_output=True, check=True)
        after = os.times()
        used = after.children_user - before.children_user
        seconds.append(used + after.children_system - before.children_system)
    return statistics.median(seconds)


def test_startup(root: Path, tmp_path: Path) -> None:
    """Compare with an interpreter that does nothing."""
    project = root / "fixtures" / "projects" / "orders" / "generator.yml"
    empty = tmp_path / "test_nothing.py"
    empty.write_text("def test_nothing(): pass\n")
    cases = {
        "python -c pass": ("-c", "pass"),
        "eventum --help": ("-m", "eventum_core", "--help"),
        "eventum preview, one event of orders": (
            "-m",
            "eventum_core",
            "preview",
            str(project),
            "-n1",
        ),
        "pytest, one empty test, without the plugin": (
            "-m",
            "pytest",
            "-p",
            "no:eventum",
            str(empty),
        ),
        "pytest, one empty test, with the plugin": ("-m", "pytest", str(empty)),
    }
    rows = [[name, f"{cpu(*command, cwd=tmp_path):.3f}"] for name, command in cases.items()]
    table(f"Start-up, CPU seconds, median of {RUNS}", ["command", "seconds"], rows)
