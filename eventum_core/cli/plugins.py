"""``eventum plugins``: what is on offer, and who offers it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import packages_distributions

import click

from eventum_core.cli.main import tell
from eventum_core.cli.options import plugin_option
from eventum_core.cli.owners import FOLDER, OURS, rivals
from eventum_core.cli.report import as_json
from eventum_core.hookspecs import PluginRef
from eventum_core.local import registry_with


@click.command("plugins")
@click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")
@plugin_option
def command(json_wanted: bool, plugins: tuple[str, ...]) -> None:
    """List the plugins and where they come from."""
    owners = packages_distributions()
    rows = [(ref.kind, ref.name, _origin(ref, owners)) for ref in registry_with(plugins).refs()]
    if json_wanted:
        keys = ("kind", "name", "from")
        click.echo(as_json([dict(zip(keys, row, strict=True)) for row in rows]))
    else:
        for kind, name, origin in rows:
            click.echo(f"{kind:<7} {name:<20} {origin}")
    for rival in rivals():
        tell(f"warning: {rival}")


def _origin(ref: PluginRef, owners: Mapping[str, list[str]]) -> str:
    """Return the distribution a plugin belongs to, or its module where none claims it."""
    module = ref.target.rpartition(":")[0]
    folder = module.partition(".")[0]
    # An editable install does not say which folders it serves.
    claims = [OURS] if folder == FOLDER else owners.get(folder)
    return ", ".join(sorted(set(claims))) if claims else module
