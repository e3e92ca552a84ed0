"""Which templates are rendered the quick way, and what is said of the others."""

from __future__ import annotations

import pytest

from eventum_core.events.template.plugin import Template


@pytest.fixture
def refused(make_run):
    def refused(*texts, **run):
        entries = [{f"a{n}": {"inline": text}} for n, text in enumerate(texts)]
        plugin = Template.model_validate({"mode": "all", "templates": entries})
        return plugin.refused(make_run(**run))

    return refused


def test_of_each_alias_that_is_left_to_jinja2_it_is_said_why(refused, write):
    write("part.jinja", "part")
    assert refused(
        "{{ timestamp }}", "{% include 'part.jinja' %}", "{% block a %}{% endblock %}"
    ) == {
        "a1": "it includes other templates",
        "a2": "the template has blocks",
    }


def test_nothing_is_compiled_under_the_restricted_policy(refused):
    reason = "the restricted policy looks at each call"
    assert refused("{{ 1 }}", "{{ 2 }}", policy="restricted") == {"a0": reason, "a1": reason}


def test_under_the_restricted_policy_each_access_is_still_looked_at(drive):
    options = {"mode": "all", "templates": [{"a": {"inline": "{{ ''.__class__.__mro__ }}"}}]}
    (error,) = drive(options, policy="restricted").errors
    assert "SecurityError" in str(error)


def test_what_a_template_draws_does_not_depend_on_the_way(drive, write):
    write("part.jinja", "{{ module.rand.string.hex(8) }}")
    options = {"mode": "all", "templates": []}
    compiled, left = (
        drive({**options, "templates": [{"a": {"inline": text}}]}, count=5).events
        for text in ("{{ module.rand.string.hex(8) }}", "{% include 'part.jinja' %}")
    )
    assert compiled == left


@pytest.mark.parametrize("text", ["{{ x.y }}", "{% block a %}{{ x.y }}{% endblock %}"])
def test_an_error_names_file_and_line_either_way(drive, write, text):
    write("sub/a.jinja", f"one\ntwo\n{text}")
    options = {"mode": "all", "templates": [{"a": {"template": "sub/a.jinja"}}]}
    (error,) = drive(options).errors
    assert str(error) == "a: UndefinedError: 'x' is undefined (sub/a.jinja, line 3)"
    assert 'sub/a.jinja", line 3, in ' in error.context["traceback"]
    assert text in error.context["traceback"]


def test_an_error_in_an_imported_macro_names_both_files(drive, write):
    write("m.jinja", "{% macro m(x) %}\n{{ x.y.z }}\n{% endmacro %}")
    write("a.jinja", "{% import 'm.jinja' as m %}\n\n{{ m.m({}) }}")
    (error,) = drive({"mode": "all", "templates": [{"a": {"template": "a.jinja"}}]}).errors
    assert str(error).endswith("(m.jinja, line 2)")
    assert 'a.jinja", line 3, in top-level template code' in error.context["traceback"]
    assert 'm.jinja", line 2, in template' in error.context["traceback"]
