from __future__ import annotations

from typing import Any

import pytest

from eventum_core.document import parse
from eventum_core.errors import ConfigError
from eventum_core.secrets import Vault
from eventum_core.tokens import substitute

PARAMS = {
    "a": 1,
    "b": "two",
    "flag": True,
    "nothing": None,
    "items": "mine",
    "list": [1, "x"],
    "deep": {"er": {"est": 5}},
}


def value(text: str, **secrets: str) -> Any:
    """Return what YAML makes of ``k: text`` after substitution."""
    return parse(substitute(f"k: {text}", PARAMS, Vault(given=secrets)))["k"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${params.a}", 1),
        ("${ params.a }", 1),
        ('"${params.a}"', "1"),
        ("${params.flag}", True),
        ("${params.nothing}", "None"),
        ("${params.list}", [1, "x"]),
        ("x-${params.a}-${params.b}", "x-1-two"),
        ("${params.items}", "mine"),
        ("${params.deep.er.est}", 5),
        ("${params['b']}", "two"),
        ("${params.b|upper}", "TWO"),
        ("${ params.nope | default('d') }", "d"),
        ("${ params.b | default('d') }", "two"),
        ("${secrets.s}", "hidden"),
        ("{% if params.flag %}yes-it-is{% endif %}", "yes-it-is"),
        ("'{% raw %}${params.a}{% endraw %}'", "${params.a}"),
        ("'{{ timestamp }} {{ module.rand }}'", "{{ timestamp }} {{ module.rand }}"),
        ("plain $ { text }", "plain $ { text }"),
    ],
)
def test_tokens_take_the_type_that_yaml_sees(text: str, expected: Any) -> None:
    assert value(text, s="hidden") == expected


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("${params.gone}", "missing parameter 'gone'"),
        ("${secrets.gone}", "gone"),
        ("${nope}", "unknown name in ${nope}"),
        ("{% if event %}{{ event }}{% endif %}", "unknown name 'event' in {% … %}"),
        ("{% if nope %}${nope}{% endif %}", "unknown name in ${nope}"),
        ("${params.deep.gone}", "gone"),
        ("${params.my-p}", "my"),
        ("${params.}", "cannot replace"),
        ("${params.a + params.b}", "TypeError"),
        ("{% if %}", "cannot replace"),
    ],
)
def test_bad_tokens_are_named(text: str, fragment: str) -> None:
    with pytest.raises(ConfigError) as error:
        value(text)
    assert fragment in str(error.value)


@pytest.mark.parametrize(
    ("expression", "fragment"),
    [
        ("params.a | defalt(1)", "No filter named 'defalt'"),
        ("1.a ~ 1", "'int object' has no attribute 'a'"),
        ("params.a | dictsort", "AttributeError: 'int' object has no attribute 'items'"),
        ("(" * 3000 + "1" + ")" * 3000, "RecursionError"),
    ],
)
def test_an_expression_that_cannot_be_worked_out_says_why(expression: str, fragment: str) -> None:
    with pytest.raises(ConfigError, match=fragment) as error:
        substitute(f"a: ${{{expression}}}", PARAMS, Vault())
    assert len(str(error.value)) < 200


def test_unknown_names_come_with_their_lines() -> None:
    with pytest.raises(ConfigError) as error:
        substitute("a: b\nc: {% for e in events %}{{ e }}{% endfor %}\nd: ${nope}\n", {}, Vault())
    assert [problem.line for problem in error.value.problems] == [2, 3]
    assert "{% raw %}" in error.value.problems[0].fix


def test_all_missing_names_come_at_once_with_their_lines() -> None:
    text = "a: ${params.x}\nb: ${params.y}\nc: ${secrets.z}\nd: ${params.x}\n"
    with pytest.raises(ConfigError) as error:
        substitute(text, {}, Vault())
    lines = [(problem.message.split("'")[1], problem.line) for problem in error.value.problems]
    assert lines == [("x", 1), ("y", 2), ("z", 3)]


@pytest.mark.parametrize(
    "comment", ["# ${params.gone}", "  # ${nope", "# {% if", "#${secrets.gone}"]
)
def test_comments_need_nothing(comment: str) -> None:
    assert parse(substitute(f"{comment}\nk: ${{params.a}}\n", PARAMS, Vault())) == {"k": 1}


def test_a_comment_sign_within_a_block_of_text_is_text() -> None:
    text = "k: |\n  # ${params.b}\n"
    assert parse(substitute(text, PARAMS, Vault())) == {"k": "# two\n"}


@pytest.mark.parametrize("style", ["'{}'", '"{}"', "|\n        {}", ">-\n        {}"])
def test_blocks_of_inline_templates_stay(style: str) -> None:
    inline = "{% set x = 1 %}{# note #}{{ x }} ${params.b}"
    text = "{% if params.flag %}\na: {% if params.flag %}1{% endif %}\n{% endif %}\n"
    text += f"t:\n  - one:\n      inline: {style}\n"
    result = parse(substitute(text.replace("{}", inline), PARAMS, Vault()))
    assert result["t"][0]["one"]["inline"].strip() == "{% set x = 1 %}{# note #}{{ x }} two"
    assert result["a"] == 1


def test_code_cannot_be_reached_through_a_token() -> None:
    with pytest.raises(ConfigError):
        value("${params.__class__.__mro__}")


def test_text_without_tokens_is_untouched() -> None:
    text = "a: 1  # $ { } %} #}\n"
    assert substitute(text, {}, Vault()) is text
