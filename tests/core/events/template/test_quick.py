"""The quick way to render: what is taken for settled, and that nothing of another run is."""

from __future__ import annotations

from pathlib import Path
from random import Random
from threading import Thread
from typing import Any

import pytest

from eventum_core import Generator
from eventum_core.events.template.entries import Entry
from eventum_core.events.template.knowledge import read_only
from eventum_core.events.template.quick import Quick
from eventum_core.templating.environment import environment


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{{ params.a }} {{ params['b'] }} {{ vars.c }}", {"params", "vars"}),
        ("{{ params.get('a') }}{% for k in params.keys() %}{% endfor %}", {"params", "vars"}),
        ("{% do params.update(a=1) %}", {"vars"}),
        ("{% set p = params %}{% do p.clear() %}", {"vars"}),
        ("{{ m(vars) }}", {"params"}),
        ("{% do params.list.append(1) %}", {"params", "vars"}),
        ("{% include tags[0] %}", set()),
        ("{% from 'changes.jinja' import m %}", {"vars"}),
        ("{% from 'missing.jinja' import m %}{{ params.a }}", {"params", "vars"}),
    ],
)
def test_what_no_template_changes(tmp_path: Path, text: str, names: set[str]) -> None:
    (tmp_path / "changes.jinja").write_text("{% macro m() %}{% do params.pop('a') %}{% endmacro %}")
    assert read_only(environment(tmp_path, Random(0)), [text]) == names


def rendered(base: Path, text: str, **options: Any) -> list[str]:
    """Return three events of a template, of a fresh run."""
    event = {"template": {"mode": "all", "templates": [{"a": {"inline": text}}], **options}}
    document = {"input": [{"static": {"count": 3}}], "event": event, "output": [{"stdout": {}}]}
    made = Generator.from_mapping(document, base=base, seed=1, now="2026-01-05T00:00:00Z")
    return [one.text for one in made.events()]


def test_code_is_found_again_only_where_it_holds(tmp_path: Path) -> None:
    text = "{{ params.x }} {{ samples.s.pick().a }}"

    def run(x: Any, rows: str) -> str:
        (tmp_path / "s.csv").write_text(rows, "utf-8")
        sample = {"type": "csv", "source": "s.csv", "header": True}
        return rendered(tmp_path, text, params={"x": x}, samples={"s": sample})[0]

    assert run(1, "a,b\n5,6\n") == "1 5"
    assert run(True, "a,b\n5,6\n") == "True 5"
    assert run(1.0, "b,a\n5,6\n") == "1.0 6"
    assert run("1", "count,a\n5,7\n") == "1 7"
    assert run([1], "a\n5\n") == "[1] 5"
    assert run(1, "a,b\n5,6\n") == "1 5"


def test_an_imported_file_may_change_between_two_runs(tmp_path: Path) -> None:
    text = "{% from 'm.jinja' import m %}{{ m(1) }}"
    for body, expected in (
        ("{% macro m(a) %}{{ a }}{% endmacro %}", "1"),
        ("{% macro m(b, a=2) %}{{ a }}{{ b }}{% endmacro %}", "21"),
        ("{% set m = range %}", "range(0, 1)"),
        ("{% macro m(a) %}{{ a }}{% endmacro %}", "1"),
    ):
        (tmp_path / "m.jinja").write_text(body, "utf-8")
        assert rendered(tmp_path, text)[0].strip() == expected


def test_runs_in_threads_do_not_meet(tmp_path: Path) -> None:
    found: dict[int, list[str]] = {}

    def run(number: int) -> None:
        text = "{{ params.x }}{{ shared.get('n', 0) }}{% do shared.set('n', shared.n or 0 + 1) %}"
        found[number] = rendered(tmp_path, text, params={"x": number})

    threads = [Thread(target=run, args=(number,), daemon=True) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert {number: texts[0] for number, texts in found.items()} == {n: f"{n}0" for n in range(8)}


def test_the_restricted_policy_keeps_every_check(tmp_path: Path) -> None:
    env = environment(tmp_path, Random(0), restricted=True)
    quick = Quick(env, {"a": Entry(inline="x")})
    assert quick.function("a", env.from_string("x"), {}) is None
    assert quick.refused == {"a": "the restricted policy looks at each call"}


@pytest.mark.parametrize("text", ["{{ nope.x }}", "\n\n{{ 1 / 0 }}", "{{ samples.s.x.y }}"])
def test_an_error_names_the_template_s_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "e.jinja").write_text(text, "utf-8")
    line = text.count("\n") + 1
    event = {"template": {"mode": "all", "templates": [{"a": {"template": "e.jinja"}}]}}
    document = {"input": [{"static": {"count": 1}}], "event": event, "output": [{"stdout": {}}]}
    made = Generator.from_mapping(document, base=tmp_path, seed=1)
    failures: list[str] = []
    assert list(made.events(on_error=lambda _, error: failures.append(str(error)))) == []
    assert f"(e.jinja, line {line})" in failures[0]
