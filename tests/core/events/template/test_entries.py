"""Lists of templates as users write them in each mode, and what is refused where."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from eventum_core.events.template.entries import ChanceEntry, Entry, StateEntry, read_items

A = {"a": {"template": "a.jinja"}}


def problems(mode, given):
    with pytest.raises(ValidationError) as caught:
        read_items(mode, given)
    return {problem["loc"]: problem["msg"] for problem in caught.value.errors()}


def state(alias, **options):
    return {alias: {"inline": alias, **options}}


@pytest.mark.parametrize("mode", ["all", "any", "spin", "chain"])
def test_plain_entries(mode):
    assert read_items(mode, [A]) == [{"a": Entry(template=Path("a.jinja"))}]


def test_entries_with_chances():
    (item,) = read_items("chance", [{"a": {"inline": "", "chance": "2"}}])
    assert item == {"a": ChanceEntry(inline="", chance=2.0)}


def test_entries_with_transitions():
    ways = [{"to": "a", "when": {"always": None}}]
    (item,) = read_items("fsm", [state("a", initial="yes", transitions=ways)])
    assert isinstance(item["a"], StateEntry)
    assert item["a"].initial is True
    assert item["a"].transitions[0].to == "a"


@pytest.mark.parametrize("path", ["x.json.jinja", "deep/er/x.jinja"])
def test_file_names(path):
    assert read_items("all", [{"a": {"template": path}}])[0]["a"].template == Path(path)


@pytest.mark.parametrize(
    ("mode", "given", "loc", "text"),
    [
        ("all", [], (), "at least 1 item"),
        ("all", {"a": {"template": "a.jinja"}}, (), "valid list"),
        ("all", [{}], (0,), "one alias"),
        ("all", [{"a": {"inline": ""}, "b": {"inline": ""}}], (0,), "one alias"),
        ("all", [{1: {"inline": ""}}], (0, 1, "[key]"), "valid string"),
        ("all", [{"a": None}], (0, "a"), "valid dictionary"),
        ("all", [{"a": {}}], (0, "a", "template"), "inline in its place"),
        (
            "all",
            [{"a": {"template": "a.jinja", "inline": ""}}],
            (0, "a", "template"),
            "not both",
        ),
        ("all", [{"a": {"template": "/a.jinja"}}], (0, "a", "template"), "relative"),
        ("all", [{"a": {"template": "a.txt"}}], (0, "a", "template"), ".jinja"),
        ("all", [{"a": {"template": "a.JINJA"}}], (0, "a", "template"), ".jinja"),
        ("all", [{"a": {"inline": "", "vars": None}}], (0, "a", "vars"), "dictionary"),
        ("all", [{"a": {"inline": "", "vars": {1: 1}}}], (0, "a", "vars", 1, "[key]"), "string"),
        ("all", [{"a": {"inline": "", "chance": 1}}], (0, "a", "chance"), "not permitted"),
        ("spin", [{"a": {"inline": "", "initial": True}}], (0, "a", "initial"), "not permitted"),
        ("all", [*[A] * 2], (1,), "taken"),
        ("chance", [A], (0, "a", "chance"), "required"),
        ("chance", [{"a": {"inline": "", "chance": 0}}], (0, "a", "chance"), "greater than 0"),
        ("chance", [{"a": {"inline": "", "chance": "inf"}}], (0, "a", "chance"), "finite"),
        ("chance", [{"a": {"inline": "", "chance": "nan"}}], (0, "a", "chance"), "finite"),
        ("fsm", [state("a")], (), "initial: true"),
        ("fsm", [state("a", initial=1), state("b", initial=1)], (1, "b", "initial"), "already"),
        ("fsm", [state("a", chance=1)], (0, "a", "chance"), "not permitted"),
        (
            "fsm",
            [state("a", initial=1, transitions=[{"to": "z", "when": {}}])],
            (0, "a", "transitions", 0, "to"),
            "unknown state; there are: a",
        ),
        (
            "fsm",
            [state("a", initial=1, transitions=[{"to": "a"}])],
            (0, "a", "transitions", 0, "when"),
            "required",
        ),
        (
            "fsm",
            [state("a", initial=1, transitions=[{"to": "", "when": None, "if": 1}])],
            (0, "a", "transitions", 0, "if"),
            "not permitted",
        ),
        (
            "fsm",
            [state("a", initial=1, transitions=[{"to": "a", "when": {"gt": {"shared.n": "x"}}}])],
            (0, "a", "transitions", 0, "when", "gt", "shared.n"),
            "valid number",
        ),
    ],
)
def test_refused_with_its_place(mode, given, loc, text):
    found = problems(mode, given)
    assert text in found[loc]


def test_one_slip_gives_one_problem():
    assert len(problems("chance", [A])) == 1
    assert len(problems("all", [{"a": {"inline": 1}}])) == 1


def test_all_problems_are_told_at_once():
    found = problems(
        "chance",
        [
            {"a": {"chance": -1}},
            {"b": {"template": "b.txt", "chance": "x"}},
            {"c": {"inline": "", "chance": 1, "to": 1}},
        ],
    )
    assert set(found) == {
        (0, "a", "template"),
        (0, "a", "chance"),
        (1, "b", "template"),
        (1, "b", "chance"),
        (2, "c", "to"),
    }


def test_what_is_wrong_among_items_is_told_along_with_what_is_wrong_in_them():
    ways = [{"to": "z", "when": {}}, {"to": "b", "when": {"nope": 1}}]
    found = problems("fsm", [state("a", chance=1, transitions=ways), state("a"), state("b")])
    assert set(found) == {
        (0, "a", "chance"),
        (0, "a", "transitions", 0, "to"),
        (0, "a", "transitions", 1, "when", "nope"),
        (1,),
    }


def test_a_problem_keeps_its_type():
    with pytest.raises(ValidationError) as caught:
        read_items("all", [state("a", chance=1)])
    assert [problem["type"] for problem in caught.value.errors()] == ["extra_forbidden"]


@pytest.mark.parametrize("given", ["a", 1, None, ["a"], [["a"]], [{"a": [1]}], [{(1,): {}}]])
def test_nonsense_is_refused(given):
    assert problems("fsm", given)


def test_texts_may_hold_braces():
    assert "{x}" in problems("all", [state("{x}"), state("{x}")])[(1,)]
