"""What a user's script gets from ``import``: stand-ins for a few modules, else the real ones.

Scripts written for the reference import its signals from ``eventum.plugins.event.exceptions``.
They find ours there, whether or not a package of that name is installed.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import RLock
from types import ModuleType
from typing import Any

from eventum_core.errors import Dropped, Exhausted, ProduceError, RunError, Signal
from eventum_core.plugin import Run

POLL = 0.05
"""Seconds between two looks at whether the run is to end, while another script loads."""

_loading = RLock()
"""Held while a script loads, because all are known as the same module for that time."""


class PluginProduceError(ProduceError):
    """The reference's `ProduceError`: several arguments, and a context that must be named."""

    def __init__(self, *args: object, context: Mapping[str, object] | None = None) -> None:
        super().__init__(" ".join(map(str, args)), context)


_NAMES = {
    "PluginProduceSignal": Signal,
    "PluginEventDroppedError": Dropped,
    "PluginEventsExhaustedError": Exhausted,
    "PluginProduceError": PluginProduceError,
}
_HOME = "eventum.plugins.event.exceptions"


def _package(name: str) -> ModuleType:
    module = ModuleType(name)
    module.__path__ = []
    return module


def _compatible() -> dict[str, ModuleType]:
    """Return the reference's module of exceptions and the packages above it, by name."""
    modules: dict[str, ModuleType] = {}
    for part in _HOME.split("."):
        name = ".".join([*list(modules)[-1:], part])
        modules[name] = _package(name)
        if len(modules) > 1:
            setattr(modules[name.rpartition(".")[0]], part, modules[name])
    vars(modules[_HOME]).update(_NAMES)
    return modules


COMPATIBLE: Mapping[str, ModuleType] = _compatible()
"""The modules that stand for the reference's, by name."""


def importer(stand_ins: Mapping[str, ModuleType]) -> Callable[..., Any]:
    """Return an ``__import__`` that gives `stand_ins` and `COMPATIBLE` for the real modules."""
    known = {**COMPATIBLE, **stand_ins}

    def import_(
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        if level == 0 and name in known:
            return known[name if fromlist else name.partition(".")[0]]
        return builtins.__import__(name, globals, locals, fromlist or (), level)

    return import_


@contextmanager
def loading(module: ModuleType, run: Run) -> Iterator[None]:
    """Let a script and what it imports find `module` and `COMPATIBLE` in ``sys.modules``.

    Dataclasses and pydantic look their module up there. Whatever was there before is put back;
    another script waits for its turn, and gives up with `RunError` when its run is to end.
    """
    while not _loading.acquire(timeout=POLL):
        if run.stopping.is_set():
            raise RunError("stopped while another script was loading")
    try:
        with _registered({**COMPATIBLE, module.__name__: module}):
            yield
    finally:
        _loading.release()


@contextmanager
def _registered(modules: Mapping[str, ModuleType]) -> Iterator[None]:
    before = {name: sys.modules.get(name) for name in modules}
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name, module in before.items():
            if module is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = module
