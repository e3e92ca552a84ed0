"""What a loaded generator does, as plain data and as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from eventum_core.cli.outside import uses
from eventum_core.cli.outside_python import uses_in_script
from eventum_core.clock import EPOCH
from eventum_core.config import GeneratorConfig, Sink
from eventum_core.plugin import InputPlugin, Run
from eventum_core.seeds import Seeds

Facts = dict[str, Any]
_KNOWN = ("template", "script", "replay")


def facts(config: GeneratorConfig) -> Facts:
    """Return what there is to know without running: fit for JSON, free of option values."""
    return {
        "inputs": [
            {
                "name": plugin.name,
                "tags": list(plugin.tags),
                "endless": plugin.endless() if isinstance(plugin, InputPlugin) else True,
            }
            for plugin in config.inputs
        ],
        "event": _event(config),
        "outputs": [_output(sink) for sink in config.outputs],
        "outside": [use._asdict() for use in _uses(config)],
    }


def lines(known: Facts) -> Iterator[str]:
    """Yield the facts as text."""
    for entry in known["inputs"]:
        tags = f", tags {', '.join(entry['tags'])}" if entry["tags"] else ""
        yield f"input {entry['name']}: {'endless' if entry['endless'] else 'has an end'}{tags}"
    event = known["event"]
    how = [event["file"], *(f"{key} {event[key]}" for key in ("mode", "pace") if event[key])]
    told = ", ".join(filter(None, how))
    yield f"event {event['name']}" + (f": {told}" if told else "")
    for alias, file in event["templates"].items():
        reason = event["refused"].get(alias)
        way = "compiled" if reason is None else f"left to Jinja2, since {reason}"
        yield f"  template {alias}: {file}, {way}"
    yield from (f"  sample {name}: {source}" for name, source in event["samples"].items())
    for entry in known["outputs"]:
        yield (
            f"output {entry['name']}: {entry['guarantee']}, format {entry['format']},"
            f" {entry['attempts']} attempts, then {entry['on_failure']}"
        )
    for use in known["outside"]:
        yield f"not repeated by a seed: {use['name']} ({use['file']}:{use['line']})"


def _event(config: GeneratorConfig) -> Facts:
    options = _options(config)
    samples = options.get("samples") or {}
    return {
        "name": config.event.name,
        "file": str(options.get("path", "")),
        "mode": options.get("mode", ""),
        "pace": options.get("pace", ""),
        "templates": {alias: entry.get("template", "inline") for alias, entry in _entries(config)},
        "refused": _refused(config),
        "samples": {name: _source(sample) for name, sample in samples.items()},
    }


def _refused(config: GeneratorConfig) -> dict[str, str]:
    """Return the templates that Jinja2 itself renders, and why."""
    if config.event.name != "template":
        return {}
    from eventum_core.events.template.plugin import Template

    if not isinstance(config.event, Template):
        return {}  # another's, by the same name
    run = Run(
        generator="",
        now=EPOCH,
        start=EPOCH,
        zone=ZoneInfo("UTC"),
        seeds=Seeds(0, ""),
        base=config.path.parent,
    )
    return config.event.refused(run)


def _source(sample: Any) -> str:
    return str(sample.get("source") or sample.get("type") or "") if isinstance(sample, dict) else ""


def _output(sink: Sink) -> Facts:
    return {
        "name": sink.plugin.name,
        "guarantee": sink.plugin.guarantee,
        "format": sink.formatter.name,
        "attempts": sink.delivery.retry.attempts,
        "on_failure": sink.delivery.on_failure,
    }


def _options(config: GeneratorConfig) -> dict[str, Any]:
    """Return the options of a shipped event plugin: what another's mean, nobody knows."""
    name = config.event.name
    return config.document["event"][name] if name in _KNOWN else {}


def _entries(config: GeneratorConfig) -> Iterator[tuple[str, dict[str, Any]]]:
    for item in _options(config).get("templates") or ():
        yield from item.items()


def _uses(config: GeneratorConfig) -> list[Any]:
    if config.event.name == "script":
        return uses_in_script(config.path.parent, str(_options(config)["path"]))
    entries = dict(_entries(config))
    files = [str(entry["template"]) for entry in entries.values() if entry.get("template")]
    inline = {a: str(entry["inline"]) for a, entry in entries.items() if entry.get("inline")}
    return list(uses(config.path.parent, files, inline))
