"""The plugins that ship, offered through the same hook as anybody's."""

from __future__ import annotations

from collections.abc import Iterable

from eventum_core.hookspecs import PluginRef, hookimpl

_SHIPPED = {
    ("input", "cron"): "inputs.cron:Cron",
    ("input", "http"): "inputs.http:Http",
    ("input", "linspace"): "inputs.linspace:Linspace",
    ("input", "poisson"): "inputs.poisson:Poisson",
    ("input", "static"): "inputs.static:Static",
    ("input", "time_patterns"): "inputs.time_patterns:TimePatterns",
    ("input", "timer"): "inputs.timer:Timer",
    ("input", "timestamps"): "inputs.timestamps:Timestamps",
    ("event", "replay"): "events.replay:Replay",
    ("event", "script"): "events.script:Script",
    ("event", "template"): "events.template.plugin:Template",
    ("format", "eventum-http-input"): "formats.eventum_http_input:EventumHttpInput",
    ("format", "json"): "formats.json:Json",
    ("format", "json-batch"): "formats.json:JsonBatch",
    ("format", "plain"): "formats.plain:Plain",
    ("format", "template"): "formats.template:Template",
    ("format", "template-batch"): "formats.template:TemplateBatch",
    ("output", "duckdb"): "outputs.duckdb:Duckdb",
    ("output", "file"): "outputs.file:File",
    ("output", "http"): "outputs.http:Http",
    ("output", "sqlite"): "outputs.sqlite:Sqlite",
    ("output", "stdout"): "outputs.stdout:Stdout",
}


@hookimpl
def eventum_plugins() -> Iterable[PluginRef]:
    """Offer every shipped plugin, without importing any."""
    return [
        PluginRef(kind, name, f"eventum_core.{target}") for (kind, name), target in _SHIPPED.items()
    ]
