"""Realistic event streams as test data: the engine and its command line.

Public names are imported when first used, so that ``import eventum_core`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eventum_core.clock import ManualClock, NoWaitClock, ScaledClock, WallClock
    from eventum_core.config import Delivery, GeneratorConfig, Settings, Sink
    from eventum_core.describe import option_docs
    from eventum_core.errors import (
        ConfigError,
        DataError,
        Dropped,
        EventumError,
        Exhausted,
        FormatError,
        PluginError,
        Problem,
        ProduceError,
        RunError,
        WriteError,
    )
    from eventum_core.generator import Generator
    from eventum_core.hookspecs import PluginRef, hookimpl
    from eventum_core.local import local_plugins
    from eventum_core.model import Chunk, Event, Failure, Moment, Rejected, Report
    from eventum_core.observer import Observer, Silent
    from eventum_core.outputs.rows import RowMapping
    from eventum_core.plugin import (
        EventPlugin,
        Formatter,
        InputPlugin,
        LocalOutputPlugin,
        OneEach,
        OutputPlugin,
        Plugin,
        Run,
        TriggerPlugin,
    )
    from eventum_core.registry import Registry
    from eventum_core.secrets import redact
    from eventum_core.seeds import Seeds
    from eventum_core.state import SharedState

__all__ = [
    "Chunk",
    "ConfigError",
    "DataError",
    "Delivery",
    "Dropped",
    "Event",
    "EventPlugin",
    "EventumError",
    "Exhausted",
    "Failure",
    "FormatError",
    "Formatter",
    "Generator",
    "GeneratorConfig",
    "InputPlugin",
    "LocalOutputPlugin",
    "ManualClock",
    "Moment",
    "NoWaitClock",
    "Observer",
    "OneEach",
    "OutputPlugin",
    "Plugin",
    "PluginError",
    "PluginRef",
    "Problem",
    "ProduceError",
    "Registry",
    "Rejected",
    "Report",
    "RowMapping",
    "Run",
    "RunError",
    "ScaledClock",
    "Seeds",
    "Settings",
    "SharedState",
    "Silent",
    "Sink",
    "TriggerPlugin",
    "WallClock",
    "WriteError",
    "hookimpl",
    "local_plugins",
    "option_docs",
    "redact",
]

_HOMES = {
    "clock": "ManualClock NoWaitClock ScaledClock WallClock",
    "config": "Delivery GeneratorConfig Settings Sink",
    "describe": "option_docs",
    "errors": "ConfigError DataError Dropped EventumError Exhausted FormatError"
    " PluginError Problem ProduceError RunError WriteError",
    "generator": "Generator",
    "hookspecs": "PluginRef hookimpl",
    "local": "local_plugins",
    "model": "Chunk Event Failure Moment Rejected Report",
    "observer": "Observer Silent",
    "outputs.rows": "RowMapping",
    "plugin": "EventPlugin Formatter InputPlugin LocalOutputPlugin OneEach OutputPlugin"
    " Plugin Run TriggerPlugin",
    "registry": "Registry",
    "secrets": "redact",
    "seeds": "Seeds",
    "state": "SharedState",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value
