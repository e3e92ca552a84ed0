from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from eventum_core.cli.progress import Counter, possible, shown
from eventum_core.loader import load
from eventum_core.model import Event

EVENTS = [Event(datetime(2026, 1, 1, tzinfo=UTC), "x", (), 0, n) for n in range(3)]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_counts_events_and_losses() -> None:
    counter = Counter()
    counter.planned(EVENTS)
    counter.planned(EVENTS)
    assert counter.line().startswith("6 events")
    assert "lost" not in counter.line()
    counter.lost(0, EVENTS, "because")
    assert counter.line().endswith("3 lost")


def test_counts_failed_timestamps_and_tells_of_the_first() -> None:
    told: list[str] = []
    counter = Counter(told.append)
    assert "failed" not in counter.line()
    counter.failed(4, "a: 'x' is undefined")
    counter.failed(5, "a: 'x' is undefined")
    assert counter.line().endswith("2 failed")
    assert told == ["timestamp 4 gave no event: a: 'x' is undefined"]


def test_tells_of_an_output_that_is_tried_again() -> None:
    told: list[str] = []
    Counter(told.append).retrying(0, "output[0].http: refused")
    assert told == ["output[0].http: refused; trying again"]


def test_the_line_goes_to_stderr_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    counter = Counter()
    counter.planned(EVENTS)
    with shown(counter, wanted=True):
        pass
    assert "3 events" in terminal.getvalue()
    assert capsys.readouterr().out == ""


def test_nothing_is_shown_unless_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    with shown(Counter(), wanted=False):
        pass
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("output", "stdout", "stderr", "verdict"),
    [
        ("file: {path: x}", Terminal, Terminal, True),
        ("file: {path: x}", Terminal, io.StringIO, False),
        ("stdout: {}", Terminal, Terminal, False),
        ("stdout: {}", io.StringIO, Terminal, True),
    ],
)
def test_only_on_a_terminal_that_shows_no_events(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    output: str,
    stdout: type[io.StringIO],
    stderr: type[io.StringIO],
    verdict: bool,
) -> None:
    path = project / "generator.yml"
    path.write_text(path.read_text("utf-8").replace("file: {path: out.log}", output), "utf-8")
    config = load(path)
    monkeypatch.setattr(sys, "stdout", stdout())
    monkeypatch.setattr(sys, "stderr", stderr())
    assert possible(config) is verdict
