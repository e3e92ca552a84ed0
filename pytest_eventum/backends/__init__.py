"""Where a test's events go, one file for each kind of backend."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_eventum.backends.base import Server

KINDS = {
    "memory": "memory:MemoryServer",
    "file": "file:FileServer",
    "sqlite": "sqlite:SqliteServer",
    "own": "own:OwnServer",
}
"""Each kind with the class that serves it, imported when a test asks for it."""


def server_class(kind: str) -> type[Server]:
    """Return the class that serves a kind of backend."""
    module, name = KINDS[kind].split(":")
    found: type[Server] = getattr(import_module(f"{__name__}.{module}"), name)
    return found
