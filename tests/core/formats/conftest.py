from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from eventum_core.model import Chunk, Event
from eventum_core.plugin import Formatter, Run


@pytest.fixture
def encode(run: Run) -> Callable[..., Chunk]:
    """Format texts as events of one second each."""

    def encode(formatter: Formatter, *texts: str) -> Chunk:
        events = [
            Event(run.now + timedelta(seconds=ordinal), text, (), ordinal, 0)
            for ordinal, text in enumerate(texts)
        ]
        return formatter.encoder(run)(events)

    return encode
