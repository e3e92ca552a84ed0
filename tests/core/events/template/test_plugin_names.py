"""The names a template sees, where it sees them, and whose they are."""

from __future__ import annotations

from random import Random
from threading import Thread

import pytest

from eventum_core.errors import ConfigError
from eventum_core.events.template.plugin import Template
from eventum_core.state import SharedState

COUNT = "{% do shared.set('n', shared.get('n', 0) + 1) %}"


def options(mode, *texts, **rest):
    """Return options with one inline template for each text: a, b, c …"""
    templates = [{alias: {"inline": text}} for alias, text in zip("abcdef", texts, strict=False)]
    return {"mode": mode, "templates": templates, **rest}


def test_missing_names(render):
    assert (
        render("{{ shared.nope }} {{ shared.nope is defined }} {{ params.nope }}|") == "None True |"
    )
    assert render("{{ samples.nope is defined }} {{ module.nosuch is defined }}") == "False False"


def test_tojson_is_that_of_jinja2(render):
    text = '{{ "ё" | tojson }} {{ {"b":1,"a":"<x>"} | tojson }}'
    assert render(text) == r'"\u0451" {"a": "\u003cx\u003e", "b": 1}'


def test_rows_of_items(render):
    samples = {"s": {"type": "items", "source": [1, 2, "x"]}}
    text = "{{ samples.s[0] }} {{ samples.s | length }} {{ samples.s.columns }}"
    assert render(text, samples=samples) == "Row(_0=1) 3 ['_0']"


def test_samples_are_read_from_the_folder_of_the_configuration(render, write):
    write("data/s.csv", "name\nann\n")
    samples = {"s": {"type": "csv", "source": "data/s.csv", "header": True}}
    assert render("{{ (samples.s | random).name }}", samples=samples) == "ann"


def test_one_file_under_two_aliases_has_two_lives(drive, write):
    write("x.jinja", "{{ vars.v }}{{ locals.get('n', 0) }}{% do locals.set('n', vars.v) %}")
    templates = [
        {"a": {"template": "x.jinja", "vars": {"v": 1}}},
        {"b": {"template": "x.jinja", "vars": {"v": 2}}},
    ]
    assert drive({"mode": "all", "templates": templates}, 2).events == ["10", "20", "11", "22"]


GLOBALS = ["params", "samples", "module", "subprocess", "shared", "globals", "dispatch", "locals"]
VARIABLES = ["timestamp", "tags", "vars"]


@pytest.mark.parametrize("name", GLOBALS + VARIABLES)
@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("{{ NAME is defined }}", ()),
        ("{% include 'inc.txt' %}", ()),
        ("{% extends 'base.jinja' %}", ()),
        ("{% macro m() %}{{ NAME is defined }}{% endmacro %}{{ m() }}", ()),
        ("{% from 'm.jinja' import m with context %}{{ m() }}", ()),
        ("{% from 'm.jinja' import m %}{{ m() }}", VARIABLES),
        ("{% import 'm.jinja' as m %}{{ m.m() }}", VARIABLES),
    ],
)
def test_which_names_are_seen_where(render, write, text, hidden, name):
    write("inc.txt", f"{{{{ {name} is defined }}}}")
    write("base.jinja", f"{{% block b %}}{{{{ {name} is defined }}}}{{% endblock %}}")
    write("m.jinja", f"{{% macro m() %}}{{{{ {name} is defined }}}}{{% endmacro %}}")
    assert render(text.replace("NAME", name)) == str(name not in hidden)


def test_locals_of_an_imported_macro_are_those_of_the_alias(drive, write):
    write("m.jinja", "{% macro m() %}{{ locals.get('who') }}{% endmacro %}")
    text = "{% do locals.set('who', '?') %}{% from 'm.jinja' import m %}{{ m() }}"
    outcome = drive(options("all", text.replace("?", "x"), text.replace("?", "y")), 2)
    assert outcome.events == ["x", "y", "x", "y"]


def test_names_can_be_shadowed(render):
    assert render("{% set params = 1 %}{{ params }}") == "1"


def test_jinja2s_own_names_are_there(render):
    text = "{{ range(2) | list }}{{ dict(a=1) }}{{ cycler('x').next() }}{{ joiner()() }}"
    assert render(text) == "[0, 1]{'a': 1}x"
    assert render("{% set n = namespace(x=1) %}{% set n.x = 2 %}{{ n.x }}") == "2"


def test_params_prefer_attributes_and_brackets_items(render):
    text = "{{ params['items'] }} {{ params.items is callable }} {{ params.get('k', 2) }}"
    assert render(text, params={"items": 1}) == "1 True 2"


