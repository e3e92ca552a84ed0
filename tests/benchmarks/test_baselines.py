"""The baselines do the same work as the engine: as many events, of the same kind and size."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from benchmarks.child import baseline, engine, floor
from benchmarks.measuring import prepared
from benchmarks.workloads import JSON, WORKLOADS

COUNT = 2_000


@pytest.mark.parametrize("name", WORKLOADS)
def test_engine_baseline_and_floor_do_the_same_work(name: str, tmp_path: Path) -> None:
    folder, workload = prepared(name, tmp_path), WORKLOADS[name]
    texts = []
    for role in (engine, baseline, floor):
        assert role(workload, folder, COUNT) == COUNT
        texts.append((folder / workload.outputs[0][0]).read_text("utf-8"))
    ours, plain, least = (len(text) for text in texts)
    assert plain == pytest.approx(ours, rel=0.1)
    assert least == pytest.approx(ours * len(workload.formats), rel=0.35)
    if workload.formats[0] == JSON:
        assert fields(texts[1]) == fields(texts[0])


def fields(text: str) -> set[str]:
    """Return the names of all fields, as paths, that most kinds of events have."""
    found: dict[str, list[bool]] = {}
    for line in text.splitlines():
        for path in paths(json.loads(line)):
            found.setdefault(path, []).append(True)
    return {path for path, seen in found.items() if len(seen) > 0.05 * COUNT}


def paths(value: Any, before: str = "") -> set[str]:
    if not isinstance(value, dict):
        return {before}
    return {path for key, inner in value.items() for path in paths(inner, f"{before}.{key}")}
