"""Baseline A: a whole run, written the straightforward way, of the same files as ours.

One event after the other is scheduled, rendered, formatted and written. Nothing here is shared
with the engine, and nothing is clever: it is what a person would write first.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from benchmarks.baseline_events import replay, script
from benchmarks.baseline_inputs import instants
from benchmarks.baseline_template import template

TOKEN = re.compile(r"\$\{params\.\w+ \| default\((.*?)\)\}")
EVENTS = {"template": template, "script": script, "replay": replay}


def run(file: Path, outputs: Sequence[tuple[Path, dict[str, Any]]], count: int) -> int:
    """Write `count` events to every output, given as (file, formatter); return how many."""
    random.seed(1)
    config = yaml.safe_load(TOKEN.sub(lambda token: token[1].strip("'"), file.read_text("utf-8")))
    written = 0
    with ExitStack() as stack:
        files = [
            (stack.enter_context(path.open("w", encoding="utf-8")), formatter)
            for path, formatter in outputs
        ]
        for text in events(config, file.parent):
            for output, formatter in files:
                output.write(formatted(text, formatter) + "\n")
            written += 1
            if written == count:
                break
    return written


def events(config: dict[str, Any], base: Path) -> Iterator[str]:
    ((kind, options),) = config["event"].items()
    texts = EVENTS[kind](options, base)
    now = datetime(2026, 1, 5, 9, tzinfo=UTC)
    for timestamp, tags in instants(config["input"], now):
        yield from texts(timestamp, tags)


def formatted(text: str, formatter: dict[str, Any]) -> str:
    if formatter["format"] == "plain":
        return text
    indent = formatter.get("indent") or None
    return json.dumps(json.loads(text), indent=indent, ensure_ascii=False)
