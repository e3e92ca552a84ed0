"""A little suite with one generator, run by pytest within pytest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from eventum_core import Event
from pytest_eventum.book import Book
from pytest_eventum.ledger import Ledger

QUIET = ("-p", "no:randomly", "-p", "no:asyncio", "-p", "no:cacheprovider", "-W", "error")
ORDERS = """
input:
  - timer: {seconds: 1, count: 1, repeat: 5, tags: [timed]}
event:
  template:
    mode: all
    templates:
      - order:
          inline: >-
            {"id": {{ module.rand.number.integer(1, 10 ** 9) }}, "status": "new",
            "at": "{{ timestamp.isoformat() }}"}
output:
  - stdout: {}
"""
ENDLESS = ORDERS.replace(", repeat: 5", "")
LINES = ORDERS[: ORDERS.index("inline")] + 'inline: "GET /{{ module.rand.number.integer(1, 9) }}"\n'
BROKEN = ORDERS[: ORDERS.index("inline")] + 'inline: "{{ nobody.knows }}"\n'


class LittleSuite:
    """A folder with generators in ``shop``, and runs of pytest in it."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.path: Path = pytester.path
        for name, text in {
            "shop/orders.yml": ORDERS,
            "shop/endless.yml": ENDLESS,
            "shop/lines.yml": LINES,
            "shop/broken.yml": BROKEN,
        }.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> Path:
        """Write a file below the suite's folder."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def test(self, body: str, name: str = "test_it.py") -> Path:
        """Write a test module."""
        return self.write(name, f"import pytest\nfrom pytest_eventum import backend\n\n{body}")

    def ini(self, **values: str) -> Path:
        """Write the ini file."""
        lines = [f"eventum_{name} = {value}" for name, value in values.items()]
        return self.write("pytest.ini", "\n".join(["[pytest]", *lines, ""]))

    def run(self, *args: str) -> pytest.RunResult:
        """Run the suite in this process, any warning being an error."""
        return self.pytester.runpytest_inprocess(*QUIET, *args)

    def cached(self, *args: str) -> pytest.RunResult:
        """The same with pytest's cache."""
        return self.pytester.runpytest_inprocess(*QUIET[:4], *QUIET[6:], *args)

    def passes(self, *args: str, passed: int = 1) -> pytest.RunResult:
        """Run the suite, which passes."""
        result = self.run(*args)
        result.assert_outcomes(passed=passed)
        return result

    def refuses(self, line: str, *args: str) -> None:
        """Run the suite, whose collection or set-up ends with this one line."""
        result = self.run(*args)
        assert result.ret != 0
        assert any(line in out for out in result.outlines + result.errlines), result.stdout.str()
        assert "Traceback" not in result.stdout.str()
        assert ".py:" not in result.stdout.str().replace("test_it.py::", "")


@pytest.fixture
def suite(pytester: pytest.Pytester) -> LittleSuite:
    """A little suite of its own for each test."""
    return LittleSuite(pytester)


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """An empty book."""
    return Book("memory", lambda: tmp_path / "spill.jsonl", lambda o, i: f"{o:016x}{i:016x}")


@pytest.fixture
def ledger_of(book: Book) -> Callable[..., Ledger]:
    """Make a ledger of delivered events from their texts, a second apart."""
    from datetime import UTC, datetime, timedelta

    def make(*texts: str) -> Ledger:
        start = datetime(2026, 1, 1, tzinfo=UTC)
        events = [
            Event(start + timedelta(seconds=n), text, ("odd",) if n % 2 else (), n, 0)
            for n, text in enumerate(texts)
        ]
        book.planned(events)
        book.delivered(0, events, 1)
        return Ledger(book, range(book.count))

    return make
