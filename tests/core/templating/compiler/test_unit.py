"""New code is kept for the process, and used again only where all that it relies on is so."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from eventum_core.events.template.plugin import Template
from eventum_core.templating.compiler import unit

READS = "{{ params.x }}|{{ params.x is number }}|{{ params.x is none }}|{{ params['?'] }}"
VALUES = [1, 1.0, True, "1", 0.0, -0.0, None, [1], {"a": 1}, "x", 1, False, float("inf")]


def same(both, text, **options):
    """Return what a text gives the quick way, once it is the same as Jinja2's."""
    stock, quick = both(text, count=2, **options)
    assert (quick.moments, quick.state, quick.drawn) == (stock.moments, stock.state, stock.drawn)
    return quick


@pytest.fixture
def made(monkeypatch):
    """The texts of the templates that new code is made of."""
    texts = []
    original = unit.Compiler._unit

    def counted(self, template, source, **how):
        texts.append(source)
        return original(self, template, source, **how)

    monkeypatch.setattr(unit.Compiler, "_unit", counted)
    return texts


def test_equal_runs_make_it_once(both, made):
    text = "{{ params.x }} of equal runs {% import 'macros.jinja' as m %}{{ m.add(params.x) }}"
    for _ in range(3):
        same(both, text, params={"x": 1})
    assert made.count(text) == 1


def test_other_params_give_other_texts(both):
    told = [same(both, READS, params={"x": value, "?": value}).moments[0] for value in VALUES]
    assert told[0] == ["1|True|False|1"]
    assert told[4:6] == [["0.0|True|False|0.0"], ["-0.0|True|False|-0.0"]]
    assert same(both, READS, params={}).moments[0] == ["|False|False|"]


def test_params_that_hold_what_they_held_not_before(both):
    text = "{{ params.x.a }}|{{ params.x.items }}|{{ params.y is defined }}"
    for params in ({"x": {"a": 1}}, {"x": "s"}, {"y": 2, "x": {"items": 3}}, {"x": {"a": 1}}):
        same(both, text, params=params)


def test_samples_with_other_columns_and_none(both):
    text = (
        "{% set u = samples.s.pick('none') %}{{ u.name }}{{ u.b }}{{ u.count }}"
        "{{ samples.s|random }}{{ samples.s.where }}"
        "{{ samples.s|selectattr('name', 'equalto', 'x')|list }}"
    )
    sources = [
        [{"name": "x", "b": 2}],
        [{"b": "x", "name": 2}],
        [{"count": 1, "b": 2}],
        [["x", "y"]],
        ["x"],
        [{"name": "x", "b": 2}],
    ]
    for source in sources:
        same(both, text, samples={"s": {"type": "items", "source": source}})
    empty = {"type": "csv", "source": "empty.csv", "header": True}
    same(both, text, samples={"s": empty})
    same(both, text, samples={"other": empty})


IMPORTED = [
    "{% macro f(a, b=1) %}{{ a }}{{ b }}{% endmacro %}{% set c = 1 %}",
    "{% macro f(b, a=1) %}{{ a }}{{ b }}{% endmacro %}{% set c = 'one' %}",
    "{% macro f(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}{% set c = 0.0 %}",
    "{% set f = 5 %}{% macro c() %}c{% endmacro %}",
    "{% set c = module.rand %}{% set f = shared %}",
    "{% set c = shared %}{% set f = module.rand.chance %}",
    "{% set c = globals %}{% set f = module %}",
    "nothing",
    "{% set c = [1] %}{% macro f() %}{% do c.append(1) %}{{ c }}{% endmacro %}",
    "{% import 'lib2.jinja' as l %}{% macro f(a, b=1) %}{{ l.g() }}{% endmacro %}{% set c = l.x %}",
    "{% macro f(a, b=1) %}{{ a }}{{ b }}{% endmacro %}{% set c = -0.0 %}",
]


