"""What a failed test shows, and that both commands it names give the same events."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import LittleSuite

FAILS = """
@pytest.mark.eventum({arguments})
def test_it({fixtures}):
    {body}
    assert False
"""


def failure(
    suite: LittleSuite,
    arguments: str = '"shop/orders.yml"',
    *args: str,
    fixtures: str = "",
    body: str = "pass",
) -> list[str]:
    """Return the lines of the section of a test that fails."""
    suite.test(FAILS.format(arguments=arguments, fixtures=fixtures, body=body))
    result = suite.run(*args)
    result.assert_outcomes(failed=1)
    lines = result.outlines
    begin = next(n for n, line in enumerate(lines) if re.fullmatch(r"-+ eventum -+", line))
    return lines[
        begin + 1 : next(n for n, line in enumerate(lines) if "short test summary" in line)
    ]


def after(lines: list[str], label: str) -> str:
    return next(line for line in lines if line.startswith(label)).removeprefix(label).strip()


def previewed(line: str) -> list[str]:
    """Run an `eventum preview` command and return the events it prints."""
    words = shlex.split(line)
    assert words[0] == "eventum"
    command = [sys.executable, "-m", "eventum_core", *words[1:]]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def ledger(lines: list[str]) -> list[str]:
    """Return the texts in the ledger that the section names."""
    records = map(json.loads, Path(after(lines, "ledger:")).read_text().splitlines())
    return [record["event"] for record in records]


def test_section(suite: LittleSuite) -> None:
    lines = failure(suite, '"shop/orders.yml", seed=7, now="2026-01-01", backend="file"')
    assert lines[0] == "stream orders: seed 7, now 2026-01-01T00:00:00Z"
    assert after(lines, "generator:") == str(suite.path / "shop/orders.yml")
    assert after(lines, "backend:").startswith("file, namespace /")
    assert "planned 5, delivered 5, failed 0" in lines
    assert [line.split()[0] for line in lines if line.startswith("  #")] == ["#2", "#3", "#4"]
    assert len(ledger(lines)) == 5


@pytest.mark.parametrize(
    "arguments, options",
    [
        ('"shop/orders.yml"', ["--eventum-seed=11"]),
        ('"shop/orders.yml", seed=3, now="2026-02-03T04:05:06+01:00"', []),
        ('"shop/told.yml", params={"who": "it\'s me"}', []),
        ('"zoned"', ["--eventum-config=suite.yml"]),
    ],
)
def test_preview_prints_the_same_events(
    suite: LittleSuite, arguments: str, options: list[str]
) -> None:
    text = (suite.path / "shop/orders.yml").read_text()
    suite.write("shop/told.yml", text.replace('"new"', '"${params.who}"'))
    suite.write(
        "suite.yml", "generators: {zoned: {path: shop/orders.yml, timezone: Asia/Tokyo, count: 2}}"
    )
    lines = failure(suite, arguments, *options)
    printed = previewed(after(lines, "the same events:"))
    assert [json.loads(line) for line in printed] == ledger(lines)
    assert printed


def test_preview_of_a_template_in_the_test(suite: LittleSuite) -> None:
    template = "{{ module.rand.number.integer(1, 10 ** 9) }} {{ timestamp }}"
    lines = failure(
        suite,
        "",
        fixtures="eventum_factory",
        body=f"eventum_factory(template='{template}', count=3, name='lines')",
    )
    assert previewed(after(lines, "the same events:")) == ledger(lines)
    assert after(lines, "generator:") == "written in the test"


def test_overridden_events_are_said_to_be(suite: LittleSuite) -> None:
    lines = failure(suite, '"shop/orders.yml", overrides={"status": "lost"}')
    assert after(lines, "the same events (before overrides):")


@pytest.mark.parametrize("options", [[], ["--eventum-seed=5"], ["--eventum-now=2026-01-01"]])
def test_pytest_repeats_the_same_events(suite: LittleSuite, options: list[str]) -> None:
    first = failure(suite, '"shop/orders.yml", backend=["memory"]', *options)
    words = shlex.split(after(first, "reproduce:"))
    assert words[:2] == ["pytest", "test_it.py::test_it[memory]"]
    again = suite.run(*words[1:])
    again.assert_outcomes(failed=1)
    second = again.outlines[again.outlines.index(first[0]) :]
    assert ledger(second) == ledger(first)


def test_repeated_options(suite: LittleSuite) -> None:
    suite.write("suite.yml", "")
    options = ["--eventum-config=suite.yml", "--eventum-backend=file"]
    words = shlex.split(after(failure(suite, '"shop/orders.yml"', *options), "reproduce:"))
    assert words[-2:] == options


def test_markers_with_nows_of_their_own(suite: LittleSuite) -> None:
    suite.test(
        """
        @pytest.mark.eventum("shop/orders.yml", now="2026-01-01")
        @pytest.mark.eventum("shop/lines.yml", now="2026-01-02")
        def test_it(): assert False
        """
    )
    lines = suite.run().outlines
    assert "--eventum-now" not in next(line for line in lines if line.startswith("reproduce:"))
    assert len([line for line in lines if line.startswith("stream ")]) == 2


def test_node_id_is_as_typed_where_pytest_was_started(
    suite: LittleSuite, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite.ini()
    (suite.path / "below").mkdir()
    suite.test(FAILS.format(arguments='"shop/orders.yml"', fixtures="", body="pass"))
    monkeypatch.chdir(suite.path / "below")
    result = suite.run("..")
    result.stdout.fnmatch_lines(["reproduce: pytest ../test_it.py::test_it --eventum-seed 0 *"])


def test_failed_delivery_shows_its_causes(suite: LittleSuite) -> None:
    suite.test(
        """
        @pytest.mark.eventum(
            "shop/orders.yml",
            backend=backend("sqlite", columns={"s": {"path": "status", "primary_key": True}}),
        )
        def test_it(): pass
        """
    )
    result = suite.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "stream 'orders' complete: sqlite: 4 not delivered",
            "*UNIQUE constraint failed: orders.s*(4 times)",
            "planned 5, delivered 1, failed 4",
            "cause: *UNIQUE constraint failed*",
            "reproduce: pytest *",
        ]
    )


def test_error_of_tear_down_is_reported_too(suite: LittleSuite) -> None:
    suite.test(
        """
        @pytest.fixture
        def subject():
            yield
            assert False

        @pytest.mark.eventum("shop/orders.yml")
        def test_it(subject): pass
        """
    )
    result = suite.run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["planned 5, delivered 5, failed 0", "reproduce: pytest *"])


def test_nothing_is_left_of_a_test_that_passes(suite: LittleSuite) -> None:
    suite.test('@pytest.mark.eventum("shop/orders.yml")\ndef test_it(): pass')
    suite.passes()
    assert not (suite.path / ".pytest_cache" / "eventum").exists()


def test_without_a_cache(suite: LittleSuite) -> None:
    lines = failure(suite, '"shop/orders.yml"', "-p", "no:cacheprovider")
    assert not Path(after(lines, "ledger:")).is_relative_to(suite.path)
    assert len(ledger(lines)) == 5


def test_spilled_ledgers_go(suite: LittleSuite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_eventum.book.SPILL", 100)
    suite.test(
        """
        @pytest.mark.eventum("shop/orders.yml")
        @pytest.mark.parametrize("fails", [True, False])
        def test_it(eventum, eventum_backend, fails):
            assert eventum_backend.read() == eventum.ledger
            assert not fails
        """
    )
    result = suite.run()
    result.assert_outcomes(passed=1, failed=1)
    assert len(ledger(result.outlines)) == 5
    assert not list((suite.path / ".pytest_cache" / "eventum").glob("spill*"))
