from __future__ import annotations

from typing import Any

import pytest

from eventum_core.document import expand, line_of, parse, parts_of, text_of
from eventum_core.errors import ConfigError


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"a.b": 1}, {"a": {"b": 1}}),
        ({"a.b.c": 1, "a.b.d": 2, "a": {"e": 3}}, {"a": {"b": {"c": 1, "d": 2}, "e": 3}}),
        ([{"timer.seconds": 1, "timer": {"count": 1}}], [{"timer": {"seconds": 1, "count": 1}}]),
        ({"a.": 1, ".b": 2, "c..d": 3, 4: 5}, {"a.": 1, ".b": 2, "c..d": 3, 4: 5}),
        ({"a": {}, "a.b": 1}, {"a": {"b": 1}}),
    ],
)
def test_dotted_keys_nest(given: Any, expected: Any) -> None:
    assert expand(given) == (expected, [])


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"a.b": 1, "a": {"b": 2}}, "a.b"),
        ({"a": 1, "a.b": 2}, "a"),
        ({"a": None, "a.b": 2}, "a"),
        ({"a": [1], "a.b": 2}, "a"),
        ({"x": [{"a.b": {"c": 1}, "a.b.c": 2}]}, "x[0].a.b.c"),
    ],
)
def test_conflicts_name_their_path(given: Any, path: str) -> None:
    _, problems = expand(given)
    assert [problem.path for problem in problems] == [path]


def test_conditions_keep_their_dotted_keys() -> None:
    when = {"gt": {"shared.n": 1}}
    tree = {"event.template.templates": [{"a": {"transitions": [{"to": "b", "when": when}]}}]}
    expanded, _ = expand(tree)
    entry = expanded["event"]["template"]["templates"][0]["a"]
    assert entry["transitions"][0]["when"] == when


def test_an_alias_within_itself_is_a_problem() -> None:
    _, problems = expand(parse("a: &x\n  b: *x\n"))
    assert [problem.path for problem in problems] == ["a.b"]


def test_an_alias_used_twice_is_none() -> None:
    assert expand(parse("a: &x {c: 1}\nb: *x\n")) == ({"a": {"c": 1}, "b": {"c": 1}}, [])


@pytest.mark.parametrize("text", ["a: [1", "a: 'x", "\tb: 1", "a: b: c", "a: !!python/name:os.x 1"])
def test_what_is_no_yaml_says_where(text: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse("input: []\n" + text)
    (problem,) = error.value.problems
    assert problem.line >= 2
    assert "not valid YAML" in problem.message


@pytest.mark.parametrize("text", ["2025-13-01", "2024-02-30", "2024-01-01 25:00:00"])
def test_a_date_that_is_none_says_where_and_what(text: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse(f"input:\n- cron:\n    start: {text}\n")
    (problem,) = error.value.problems
    assert (problem.line, problem.value) == (3, text)
    assert "quote it" in problem.fix


def test_paths_are_written_as_people_do() -> None:
    assert text_of(("output", 1, "http", "url")) == "output[1].http.url"
    assert text_of(()) == ""


def test_lines_are_found_through_dotted_keys_and_schema_parts() -> None:
    text = "input:\n- cron.count: 1\n  cron:\n    expression: x\nevent:\n  a: 1\n"
    assert line_of(text, ("input", 0, "cron", "count")) == 2
    assert line_of(text, ("input", 0, "cron", "expression")) == 4
    assert line_of(text, ("event", "a", "missing")) == 6
    assert line_of(text, ("nowhere",)) == 0


@pytest.mark.parametrize(
    "text",
    ["!!timestamp x", "!!int ''", "!!int _", "!!float ''", "!!bool maybe", "a:\n- !!int +"],
)
def test_a_tag_that_does_not_fit_is_said(text: str) -> None:
    with pytest.raises(ConfigError, match="not a value: its tag does not fit it") as caught:
        parse(text)
    assert caught.value.problems[0].line == text.count("\n") + 1


def test_half_a_surrogate_is_no_yaml() -> None:
    with pytest.raises(ConfigError, match="not valid YAML: unacceptable character"):
        parse("'\ud800'")


def test_an_empty_key_is_seen_in_a_path() -> None:
    assert text_of(("", "a", "", 1)) == "''.a.''[1]"


def nested(levels: int) -> Any:
    inner: Any = 1
    for _ in range(levels):
        inner = [inner]
    return inner


@pytest.mark.parametrize("key", ["params", "when"])
def test_what_is_nested_too_deep_is_refused(key: str) -> None:
    tree = {"a": {"transitions": [{key: nested(96)}]}}
    assert expand(tree) == (tree, [])
    with pytest.raises(ConfigError, match="more than 100 levels deep"):
        expand({"a": {"transitions": [{key: nested(97)}]}})


@pytest.mark.parametrize("key", ["params", "when"])
def test_aliases_of_aliases_fill_no_memory(key: str) -> None:
    bomb: Any = [1]
    for _ in range(30):
        bomb = [bomb, bomb]
    with pytest.raises(ConfigError, match="aliases repeat more than 100,000"):
        expand({"a": {"transitions": [{key: bomb}]}})


def test_an_alias_may_be_used_often() -> None:
    shared = {"a.b": 1}
    tree, problems = expand([shared] * 5000)
    assert (tree[4999], problems) == ({"a": {"b": 1}}, [])


@pytest.mark.parametrize("path", [(), ("input",), ("output", 1, "http", "url"), (0, "id")])
def test_the_text_of_a_path_says_its_parts(path: tuple[str | int, ...]) -> None:
    assert parts_of(text_of(path)) == path
