"""Baseline A: a script's function and the lines of a file."""

from __future__ import annotations

import re
import runpy
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.baseline_template import Texts


def script(options: Mapping[str, Any], base: Path) -> Texts:
    """Return what calls the function of a file for each timestamp."""
    produce = runpy.run_path(str(base / options["path"]))["produce"]

    def texts(timestamp: datetime, tags: tuple[str, ...]) -> list[str]:
        made = produce({"timestamp": timestamp, "tags": tags})
        return [made] if isinstance(made, str) else made

    return texts


def replay(options: Mapping[str, Any], base: Path) -> Texts:
    """Return what gives one line after the other, with a new time in it."""
    lines = repeated(base / options["path"])
    pattern, form = re.compile(options["timestamp_pattern"]), options["timestamp_format"]

    def texts(timestamp: datetime, tags: tuple[str, ...]) -> list[str]:
        line = next(lines)
        if found := pattern.search(line):
            begin, end = found.span("timestamp")
            line = line[:begin] + timestamp.strftime(form) + line[end:]
        return [line]

    return texts


def repeated(path: Path) -> Iterator[str]:
    while True:
        with path.open(encoding="utf-8") as file:
            for line in file:
                yield line.rstrip("\n")
