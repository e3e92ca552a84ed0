"""What one process has made of a template is, in the next, the same as made anew."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from jinja2 import Environment

from eventum_core import secrets
from eventum_core.events.template.plugin import Template
from eventum_core.templating import cache, environment
from eventum_core.templating.compiler import unit

from .conftest import WORLD, forget
from .test_corpus import QUICK, REFUSED
from .test_projects import projects

ROOT = Path(__file__).parents[4]
ENTRY = {"vars": {"v": 1, "list": [1], "word": "var"}}


@pytest.fixture
def made(monkeypatch):
    """The texts that were read by Jinja2, and those that new code was made of."""
    read, compiled = [], []
    parse, new = Environment._parse, unit.Compiler._unit

    def parsed(self, source, *where):
        read.append(source)
        return parse(self, source, *where)

    def counted(self, template, source, **how):
        compiled.append(source)
        return new(self, template, source, **how)

    monkeypatch.setattr(Environment, "_parse", parsed)
    monkeypatch.setattr(unit.Compiler, "_unit", counted)
    return read, compiled


@pytest.fixture
def next_process(made):
    """Return a function that forgets all that is not on disk."""

    def next_process():
        environment._made.clear()
        unit._units.clear()
        forget()
        for texts in made:
            texts.clear()

    next_process()
    yield next_process
    forget()


@pytest.fixture
def run(tell, project, next_process):
    """Return a function that tells of a text's moments, as a process of its own."""

    def run(text, quick=True, files=None, **options):
        for name, content in (files or {}).items():
            (project / name).write_text(content, encoding="utf-8")
        settings = {"mode": "all", "templates": [{"a": {"inline": text, **ENTRY}}]}
        next_process()
        return tell(Template.model_validate({**settings, **WORLD, **options}), project, 7, quick)

    return run


def same(one, other):
    assert (one.moments, one.state, one.drawn) == (other.moments, other.state, other.drawn)


@pytest.mark.parametrize("text", QUICK)
def test_the_corpus_is_not_compiled_twice(run, made, text):
    stock, cold = run(text, quick=False), run(text)
    assert made[1][0] == text
    warm = run(text)
    assert made == ([], [])
    same(cold, stock)
    same(warm, cold)


@pytest.mark.parametrize("reason, text", REFUSED)
def test_what_is_refused_is_refused_again(run, made, reason, text):
    cold = run(text)
    warm = run(text)
    assert made[0] == []
    assert reason in warm.refused["a"]
    assert warm.refused == cold.refused
    same(warm, cold)


@pytest.mark.parametrize("config", list(projects()))
def test_projects_are_not_compiled_twice(tell, next_process, made, config):
    base = config.path.parent
    stock = tell(config.event, base, 20, False)
    next_process()
    cold = tell(config.event, base, 20, True)
    assert made[1]
    next_process()
    warm = tell(config.event, base, 20, True)
    assert made == ([], [])
    same(cold, stock)
    same(warm, cold)


