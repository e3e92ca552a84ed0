"""What tests of single plugins and servers need: a run to take part in, a port, a certificate."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from network import free_port, self_signed

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
def port() -> int:
    """A port that is free."""
    return free_port()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1, signed by itself; its key, ``k.pem``, lies beside it."""
    return self_signed(tmp_path_factory.mktemp("certificate"))
