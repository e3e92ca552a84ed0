"""Where templates come from, and what the restricted policy keeps them from."""

from __future__ import annotations

from random import Random

import pytest
from jinja2 import Environment, Template, TemplateNotFound, pass_context, pass_environment
from jinja2.exceptions import SecurityError

from eventum_core.templating.environment import EXTENSIONS, environment, is_inside


@pytest.fixture
def env(tmp_path):
    return environment(tmp_path, Random(1))


@pytest.fixture
def restricted(tmp_path):
    return environment(tmp_path, Random(1), restricted=True)


def test_settings_are_those_of_jinja2(env):
    text = "\n\n  A\n{% if true %}\n  B\n{% endif %}\nC\r\n\n"
    assert env.from_string(text).render() == "\n\n  A\n\n  B\n\nC\n"


def test_do_and_loop_controls_are_there(env):
    text = "{% set x = [] %}{% for i in range(9) %}{% if i == 3 %}{% break %}{% endif %}"
    assert env.from_string(text + "{% do x.append(i) %}{% endfor %}{{ x }}").render() == "[0, 1, 2]"


def test_nothing_is_escaped(env):
    assert env.from_string("{{ '<&>' }}").render() == "<&>"


def test_names_are_relative_to_the_folder(env, write):
    write("parts/inner.txt", "inner")
    write("parts/outer.jinja", "{% include 'parts/inner.txt' %}{% include './parts/inner.txt' %}")
    assert env.get_template("parts/outer.jinja").render() == "innerinner"


@pytest.mark.parametrize("name", ["../secret.txt", "a/../../secret.txt", "missing.jinja"])
def test_no_name_leads_above_the_folder(tmp_path, write, name):
    write("secret.txt", "secret")
    write("project/a/x.jinja", "")
    with pytest.raises(TemplateNotFound):
        environment(tmp_path / "project", Random(1)).get_template(name)


def test_text_is_utf_8_and_a_mark_at_its_start_is_kept(env, tmp_path):
    (tmp_path / "a.jinja").write_bytes("\ufeffё\r\n".encode())
    assert env.get_template("a.jinja").render() == "\ufeffё"


def test_symlinks_lead_out_of_the_folder_only_where_all_is_trusted(tmp_path, write):
    write("elsewhere.txt", "outside")
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "link.txt").symlink_to(tmp_path / "elsewhere.txt")
    trusted = environment(tmp_path / "project", Random(1))
    assert trusted.get_template("link.txt").render() == "outside"
    with pytest.raises(TemplateNotFound, match="outside the project"):
        environment(tmp_path / "project", Random(1), restricted=True).get_template("link.txt")


def test_symlinks_within_the_folder_are_followed_anyway(restricted, tmp_path, write):
    write("real.txt", "inside")
    (tmp_path / "link.txt").symlink_to(tmp_path / "real.txt")
    assert restricted.get_template("link.txt").render() == "inside"


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ (1).__class__('1') }}",
        "{{ x.append(3) }}",
        "{{ '{0.__class__.__name__}'.format(1) }}",
        "{{ range(10 ** 9) | list }}",
        "{% for f in [lipsum] %}{{ f.__globals__.sys }}{% endfor %}",
    ],
)
def test_restricted_templates_reach_nothing_inside(restricted, text):
    with pytest.raises((SecurityError, OverflowError)):
        restricted.from_string(text).render(x=[1])


def test_restricted_templates_reach_unnamed_columns(restricted):
    class Row(tuple):
        __slots__ = ()
        _0 = property(lambda self: self[0])

    assert restricted.from_string("{{ row._0 }}").render(row=Row("ab")) == "a"


def test_what_is_compiled_once_is_not_compiled_again(tmp_path, write, monkeypatch):
    write("a.jinja", "{{ 1 + x }}")
    environment(tmp_path, Random(1)).get_template("a.jinja")
    other = environment(tmp_path, Random(1))
    monkeypatch.setattr(Environment, "_parse", None)
    assert other.get_template("a.jinja").render(x=1) == "2"


def test_compiled_code_never_outlives_its_text(tmp_path, write):
    write("a.jinja", "old")
    assert environment(tmp_path, Random(1)).get_template("a.jinja").render() == "old"
    write("a.jinja", "new")
    assert environment(tmp_path, Random(1)).get_template("a.jinja").render() == "new"


def test_sandboxed_code_is_never_taken_from_trusted_runs(tmp_path, write):
    write("a.jinja", "{{ x.append(1) }}")
    environment(tmp_path, Random(1)).get_template("a.jinja").render(x=[])
    with pytest.raises(SecurityError):
        environment(tmp_path, Random(1), restricted=True).get_template("a.jinja").render(x=[])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ plain(1, b=2) }}", "(1, 2)"),
        ("{{ wants_context() }}", "7"),
        ("{{ wants_environment() }}", "True"),
        (
            "{% for y in [1] %}{% set x = y %}{{ plain(x, b=x) }}{{ wants_context() }}{% endfor %}",
            "(1, 1)1",
        ),
        (
            "{% macro m(a, b=2) %}{{ a + b }}{{ caller() }}{% endmacro %}"
            "{% call m(1) %}{{ plain(0, b=0) }}{% endcall %}",
            "3(0, 0)",
        ),
        ("{{ stops() is defined }}", "False"),
        ("{{ type(4) }} {{ 'a b'.split() }} {{ caller_like(3) }}", "<class 'int'> ['a', 'b'] 3"),
    ],
)
def test_calls_mean_what_they_mean_in_jinja2(env, text, expected):
    @pass_context
    def wants_context(context):
        return context["x"]

    class Callable:
        @pass_context
        def __call__(self, context, value):
            return value if context["x"] == 7 else None

    names = {
        "plain": lambda a, b: (a, b),
        "wants_context": wants_context,
        "stops": lambda: next(iter(())),
        "type": type,
        "caller_like": Callable(),
        "x": 7,
    }
    for made in (env, Environment(extensions=EXTENSIONS)):
        names["wants_environment"] = pass_environment(lambda given, made=made: given is made)
        assert made.from_string(text).render(names) == expected


@pytest.mark.parametrize(
    ("path", "inside"), [("a/b.txt", True), ("a/../b.txt", True), ("../b.txt", False)]
)
def test_is_inside(tmp_path, path, inside):
    folder = tmp_path / "f"
    (folder / "a").mkdir(parents=True)
    assert is_inside(folder / path, folder) is inside


@pytest.mark.parametrize("restricted", [False, True])
def test_a_template_is_read_once_for_its_code_and_the_text_of_it(tmp_path, monkeypatch, restricted):
    made = environment(tmp_path, Random(0), restricted=restricted)
    source = f"{{% set x = [1, 2] %}}{restricted}{{{{ x[0] }}}}"
    text = made.compile(source, "a.jinja", raw=True)
    monkeypatch.setattr(Environment, "_parse", None)  # then it could not be read again
    assert made.compile(source, "a.jinja", raw=True) == text
    code = made.compile(source, "a.jinja")
    assert Template.from_code(made, code, {}).render() == f"{restricted}1"
    other = environment(tmp_path, Random(0), restricted=not restricted)
    with pytest.raises(TypeError):
        other.compile(source, "a.jinja")
