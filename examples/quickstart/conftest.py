"""Prints what a test has seen, beside pytest's own dots."""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from pathlib import Path

import pytest


@pytest.fixture
def show(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]):
    """Print a few events, the counts, a digest of what was read back, and both figures."""

    def show(ledger, tables, counted: int, expected: int) -> None:
        digest = sha256(json.dumps(tables).encode()).hexdigest()
        planned, lost = len(ledger.planned), len(ledger.failed) + len(ledger.dropped)
        with capsys.disabled():
            print(f"\n\n{request.node.name}")
            for order in [entry["order"] for entry in ledger[:3]]:
                amount = f"{order['status']:<10}{order['total'] / 100:>10,.2f}"
                print(f"  {order['id']}  {order['placed_at']}  {amount} {order['currency']}")
            print("  rows    " + ", ".join(f"{len(rows)} {rows.source}" for rows in tables))
            print(f"  planned {planned}, delivered {len(ledger)}, lost {lost}")
            print(f"  sha256 {digest}")
            print(f"  revenue by SQL        {counted / 100:>12,.2f}")
            print(f"  revenue by the ledger {expected / 100:>12,.2f}")

    return show


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    here = Path(sys.executable).parent
    programs = ".venv/bin/" if here == Path.cwd() / ".venv/bin" else ""
    terminalreporter.write_line("")
    terminalreporter.write_line("next:")
    terminalreporter.write_line(f"  SHOP_BUG=1 {programs}pytest examples/quickstart")
    terminalreporter.write_line(
        f"  {programs}eventum preview fixtures/projects/orders -n 3 --seed 7"
        " --now 2026-01-05T09:00:00Z"
    )
