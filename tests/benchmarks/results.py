"""Figures of one session: tables to paste, and JSON that `compare.py` reads."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sysconfig
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import geometric_mean
from typing import Any

from benchmarks.measuring import Series, ratios
from benchmarks.workloads import WORKLOADS

import eventum_core

MEASURED = Path(eventum_core.__file__).parent
MAIN = "workloads"
MIB = 1024 * 1024


class Results:
    """What has been measured so far, by section and row."""

    def __init__(self) -> None:
        self.sections: dict[str, dict[str, dict[str, float]]] = {}

    def add(self, section: str, row: str, **figures: float) -> None:
        self.sections.setdefault(section, {})[row] = figures

    def add_workload(self, name: str, series: dict[str, Series]) -> None:
        """Add a row of the main table."""
        ours, plain, floor = (series[role] for role in ("engine", "baseline", "floor"))
        self.add(
            MAIN,
            name,
            baseline_us=plain.median.micros,
            engine_us=ours.median.micros,
            floor_us=floor.median.micros,
            ratio=ratios(ours, plain),
            to_floor=1 / ratios(ours, floor),
            rate=ours.median.rate,
            peak=ours.median.peak,
            baseline_peak=plain.median.peak,
        )

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({**circumstances(), **self.sections}, indent=2) + "\n", "utf-8")

    def text(self) -> Iterator[str]:
        """Yield the lines of all tables."""
        about = circumstances()
        yield f"{about['python']} ({about['build']}), {about['machine']}"
        yield f"commit {about['commit']}, {about['date']}"
        for section, rows in sorted(self.sections.items(), key=lambda item: item[0] != MAIN):
            yield ""
            yield from workloads(rows) if section == MAIN else figures(section, rows)


def workloads(rows: dict[str, dict[str, float]]) -> Iterator[str]:
    """Yield the main table, and the mean of the projects."""
    head = "workload|A, µs|ours, µs|floor, µs|× A|wanted|× floor|events/s|MB|MB, A"
    yield from markdown(head.split("|"), (workload(name, row) for name, row in rows.items()))
    projects = [row["ratio"] for name, row in rows.items() if WORKLOADS[name].project]
    if projects:
        yield ""
        yield f"Geometric mean of {len(projects)} projects: {geometric_mean(projects):.2f} × A"


def workload(name: str, row: dict[str, float]) -> list[str]:
    least = WORKLOADS[name].least
    return [
        WORKLOADS[name].title,
        *(f"{row[key]:.3g}" for key in ("baseline_us", "engine_us", "floor_us")),
        f"**{row['ratio']:.2f}**",
        f"{least:g}" if least else "",
        f"{row['to_floor']:.1f}",
        f"{round(row['rate'], -2):,.0f}",
        *(f"{row[key] / MIB:.0f}" for key in ("peak", "baseline_peak")),
    ]


def figures(section: str, rows: dict[str, dict[str, float]]) -> Iterator[str]:
    """Yield a table whose columns are the names of the figures."""
    columns = list(next(iter(rows.values())))
    cells = ([name, *(digits(row[key]) for key in columns)] for name, row in rows.items())
    yield from markdown([section, *columns], cells)


def digits(figure: float) -> str:
    return f"{figure:,.0f}" if abs(figure) >= 100 else f"{figure:.3g}"


def markdown(head: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    for row in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |"


def circumstances() -> dict[str, Any]:
    """Return when, where and of what it was measured."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": commit(),
        "machine": f"{processor()}, {os.cpu_count()} cores, {platform.system()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "build": build(),
        "flags": sysconfig.get_config_var("CONFIG_ARGS") or "",
    }


def commit() -> str:
    """Return the commit of the measured package, marked if files differ from it."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=10"]
    try:
        done = subprocess.run(command, cwd=MEASURED, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "unknown"
    return done.stdout.strip() or "unknown"


def processor() -> str:
    """Return the processor's name."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except FileNotFoundError:
        return platform.processor() or platform.machine()
    return next((x.partition(":")[2].strip() for x in lines if x.startswith("model name")), "?")


def build() -> str:
    """Return how the interpreter was compiled, as far as it matters for speed."""
    flags = sysconfig.get_config_var("CONFIG_ARGS") or ""
    optimised = "--enable-optimizations" in flags
    parts = ["optimised" if optimised else "not optimised", "LTO" * ("--with-lto" in flags)]
    return ", ".join(part for part in parts if part)
