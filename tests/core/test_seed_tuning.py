"""The tuning table of the product's own Generator page: every row is honoured.

Each test's docstring is a row of the table. It lies in ``fixtures/seed/tuning.csv``.
"""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import anyio
from doubles import dated, eventum, inline, local, remote

from eventum_core import Chunk
from eventum_core.config import Settings


def tuning(root: Path) -> dict[str, Any]:
    with (root / "fixtures/seed/tuning.csv").open(encoding="utf-8", newline="") as file:
        return {row["parameter"]: json.loads(row["default"]) for row in csv.DictReader(file)}


def test_the_defaults_of_the_tuning_table(root: Path, tmp_path: Path) -> None:
    """Parameter, default."""
    settings = Settings(path=tmp_path)

    def value(name: str) -> Any:
        found: Any = settings
        for part in name.split("."):
            found = getattr(found, part)
        return found

    assert {name: value(name) for name in tuning(root)} == tuning(root)


def test_each_tuning_parameter_is_a_command_line_option(root: Path, tmp_path: Path) -> None:
    """These parameters are set via CLI flags."""
    text = eventum(tmp_path, "generate", "--help").stdout
    options = {f"--{name.replace('_', '-')}" for name in tuning(root)}
    assert options <= set(re.findall(r"--[a-z.-]+", text))


def batches(tmp_path: Path, **batch: Any) -> list[int]:
    texts, output = local(formatter={"format": "json-batch"})
    dated(tmp_path, output, event=inline("1"), batch=batch, max_events=10).run_sync()
    return [len(json.loads(text)) for text in texts]


def test_batch_size_is_the_most_timestamps_per_batch(tmp_path: Path) -> None:
    """batch.size: max timestamps per batch."""
    assert batches(tmp_path, size=4) == [4, 4, 2]


def test_batch_delay_flushes_a_partial_batch(tmp_path: Path) -> None:
    """batch.delay: max seconds to accumulate timestamps before flushing a partial batch."""
    assert batches(tmp_path, delay=2.0) == [2, 2, 2, 2, 2]


def test_short_queues_lose_nothing(tmp_path: Path) -> None:
    """Backpressure prevents memory from growing unboundedly without dropping events."""
    texts, output = remote()
    queue = {"max_timestamp_batches": 1, "max_event_batches": 1}
    settings = {"queue": queue, "batch": {"size": 5}, "max_events": 500, "keep_order": True}
    report = dated(tmp_path, output, **settings).run_sync()
    assert report.ok
    assert len(texts) == 500


def overlaps(tmp_path: Path, **settings: Any) -> list[int]:
    """Return how many writes were under way at each write's beginning, itself included."""
    found: list[int] = []
    busy: set[int] = set()

    async def write(chunk: Chunk) -> None:
        busy.add(id(chunk))
        found.append(len(busy))
        for _ in range(5):
            await anyio.lowlevel.checkpoint()
        busy.remove(id(chunk))

    dated(tmp_path, {"sent": {"write": write}}, max_events=200, **settings).run_sync()
    return found


def test_keep_order_serialises_writes(tmp_path: Path) -> None:
    """keep_order: output writes are serialized to maintain strict chronological order."""
    settings: dict[str, Any] = {"batch": {"size": 5}, "keep_order": True}
    assert set(overlaps(tmp_path, **settings)) == {1}
    texts, output = remote()
    dated(tmp_path, output, max_events=200, **settings).run_sync()
    assert texts == sorted(texts)


def test_max_concurrency_bounds_parallel_writes(tmp_path: Path) -> None:
    """max_concurrency: max parallel output write operations."""
    assert 1 < max(overlaps(tmp_path, batch={"size": 1}, max_concurrency=4)) <= 4


def test_write_timeout_cancels_a_slow_write(tmp_path: Path) -> None:
    """write_timeout: seconds before canceling a slow output write."""
    texts: list[str] = []

    async def write(chunk: Chunk) -> None:
        await anyio.sleep_forever()
        texts.extend(chunk.texts)

    output = {"sent": {"write": write, "retry": {"attempts": 1}}}
    report = dated(tmp_path, output, max_events=1, write_timeout=1).run_sync()
    assert (texts, report.outputs[0].write_failed, report.ok) == ([], 1, False)
