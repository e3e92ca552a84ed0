"""Two files of figures, compared."""

from __future__ import annotations

from benchmarks.compare import compared

ABOUT = {"commit": "a1", "date": "today", "python": "3.11", "build": "-", "machine": "m"}
ROW = {"engine_us": 10.0, "ratio": 2.0, "peak": 2**20}


def test_what_the_machine_did_is_taken_out() -> None:
    old = {**ABOUT, "flags": "", "workloads": {"constant": ROW, "gone": ROW}}
    row = {"engine_us": 4.0, "ratio": 6.0, "peak": 3 * 2**20}
    new = {**ABOUT, "flags": "", "workloads": {"constant": row, "added": row}}
    lines = list(compared(old, new))
    assert lines[-1] == "| constant | 10 | 4 | 2.50 | 2.00 | 6.00 | +2 | **3.00** |"
    assert not [line for line in lines if "not measured alike" in line]


def test_another_interpreter_is_told() -> None:
    old, new = {**ABOUT, "flags": ""}, {**ABOUT, "flags": "--with-lto"}
    assert [line for line in compared(old, new) if "not measured alike" in line]


def test_other_sections_are_compared_figure_by_figure() -> None:
    old = {**ABOUT, "flags": "", "inputs": {"timer": {"ns": 8.0}}}
    new = {**ABOUT, "flags": "", "inputs": {"timer": {"ns": 4.0}, "added": {"ns": 1.0}}}
    assert list(compared(old, new))[-1] == "| timer | ns | 8 | 4 | 0.50 |"
