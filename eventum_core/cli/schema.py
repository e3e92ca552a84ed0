"""``eventum schema``: JSON Schema, for editors and for other programs."""

from __future__ import annotations

from typing import Any

import click

from eventum_core.cli.main import tell
from eventum_core.cli.options import plugin_option
from eventum_core.cli.report import as_json
from eventum_core.config import Delivery
from eventum_core.describe import json_schema
from eventum_core.errors import PluginError
from eventum_core.local import registry_with
from eventum_core.registry import Registry

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"


@click.command("schema")
@click.argument("kind", required=False, type=click.Choice(["input", "event", "format", "output"]))
@click.argument("name", required=False)
@plugin_option
def command(kind: str | None, name: str | None, plugins: tuple[str, ...]) -> None:
    """Print the JSON Schema of a generator's file or of one plugin.

    Options that `${params.x}` or `${secrets.x}` stands for are described as what they become.
    """
    if kind and not name:
        raise click.UsageError(f"Name the {kind} plugin too; `eventum plugins` lists them.")
    registry = registry_with(plugins)
    schema = json_schema(registry.get(kind, name)) if kind and name else _document(registry)
    click.echo(as_json({"$schema": DIALECT, **schema}))


def _document(registry: Registry) -> Schema:
    shared: Schema = {}
    formatter = {"oneOf": [_formatter(*item) for item in _schemas(registry, "format", shared)]}
    common = _hoisted("delivery", json_schema(Delivery), shared)["properties"]
    common["formatter"] = formatter
    inputs = dict(_schemas(registry, "input", shared))
    events = dict(_schemas(registry, "event", shared))
    outputs = dict(_schemas(registry, "output", shared))
    for schema in outputs.values():
        schema["properties"] = common | schema.get("properties", {})
    return {
        "title": "generator.yml",
        "type": "object",
        "properties": {
            "input": {"type": "array", "minItems": 1, "items": _one_of(inputs)},
            "event": _one_of(events),
            "output": {"type": "array", "minItems": 1, "items": _one_of(outputs)},
        },
        "required": ["input", "event", "output"],
        "additionalProperties": False,
        "$defs": shared,
    }


def _schemas(registry: Registry, kind: str, shared: Schema) -> list[tuple[str, Schema]]:
    """Return name and schema of each plugin that can be imported; tell about the others."""
    found = []
    for name in registry.names(kind):
        try:
            schema = json_schema(registry.get(kind, name))
        except PluginError as error:
            tell(f"note: left out: {error}")
        else:
            found.append((name, _hoisted(f"{kind}.{name}", schema, shared)))
    return found


def _hoisted(prefix: str, schema: Schema, shared: Schema) -> Schema:
    """Move a schema's definitions to `shared`, under names that cannot clash."""
    for name, definition in schema.pop("$defs", {}).items():
        shared[f"{prefix}.{name}"] = _renamed(prefix, definition)
    renamed: Schema = _renamed(prefix, schema)
    return renamed


def _renamed(prefix: str, node: Any) -> Any:
    if isinstance(node, list):
        return [_renamed(prefix, item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: value.replace("#/$defs/", f"#/$defs/{prefix}.")
        if key == "$ref" and isinstance(value, str)
        else _renamed(prefix, value)
        for key, value in node.items()
    }


def _one_of(plugins: Schema) -> Schema:
    """Return the schema of a mapping with exactly one key, a plugin's name."""
    return {
        "type": "object",
        "properties": plugins,
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
    }


def _formatter(name: str, schema: Schema) -> Schema:
    properties = {"format": {"const": name}} | schema.get("properties", {})
    required = ["format", *schema.get("required", [])]
    return schema | {"properties": properties, "required": required}
