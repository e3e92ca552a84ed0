"""Realistic event streams for pytest: a marker seeds a real database, a ledger is the oracle.

Public names are imported when first used, so that loading the plugin costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_eventum.backends.base import Backend
    from pytest_eventum.factory import Factory
    from pytest_eventum.ledger import Entry, Ledger
    from pytest_eventum.rows import Rows
    from pytest_eventum.spec import BackendSpec, backend
    from pytest_eventum.stream import Stream, StreamError

_HOME_OF = {
    "Backend": "backends.base",
    "BackendSpec": "spec",
    "Entry": "ledger",
    "Factory": "factory",
    "Ledger": "ledger",
    "Rows": "rows",
    "Stream": "stream",
    "StreamError": "stream",
    "backend": "spec",
}

__all__ = [
    "Backend",
    "BackendSpec",
    "Entry",
    "Factory",
    "Ledger",
    "Rows",
    "Stream",
    "StreamError",
    "backend",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value