def test_a_run_may_change_params_and_vars_and_the_next_starts_afresh(drive):
    text = "{% do params.l.append(1) %}{% do vars.update(n=vars.n + 1) %}{{ params.l }}{{ vars.n }}"
    given = options("all", text, params={"l": []})
    given["templates"][0]["a"]["vars"] = {"n": 0}
    assert drive(given, 2).events == ["[1]1", "[1, 1]2"]
    assert drive(given, 2).events == ["[1]1", "[1, 1]2"]


def test_a_plugin_can_run_twice_at_once(tmp_path, make_run, feed):
    template = Template.model_validate(
        options("spin", COUNT + "a{{ shared.n }}", "b{{ shared.n }}")
    )
    first, second = template.producer(make_run()), template.producer(make_run())
    assert feed(first, 3).events == ["a1", "b1", "a2"]
    assert feed(second, 1).events == ["a1"]


def test_globals_belong_to_the_host(drive):
    everywhere = SharedState()
    text = "{% do globals.set('n', globals.get('n', 0) + 1) %}{{ globals.n }}"
    assert drive(options("all", text), 2, globals=everywhere).events == ["1", "2"]
    assert drive(options("all", text), 1, globals=everywhere).events == ["3"]
    assert drive(options("all", text), 1).events == ["1"]


def test_a_failing_template_leaves_no_lock_behind(drive):
    everywhere = SharedState()
    text = "{% do globals.acquire() %}{% do globals.acquire() %}{{ 1 / 0 }}"
    assert len(drive(options("all", text), globals=everywhere).errors) == 1
    thread = Thread(target=everywhere.set, args=("free", True), daemon=True)
    thread.start()
    thread.join(timeout=10)
    assert everywhere.get("free")


def test_every_draw_comes_from_the_run(drive):
    samples = {"s": {"type": "items", "source": list(range(100))}}
    text = (
        "{{ range(1000) | random }} {{ samples.s.pick()[0] }} {{ lipsum(1, False) }}"
        " {{ module.rand.number.integer(1, 1000) }} {{ module.rand.crypto.uuid4() }}"
    )
    given = options("any", "a" + text, "b" + text, "c" + text, samples=samples)
    first, again = (drive(given, 5, random=Random(4)).events for _ in range(2))
    assert first == again
    assert drive(given, 5, random=Random(5)).events != first


def test_a_block_repeats_whatever_came_before_it(tmp_path, make_run, feed):
    random = Random(1)
    given = options("any", "a{{ range(9) | random }}", "b{{ range(9) | random }}")
    produce = Template.model_validate(given).producer(make_run(random=random))
    feed(produce, 7)
    random.seed(2)
    events = feed(produce, 5).events
    random.seed(2)
    assert feed(produce, 5).events == events


def test_the_timestamp_is_aware_and_in_the_runs_zone(render):
    assert render("{{ timestamp.isoformat() }} {{ tags }}", tags=["x"]) == (
        "2024-03-01T12:30:15.250000+00:00 ('x',)"
    )


def test_subprocess_runs_commands_where_all_is_trusted(render):
    assert render("{{ subprocess.run('echo hi').stdout | trim }}") == "hi"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ subprocess.run('echo hi').stdout }}", "restricted"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{% do params.update(a=1) %}", "access to attribute 'update'"),
        ("{% include 'link.txt' %}", "outside the project"),
    ],
)
def test_the_restricted_policy_costs_events(tmp_path, drive, write, text, said):
    write("elsewhere.txt", "")
    base = tmp_path / "project"
    base.mkdir()
    (base / "link.txt").symlink_to(tmp_path / "elsewhere.txt")
    outcome = drive(options("all", text), policy="restricted", base=base)
    assert outcome.events == []
    assert said in str(outcome.errors[0])


@pytest.mark.parametrize("inside", [True, False])
def test_restricted_samples_lie_inside_the_project(tmp_path, make_run, write, inside):
    path = write("project/s.csv" if inside else "s.csv", "a\n")
    samples = {"s": {"type": "csv", "source": str(path)}}
    template = Template.model_validate(options("all", "{{ samples.s[0]._0 }}", samples=samples))
    run = make_run(policy="restricted", base=tmp_path / "project")
    (tmp_path / "project").mkdir(exist_ok=True)
    if inside:
        template.producer(run)
    else:
        with pytest.raises(ConfigError, match=r"samples.s.source: lies outside"):
            template.producer(run)


def test_a_template_that_vanished_since_the_check_is_told_as_such(tmp_path, make_run, write):
    path = write("a.jinja", "")
    template = Template.model_validate(
        {"mode": "all", "templates": [{"a": {"template": "a.jinja"}}]}
    )
    template.check(tmp_path)
    path.unlink()
    with pytest.raises(ConfigError, match="no such file"):
        template.producer(make_run())
