from __future__ import annotations

import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from eventum_core import Generator
from eventum_core.cli.generate import keep_undelivered

Call = Callable[..., Result]
Edit = Callable[[str, str], None]

SAMPLE = ["--no-live-mode", "--seed", "1", "--now", "2026-01-01T00:00:00Z"]
CANARY = "canary-7d1f"


def test_all_delivered_exits_0_with_a_report_on_stderr(project: Path, call: Call) -> None:
    result = call("generate", project, *SAMPLE)
    assert (result.exit_code, result.stdout) == (0, "")
    assert len((project / "out.log").read_text("utf-8").splitlines()) == 10
    assert "shop: complete, 10 events in " in result.stderr
    assert "output 1 file: 10 written" in result.stderr
    assert "seed 1, now 2026-01-01T00:00:00+00:00, timezone UTC" in result.stderr


def test_the_last_line_repeats_the_run(project: Path, call: Call) -> None:
    first = call("generate", "--path", project / "generator.yml", "--no-live-mode")
    line = first.stderr.splitlines()[-1].partition("again: ")[2]
    text = (project / "out.log").read_text("utf-8")
    again = call(*shlex.split(line)[1:])
    assert again.exit_code == 0
    assert (project / "out.log").read_text("utf-8") == text * 2
    assert again.stderr.splitlines()[-1].partition("again: ")[2] == line


def test_quiet_says_nothing_of_a_good_run(project: Path, call: Call) -> None:
    assert call("generate", project, *SAMPLE, "--quiet").output == ""


