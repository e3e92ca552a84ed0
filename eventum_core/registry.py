"""Which plugins there are: four doors, one hook.

The doors are the shipped plugins, installed packages (entry points of the group ``eventum``),
what an embedder passes in, and a ``conftest.py``, which the pytest plugin passes in.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache, cached_property
from importlib import import_module
from types import ModuleType
from typing import TypeAlias

import pluggy

from eventum_core import builtins, hookspecs
from eventum_core.errors import PluginError
from eventum_core.hookspecs import NAMESPACE, PluginRef, hookimpl
from eventum_core.plugin import (
    EventPlugin,
    Formatter,
    InputPlugin,
    LocalOutputPlugin,
    OutputPlugin,
    Plugin,
    TriggerPlugin,
)

Offer: TypeAlias = PluginRef | type[Plugin]

BASES: dict[str, tuple[type[Plugin], ...]] = {
    "input": (InputPlugin, TriggerPlugin),
    "event": (EventPlugin,),
    "format": (Formatter,),
    "output": (OutputPlugin, LocalOutputPlugin),
}
NO_AUTOLOAD = "EVENTUM_DISABLE_PLUGIN_AUTOLOAD"


class _Direct:
    """A door for classes and references that are passed in."""

    def __init__(self, offers: Iterable[Offer]) -> None:
        self._offers = list(offers)

    @hookimpl
    def eventum_plugins(self) -> Iterable[Offer]:
        return self._offers


class Registry:
    """The plugins on offer, by kind and name.

    `extras` are modules that implement the hook, plugin classes, or `PluginRef`s.
    """

    def __init__(self, *extras: object) -> None:
        self._manager = pluggy.PluginManager(NAMESPACE)
        self._manager.add_hookspecs(hookspecs)
        self._manager.register(builtins)
        direct = [e for e in extras if isinstance(e, PluginRef | type)]
        self._manager.register(_Direct(direct))
        for extra in extras:
            if extra not in direct and not self._manager.is_registered(extra):
                # Two conftest files share a module name, so a module goes by its path.
                self._manager.register(extra, name=_door_name(extra))
        self._check_hooks()

    def get(self, kind: str, name: str) -> type[Plugin]:
        """Import and return the plugin; raise `PluginError` saying what to do if there is none."""
        offer = self._early.get((kind, name)) or self._all.get((kind, name))
        if offer is None:
            raise PluginError(self._unknown(kind, name))
        return _load(offer) if isinstance(offer, PluginRef) else _checked(offer, kind)

    def names(self, kind: str) -> list[str]:
        """Return the names of a kind, sorted."""
        return sorted(name for offered, name in self._all if offered == kind)

    def refs(self) -> list[PluginRef]:
        """Return everything on offer as references, sorted by kind and name."""
        return sorted(_as_ref(offer) for offer in self._all.values())

    def check(self) -> None:
        """Raise `PluginError` for offers that make no sense, or a name that is offered twice."""
        _ = self._early

    def add_commands(self, cli: object) -> None:
        """Let every door add its commands to the command line."""
        self._load_installed()
        self._manager.hook.eventum_commands(cli=cli)

    @cached_property
    def _early(self) -> dict[tuple[str, str], Offer]:
        return self._collect()

    @cached_property
    def _all(self) -> dict[tuple[str, str], Offer]:
        self._load_installed()
        return self._collect()

    def _load_installed(self) -> None:
        # Looking through the installed packages takes milliseconds: only when really asked.
        if not os.environ.get(NO_AUTOLOAD):
            self._manager.load_setuptools_entrypoints(NAMESPACE)
            self._check_hooks()

    def _collect(self) -> dict[tuple[str, str], Offer]:
        found: dict[tuple[str, str], Offer] = {}
        for offers in self._manager.hook.eventum_plugins():
            for offer in offers:
                key = _key(offer)
                if key in found and _as_ref(found[key]) != _as_ref(offer):
                    raise PluginError(
                        f"{key[0]} plugin {key[1]!r} is offered twice: by"
                        f" {_as_ref(found[key]).target} and by {_as_ref(offer).target};"
                        " give one of them another name"
                    )
                found[key] = offer
        return found

    def _check_hooks(self) -> None:
        try:
            self._manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise PluginError(str(error)) from error

    def _unknown(self, kind: str, name: str) -> str:
        names = self.names(kind)
        close = get_close_matches(name, names, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(names)}"
        return f"unknown {kind} plugin {name!r}; {hint}"


def _door_name(extra: object) -> str | None:
    path = getattr(extra, "__file__", None) if isinstance(extra, ModuleType) else None
    return str(path) if path else None


def _key(offer: Offer) -> tuple[str, str]:
    if isinstance(offer, PluginRef):
        return offer.kind, offer.name
    try:
        return offer.kind, offer.name
    except AttributeError as error:
        said = f"{offer.__module__}.{offer.__qualname__}" if isinstance(offer, type) else offer
        raise PluginError(
            f"{said!s:.80} is no plugin: it has no `kind` and `name`;"
            " derive it from one of the plugin classes and set `name`"
        ) from error


def _as_ref(offer: Offer) -> PluginRef:
    if isinstance(offer, PluginRef):
        return offer
    return PluginRef(offer.kind, offer.name, f"{offer.__module__}:{offer.__qualname__}")


@cache
def _load(ref: PluginRef) -> type[Plugin]:
    module_name, _, class_name = ref.target.partition(":")
    try:
        found = getattr(import_module(module_name), class_name)
    except ModuleNotFoundError as error:
        raise PluginError(_not_importable(ref, module_name, error)) from error
    except ImportError as error:
        raise PluginError(f"{ref.kind} plugin {ref.name!r} cannot be imported: {error}") from error
    except AttributeError as error:
        raise PluginError(
            f"{ref.kind} plugin {ref.name!r}: {module_name} has no {class_name}"
        ) from error
    return _checked(found, ref.kind)


def _not_importable(ref: PluginRef, module: str, error: ModuleNotFoundError) -> str:
    start = f"{ref.kind} plugin {ref.name!r}"
    if error.name and f"{module}.".startswith(f"{error.name}."):
        return f"{start}: there is no module {error.name}, which its package names"
    return f"{start} needs the package {error.name}: pip install {error.name}"


@cache
def _checked(found: type[Plugin], kind: str) -> type[Plugin]:
    bases = BASES.get(kind)
    if bases is None:
        raise PluginError(f"unknown plugin kind {kind!r}; there are: {', '.join(BASES)}")
    if not (isinstance(found, type) and issubclass(found, bases)):
        names = " or ".join(base.__name__ for base in bases)
        raise PluginError(f"{kind} plugin {found!r} must be a subclass of {names}")
    _refuse_shadowing(found, bases)
    return found


def _refuse_shadowing(found: type[Plugin], bases: tuple[type[Plugin], ...]) -> None:
    """Refuse options that hide a method: a class whose `format` is a field breaks elsewhere."""
    base = next(base for base in bases if issubclass(found, base))
    options = set(found.model_fields) - set(base.model_fields)
    if shadowing := sorted(option for option in options if hasattr(base, option)):
        raise PluginError(
            f"{found.__module__}.{found.__qualname__}: options may not be named"
            f" {', '.join(shadowing)}, which are attributes of every {base.__name__}"
        )
