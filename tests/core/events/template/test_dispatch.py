"""The words of templates to the pipeline, as real templates say them."""

from __future__ import annotations

from typing import Any

import pytest
from jinja2 import DictLoader, Environment

from eventum_core.errors import Dropped, Exhausted, ProduceError, Signal
from eventum_core.events.template.dispatch import Dispatch, Repick


def render(text: str, **files: str) -> str:
    loader = DictLoader({"main": text, **files})
    environment = Environment(loader=loader, extensions=["jinja2.ext.do"])
    environment.globals["dispatch"] = Dispatch()
    return environment.get_template("main").render()


@pytest.mark.parametrize(
    ("call", "signal"),
    [
        ("dispatch.drop()", Dropped),
        ("dispatch.exhaust()", Exhausted),
        ("dispatch.next()", Repick),
        ("dispatch.next(3)", Repick),
        ("dispatch.next(max_repicks=1)", Repick),
    ],
)
@pytest.mark.parametrize(
    ("text", "files"),
    [
        ("before {{% do {0} %}} after", {}),
        ("{{{{ {0} }}}}", {}),
        ("{{% macro m() %}}{{% do {0} %}}{{% endmacro %}}{{{{ m() }}}}", {}),
        ("{{% include 'part' %}}", {"part": "{{% do {0} %}}"}),
        (
            "{{% from 'part' import m %}}{{{{ m() }}}}",
            {"part": "{{% macro m() %}}{{% do {0} %}}{{% endmacro %}}"},
        ),
    ],
    ids=["statement", "expression", "macro", "include", "import"],
)
def test_a_signal_ends_the_render_wherever_it_is_given(
    call: str, signal: type[Signal], text: str, files: dict[str, str]
) -> None:
    with pytest.raises(signal):
        render(text.format(call), **{name: part.format(call) for name, part in files.items()})


@pytest.mark.parametrize(("arguments", "limit"), [((), 64), ((3,), 3), ((1,), 1)])
def test_next_says_how_often_at_most(arguments: Any, limit: int) -> None:
    with pytest.raises(Repick) as caught:
        Dispatch().next(*arguments)
    assert caught.value.max_repicks == limit


@pytest.mark.parametrize("limit", [0, -1])
def test_next_with_no_repick_left_is_an_error(limit: int) -> None:
    with pytest.raises(ProduceError, match="at least 1") as caught:
        Dispatch().next(limit)
    assert caught.value.context == {"max_repicks": limit}
