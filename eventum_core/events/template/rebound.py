"""Classes of a library rebuilt so that their methods see another clock and other draws.

The libraries of made-up data ask the host for the time. Instead of changing their modules, which
the whole process shares, a run builds twins of their classes: the same code over a copy of the
module's names, in which `datetime.datetime`, `time.time` and the like mean the run's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from sys import modules
from types import CellType, FunctionType
from typing import Any


class Rebinder:
    """Builds twins of classes, each once."""

    def __init__(self, changes: Mapping[int, Any], defaults: Mapping[Any, Any]) -> None:
        """Take what stands for objects of modules, by their `id`, and for arguments' defaults.

        A default that a library computed when it was imported is found by its value.
        """
        self._changes = changes
        self._defaults = defaults
        self._twins: dict[type, type] = {}
        self._names: dict[str, dict[str, Any] | None] = {}

    def twin(self, cls: type) -> type:
        """Return the class's twin, or the class itself where nothing would be different."""
        if cls not in self._twins:
            self._twins[cls] = self._build(cls)
        return self._twins[cls]

    def become(self, instance: object) -> None:
        """Make an instance one of its class's twin."""
        instance.__class__ = self.twin(type(instance))

    def _build(self, cls: type) -> type:
        bases = tuple(map(self.twin, cls.__bases__))
        if self._names_of(cls.__module__) is None and bases == cls.__bases__:
            return cls
        own = CellType()
        members = {
            name: self._member(member, own)
            for name, member in vars(cls).items()
            if name not in ("__dict__", "__weakref__")
        }
        own.cell_contents = twin = type(cls)(cls.__name__, bases, _unregistered(cls, members))
        return twin

    def _names_of(self, module: str) -> dict[str, Any] | None:
        """Return the module's names as its functions shall see them; None for no difference."""
        if module not in self._names:
            self._names[module] = self._changed_names(module)
        return self._names[module]

    def _changed_names(self, module: str) -> dict[str, Any] | None:
        names = vars(modules[module])
        changed = {
            name: self._changes[id(value)]
            for name, value in names.items()
            if id(value) in self._changes
        }
        if not changed:
            return None
        # The functions below look for this module's names, so they have to be there already.
        self._names[module] = copy = {**names, **changed}
        own = {name: value for name, value in names.items() if _belongs(value, module)}
        copy.update({name: self._function(value, CellType()) for name, value in own.items()})
        return copy

    def _member(self, member: Any, own: CellType) -> Any:
        if isinstance(member, staticmethod | classmethod):
            return type(member)(self._member(member.__func__, own))
        if isinstance(member, property):
            parts = (member.fget, member.fset, member.fdel)
            return property(*(self._member(part, own) for part in parts))
        return self._function(member, own) if isinstance(member, FunctionType) else member

    def _function(self, function: FunctionType, own: CellType) -> FunctionType:
        """Return the function over the changed names; its ``super()`` looks above the twin."""
        code = function.__code__
        cells = zip(code.co_freevars, function.__closure__ or (), strict=True)
        closure = tuple(own if name == "__class__" else cell for name, cell in cells)
        names = self._scope(function)
        twin = FunctionType(code, names, function.__name__, closure=closure)
        twin.__defaults__ = tuple(map(self._default, function.__defaults__ or ())) or None
        twin.__kwdefaults__ = function.__kwdefaults__
        twin.__doc__ = function.__doc__
        return twin

    def _scope(self, function: FunctionType) -> dict[str, Any]:
        """Return the names a function shall see; one that a decorator made keeps its own."""
        if function.__globals__ is not vars(modules[function.__module__]):
            return function.__globals__
        return self._names_of(function.__module__) or function.__globals__

    def _default(self, value: Any) -> Any:
        for old, new in self._defaults.items():
            if type(value) is type(old) and value == old:
                return new
        return value


def _belongs(value: Any, module: str) -> bool:
    return isinstance(value, FunctionType) and value.__module__ == module


def _unregistered(cls: type, members: dict[str, Any]) -> dict[str, Any]:
    """Keep a twin out of the list that Mimesis makes of all its providers."""
    meta = getattr(cls, "Meta", None)
    if meta is None:
        return members
    return {**members, "Meta": type("Meta", (meta,), {"auto_register": False})}
