"""The reference pages, made from the plugins' own docstrings: ``python tests/reference.py``.

Every plugin's example is a page of its own in ``docs/reference/examples``, taken over as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import reference_templates
from pydantic import BaseModel, ByteSize

from eventum_core.application import Application
from eventum_core.config import Delivery, Settings
from eventum_core.describe import json_schema, summary
from eventum_core.inputs.patterns import Pattern
from eventum_core.registry import Registry
from eventum_core.startup import StartupSettings

Schema = dict[str, Any]

FOLDER = Path(__file__).parent.parent / "docs/reference"
KINDS = {
    "input": ("inputs", "Inputs", "schedules patterns triggers"),
    "event": ("events", "Event plugins", "templates scripts-and-replay"),
    "format": ("formats", "Formats", "outputs"),
    "output": ("outputs", "Outputs", "outputs delivery"),
}
NOTE = "<!-- Made by `python tests/reference.py` from the docstrings; not edited by hand. -->\n"
SIZE = r"^\s*(\d*\.?\d+)\s*(\w+)?"
"""Pattern by which a schema says that a text such as 32MiB is a size."""
MOMENT = "[moment](../how-to/schedules.md#moments)"


def pages() -> dict[str, str]:
    """Return the text of every page by its file's name."""
    made = {f"{KINDS[kind][0]}.md": _kind(kind) for kind in KINDS}
    made |= {"settings.md": _settings(), "application.md": _application()}
    made["templates.md"] = chain([f"# Templates\n\n{NOTE}"], reference_templates.page())
    return {file: "\n".join(lines).rstrip("\n") + "\n" for file, lines in made.items()}


def _kind(kind: str) -> Iterator[str]:
    _, title, guides = KINDS[kind]
    registry = Registry()
    names = [r.name for r in registry.refs() if r.kind == kind and _shipped(r.target)]
    yield f"# {title}\n\n{NOTE}"
    links = " · ".join(f"[{guide}](../how-to/{guide}.md)" for guide in guides.split())
    yield f"How to use them: {links}.\n"
    yield " · ".join(f"[{name}](#{name})" for name in names) + "\n"
    for name in names:
        yield from _plugin(kind, name, registry)


def _shipped(target: str) -> bool:
    return target.startswith("eventum_core.")


def _plugin(kind: str, name: str, registry: Registry) -> Iterator[str]:
    plugin = registry.get(kind, name)
    yield f"## {name}\n\n{summary(plugin)}\n"
    if kind == "output":
        default = plugin.formatter["format"]  # type: ignore[attr-defined] # outputs have one
        yield f"Guarantee: {plugin.guarantee}. Format unless another is named: `{default}`.\n"  # type: ignore[attr-defined] # and this
    yield (FOLDER / "examples" / f"{kind}-{name}.md").read_text("utf-8")
    yield from _options(plugin, name)
    if name == "time_patterns":
        yield f"### {name}: a pattern's file\n"
        yield from _options(Pattern, "pattern")


def _settings() -> Iterator[str]:
    yield f"# Settings\n\n{NOTE}"
    yield (
        "What is said of a run outside the generator's file: on the command line with `--` and"
        " dashes (`live_mode` is `--live-mode`), in `eventum.yml` below `generation`, in"
        " `startup.yml` in an entry, in Python as keywords of `Generator.from_file`.\n"
    )
    yield from _options(Settings, "settings")
    yield "## Delivery\n\nWhat every output may say besides its own options.\n"
    yield from _options(Delivery, "delivery")


def _application() -> Iterator[str]:
    yield f"# eventum.yml and startup.yml\n\n{NOTE}"
    yield "What `eventum run` reads: [how to run many generators](../how-to/run.md).\n"
    yield "## eventum.yml\n\nEvery section may be left out.\n"
    yield from _options(Application, "eventum.yml", known={"Generation": "settings.md"})
    yield "## startup.yml\n\nA list. Each entry may have these and any [setting](settings.md).\n"
    schema = json_schema(StartupSettings)
    own = {name: schema["properties"][name] for name in ("id", "path", "autostart", "scenarios")}
    yield from _table(Part("", own, schema["required"]), {})


class Part(NamedTuple):
    """A table of options: those of a plugin, or of what one of its options takes."""

    title: str
    options: Schema
    required: list[str]
    text: str = ""


