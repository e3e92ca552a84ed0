"""Compiling entries, rendering them, and what is told when either fails."""

from __future__ import annotations

import sys
from random import Random

import pytest

from eventum_core.errors import ConfigError, Dropped, ProduceError
from eventum_core.events.template.compile import compile_entries, renderer
from eventum_core.events.template.dispatch import Dispatch
from eventum_core.events.template.entries import Entry
from eventum_core.state import State
from eventum_core.templating.environment import environment


@pytest.fixture
def env(tmp_path):
    env = environment(tmp_path, Random(1))
    env.globals["dispatch"] = Dispatch()
    return env


@pytest.fixture
def problems(env):
    def problems(**entries):
        with pytest.raises(ConfigError) as caught:
            compile_entries(env, {alias: Entry(**entry) for alias, entry in entries.items()})
        return [(problem.path, problem.message) for problem in caught.value.problems]

    return problems


@pytest.fixture
def render(env, start):
    def render(text, constants=None, **entry):
        entry = entry or {"inline": text}
        template = compile_entries(env, {"a": Entry(**entry)})["a"]
        return renderer("a", template, State(), constants or {})(start, ("t",))

    return render


@pytest.fixture
def failure(render):
    def failure(text="", **entry):
        with pytest.raises(ProduceError) as caught:
            render(text, **entry)
        return caught.value

    return failure


def test_a_missing_file(problems):
    assert problems(a={"template": "x.jinja"}) == [
        ("templates[0].a.template", "x.jinja: no such file in the folder of the configuration")
    ]


def test_a_folder_is_no_template(problems, write):
    write("x.jinja/y", "")
    assert "no such file" in problems(a={"template": "x.jinja"})[0][1]


def test_a_broken_file_names_its_line(problems, write):
    write("sub/x.jinja", "fine\n{% if %}")
    ((path, message),) = problems(a={"template": "sub/x.jinja"})
    assert path == "templates[0].a.template"
    assert message.startswith("sub/x.jinja, line 2: ")


def test_a_broken_text_names_its_line(problems):
    ((path, message),) = problems(a={"inline": "\n\n{{ 1 +"})
    assert path == "templates[0].a.inline"
    assert message.startswith("<inline>, line 3: ")


def test_a_file_that_is_no_utf_8(problems, tmp_path):
    (tmp_path / "x.jinja").write_bytes(b"\xff")
    ((_, message),) = problems(a={"template": "x.jinja"})
    assert message.startswith("x.jinja: 'utf-8' codec can't decode")


def test_every_unknown_filter_and_test_is_told(problems, write):
    write("x.jinja", "{{ a | nope }}\n{{ b is odd }}{{ b is search }}\n{{ c | nope | upper }}")
    assert problems(a={"template": "x.jinja"}) == [
        ("templates[0].a.template", "x.jinja, line 1: no filter named 'nope'"),
        ("templates[0].a.template", "x.jinja, line 2: no test named 'search'"),
        ("templates[0].a.template", "x.jinja, line 3: no filter named 'nope'"),
    ]


def test_a_guarded_unknown_filter_is_none_of_our_business(render):
    text = "{% if 'nope' is filter %}{{ 1 | nope }}{% else %}without{% endif %}"
    assert render(text) == "without"


def test_every_broken_template_is_told(problems, write):
    write("b.jinja", "{% endfor %}")
    found = problems(
        a={"template": "a.jinja"},
        b={"template": "b.jinja"},
        c={"inline": "{{ x | nope }}"},
        d={"inline": "fine"},
    )
    assert [path for path, _ in found] == [
        "templates[0].a.template",
        "templates[1].b.template",
        "templates[2].c.inline",
    ]


def test_text_is_kept_as_it_comes(render):
    assert render("\n a \n\n") == "\n a \n"
    assert render("") == ""


def test_names_of_the_event(render):
    text = "{{ timestamp }} {{ tags }} {{ vars.x }} {{ vars.y }}|"
    assert render(text, {"x": 1}) == "2024-03-01 12:30:15.250000+00:00 ('t',) 1 |"


def test_blocks_and_parents_render_again_and_again(env, write, start):
    write("base.jinja", "[{% block x %}base{% endblock %}]")
    entry = Entry(inline="{% extends 'base.jinja' %}{% block x %}{{ super() }}+own{% endblock %}")
    template = compile_entries(env, {"a": entry})["a"]
    draw = renderer("a", template, State(), {})
    assert [draw(start, ()), draw(start, ())] == ["[base+own]"] * 2


