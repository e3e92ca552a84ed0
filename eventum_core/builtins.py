"""The plugins that ship, offered through the same hook as anybody's."""

from __future__ import annotations

from collections.abc import Iterable

from eventum_core.hookspecs import PluginRef, hookimpl

_SHIPPED = {
    ("input", "cron"): "inputs.cron:Cron",
    ("input", "linspace"): "inputs.linspace:Linspace",
    ("input", "static"): "inputs.static:Static",
    ("input", "timer"): "inputs.timer:Timer",
    ("event", "template"): "events.template.plugin:Template",
    ("format", "json"): "formats.json:Json",
    ("format", "json-batch"): "formats.json:JsonBatch",
    ("format", "plain"): "formats.plain:Plain",
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
