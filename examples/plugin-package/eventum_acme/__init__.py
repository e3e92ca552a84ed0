"""Plugins of a company called Acme: named here, imported when a generator names them."""

from eventum_core import PluginRef, hookimpl


@hookimpl
def eventum_plugins() -> list[PluginRef]:
    """Offer three plugins."""
    return [
        PluginRef("input", "burst", "eventum_acme.burst:Burst"),
        PluginRef("format", "logfmt", "eventum_acme.logfmt:Logfmt"),
        PluginRef("output", "directory", "eventum_acme.directory:Directory"),
    ]
