"""Measurements: run with ``tox -e bench``. They print figures and assert no times."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from benchmarks.results import Results

HERE = Path(__file__).parent
RESULTS = pytest.StashKey["Results"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what is understood where this folder is named on the command line."""
    group = parser.getgroup("bench", "measurements")
    group.addoption("--long", action="store_true", help="measure what takes many minutes, too")
    group.addoption("--rounds", type=int, default=3, help="times that each workload is measured")
    group.addoption("--seconds", type=float, default=0.4, help="how long a measured run takes")
    group.addoption("--figures", type=Path, help="the file for the figures, as JSON")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder, so that a plain run of the tests leaves it out."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.bench)


@pytest.fixture(scope="session")
def results(pytestconfig: pytest.Config) -> Results:
    """What this session measures; it is shown and saved at its end."""
    from benchmarks.results import Results

    return pytestconfig.stash.setdefault(RESULTS, Results())


@pytest.fixture(scope="session")
def long(pytestconfig: pytest.Config) -> bool:
    """Whether there is time for everything."""
    return bool(pytestconfig.getoption("long"))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Show all tables and save the figures."""
    found = config.stash.get(RESULTS, None)
    if found is None or not found.sections:
        return
    path = config.getoption("figures") or config.rootpath / ".benchmarks" / "figures.json"
    found.save(path)
    terminalreporter.section("measurements")
    for line in found.text():
        terminalreporter.write_line(line)
    terminalreporter.write_line(f"\nsaved in {path}; compare.py OLD NEW compares two such files")


def table(title: str, head: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Print a table that can be pasted into a page."""
    head = list(head)
    print(f"\n\n{title}\n")
    for row in (head, ["---"] * len(head), *rows):
        print("| " + " | ".join(str(cell) for cell in row) + " |")
