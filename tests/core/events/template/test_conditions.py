"""Conditions as users write them: both spellings, and what is refused."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from eventum_core.events.template.conditions import Condition


@pytest.mark.parametrize(
    ("nested", "flat"),
    [
        ({"gt": {"shared": {"n": 1}}}, {"gt": {"shared.n": 1}}),
        ({"eq": {"shared": {"a": {"b": "deep"}}}}, {"eq": {"shared.a.b": "deep"}}),
        ({"len_le": {"globals": {"items": 3}}}, {"len_le": {"globals.items": 3}}),
        ({"in": {"locals": {"n": [1, 2]}}}, {"in": {"locals.n": [1, 2]}}),
        ({"matches": {"shared": {"text": "abc"}}}, {"matches": {"shared.text": "abc"}}),
        ({"eq": {"shared": {"n": {"a": 1, "b": 2}}}}, {"eq": {"shared.n": {"a": 1, "b": 2}}}),
        ({"not": {"lt": {"shared": {"n": 1}}}}, {"not": {"lt": {"shared.n": 1}}}),
    ],
)
def test_the_expanded_spelling_means_the_same(nested, flat):
    assert Condition.model_validate(nested) == Condition.model_validate(flat)


@pytest.mark.parametrize(
    ("condition", "loc"),
    [
        ({"gt": {"shared.n": "many"}}, ("gt", "shared.n")),
        ({"gt": {"state.n": 1}}, ("gt", "state.n", "[key]")),
        ({"gt": {"shared": 1}}, ("gt", "shared", "[key]")),
        ({"gt": {}}, ("gt",)),
        ({"gt": {"shared.a": 1, "shared.b": 2}}, ("gt",)),
        ({"gt": None}, ()),
        ({"len_eq": {"shared.n": 3.5}}, ("len_eq", "shared.n")),
        ({"matches": {"shared.n": "("}}, ("matches", "shared.n")),
        ({"defined": "n"}, ("defined",)),
        ({"has_tags": []}, ("has_tags",)),
        ({"has_tags": ""}, ("has_tags", 0)),
        ({"has_tags": ["a", 1]}, ("has_tags", 1)),
        ({"before": {}}, ("before",)),
        ({"before": {"hour": 24}}, ("before", "hour")),
        ({"before": {"week": 1}}, ("before", "week")),
        ({"always": 1}, ("always",)),
        ({"or": [{}]}, ("or",)),
        ({"and": [{}, {"gt": {"x": 1}}]}, ("and", 1, "gt", "x", "[key]")),
        ({"not": None}, ()),
        ({"like": {"shared.n": 1}}, ("like",)),
        ({"always": None, "never": None}, ()),
        (None, ()),
        ("always", ()),
    ],
    ids=str,
)
def test_refused_with_its_place(condition, loc):
    with pytest.raises(ValidationError) as caught:
        Condition.model_validate(condition)
    assert loc in [problem["loc"] for problem in caught.value.errors()]


def test_all_problems_of_a_condition_are_told_at_once():
    condition = {"or": [{"gt": {"shared.n": "x"}}, {"before": {"hour": 99}}, {"nope": 1}]}
    with pytest.raises(ValidationError) as caught:
        Condition.model_validate(condition)
    assert [problem["loc"][:2] for problem in caught.value.errors()] == [
        ("or", 0),
        ("or", 1),
        ("or", 2),
    ]


@pytest.mark.parametrize(
    ("given", "operator", "operand"),
    [
        ({}, "always", None),
        ({"never": None}, "never", None),
        ({"in": {"shared.n": [1]}}, "in_", {"shared.n": [1]}),
        ({"gt": {"shared.n": 3}}, "gt", {"shared.n": 3}),
        ({"gt": {"shared.n": "2.5"}}, "gt", {"shared.n": 2.5}),
    ],
)
def test_operator_and_operand(given, operator, operand):
    condition = Condition.model_validate(given)
    assert (condition.operator, condition.operand) == (operator, operand)


def test_an_integer_operand_stays_exact():
    condition = Condition.model_validate({"gt": {"shared.n": 2**60 + 1}})
    assert condition.operand == {"shared.n": 2**60 + 1}


def test_the_schema_can_be_shown():
    properties = Condition.model_json_schema()["$defs"]["Condition"]["properties"]
    assert {"eq", "in", "or", "not", "has_tags", "before"} <= set(properties)


def test_a_lone_tag_needs_no_list_and_is_judged_once():
    assert Condition(has_tags="a") == Condition(has_tags=["a"])
    with pytest.raises(ValidationError) as caught:
        Condition.model_validate({"has_tags": 1})
    assert len(caught.value.errors()) == 1
    schema = Condition.model_json_schema()["$defs"]["Condition"]["properties"]["has_tags"]
    alone, listed, _null = schema["anyOf"]
    assert (alone["type"], listed["type"], listed["minItems"]) == ("string", "array", 1)