def test_events_on_stdout_are_alone_there(project: Path, edit: Edit) -> None:
    edit("file: {path: out.log}", "stdout: {}")
    done = subprocess.run(
        [sys.executable, "-m", "eventum_core", "generate", str(project), *SAMPLE],
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(done.stdout.splitlines()) == 10
    assert "10 written" in done.stderr


def test_lost_events_exit_1_and_name_the_cause(project: Path, call: Call) -> None:
    (project / "event.jinja").write_text("{{ 1 / (timestamp.second - 3) }}", "utf-8")
    result = call("generate", project, *SAMPLE)
    assert result.exit_code == 1
    assert "9 events" in result.stderr
    assert "1 failed" in result.stderr
    assert "lost: 1" in result.stderr
    assert "ZeroDivisionError" in result.stderr


def test_an_output_that_cannot_open_exits_1(project: Path, call: Call, edit: Edit) -> None:
    (project / "taken").touch()
    edit("out.log", "taken/out.log")
    result = call("generate", project, *SAMPLE)
    assert result.exit_code == 1
    assert "Traceback" not in result.stderr
    assert "taken" in result.stderr


def test_problems_exit_2_all_at_once_without_traceback(
    project: Path, call: Call, edit: Edit
) -> None:
    edit("count: 10", "count: -1")
    edit("path: out.log", "path: out.log, nonsense: 1")
    result = call("generate", project, *SAMPLE)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "input[0].linspace.count" in result.stderr
    assert "output[0].file.nonsense" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "args",
    [
        ["--batch.size", "0"],
        ["--now", "nonsense"],
        ["--duration", "long"],
        ["--live-mode=maybe"],
        ["-vvvvvv"],
        ["--cryptfile", "none"],
        ["--params", "[]"],
    ],
)
def test_wrong_options_exit_2(project: Path, call: Call, args: list[str]) -> None:
    result = call("generate", project, *args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr


def test_a_missing_file_exits_2(tmp_path: Path, call: Call) -> None:
    result = call("generate", tmp_path / "none.yml")
    assert result.exit_code == 2
    assert "none.yml" in result.stderr


def test_an_endless_schedule_is_noted_with_what_ends_it(project: Path, call: Call) -> None:
    (project / "event.jinja").write_text("{{ timestamp }}", "utf-8")
    text = (project / "generator.yml").read_text("utf-8")
    lines = [line for line in text.splitlines(keepends=True) if "linspace" not in line]
    lines.insert(1, '- timer: {start: "2026-01-01T00:00:00", seconds: 1, count: 1}\n')
    (project / "generator.yml").write_text("".join(lines), "utf-8")
    done = subprocess.Popen(
        [sys.executable, "-m", "eventum_core", "generate", str(project), *SAMPLE],
        stderr=subprocess.PIPE,
        text=True,
    )
    with done:
        assert done.stderr is not None
        note = done.stderr.readline()
        done.terminate()
        done.stderr.read()
    assert all(option in note for option in ("--max-events", "--duration", "--until"))
    bounded = call("generate", project, *SAMPLE, "--max-events", 5)
    assert (bounded.exit_code, "no end" in bounded.stderr) == (0, False)
    assert "5 events" in bounded.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals are others there")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_a_live_run_and_is_its_exit_code(
    project: Path, number: signal.Signals, code: int, edit: Edit
) -> None:
    edit("file: {path: out.log}", "stdout: {}")
    edit("linspace:", "timer:")
    edit(
        '"2026-01-01T00:00:00", end: "2026-01-01T00:00:09", count: 10',
        "now, seconds: 0.1, count: 1",
    )
    command = [sys.executable, "-m", "eventum_core", "generate", str(project), "--live-mode"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline()
        running.send_signal(number)
        rest, told = running.stdout.read(), running.stderr.read()
    assert running.returncode == code
    assert f"{1 + len(rest.splitlines())} written" in told
    assert "stopped" in told


@pytest.mark.skipif(sys.platform == "win32", reason="signals are others there")
def test_a_signal_that_comes_before_the_run_ends_it_too(
    project: Path, call: Call, edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit("linspace:", "timer:")
    edit('end: "2026-01-01T00:00:09", count: 10', "seconds: 1, count: 1")
    begin = Generator.run

    def late(self: Generator, *args: Any, **kwargs: Any) -> Any:
        signal.raise_signal(signal.SIGTERM)
        return begin(self, *args, **kwargs)

    monkeypatch.setattr(Generator, "run", late)
    result = call("generate", project, *SAMPLE)
    assert result.exit_code == 143
    assert "shop: stopped" in result.stderr


def test_logs_only_when_asked_for(project: Path, call: Call) -> None:
    assert "DEBUG" not in call("generate", project, *SAMPLE).stderr
    assert call("generate", project, *SAMPLE, "-vvvvv").exit_code == 0


def test_a_secret_is_never_shown(
    project: Path, call: Call, monkeypatch: pytest.MonkeyPatch, edit: Edit
) -> None:
    monkeypatch.setenv("EVENTUM_SECRET_PW", CANARY)
    edit("count: 10", "count: ${secrets.pw}")
    broken = call("generate", project, *SAMPLE, "-vvvvv", "--params", '{"password": "canary-too"}')
    assert (broken.exit_code, "canary" in broken.output) == (2, False)


def test_a_secret_in_an_event_error_is_not_shown(
    project: Path, call: Call, monkeypatch: pytest.MonkeyPatch, edit: Edit
) -> None:
    monkeypatch.setenv("EVENTUM_SECRET_PW", CANARY)
    edit("mode: all", 'mode: all\n    params: {pw: "${secrets.pw}"}')
    (project / "event.jinja").write_text("{{ {}[params.pw].x }}", "utf-8")
    result = call("generate", project, *SAMPLE, "-vvvvv", "--param", "api_key=canary-too")
    assert result.exit_code == 1
    assert "canary" not in result.output


def test_dead_letters_fill_in_what_the_file_leaves_open() -> None:
    document = {"output": [{"http": {}}, {"file": {"on_failure": "stop"}}, "broken", {"x": None}]}
    keep_undelivered(Path("/letters"))(document)
    assert document["output"] == [
        {"http": {"on_failure": "dead_letter", "dead_letters": "/letters"}},
        {"file": {"on_failure": "stop", "dead_letters": "/letters"}},
        "broken",
        {"x": None},
    ]


def test_dead_letters_of_a_file_without_outputs_is_left_to_the_loader() -> None:
    assert keep_undelivered(Path("/x"))({"output": None}) == {"output": None}
