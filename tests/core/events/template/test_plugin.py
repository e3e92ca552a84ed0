"""The template plugin as a whole: options, modes, outcomes."""

from __future__ import annotations

from collections import Counter

import pytest
from pydantic import ValidationError

from eventum_core.errors import ConfigError
from eventum_core.events.template.plugin import Template
from eventum_core.state import SharedState

DROP = "{% do dispatch.drop() %}"
NEXT = "{% do dispatch.next() %}"
EXHAUST = "{% do dispatch.exhaust() %}"
COUNT = "{% do shared.set('n', shared.get('n', 0) + 1) %}"


def options(mode, *texts, **rest):
    """Return options with one inline template for each text: a, b, c …"""
    templates = [{alias: {"inline": text}} for alias, text in zip("abcdef", texts, strict=False)]
    return {"mode": mode, "templates": templates, **rest}


def machine(states, **rest):
    """Return options of a machine; the first state is initial."""
    templates = [
        {alias: {"inline": text, "transitions": [{"to": to, "when": when} for to, when in ways]}}
        for alias, (text, ways) in states.items()
    ]
    next(iter(templates[0].values()))["initial"] = True
    return {"mode": "fsm", "templates": templates, **rest}


def problems(given):
    with pytest.raises(ValidationError) as caught:
        Template.model_validate(given)
    return {problem["loc"]: problem["msg"] for problem in caught.value.errors()}


@pytest.mark.parametrize(
    ("given", "loc", "text"),
    [
        ({"templates": [{"a": {"inline": ""}}]}, ("mode",), "required"),
        (options("some", ""), ("mode",), "should be"),
        ({"mode": "all"}, ("templates",), "required"),
        (options("all"), ("templates",), "at least 1 item"),
        (options("all", "", chain=["a"]), ("chain",), "only the mode chain"),
        (options("chain", ""), ("chain",), "required"),
        (options("chain", "", chain=[]), ("chain",), "at least 1 item"),
        (options("chain", "", chain=["a", "z"]), ("chain", 1), "unknown alias; there are: a"),
        (options("all", "", params=None), ("params",), "dictionary"),
        (options("all", "", params={1: 2}), ("params", 1, "[key]"), "string"),
        (options("all", "", samples={"s": {"type": "xml"}}), ("samples", "s"), "tag"),
        (options("all", "", extra=1), ("extra",), "not permitted"),
        (machine({"a": ("", [("z", {})])}), ("templates", 0, "a", "transitions", 0, "to"), "state"),
        (options("fsm", ""), ("templates",), "initial"),
    ],
)
def test_refused_with_its_place(given, loc, text):
    assert text.lower() in problems(given)[loc].lower()


def test_all_problems_are_told_at_once():
    given = options("chance", "", params=None, samples={"s": {"type": "csv", "source": "x.txt"}})
    assert set(problems({**given, "chain": ["a"]})) == {
        ("templates", 0, "a", "chance"),
        ("chain",),
        ("params",),
        ("samples", "s", "csv", "source"),
    }


def test_an_unknown_mode_is_one_problem():
    assert len(problems(options("some", "", chain=["z"]))) == 1


def test_check_tells_every_broken_template_and_sample(tmp_path, write):
    write("b.jinja", "{{ 1 | nope }}{{ 2 is nope }}")
    template = Template.model_validate(
        {
            "mode": "all",
            "templates": [{"a": {"template": "a.jinja"}}, {"b": {"template": "b.jinja"}}],
            "samples": {"s": {"type": "csv", "source": "s.csv"}},
        }
    )
    with pytest.raises(ConfigError) as caught:
        template.check(tmp_path)
    paths = [problem.path for problem in caught.value.problems]
    assert paths == [
        "templates[0].a.template",
        "templates[1].b.template",
        "templates[1].b.template",
        "samples.s.source",
    ]


def test_check_says_nothing_of_what_is_fine(tmp_path, write):
    write("a.jinja", "{% include 'later.txt' %}")
    Template.model_validate({"mode": "all", "templates": [{"a": {"template": "a.jinja"}}]}).check(
        tmp_path
    )


def test_the_schema_can_be_shown():
    properties = Template.model_json_schema()["properties"]
    assert list(properties) == ["mode", "templates", "chain", "params", "samples"]


@pytest.mark.parametrize(
    ("given", "count", "events"),
    [
        (options("spin", "A", "B"), 5, "ABABA"),
        (options("chain", "A", "B", chain=["b", "a", "b"]), 5, "BABBA"),
        (options("all", "A", "B"), 2, "ABAB"),
        (options("spin", "A", NEXT), 5, "AAAAA"),
        (options("any", "A"), 3, "AAA"),
        (machine({"a": ("A" + NEXT, [("b", {"always": None})]), "b": ("B", [])}), 2, "BB"),
        (
            machine({"a": (COUNT + "A", [("b", {"gt": {"shared.n": 1}})]), "b": ("B", [])}),
            4,
            "AABB",
        ),
        (
            machine({"a": (COUNT + "A", [("b", {"gt": {"shared": {"n": 1}}})]), "b": ("B", [])}),
            4,
            "AABB",
        ),
    ],
)
def test_modes(drive, given, count, events):
    outcome = drive(given, count)
    assert "".join(outcome.events) == events
    assert not outcome.errors


