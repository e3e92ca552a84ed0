"""Templates that are large, or nested as deep as Jinja2 itself can take."""

from __future__ import annotations

import pytest

OPENED = "{% for i in [1] %}" * 15
CLOSED = "{% endfor %}" * 15


@pytest.mark.parametrize(
    "text",
    [
        OPENED + "{{ i }}" + CLOSED,
        "{% if params.yes %}" * 60 + "{{ params.word }}" + "{% endif %}" * 60,
        "{% if params.no %}a" + "{% elif params.zero %}b" * 80 + "{% else %}c{% endif %}",
        "{{ " + "(" * 30 + "params.number" + ")" * 30 + " }}",
        "{{ params.number" + " + params.number" * 60 + " }}",
        "{{ params.map" + ".a" * 40 + " is defined }}",
        "{{ " + "[" * 40 + "params.word" + "]" * 40 + " }}",
        "{{ " + "".join("'a' if params.no else " for _ in range(30)) + "params.word }}",
        "{{ params.word" + "|upper|lower" * 20 + " }}",
        "{{ params.word }}\n" * 500,
        "".join(f"{{% set x{n} = {n} %}}{{{{ x{n} }}}}" for n in range(200)),
        "".join(f"{{% macro m{n}() %}}{n}{{% endmacro %}}{{{{ m{n}() }}}}" for n in range(80)),
    ],
    ids=lambda text: text[:25],
)
def test_nesting_and_size_change_nothing(both, text):
    stock, quick = both(text, count=2)
    assert quick.moments == stock.moments
    assert quick.state == stock.state


def test_what_is_nested_too_deep_is_left_to_jinja2(both):
    stock, quick = both("{{ params.number" + ".real" * 190 + " }}", count=1)
    assert quick.moments == stock.moments == [["5"]]
    # How deep a Python goes is its own business, but either way it is told.
    assert quick.refused in ({}, {"a": "an expression or block is nested too deeply"})
