"""Many generators in one process: how fast they start and stop, how late their events are."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from benchmarks.conftest import table

from eventum_core.config import Settings
from eventum_core.fleet import Fleet, Member

GENERATORS = 100
SHORT, LONG = 4, 10
PLAIN = '{"at": "{{ timestamp.isoformat() }}", "n": {{ module.rand.number.integer(1, 9) }}}'
SLEEPING = "{{ module.time.sleep(10) }}"
BUSY = "{% for n in range(10**7) %}{% endfor %}"
CONFIG = """\
input:
- timer: {{seconds: 0.1, count: 1}}
event:
  template: {{mode: all, templates: [{{one: {{template: event.jinja}}}}]}}
output:
- file: {{path: out.log, flush_interval: {flush}}}
"""


def fill(fleet: Fleet, folder: Path, special: str | None) -> Iterator[str]:
    """Add generators of ten events a second, the first with a template of its own."""
    for number in range(GENERATORS):
        base = folder / f"g{number:03}"
        base.mkdir()
        (base / "generator.yml").write_text(CONFIG.format(flush=1), "utf-8")
        template = special if special and not number else PLAIN
        (base / "event.jinja").write_text(template, "utf-8")
        yield fleet.add(Settings(id=base.name, path=base / "generator.yml")).id


def resident() -> int:
    """Return the memory that the process holds, in bytes; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except FileNotFoundError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def lateness(members: Sequence[Member]) -> list[object]:
    """Return events, and p50 (median), p99 (worst) and maximum in ms over some generators."""
    reports = [report for member in members if (report := member.report())]
    outputs = [report.outputs[0] for report in reports]
    late = [output.lateness for output in outputs if output.lateness]
    figures = [
        median(one["p50"] for one in late),
        max(one["p99"] for one in late),
        max(one["max"] for one in late),
    ]
    return [sum(o.written for o in outputs), *(f"{1000 * figure:.1f}" for figure in figures)]


def run(folder: Path, special: str | None, seconds: int) -> list[object]:
    """Start all, let them run, stop all; return the figures."""
    folder.mkdir()
    fleet = Fleet()
    ids = list(fill(fleet, folder, special))
    before = resident()
    began = time.perf_counter()
    assert fleet.start_all(ids).not_running == []
    started = time.perf_counter() - began
    used = time.process_time()
    time.sleep(seconds)
    used = time.process_time() - used
    threads, memory = threading.active_count(), (resident() - before) / GENERATORS / 1024
    figures = lateness(fleet.members()[1:])
    began = time.perf_counter()
    left = fleet.stop_all()
    stopped = time.perf_counter() - began
    head = [f"{started:.2f}", threads, f"{memory:.0f}", *figures]
    return [*head, f"{used / seconds:.0%}", f"{stopped:.2f}", len(left)]


def test_a_hundred_generators(tmp_path: Path, long: bool) -> None:
    """Ten events a second each; alone, beside one that waits, beside one that computes."""
    cases = {"all alike": None, "one sleeps 10 s an event": SLEEPING, "one computes": BUSY}
    head = [
        *["", "start all s", "threads", "KiB each", "events", "p50 ms", "p99 ms", "max ms"],
        *["CPU", "stop all s", "left behind"],
    ]
    seconds = LONG if long else SHORT
    rows = [
        [name, *run(tmp_path / str(place), text, seconds)]
        for place, (name, text) in enumerate(cases.items())
    ]
    table(f"{GENERATORS} generators, {seconds} s", head, rows)
