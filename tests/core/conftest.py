"""What tests of single plugins need: a run to take part in."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

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
