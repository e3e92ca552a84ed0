"""Measurements: run with ``tox -e bench``. They print figures and assert no times."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder, so that a plain run of the tests leaves it out."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.bench)


def table(title: str, head: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Print a table that can be pasted into a page."""
    print(f"\n\n{title}\n")
    for row in (list(head), ["---"] * len(list(head)), *rows):
        print("| " + " | ".join(str(cell) for cell in row) + " |")
