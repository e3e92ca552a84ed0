"""Whatever a file holds, loading it gives a generator or says what is wrong, and nothing else."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutate import ODD

from eventum_core import ConfigError, GeneratorConfig, Registry
from eventum_core.loader import load, load_document
from eventum_core.problems import option_names

REGISTRY = Registry()
PIECES = [
    *("input", "event", "output", "formatter", "template", "cron", "file", "a", "b.c", "inline"),
    *("${params.a}", "${params.b.c}", "${secrets.x}", "${params.n | default(1)}", "{{ x }}"),
    *("{% if params.a %}", "{% endif %}", "{% raw %}", "{% endraw %}", "{# no #}", "null", "1"),
    *("2026-01-05", "1:30", "0x1F", ".inf", "\n", "\n  ", "\n- ", "\n  - ", ": ", ": ", " ", " "),
]
ALREADY = settings(
    deadline=None,
    max_examples=300,
    # Each example writes the same file anew.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["now", "json", "plain", "1s", "+1h", "a.csv", "[", "utf_8", "* * * * *"])
    | st.dates()
    | st.binary(max_size=5)
)
keys = (
    st.text(max_size=5) | st.sampled_from(["a", "a.b", "", ".", "x."]) | st.integers() | st.none()
)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


def options_of(kind: str, name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return options of a plugin by their right names, with any values."""
    known = option_names(REGISTRY.get(kind, name))
    return st.dictionaries(st.sampled_from([*known, "strange"]), trees, max_size=5)


def plugins(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return a plugin of a kind, with any options."""
    names = st.sampled_from(REGISTRY.names(kind))
    return names.flatmap(lambda name: options_of(kind, name).map(lambda given: {name: given}))


def with_more(outputs: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Return outputs that may have a formatter and a delivery policy of any kind."""
    formatter = plugins("format").map(
        lambda one: {"format": next(iter(one)), **next(iter(one.values()))}
    )
    more = st.fixed_dictionaries(
        {},
        optional={
            "formatter": formatter | trees,
            "retry": trees,
            "on_failure": trees,
            "lane": trees,
            "dead_letters": trees,
        },
    )
    return st.tuples(outputs, more).map(
        lambda pair: {name: {**given, **pair[1]} for name, given in pair[0].items()}
    )


documents = st.fixed_dictionaries(
    {
        "input": st.lists(plugins("input") | trees, max_size=3) | trees,
        "event": plugins("event") | trees,
        "output": st.lists(with_more(plugins("output")) | trees, max_size=3) | trees,
    }
)


@pytest.fixture(autouse=True)
def _randomness_as_before() -> Iterator[None]:
    """Keep what Hypothesis seeds from what other tests draw."""
    state = random.getstate()
    yield
    random.setstate(state)


def check(error: ConfigError, file: str = "") -> None:
    """See that there are reasons, each of which can be read."""
    assert error.problems
    for problem in error.problems:
        assert problem.message.strip()
        assert problem.file == file
        assert str(problem).encode("utf-8", "backslashreplace")


def loaded(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    params = {"a": "x", "b": {"c": [1]}}
    try:
        config = load(path, params=params, registry=REGISTRY, given_secrets={})
    except ConfigError as error:
        check(error, str(path))
    else:
        assert isinstance(config, GeneratorConfig)


@ALREADY
@given(content=st.binary(max_size=200))
def test_any_bytes(tmp_path: Path, content: bytes) -> None:
    loaded(tmp_path / "generator.yml", content)


@ALREADY
@given(text=st.text(st.characters(codec="utf-8"), max_size=200))
def test_any_text(tmp_path: Path, text: str) -> None:
    loaded(tmp_path / "generator.yml", text.encode())


@ALREADY
@given(pieces=st.lists(st.sampled_from([*PIECES, *ODD]), max_size=40))
def test_any_text_that_looks_like_a_configuration(tmp_path: Path, pieces: list[str]) -> None:
    loaded(tmp_path / "generator.yml", "".join(pieces).encode())


@ALREADY
@given(expression=st.text(st.sampled_from("params.ab|()[]'\"1+-*~, {}%#defaultx"), max_size=25))
def test_any_expression_in_a_token(tmp_path: Path, expression: str) -> None:
    text = f"input: [static: {{count: ${{{expression}}}}}]"
    loaded(tmp_path / "generator.yml", text.encode())


@ALREADY
@given(tree=st.dictionaries(keys, trees, max_size=5))
def test_any_tree(tmp_path: Path, tree: dict[Any, Any]) -> None:
    try:
        load_document(tree, base=tmp_path, registry=REGISTRY)
    except ConfigError as error:
        check(error)


@settings(ALREADY, max_examples=800)
@given(tree=documents)
def test_any_options_of_the_plugins_there_are(tmp_path: Path, tree: dict[str, Any]) -> None:
    try:
        load_document(tree, base=tmp_path, registry=REGISTRY)
    except ConfigError as error:
        check(error)
