"""Files of time patterns for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from eventum_core.inputs.time_patterns import TimePatterns

HOUR = 3_600_000_000
START = 1_735_689_600_000_000
"""2025-01-01, where the patterns begin."""
SHAPES = {
    "uniform": {"low": 0.25, "high": 0.75},
    "triangular": {"left": 0.1, "mode": 0.3, "right": 0.9},
    "beta": {"a": 2, "b": 5},
}
_SECTIONS = {
    "oscillator": {"period": 1, "unit": "hours", "start": "2025-01-01", "end": "never"},
    "multiplier": {"ratio": 4},
    "randomizer": {"deviation": 0, "direction": "mixed", "sampling": 1024},
}


def pattern(
    distribution: str = "uniform", parameters: dict[str, float] | None = None, **changes: Any
) -> dict[str, Any]:
    """Return a pattern of 4 instants an hour, with the options of any section that are told."""
    sections = {
        name: {key: changes.pop(key, value) for key, value in options.items()}
        for name, options in _SECTIONS.items()
    }
    assert not changes
    spreader = {
        "distribution": distribution,
        "parameters": parameters or {"low": 0, "high": 1},
    }
    return {"label": "test", **sections, "spreader": spreader}


def written(folder: Path, *patterns: dict[str, Any] | str) -> TimePatterns:
    """Write patterns to files and return an input of them, checked."""
    files = [folder / f"{position}.yml" for position in range(len(patterns))]
    for file, tree in zip(files, patterns, strict=True):
        file.write_text(tree if isinstance(tree, str) else yaml.safe_dump(tree), "utf-8")
    made = TimePatterns(patterns=files)
    made.check(folder)
    return made