def test_nothing_set_by_one_event_is_seen_by_the_next(env, start):
    entry = Entry(inline="{{ x is defined }}{% set x = 1 %}{% set timestamp = 2 %}")
    draw = renderer("a", compile_entries(env, {"a": entry})["a"], State(), {})
    assert [draw(start, ()), draw(start, ())] == ["False", "False"]


def test_imports_without_context_run_anew_for_each_event(env, write, start):
    write(
        "m.jinja",
        "{% set seen = [] %}{% macro see() %}{% do seen.append(1) %}{{ seen }}{% endmacro %}",
    )
    entry = Entry(inline="{% from 'm.jinja' import see %}{{ see() }}")
    draw = renderer("a", compile_entries(env, {"a": entry})["a"], State(), {})
    assert [draw(start, ()), draw(start, ())] == ["[1]", "[1]"]


def test_an_error_tells_class_text_template_and_line(failure, write):
    write("x.jinja", "fine\n\n{{ 1 / 0 }}")
    error = failure(template="x.jinja")
    assert str(error) == "a: ZeroDivisionError: division by zero (x.jinja, line 3)"
    assert error.context["reason"] == "division by zero"
    assert error.context["template_alias"] == "a"
    assert isinstance(error.__cause__, ZeroDivisionError)


def test_the_traceback_names_the_lines_of_the_template(failure, write):
    path = write("x.jinja", "{% macro m() %}\n{{ 1 / 0 }}{% endmacro %}\n{{ m() }}")
    text = failure(template="x.jinja").context["traceback"]
    assert f'File "{path}", line 3' in text
    assert f'File "{path}", line 2' in text
    assert text.endswith("ZeroDivisionError: division by zero\n")


def test_the_place_is_that_of_the_innermost_template(failure, write):
    write("m.jinja", "\n{% macro m() %}\n{{ nope.x }}{% endmacro %}")
    error = failure("{% from 'm.jinja' import m %}{{ m() }}")
    assert str(error) == "a: UndefinedError: 'nope' is undefined (m.jinja, line 3)"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("{{ nope.x }}", "'nope' is undefined"),
        ("{{ nope() }}", "'nope' is undefined"),
        ("{{ nope + 1 }}", "'nope' is undefined"),
        ("{{ vars.nope.x }}", "has no attribute 'nope'"),
        ("{{ vars['nope'] * 2 }}", "has no attribute 'nope'"),
    ],
)
def test_misuse_of_the_undefined_says_its_name(failure, text, name):
    assert name in str(failure(text))


def test_a_missing_include_costs_the_event(failure):
    assert str(failure("\n{% include 'x.txt' %}")).endswith("(<inline>, line 2)")


def test_a_broken_include_is_named_with_its_line(failure, write):
    write("x.txt", "\n{% if %}")
    assert str(failure("{% include 'x.txt' %}")).endswith("(x.txt, line 2)")


def test_signals_pass(render):
    with pytest.raises(Dropped):
        render("{% do dispatch.drop() %}")


def test_includes_are_read_again_when_they_change(env, write, start):
    import os

    path = write("inc.txt", "old")
    draw = renderer(
        "a", compile_entries(env, {"a": Entry(inline="{% include 'inc.txt' %}")})["a"], State(), {}
    )
    assert draw(start, ()) == "old"
    write("inc.txt", "new")
    os.utime(path, (1, 1))
    assert draw(start, ()) == "new"


def test_entries_are_not_read_again(env, write, start):
    import os

    path = write("x.jinja", "old")
    draw = renderer("a", compile_entries(env, {"a": Entry(template="x.jinja")})["a"], State(), {})
    write("x.jinja", "new")
    os.utime(path, (1, 1))
    assert draw(start, ()) == "old"


def test_what_is_nested_too_deeply_is_told(problems):
    deep = "{{ " + "(" * 2000 + "1" + ")" * 2000 + " }}"
    assert problems(a={"inline": deep}, b={"inline": "{% if %}"})[0] == (
        "templates[0].a.inline",
        "<inline>: an expression or block is nested too deeply",
    )


def test_a_template_cannot_end_the_process(env, failure):
    env.globals["leave"] = sys.exit
    error = failure("{{ leave(3) }}")
    assert str(error) == "a: SystemExit: 3 (<inline>, line 1)"


def test_an_interrupt_by_the_user_passes(env, render):
    def interrupt():
        raise KeyboardInterrupt

    env.globals["interrupt"] = interrupt
    with pytest.raises(KeyboardInterrupt):
        render("{{ interrupt() }}")
