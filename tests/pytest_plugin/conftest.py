"""A little suite with one generator, run by pytest within pytest."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from textwrap import dedent

import pytest

from eventum_core import Event
from pytest_eventum.book import Book
from pytest_eventum.ledger import Ledger

# A run in this process forgets the modules that it was the first to import, and some of them do
# not bear to be imported twice. The plugin itself has to be new, or pytest warns of it.
for name in (
    "eventum_core.events.template.plugin",
    "eventum_core.inputs.timer",
    "eventum_core.outputs.file",
    "eventum_core.outputs.sqlite",
    "pytest_eventum.factory",
    "pytest_eventum.fixtures",
    "pytest_eventum.hookspecs",
    "pytest_eventum.report",
    "pytest_eventum.suite",
    "sqlite3",
    "yaml",
):
    import_module(name)

STRICT = ("-p", "pytest_eventum.plugin", "-W", "error", "--strict-markers")
HEAD = "import pytest\nfrom pytest_eventum import backend\n\n"
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
    """A folder with generators in ``shop``, and runs of pytest with no plugin but ours in it."""

    def __init__(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
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
        path.write_text(dedent(text), encoding="utf-8")
        return path

    def test(self, body: str, name: str = "test_it.py") -> Path:
        """Write a test module."""
        return self.write(name, HEAD + dedent(body))

    def ini(self, **values: str) -> Path:
        """Write the ini file."""
        lines = [f"eventum_{name} = {value}" for name, value in values.items()]
        return self.write("pytest.ini", "\n".join(["[pytest]", *lines, ""]))

    def run(self, *args: str) -> pytest.RunResult:
        """Run the suite in this process, any warning being an error."""
        return self.pytester.runpytest_inprocess(*STRICT, *args)

    def passes(self, *args: str, passed: int = 1) -> pytest.RunResult:
        """Run the suite, which passes."""
        result = self.run(*args)
        result.assert_outcomes(passed=passed)
        return result


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> LittleSuite:
    """A little suite of its own for each test."""
    return LittleSuite(pytester, monkeypatch)


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
