"""When each condition is true, and what is logged where it cannot be decided."""

from __future__ import annotations

import logging
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from eventum_core.events.template.conditions import Condition
from eventum_core.events.template.rules import Situation, compile_condition
from eventum_core.state import SharedState, State

LOG = logging.getLogger("eventum.test")
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def situation():
    states = [State(), State(), SharedState()]
    for scope, state in zip(("locals", "shared", "globals"), states, strict=True):
        state.update({"n": 2, "text": "abc", "items": [1, 2, 3], "a.b": "deep", "null": None})
        state.set("scope", scope)
    return Situation(datetime(2024, 4, 30, 12, 30, 15, 500, tzinfo=BERLIN), ("x", "y"), *states)


def decide(situation, condition):
    return compile_condition(Condition.model_validate(condition), LOG)(situation)


@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"always": None},
        {"eq": {"shared.n": 2}},
        {"eq": {"shared.n": 2.0}},
        {"eq": {"globals.scope": "globals"}},
        {"eq": {"locals.scope": "locals"}},
        {"eq": {"shared.a.b": "deep"}},
        {"eq": {"shared.items": [1, 2, 3]}},
        {"gt": {"shared.n": 1}},
        {"gt": {"shared.n": "1.5"}},
        {"gt": {"shared.n": True}},
        {"ge": {"shared.n": 2}},
        {"lt": {"shared.n": 2.5}},
        {"le": {"shared.n": 2}},
        {"len_eq": {"shared.text": 3}},
        {"len_eq": {"shared.text": 3.0}},
        {"len_gt": {"shared.items": "2"}},
        {"len_ge": {"shared.items": 3}},
        {"len_lt": {"shared.items": 4}},
        {"len_le": {"shared.items": 3}},
        {"contains": {"shared.items": 2}},
        {"contains": {"shared.text": "bc"}},
        {"in": {"shared.n": [1, 2]}},
        {"in_": {"shared.n": [1, 2]}},
        {"in": {"shared.text": "xabcx"}},
        {"in": {"shared.text": {"abc": 1, "d": 2}}},
        {"matches": {"shared.text": "a."}},
        {"defined": "shared.n"},
        {"defined": "shared.null"},
        {"defined": "globals.a.b"},
        {"has_tags": "x"},
        {"has_tags": ["y", "x"]},
        {"before": {"hour": 13}},
        {"after": {"hour": 12}},
        {"after": {"hour": 0}},
        {"after": {"minute": 0}},
        {"before": {"year": 2025, "month": 1}},
        {"after": {"microsecond": 500}},
        {"or": [{"never": None}, {"always": None}]},
        {"or_": [{"never": None}, {"always": None}]},
        {"and": [{"always": None}, {"defined": "shared.n"}]},
        {"and_": [{"always": None}, {"defined": "shared.n"}]},
        {"not": {"never": None}},
        {"not_": {"never": None}},
        {"not": {"eq": {"shared.missing": 1}}},
        {"not": {"and": [{"gt": {"shared.n": 1}}, {"or": [{"has_tags": "z"}, {"never": None}]}]}},
    ],
    ids=str,
)
def test_true(situation, condition):
    assert decide(situation, condition) is True


@pytest.mark.parametrize(
    "condition",
    [
        {"never": None},
        {"eq": {"shared.n": "2"}},
        {"eq": {"shared.null": None}},
        {"eq": {"shared.missing": None}},
        {"gt": {"shared.n": 2}},
        {"gt": {"shared.text": 1}},
        {"ge": {"shared.n": 2.1}},
        {"lt": {"shared.n": 2}},
        {"le": {"shared.n": 1}},
        {"len_eq": {"shared.text": 2}},
        {"len_gt": {"shared.n": 0}},
        {"len_ge": {"shared.text": 4}},
        {"len_lt": {"shared.text": 3}},
        {"len_le": {"shared.text": 2}},
        {"contains": {"shared.items": 9}},
        {"contains": {"shared.n": 2}},
        {"in": {"shared.n": [1]}},
        {"in": {"shared.items": {"a": 1, "b": 2}}},
        {"matches": {"shared.text": "bc"}},
        {"matches": {"shared.n": "2"}},
        {"matches": {"shared.missing": ".*"}},
        {"defined": "shared.missing"},
        {"has_tags": "X"},
        {"has_tags": ["x", "z"]},
        {"before": {"hour": 12}},
        {"after": {"hour": 13}},
        {"before": {"hour": 0}},
        {"after": {"microsecond": 501}},
        {"or": [{"never": None}, {"not": {}}]},
        {"and": [{"always": None}, {"never": None}]},
        {"not": {}},
    ],
    ids=str,
)
def test_false(situation, condition):
    assert decide(situation, condition) is False


def test_the_expanded_spelling_is_decided_alike(situation):
    assert decide(situation, {"gt": {"shared": {"n": 1}}})
    assert decide(situation, {"eq": {"shared": {"a": {"b": "deep"}}}})


def test_a_flat_name_may_be_compared_to_a_mapping(situation):
    situation.shared.set("m", {"a": 1})
    assert decide(situation, {"eq": {"shared.m": {"a": 1}}})


@pytest.mark.parametrize("operator", ["before", "after"])
@pytest.mark.parametrize("parts", [{"day": 31}, {"year": 0}, {"year": 10_000}])
def test_an_impossible_date_is_false_and_logged(situation, caplog, operator, parts):
    assert decide(situation, {operator: parts}) is False
    assert "has no counterpart" in caplog.text


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ({"eq": {"shared.missing": 1}}, "shared.missing has no value"),
        ({"gt": {"shared.text": 1}}, "shared.text does not fit the operator gt"),
        ({"in": {"shared.items": {"a": 1, "b": 2}}}, "does not fit the operator in:"),
    ],
)
def test_a_misfit_is_logged_once_a_condition(situation, caplog, condition, text):
    check = compile_condition(Condition.model_validate(condition), LOG)
    assert [check(situation) for _ in range(3)] == [False, False, False]
    assert len(caplog.records) == 1
    assert caplog.records[0].levelno == logging.WARNING
    assert text in caplog.text


@pytest.mark.parametrize(
    "condition", [{"matches": {"shared.missing": "a"}}, {"defined": "shared.q"}]
)
def test_nothing_is_logged_where_missing_is_an_answer(situation, caplog, condition):
    assert decide(situation, condition) is False
    assert not caplog.records


@pytest.mark.parametrize(
    ("operator", "first"), [("or", {"always": None}), ("and", {"never": None})]
)
def test_logic_looks_no_further_than_needed(situation, caplog, operator, first):
    decide(situation, {operator: [first, {"eq": {"shared.missing": 1}}]})
    assert not caplog.records


def test_times_are_compared_in_the_zone_of_the_timestamp(situation):
    situation.timestamp = datetime(2024, 7, 1, 23, 30, tzinfo=BERLIN)
    assert decide(situation, {"after": {"hour": 23}})
    assert not decide(situation, {"before": {"hour": 22}})