def test_any_and_chance_draw_by_weight(drive):
    given = {
        "mode": "chance",
        "templates": [{x: {"inline": x, "chance": w}} for x, w in {"a": 1, "b": 3}.items()],
    }
    counts = Counter(drive(given, 2000).events)
    assert abs(counts["b"] - 1500) < 100
    counts = Counter(drive(options("any", "a", "b"), 2000).events)
    assert abs(counts["b"] - 1000) < 100


def test_states_follow_what_templates_keep_and_tags_say(drive):
    given = machine(
        {
            "a": ("A{% do shared.set('n', None) %}", [("b", {"defined": "shared.n"})]),
            "b": ("B", [("c", {"has_tags": ["a"]})]),
            "c": ("C", []),
        }
    )
    assert drive(given, 3, tags=["a"]).events == ["A", "B", "C"]
    assert drive(given, 3).events == ["A", "B", "B"]


def test_transitions_see_the_timestamp_of_the_later_event(drive):
    given = machine({"a": ("A", [("b", {"after": {"second": 17}})]), "b": ("B", [])})
    assert drive(given, 4).events == ["A", "A", "B", "B"]


def test_locals_of_a_condition_are_those_of_the_state_left(drive):
    given = machine(
        {
            "a": ("A{% do locals.set('done', 1) %}", [("b", {"defined": "locals.done"})]),
            "b": ("B", [("a", {"defined": "locals.done"})]),
        }
    )
    assert drive(given, 4).events == ["A", "B", "B", "B"]


def test_locals_of_a_condition_are_fresh_after_a_failure(drive):
    given = machine(
        {
            "a": ("A{% do locals.set('x', 1) %}", [("b", {})]),
            "b": ("{{ 1 / 0 }}", [("c", {"defined": "locals.x"})]),
            "c": ("C", []),
        }
    )
    outcome = drive(given, 4)
    assert outcome.events == ["A"]
    assert len(outcome.errors) == 3


def test_one_failure_costs_the_whole_timestamp(drive):
    outcome = drive(options("all", "A", "{{ 1 / 0 }}", "C"), 2)
    assert outcome.events == []
    assert [error.context["template_alias"] for error in outcome.errors] == ["b", "b"]
    assert outcome.errors[0].context["reason"] == "division by zero"


def test_a_drop_uses_up_its_turn(drive):
    outcome = drive(options("spin", "A", DROP), 5)
    assert outcome.events == ["A"] * 3
    assert outcome.dropped == 2


def test_a_failure_uses_up_its_turn(drive):
    assert drive(options("spin", "A", "{{ nope.x }}"), 4).events == ["A", "A"]


def test_next_renders_the_same_timestamp_again(drive):
    text = COUNT + "{% if shared.n % 3 %}{% do dispatch.next() %}{% endif %}{{ shared.n }}"
    assert drive(options("all", text), 3).events == ["3", "6", "9"]


def test_next_discards_what_all_has_rendered(drive):
    text = COUNT + "{% if shared.n == 1 %}{% do dispatch.next() %}{% endif %}B"
    assert drive(options("all", "A", text), 1).events == ["A", "B"]


def test_endless_next_is_given_up_after_the_limit(drive):
    everywhere = SharedState()
    text = "{% do globals.set('n', globals.get('n', 0) + 1) %}" + NEXT
    outcome = drive(options("all", text), 2, globals=everywhere)
    assert everywhere.get("n") == 130
    assert ["64 times" in error.context["reason"] for error in outcome.errors] == [True, True]


def test_the_limit_is_that_of_the_latest_next(drive):
    text = COUNT + "{% if shared.n <= 3 %}{% do dispatch.next(3) %}{% endif %}ok"
    assert drive(options("all", text)).events == ["ok"]
    text = COUNT + "{% do dispatch.next(9 if shared.n < 5 else 2) %}"
    outcome = drive(options("all", text + "{{ shared.n }}"))
    assert "2 times" in str(outcome.errors[0])


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_an_error(drive, limit):
    outcome = drive(options("all", f"{{% do dispatch.next({limit}) %}}"))
    assert outcome.errors[0].context["template_alias"] == "a"


def test_exhaust_ends_the_run(drive):
    text = COUNT + "{% if shared.n == 3 %}{% do dispatch.exhaust() %}{% endif %}x"
    outcome = drive(options("all", text), 5)
    assert outcome.events == ["x", "x"]
    assert outcome.ended
    outcome = drive(options("all", "A", EXHAUST), 5)
    assert (outcome.events, outcome.ended) == ([], True)


@pytest.mark.parametrize(
    "text",
    [
        "{% macro m() %}{% do dispatch.drop() %}{% endmacro %}{{ m() }}",
        "{% from 'm.jinja' import m %}{{ m() }}",
        "{% include 'inc.txt' %}",
    ],
)
def test_dispatch_works_from_wherever_it_is_called(drive, write, text):
    write("m.jinja", "{% macro m() %}" + DROP + "{% endmacro %}")
    write("inc.txt", DROP)
    assert drive(options("all", text)).dropped == 1


def test_an_empty_template_is_an_empty_event(drive):
    assert drive(options("all", "")).events == [""]
