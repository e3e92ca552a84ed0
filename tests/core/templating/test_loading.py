"""From a source to the compiled template, without a plugin around it."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from eventum_core.errors import ConfigError
from eventum_core.templating.environment import environment
from eventum_core.templating.loading import INLINE, Source, load, place


@pytest.fixture
def env(tmp_path):
    return environment(tmp_path, Random(1))


def problems(env, source):
    with pytest.raises(ConfigError) as caught:
        load(env, source, "there")
    return [(problem.path, problem.message) for problem in caught.value.problems]


def test_a_source_is_a_file_or_a_text(env, write):
    write("a/b.txt", "from {{ x }}")

    assert load(env, Source(Path("a/b.txt"), None), "").render(x=1) == "from 1"
    assert load(env, Source(None, "text {{ x }}"), "").render(x=1) == "text 1"
    assert load(env, Source(None, ""), "").render() == ""


def test_the_name_is_the_file_s_or_says_that_there_is_none():
    assert Source(Path("a") / "b.txt", None).name == "a/b.txt"
    assert Source(None, "x").name == INLINE


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n{% if %}", "<inline>, line 2: Expected an expression, got 'end of statement block'"),
        ("{{ x | nope }}", "<inline>, line 1: no filter named 'nope'"),
        ("{{ x is nope }}", "<inline>, line 1: no test named 'nope'"),
        ("{{ " + "(" * 2000, "<inline>: an expression or block is nested too deeply"),
    ],
)
def test_what_is_wrong_is_told_of_the_given_path(env, text, message):
    assert problems(env, Source(None, text)) == [("there", message)]


def test_a_file_that_is_not_there_is_told_by_its_name(env):
    assert problems(env, Source(Path("a/b.txt"), None)) == [
        ("there", "a/b.txt: no such file in the folder of the configuration")
    ]


def test_a_text_compiled_for_trusted_runs_is_not_used_in_restricted_ones(env, tmp_path):
    source = Source(None, "{{ x.append(1) }}")
    restricted = environment(tmp_path, Random(1), restricted=True)

    assert load(env, source, "").render(x=[]) == "None"
    with pytest.raises(Exception, match="unsafe"):
        load(restricted, source, "").render(x=[])


def test_an_error_s_place_is_the_innermost_template(env, write):
    write("m.txt", "{% macro m() %}\n{{ 1 / 0 }}{% endmacro %}")
    template = load(env, Source(None, "{% from 'm.txt' import m %}{{ m() }}"), "")

    with pytest.raises(ZeroDivisionError) as caught:
        list(template.root_render_func(template.new_context()))

    assert place(caught.value) == "m.txt, line 2"
    assert place(ValueError()) == "outside of the template"
