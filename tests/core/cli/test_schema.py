from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import Result

Call = Callable[..., Result]


@pytest.fixture
def document(call: Call) -> dict[str, Any]:
    result = call("schema")
    assert (result.exit_code, result.stderr) == (0, "")
    schema: dict[str, Any] = json.loads(result.stdout)
    return schema


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for item in node:
            yield from references(item)


def test_one_plugin_with_its_options_explained(call: Call) -> None:
    schema = json.loads(call("schema", "input", "cron").stdout)
    assert schema["$schema"].endswith("2020-12/schema")
    assert schema["properties"]["tags"]["description"].startswith("Labels that every event")


def test_an_unknown_plugin_is_told_with_a_suggestion(call: Call) -> None:
    result = call("schema", "input", "crom")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "did you mean 'cron'?" in result.stderr


@pytest.mark.parametrize("args", [["input"], ["nope", "cron"]])
def test_usage(call: Call, args: list[str]) -> None:
    assert call("schema", *args).exit_code == 2


def test_the_document_names_every_plugin(document: dict[str, Any]) -> None:
    sections = document["properties"]
    assert {"cron", "timer", "linspace", "static"} <= set(sections["input"]["items"]["properties"])
    assert "template" in sections["event"]["properties"]
    assert document["required"] == ["input", "event", "output"]


def test_an_output_has_its_own_options_and_those_of_the_pipeline(
    document: dict[str, Any],
) -> None:
    options = document["properties"]["output"]["items"]["properties"]["file"]["properties"]
    assert {"path", "write_mode", "retry", "on_failure", "dead_letters", "lane"} <= set(options)
    formats = {one["properties"]["format"]["const"] for one in options["formatter"]["oneOf"]}
    assert {"plain", "json", "json-batch"} <= formats


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found = list(references(document))
    assert found
    for reference in found:
        assert reference.removeprefix("#/$defs/") in document["$defs"], reference
