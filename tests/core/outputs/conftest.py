from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from eventum_core.model import Chunk, Event
from eventum_core.plugin import Run
from eventum_core.seeds import Seeds

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run whose folder is the test's own."""
    return Run(
        generator="shop",
        now=NOW,
        start=NOW,
        zone=ZoneInfo("UTC"),
        seeds=Seeds(7, "shop"),
        base=tmp_path,
    )


@pytest.fixture
def hasty_run(run: Run) -> Run:
    """The same run, which waits for nothing longer than a moment."""
    return replace(run, write_timeout=0.05)


@pytest.fixture
def chunk() -> Callable[..., Chunk]:
    """Make a chunk of texts, one event a second, numbered from `first`."""

    def chunk(*texts: str, first: int = 0) -> Chunk:
        events = [
            Event(NOW + timedelta(seconds=ordinal), text, ("web",), ordinal, 0)
            for ordinal, text in enumerate(texts, first)
        ]
        return Chunk(list(texts), events)

    return chunk