def _options(
    model: type[BaseModel], name: str, known: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Yield a table of a model's options, then one for each that has options of its own.

    `known` says where models are explained already.
    """
    schema = json_schema(model)
    if not schema.get("properties"):
        yield "It has no options.\n"
        return
    own = model.__annotations__
    options = dict(sorted(schema["properties"].items(), key=lambda item: item[0] not in own))
    parts = [Part("", options, _required(model))]
    links = dict(known or {})
    for part in parts:  # which grows
        parts += _below(part, schema.get("$defs", {}), name, links)
    for part in parts:
        yield from _table(part, links)


def _required(model: type[BaseModel]) -> list[str]:
    """Return what users must write: a section that is left out is filled in."""
    required: list[str] = json_schema(model).get("required", [])
    return [] if model is Application else required


def _below(part: Part, definitions: Schema, name: str, links: dict[str, str]) -> Iterator[Part]:
    """Yield what the options of a part take that was not told of yet, and note where it is."""
    for option, schema in part.options.items():
        title = f"{name}: {option}"
        refs = [ref for ref in _refs(schema) if definitions[ref].get("properties")]
        found = [definitions[ref] for ref in refs if ref not in links]
        if len(refs) == 1:
            schema.setdefault("description", definitions[refs[0]].get("description", ""))
        heading = "" if "#" + _slug(title) in links.values() else title
        links |= dict.fromkeys((ref for ref in refs if ref not in links), "#" + _slug(title))
        plainest: Schema = {}
        for one in sorted(found, key=lambda one: len(one["properties"])):
            more = {k: v for k, v in one["properties"].items() if v != plainest.get(k)}
            yield Part(heading, more, one.get("required", []), one.get("description", ""))
            heading, plainest = "", plainest or more


def _refs(node: Any) -> list[str]:
    """Return the names of the definitions that a schema refers to, in their order."""
    if isinstance(node, list):
        return [ref for item in node for ref in _refs(item)]
    if not isinstance(node, dict):
        return []
    below = [item for key, item in node.items() if key != "discriminator"]
    return [node["$ref"].rpartition("/")[2]] if "$ref" in node else _refs(below)


def _slug(title: str) -> str:
    """Return the anchor that a heading gets."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def _table(part: Part, links: Mapping[str, str]) -> Iterator[str]:
    if part.title:
        yield f"### {part.title}\n"
    if part.text:
        yield f"{part.text}\n"
    yield "| option | value | default | meaning |\n| --- | --- | --- | --- |"
    for name, option in part.options.items():
        default = "**required**" if name in part.required else _default(option)
        meaning = _cell(option.get("description", ""))
        value = MOMENT if _is_moment(option) else _value(option, links)
        yield f"| `{name}` | {_cell(value)} | {default} | {meaning} |"
    yield ""


def _default(option: Schema) -> str:
    value = option.get("default")
    if value in (None, "", {}, []) or _is_secret(option):
        return ""
    if isinstance(value, int) and _is_size(option):
        return ByteSize(value).human_readable().replace(".0", " ")
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return "`{}`".format(text.replace("\n", "\\n"))


def _is_secret(option: Schema) -> bool:
    return option.get("format") == "password"


def _is_size(option: Schema) -> bool:
    return any(item.get("pattern", "").startswith(SIZE) for item in option.get("anyOf", ()))


def _is_moment(option: Schema) -> bool:
    return option.get("anyOf", [])[:2] == [{"type": "string"}, {"type": "number"}]


def _cell(text: str) -> str:
    """Return a text that does not break a table."""
    return " ".join(text.replace("|", "\\|").split())


def _value(option: Schema, links: Mapping[str, str]) -> str:
    """Return in words what an option takes."""
    if "$ref" in option:
        return f"[options]({links[option['$ref'].rpartition('/')[2]]})"
    if "const" in option:
        return f"`{option['const']}`"
    if "enum" in option:
        return _enum(option["enum"])
    if _is_size(option):
        return "size such as `32MiB`"
    for several in ("anyOf", "oneOf", "allOf"):
        if several in option:
            given = [item for item in option[several] if item != {"type": "null"}]
            return _joined([_value(item, links) for item in given])
    return _plain(option, links)


def _enum(values: list[Any]) -> str:
    if len(values) > 12:
        return f"`{values[0]}`, `{values[1]}` … (one of {len(values)})"
    return ", ".join(f"`{value}`" for value in values)


def _joined(values: list[str]) -> str:
    return " or ".join(dict.fromkeys(value for value in values if value)) or "any"


def _plain(option: Schema, links: Mapping[str, str]) -> str:
    kind = option.get("type", "")
    if kind == "array":
        return f"list of {_value(option.get('items', {}), links) or 'any'}"
    if kind == "object":
        inner = option.get("additionalProperties")
        return f"mapping of {_value(inner, links)}" if isinstance(inner, dict) else "mapping"
    text = "path" if option.get("format") == "path" else "text" if kind == "string" else kind
    return " ".join([text, *_bounds(option)]).strip()


def _bounds(option: Schema) -> Iterator[str]:
    if "minimum" in option and "maximum" in option:
        yield f"from {option['minimum']:,} to {option['maximum']:,}"
        return
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    given = ((sign, f"{option[key]:,}") for key, sign in signs.items() if key in option)
    yield from (f"{sign} {bound.removesuffix('.0')}" for sign, bound in given)


if __name__ == "__main__":
    for file, text in pages().items():
        (FOLDER / file).write_text(text, "utf-8")
