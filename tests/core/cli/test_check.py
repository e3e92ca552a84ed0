from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Call = Callable[..., Result]
Edit = Callable[[str, str], None]


def test_a_good_generator(project: Path, call: Call) -> None:
    result = call("check", project)
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{project}: ok\n", "")


def test_every_problem_of_every_file_on_stderr(
    project: Path, call: Call, edit: Edit, tmp_path: Path
) -> None:
    edit("count: 10", "count: -1")
    edit("out.log", "out.log, nonsense: 1")
    result = call("check", project, tmp_path / "none.yml")
    assert (result.exit_code, result.stdout) == (2, "")
    for part in ("input[0].linspace.count", "output[0].file.nonsense", "none.yml"):
        assert part in result.stderr
    assert f"{project / 'generator.yml'}:2: " in result.stderr


def test_one_bad_file_does_not_hide_a_good_one(project: Path, call: Call, tmp_path: Path) -> None:
    result = call("check", tmp_path / "none.yml", project)
    assert (result.exit_code, result.stdout) == (2, f"{project}: ok\n")


def test_verbose_says_what_it_does(project: Path, call: Call, edit: Edit) -> None:
    (project / "event.jinja").write_text("{{ module.time.time() }}", "utf-8")
    edit("count: 10", "count: 10, tags: [a, b]")
    edit("out.log", "out.log, on_failure: stop")
    lines = call("check", "-v", project).stdout.splitlines()
    assert [line.strip() for line in lines[1:]] == [
        "input linspace: has an end, tags a, b",
        "event template: mode all",
        "template numbered: event.jinja, compiled",
        "output file: at least once, format plain, 10 attempts, then stop",
        "not repeated by a seed: time (event.jinja:1)",
    ]


def test_verbose_says_why_a_template_is_not_compiled(project: Path, call: Call) -> None:
    (project / "part.jinja").write_text("part", "utf-8")
    (project / "event.jinja").write_text("{% include 'part.jinja' %}", "utf-8")
    assert "  template numbered: event.jinja, left to Jinja2, since it includes" in (
        call("check", "-v", project).stdout
    )
    (facts,) = json.loads(call("check", "--json", project).stdout)
    assert facts["facts"]["event"]["refused"] == {"numbered": "it includes other templates"}


def test_verbose_imports_no_module_of_the_user(
    project: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "imported_too_soon.py").write_text("raise ValueError", "utf-8")
    (project / "event.jinja").write_text("{{ module.imported_too_soon.x }}", "utf-8")
    monkeypatch.syspath_prepend(project)
    assert "event.jinja, compiled" in call("check", "-v", project).stdout


def test_json_has_facts_and_problems(project: Path, call: Call, tmp_path: Path) -> None:
    result = call("check", "--json", project, tmp_path / "none.yml")
    good, bad = json.loads(result.stdout)
    assert result.exit_code == 2
    assert (good["ok"], good["problems"]) == (True, [])
    assert good["facts"]["inputs"] == [{"name": "linspace", "tags": [], "endless": False}]
    assert good["facts"]["outside"] == []
    assert (bad["ok"], bad["facts"]) == (False, None)
    assert set(bad["problems"][0]) == {"path", "message", "value", "fix", "file", "line"}


def test_params_are_needed_and_taken(project: Path, call: Call, edit: Edit) -> None:
    edit("count: 10", "count: ${params.n}")
    missing = call("check", project)
    assert (missing.exit_code, "missing parameter 'n'" in missing.stderr) == (2, True)
    assert call("check", project, "--params", '{"n": 3}').exit_code == 0
    assert call("check", project, "--param", "n=3").exit_code == 0


@pytest.mark.parametrize("options", [[], ["--json"], ["-v"]])
def test_a_secret_is_never_shown(
    project: Path,
    call: Call,
    edit: Edit,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
) -> None:
    monkeypatch.setenv("EVENTUM_SECRET_PW", "canary-31")
    edit("out.log", "${secrets.pw}.log, nonsense: ${secrets.pw}")
    edit("count: 10", "count: ${secrets.pw}")
    result = call("check", project, *options)
    assert (result.exit_code, "canary" in result.output) == (2, False)


def test_a_file_is_needed(call: Call) -> None:
    assert call("check").exit_code == 2