def both(run, text, **how):
    """Return what is told the quick way, once it is what Jinja2 tells without what is kept."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(cache.VARIABLE, "0")
        stock = run(text, quick=False, **how)
    quick = run(text, **how)
    same(quick, stock)
    return quick


def test_a_template_that_changes(run):
    for text in ("{{ params.word }} a", "{{ params.word }} b", "{{ params.word }} a"):
        assert both(run, text).moments[0] == [f"abc {text[-1]}"]


@pytest.mark.parametrize("use", ["import 'lib.jinja' as l", "include 'lib.jinja'"])
def test_other_files_that_change(run, use):
    call = "{{ l.f(1) }}" if "import" in use else ""
    for name in ("one", "two", "one", "ones"):
        library = f"{{% macro f(a) %}}{name}{{{{ a }}}}{{% endmacro %}}{{{{ f(1) }}}}"
        (text,) = both(run, f"{{% {use} %}}{call}", files={"lib.jinja": library}).moments[0]
        assert text == f"{name}1"


def test_params_and_samples_that_change(run):
    text = "{{ params.x }}{{ params.y is defined }}{% set s = samples.s.pick() %}{{ s.name }}"
    rows = [[{"name": "n", "b": 1}], [{"b": "n", "name": 2}], [["n", 1]], ["n"]]
    for x in (1, True, 1.0, -0.0, 0.0, "1", None, [1]):
        for source in rows:
            sample = {"s": {"type": "items", "source": source}}
            both(run, text, params={"x": x}, samples=sample)
    both(run, text, params={"y": 1}, samples={})


def test_a_module_that_comes_to_want_the_context(run):
    text = "{{ module.changing.f('word') }}{% set word = 'set' %}{{ module.changing.f('word') }}"
    plain = "def f(name): return name\n"
    wants = "from jinja2 import pass_context\n@pass_context\ndef f(context, name):\n"
    wants += "    return context.get(name, 'nothing')\n"
    for module in (plain, wants, plain):
        sys.modules.pop("changing", None)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "dont_write_bytecode", True)
            quick = both(run, text, files={"changing.py": module})
        sys.modules.pop("changing", None)
        assert bool(quick.refused) is (module is wants)


def test_units_of_jinja2s_other_kind_are_not_mixed_up(run, project, monkeypatch):
    keys = []
    original = cache._key
    monkeypatch.setattr(cache, "_key", lambda parts: keys.append(parts) or original(parts))
    run("{{ params.word }}")
    kinds = {(parts[0], parts[1][0]) for parts in keys}
    assert kinds == {("stock", "_Remembering"), ("units", "_Remembering")}
    keys.clear()
    restricted = environment.environment(project, Random(1), restricted=True)
    restricted.compile("{{ params.word }}", "<inline>")
    assert {(parts[0], parts[1][0]) for parts in keys} == {("stock", "_Sandbox")}


def test_another_filter_makes_other_code(project, monkeypatch, next_process):
    made = environment.environment(project, Random(1))
    text = "{% if 'louder' is filter %}{{ 1 | louder }}{% else %}without{% endif %}"
    assert made.from_string(text).render() == "without"
    next_process()
    made.filters["louder"] = lambda value: f"{value}!"
    assert made.from_string(text).render() == "1!"


@pytest.mark.parametrize("where", ["inline", "params", "vars", "file"])
def test_no_secret_is_kept(run, project, tmp_path, monkeypatch, where):
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "kept"))
    word = "correct-horse-'battery'"
    secrets.remember(word)
    secrets.remember("90817263")
    given = {"x": {"a": 1}, "word": word, "n": 90817263}
    read = "{{ params.word }}{{ params.n }}{{ vars.word }}{{ vars.n }} unharmed"
    entry = {
        "inline": {"inline": f"{word} 90817263 {read}"},
        "params": {"inline": read},
        "vars": {"inline": read, "vars": given},
        "file": {"template": "a.jinja", "vars": given},
    }[where]
    (project / "a.jinja").write_text(f"{word} {read}", "utf-8")
    params = given if where == "params" else {"word": "w", "n": 1}
    told = run("", templates=[{"a": entry}], params=params)
    assert word in told.moments[0][0]
    run("a template without any")
    kept = b"".join(file.read_bytes() for file in (tmp_path / "kept").iterdir())
    assert b"a template without any" in kept
    assert b"battery" not in kept
    assert (90817263).to_bytes(4, "little") not in kept


SIXTY = ("--no-live-mode", "--max-events", "60", "-q", "--id", "same")
SAME = ("--seed", "1", "--now", "2025-01-01T00:00:00Z")


@pytest.fixture
def start(tmp_path):
    """Return a function that starts a process on one project, and gives where it writes."""
    project = ROOT / "tests" / "benchmarks" / "projects" / "security-log"
    running = []

    def start(kept):
        folder = tmp_path / f"copy-{len(running)}"
        folder.mkdir()
        text = (project / "generator.yml").read_text("utf-8")
        text = text.replace("output/events.jsonl", str(folder / "events.jsonl"))
        (tmp_path / "project" / f"{folder.name}.yml").write_text(text, "utf-8")
        command = ["generate", f"{folder.name}.yml", *SIXTY, *SAME]
        running.append(
            subprocess.Popen(
                [sys.executable, "-m", "eventum_core", *command],
                cwd=tmp_path / "project",
                env={**os.environ, cache.VARIABLE: str(kept)},
            )
        )
        return running[-1], folder / "events.jsonl"

    shutil.copytree(project, tmp_path / "project")
    return start


def written(process, file):
    assert process.wait() == 0
    return file.read_bytes()


def test_processes_at_once_and_one_after_the_other(tmp_path, start):
    kept = tmp_path / "kept"
    first, *others = [start("0"), *(start(kept) for _ in range(3))]
    expected = written(*first)
    assert expected.count(b"\n") == 60
    assert {written(*process) for process in others} == {expected}
    files = {file: file.stat().st_mtime_ns for file in kept.iterdir()}
    assert all(file.name.count(".") == 1 for file in files)
    assert written(*start(kept)) == expected
    assert {file: file.stat().st_mtime_ns for file in kept.iterdir()} == files
