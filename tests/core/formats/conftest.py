from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from eventum_core.model import Chunk, Event
from eventum_core.plugin import Formatter, Run
from eventum_core.seeds import Seeds

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(
        generator="shop",
        now=NOW,
        start=NOW,
        zone=ZoneInfo("UTC"),
        seeds=Seeds(7, "shop"),
        base=tmp_path,
    )


@pytest.fixture
def encode(run: Run) -> Callable[..., Chunk]:
    """Format texts as events of one second each."""

    def encode(formatter: Formatter, *texts: str) -> Chunk:
        events = [
            Event(NOW + timedelta(seconds=ordinal), text, (), ordinal, 0)
            for ordinal, text in enumerate(texts)
        ]
        return formatter.encoder(run)(events)

    return encode
