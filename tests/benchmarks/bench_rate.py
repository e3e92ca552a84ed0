"""Throughput in sample mode, beside stock Jinja2 rendering the same template in a bare loop."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import jinja2
from benchmarks.conftest import table

from eventum_core import Generator
from eventum_core.events.template.rand import Rand

EVENTS = 30_000
TEMPLATES = {
    "constant, 48 B": "a constant text of forty-eight bytes, no variable",
    "JSON, 5 draws": '{"at": "{{ timestamp.isoformat() }}",'
    ' "ip": "{{ module.rand.network.ip_v4() }}", "id": "{{ module.rand.crypto.uuid4() }}",'
    ' "n": {{ module.rand.number.integer(1, 99) }},'
    ' "level": "{{ module.rand.weighted_choice({"info": 8, "warn": 1}) }}"}',
}
SINKS: dict[str, dict[str, Any]] = {
    "file": {"file": {"path": "out.log"}},
    "sqlite": {"sqlite": {"url": "out.db", "table": "events", "create": "replace"}},
}


def micros(base: Path, inline: str, sink: dict[str, Any]) -> float:
    """Return the processor time per event of a whole run, in microseconds."""
    document = {
        "input": [{"linspace": {"start": "2026-01-01", "end": "2026-01-02", "count": EVENTS}}],
        "event": {"template": {"mode": "all", "templates": [{"a": {"inline": inline}}]}},
        "output": [sink],
    }
    made = Generator.from_mapping(document, base=base, seed=1, now="2026-01-01", live_mode=False)
    began = time.process_time()
    assert made.run_sync().ok
    return (time.process_time() - began) / EVENTS * 1e6


def bare(inline: str) -> float:
    """Return the processor time per event of Jinja2's own render, with the same helpers."""
    template = jinja2.Environment().from_string(inline)
    module = {"rand": Rand(Random(1))}
    stamp = datetime(2026, 1, 1, tzinfo=UTC)
    began = time.process_time()
    for _ in range(EVENTS):
        template.render(timestamp=stamp, module=module, tags=(), params={}, vars={})
    return (time.process_time() - began) / EVENTS * 1e6


def test_rate(tmp_path: Path) -> None:
    """CPU microseconds per event."""
    rows = []
    for name, inline in TEMPLATES.items():
        runs = [f"{micros(tmp_path, inline, sink):.1f}" for sink in SINKS.values()]
        rows.append([name, *runs, f"{bare(inline):.1f}"])
    head = ["template", *SINKS, "bare render, no output"]
    table(f"Sample mode, CPU µs per event, {EVENTS:,} events", head, rows)
