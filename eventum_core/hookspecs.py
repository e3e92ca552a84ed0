"""The hooks a package, an embedder or a ``conftest.py`` can implement.

Write ``from eventum_core import hookimpl`` and decorate a function of the same name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import pluggy

if TYPE_CHECKING:
    import click

    from eventum_core.plugin import Plugin

NAMESPACE = "eventum"

hookspec = pluggy.HookspecMarker(NAMESPACE)
hookimpl = pluggy.HookimplMarker(NAMESPACE)


class PluginRef(NamedTuple):
    """A plugin named but not imported yet."""

    kind: str
    """``input``, ``event``, ``format`` or ``output``."""
    name: str
    """As users write it in a file."""
    target: str
    """``package.module:Class``."""


@hookspec
def eventum_plugins() -> Iterable[PluginRef | type[Plugin]]:  # type: ignore[empty-body] # a spec has no body
    """Yield the plugins on offer, as references (imported when a file names them) or classes."""


@hookspec
def eventum_commands(cli: click.Group) -> None:
    """Add commands to the command line; called only when a command is looked up."""
