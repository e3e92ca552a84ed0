"""Memory does not grow with the number of events; measured in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("resource", reason="the peak of a process is read through resource (POSIX)")

MIB = 1024 * 1024
SCRIPT = """
import resource, sys
from eventum_core import Generator
count, base = int(sys.argv[1]), sys.argv[2]
inline = '{"n": {{ module.rand.number.integer(1, 9999) }}, "text": "{{ "x" * 200 }}"}'
document = {
    "input": [{"cron": {"expression": "* * * * * *", "count": 5}}],
    "event": {"template": {"mode": "all", "templates": [{"a": {"inline": inline}}]}},
    "output": [
        {"file": {"path": "out.json", "formatter": {"format": "json"}}},
        {"file": {"path": "batch.json", "formatter": {"format": "json-batch"}}},
    ],
}
report = Generator.from_mapping(
    document, base=base, seed=1, now="2026-01-05", live_mode=False, max_events=count
).run_sync()
assert report.ok and report.event.produced == count, report
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak(count: int, base: Path) -> int:
    """Return the peak resident memory, in bytes, of a run of so many events."""
    command = [sys.executable, "-c", SCRIPT, str(count), str(base)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    unit = 1 if sys.platform == "darwin" else 1024
    return int(result.stdout) * unit


def test_ten_times_the_events_need_no_more_memory(tmp_path: Path) -> None:
    small, large = peak(30_000, tmp_path), peak(300_000, tmp_path)
    assert large - small < 10 * MIB, f"{small / MIB:.0f} MiB, then {large / MIB:.0f} MiB"
