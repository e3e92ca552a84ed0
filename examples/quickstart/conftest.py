"""Prints what a test has seen, beside pytest's own dots."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest


@pytest.fixture
def show(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]):
    """Print a few events, the counts, a digest of what was read back, and both figures."""

    def show(ledger, rows, counted: int, expected: int) -> None:
        digest = sha256(json.dumps(rows).encode()).hexdigest()
        orders = [entry["order"] for entry in ledger[:3]]
        planned, lost = len(ledger.planned), len(ledger.failed) + len(ledger.dropped)
        with capsys.disabled():
            print(f"\n\n{request.node.name}")
            for order in orders:
                print(
                    f"  {order['id']}  {order['placed_at']}  {order['status']:<9} {order['total']:>7}"
                )
            print(f"  planned {planned} · delivered {len(ledger)} · lost {lost}")
            print(f"  sha256 {digest}")
            print(f"  revenue by SQL        {counted / 100:>12,.2f}")
            print(f"  revenue by the ledger {expected / 100:>12,.2f}", end="  ")

    return show
