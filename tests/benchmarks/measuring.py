"""Measured runs: two sizes of each, so that start-up drops out, and medians over rounds."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from statistics import median
from typing import NamedTuple

from benchmarks.workloads import WORKLOADS

TESTS = Path(__file__).parent.parent
SMALL = 1_000
"""Events of the small run."""
MOST = 10_000_000
RECORDED = 1_000
ROLES = ("engine", "baseline", "floor")


class Usage(NamedTuple):
    """What a process has used."""

    cpu: float
    """Seconds of user and system time, of it and its children."""
    wall: float
    """Seconds from its start to its end."""
    output: str


class Speed(NamedTuple):
    """What an event costs."""

    micros: float
    """Microseconds of processor time."""
    rate: float
    """Events a second, by the clock."""
    peak: float
    """Bytes of resident memory, at most."""


def spawn(*command: str, folder: Path, **environment: str) -> Usage:
    """Run Python with these arguments and measure it; raise if it fails."""
    # What stands in PYTHONPATH may be the checkout of another commit: it goes first.
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(TESTS)]))
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, **environment},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        output = process.stdout.read() if process.stdout else ""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Usage(used.ru_utime + used.ru_stime, time.perf_counter() - began, output)


class Series:
    """The runs of one role in one workload."""

    def __init__(self, role: str, name: str, folder: Path, seconds: float) -> None:
        self._begin = ("-m", "benchmarks.child", role, name, str(folder))
        self._folder = folder
        self._seconds = seconds
        self._size = 0
        self.speeds: list[Speed] = []

    def measure(self) -> None:
        """Run both sizes once."""
        small, told = self._run(SMALL)
        self._size = self._size or self._enough(told["seconds"])
        big, told = self._run(SMALL + self._size)
        self.speeds.append(
            Speed(
                max(big.cpu - small.cpu, 1e-9) / self._size * 1e6,
                self._size / max(big.wall - small.wall, 1e-9),
                told["peak"],
            )
        )

    def _run(self, count: int) -> tuple[Usage, dict[str, float]]:
        usage = spawn(*self._begin, str(count), folder=self._folder)
        told = json.loads(usage.output)
        assert told["events"] == count, f"{told['events']} events instead of {count}"
        return usage, told

    def _enough(self, small: float) -> int:
        """Return how many events take about as long as wanted."""
        size = 4 * SMALL
        while True:
            _, told = self._run(SMALL + size)
            spent = max(told["seconds"] - small, 1e-6)
            if spent > self._seconds / 10 or size >= MOST:
                return min(MOST, max(4 * SMALL, round(size * self._seconds / spent)))
            size *= 8

    @property
    def median(self) -> Speed:
        """The median of every figure."""
        return Speed(*(median(column) for column in zip(*self.speeds, strict=True)))


def measured(name: str, base: Path, rounds: int, seconds: float) -> dict[str, Series]:
    """Measure engine, baseline and floor in turn, so that a slow moment hits them alike."""
    folder = prepared(name, base)
    series = {role: Series(role, name, folder, seconds) for role in ROLES}
    for _ in range(rounds):
        for one in series.values():
            one.measure()
    return series


def prepared(name: str, base: Path) -> Path:
    """Return a copy of a workload's folder with what its runs need besides."""
    workload = WORKLOADS[name]
    folder = base / name
    shutil.copytree(workload.folder, folder)
    if name == "replay":
        (folder / "access.log").write_text(access_log(20_000), "utf-8")
    if workload.floor == "recorded":
        command = ("-m", "benchmarks.child", "engine", name, str(folder), str(RECORDED))
        spawn(*command, folder=folder)
        shutil.copy(folder / workload.outputs[0][0], folder / "recorded.log")
    return folder


def access_log(lines: int) -> str:
    """Return a log to be replayed."""
    random = Random(1)
    line = (
        '10.20.{}.{} - - [14/Oct/2025:13:55:{:02} +0000] "GET /catalogue/item-{} HTTP/1.1" {} {}'
        ' "https://shop.example/" "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"\n'
    )
    return "".join(
        line.format(
            *(random.randrange(256), random.randrange(1, 255), n % 60, random.randrange(9000)),
            *(random.choice([200, 200, 200, 304, 404]), random.randrange(90_000)),
        )
        for n in range(lines)
    )


def ratios(ours: Series, others: Series) -> float:
    """Return how many times as much an event costs the others, the median over rounds."""
    pairs = zip(ours.speeds, others.speeds, strict=True)
    return median(other.micros / own.micros for own, other in pairs)
