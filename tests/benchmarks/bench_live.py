"""Live mode: how late events are delivered, and whether all that were asked for come."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from benchmarks.conftest import table

from eventum_core import Generator

SHORT, LONG = 5, 20


def run(base: Path, inputs: dict[str, Any], seconds: int) -> list[object]:
    """Run for some seconds and return delivered events, lateness and processor time."""
    inline = '{"at": "{{ timestamp.isoformat() }}", "n": {{ module.rand.number.integer(1, 9) }}}'
    document = {
        "input": [inputs],
        "event": {"template": {"mode": "all", "templates": [{"a": {"inline": inline}}]}},
        "output": [{"file": {"path": "out.json"}}],
    }
    made = Generator.from_mapping(document, base=base, duration=f"{seconds}s", seed=1)
    began = time.process_time()
    report = made.run_sync()
    used = time.process_time() - began
    late = report.outputs[0].lateness
    milliseconds = [f"{late[key] * 1000:.1f}" for key in ("p50", "p99", "max")]
    return [report.outputs[0].written, *milliseconds, f"{used / report.seconds:.0%}"]


def test_lateness(tmp_path: Path, long: bool) -> None:
    """10, 1,000 and 10,000 events a second, in ticks of many and one by one."""
    seconds = LONG if long else SHORT
    span = {"start": "now", "end": f"+{seconds}s"}
    cases = {
        "10 a second": {"timer": {"seconds": 0.1, "count": 1}},
        "1,000 a second, ten ticks": {"timer": {"seconds": 0.1, "count": 100}},
        "1,000 a second, one by one": {"linspace": {**span, "count": seconds * 1000}},
        "10,000 a second, ten ticks": {"timer": {"seconds": 0.1, "count": 1000}},
        "10,000 a second, one by one": {"linspace": {**span, "count": seconds * 10_000}},
    }
    head = ["asked", "delivered", "p50 ms", "p99 ms", "max ms", "CPU of one core"]
    rows = ([name, *run(tmp_path, given, seconds)] for name, given in cases.items())
    table(f"Live mode, {seconds} s", head, rows)