def test_imported_files_that_change_between_runs(both):
    text = (
        "{% import 'lib.jinja' as l %}{{ l.c }}{{ l.c.acquire }}{{ l.c is none }}{{ l.f(1, b=2) }}"
    )
    for imported in [*IMPORTED, *reversed(IMPORTED)]:
        same(both, text, files={"lib.jinja": imported, "lib2.jinja": "{% set x = 1 %}"})


def test_files_that_imported_files_import_change(both):
    text = "{% import 'lib.jinja' as l %}{{ l.f() }}{{ l.c }}"
    library = (
        "{% from 'lib2.jinja' import g, x %}{% macro f() %}{{ g(1) }}{{ x }}{% endmacro %}"
        "{% set c = x %}"
    )
    told = [
        same(both, text, files={"lib.jinja": library, "lib2.jinja": inner}).moments[0]
        for inner in (
            "{% macro g(a) %}one{{ a }}{% endmacro %}{% set x = 1 %}",
            "{% macro g(b, c=3) %}two{{ b }}{{ c }}{% endmacro %}{% set x = '1' %}",
            "{% macro g(a) %}one{{ a }}{% endmacro %}{% set x = module.rand %}",
            "{% macro g(a) %}one{{ a }}{% endmacro %}{% set x = 1 %}",
        )
    ]
    assert told[0] == told[3] == ["one111"]
    assert told[1] == ["two1311"]


def test_an_imported_file_that_comes_to_change_params(both):
    text = "{% import 'lib.jinja' as l %}{{ params.x }}{{ l.f() }}{{ params.x }}"
    reads = "{% macro f() %}{{ params.x }}{% endmacro %}"
    changes = "{% macro f() %}{% do params.update({'x': params.x + 1}) %}{% endmacro %}"
    for library in (reads, changes, reads):
        same(both, text, params={"x": 1}, files={"lib.jinja": library})


def test_aliases_of_one_file_have_their_own_vars(both):
    text = "{{ vars.x }}{{ vars.y.z }}{% do vars.y.update({'z': 2}) %}"
    given = [{"x": 1, "y": {"z": 1}}, {"x": "1", "y": {"z": 0}}, {"y": {}}]
    templates = [{f"a{n}": {"template": "a.jinja", "vars": v}} for n, v in enumerate(given)]
    quick = same(both, "", files={"a.jinja": text}, templates=templates)
    assert quick.moments[0] == ["11", "10", ""]
    assert quick.moments[1] == ["12", "12", "2"]


def test_another_template_that_changes_params(both):
    templates = [
        {"a": {"inline": "{{ params.x }}"}},
        {"b": {"inline": "{% do params.update({'x': params.x + 1}) %}"}},
    ]
    quick = same(both, "", params={"x": 1}, templates=templates)
    assert quick.moments == [["1", ""], ["2", ""]]


def test_equal_texts_in_two_folders_are_told_apart(tell, tmp_path):
    plugin = Template.model_validate({"mode": "all", "templates": [{"a": {"template": "a.jinja"}}]})
    files = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        (folder / "a.jinja").write_text("\n{{ in_two_folders.x }}", "utf-8")
        ((_, _, places),) = tell(plugin, folder, 1, True).moments
        files += [file for file, _, _ in places]
    assert files == [str(tmp_path / "one" / "a.jinja"), str(tmp_path / "two" / "a.jinja")]


def test_threads_at_once(plain, project):
    text = (
        "{{ params.x }}{% import 'macros.jinja' as m %}{{ m.add(params.x) }}{{ samples.s.pick() }}"
    )
    start = Barrier(4)

    def run(number):
        sample = {"s": {"type": "items", "source": [{f"c{number % 2}": number}]}}
        options = {"mode": "all", "params": {"x": number % 3}, "samples": sample}
        plugin = Template.model_validate({**options, "templates": [{"a": {"inline": text}}]})
        start.wait(20)
        return [plain(plugin, project) for _ in range(40)]

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(run, range(4)))
    for number, told in enumerate(results):
        x = number % 3
        assert told == [[[f"{x}{x}+2Row(c{number % 2}={number})"]] * 2] * 40
