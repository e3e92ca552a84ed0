from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

from eventum_core.cli.preview import PATIENCE

Call = Callable[..., Result]
Edit = Callable[[str, str], None]


SAME = ["--seed", "1", "--now", "2026-01-01T00:00:00Z"]


def test_prints_the_events_of_the_run_and_delivers_none(project: Path, call: Call) -> None:
    shown = call("preview", project, "-n", 10, *SAME)
    assert shown.exit_code == 0
    assert not (project / "out.log").exists()
    call("generate", project, "--no-live-mode", *SAME)
    assert (project / "out.log").read_text("utf-8") == shown.stdout


def test_five_unless_told_otherwise(project: Path, call: Call) -> None:
    assert len(call("preview", project).stdout.splitlines()) == 5
    assert len(call("preview", project, "-n", 2).stdout.splitlines()) == 2


def test_seed_and_now_are_told_on_stderr(project: Path, call: Call) -> None:
    first = call("preview", project)
    options = first.stderr.partition(": ")[2].split()
    assert call("preview", project, *options).stdout == first.stdout


def test_begins_at_an_ordinal(project: Path, call: Call) -> None:
    whole = call("preview", project, "-n", 10, *SAME).stdout.splitlines()
    assert call("preview", project, "-n", 2, "--at", 7, *SAME).stdout.splitlines() == whole[7:9]


def test_json_has_all_details(project: Path, call: Call) -> None:
    lines = call("preview", project, "--json", "--at", 3, "-n", 1, *SAME).stdout.splitlines()
    event = json.loads(lines[0])
    assert event["ordinal"] == 3
    assert event["timestamp"] == "2026-01-01T00:00:03+00:00"
    assert event["text"].startswith(event["timestamp"])
    assert len(event["id"]) == 32
    assert event["tags"] == []


def test_a_failing_timestamp_is_told_and_the_others_shown(project: Path, call: Call) -> None:
    (project / "event.jinja").write_text("{{ 1 / (timestamp.second - 1) }}", "utf-8")
    result = call("preview", project, "-n", 3, *SAME)
    assert (result.exit_code, result.stdout.splitlines()) == (1, ["-1.0", "1.0", "0.5"])
    assert "timestamp 1: " in result.stderr


def test_params_and_problems(project: Path, call: Call, edit: Edit) -> None:
    edit("count: 10", "count: ${params.n}")
    assert call("preview", project).exit_code == 2
    assert len(call("preview", project, "--param", "n=2").stdout.splitlines()) == 2


def test_a_template_that_always_fails_comes_to_an_end(
    project: Path, call: Call, edit: Edit
) -> None:
    edit("linspace: {start:", "timer: {seconds: 1, start:")
    edit('end: "2026-01-01T00:00:09", count: 10', "count: 1")
    (project / "event.jinja").write_text("{{ nobody.name }}", "utf-8")
    result = call("preview", project, "-n", 3, *SAME)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.count("'nobody' is undefined") == PATIENCE
    assert result.stderr.endswith("in a row gave no event; this ends here\n")
