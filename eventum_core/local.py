"""Plugins of one's own that no package offers: those of a Python file, or of any module."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from eventum_core.errors import PluginError
from eventum_core.hookspecs import PluginRef
from eventum_core.plugin import Plugin
from eventum_core.registry import Offer, Registry

_HINT = (
    "derive a class from InputPlugin, TriggerPlugin, EventPlugin, Formatter, OutputPlugin or"
    " LocalOutputPlugin, and set its `name`"
)

_OFFERS = "it may offer plugin classes and PluginRef(kind, name, 'module:Class')"


def local_plugins(source: Path | str, base: Path | str = ".") -> list[Offer]:
    """Return the plugins of a Python file, relative to the folder `base`, or of a module.

    What its function ``eventum_plugins`` offers, or else every plugin class that it defines. A file
    is imported once, under its path; its folder comes last in ``sys.path``, for it to import its
    neighbours. Raises `PluginError` if there is nothing to be had.
    """
    source = str(source)
    module = _imported(source, Path(base))
    if not hasattr(module, "eventum_plugins"):
        return _defined(source, module)
    try:
        offers = list(module.eventum_plugins())
    except Exception as error:  # the function is the user's
        raise PluginError(f"{source}: eventum_plugins() failed: {_said(error)}") from error
    for offer in offers:
        if not isinstance(offer, PluginRef | type):
            raise PluginError(f"{source}: eventum_plugins() offers {offer!r:.80}; {_OFFERS}")
    return offers


def registry_with(sources: Iterable[Path | str], base: Path | str = ".") -> Registry:
    """Return all plugins on offer, with those of these files and modules.

    Raises `PluginError` where one of them cannot be used or takes a shipped plugin's name.
    """
    registry = Registry(*(offer for source in sources for offer in local_plugins(source, base)))
    registry.check()
    return registry


def _imported(source: str, base: Path) -> ModuleType:
    try:
        if _is_path(source, base):
            return _from_file(Path(os.path.abspath(base / source)))
        return import_module(source)
    except PluginError as error:
        raise PluginError(f"{source}: {error}") from error
    except (Exception, SystemExit) as error:  # a module may be anybody's, and it runs now
        raise PluginError(f"{source}: {_cause(source, base, error)}") from error


def _is_path(source: str, base: Path) -> bool:
    names = all(part.isidentifier() for part in source.split("."))
    return source.endswith(".py") or not names or (base / source).is_file()


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        folder = "a folder; name the file in it" if path.is_dir() else "there is no such file"
        raise PluginError(folder)
    name = str(path)
    return sys.modules[name] if name in sys.modules else _executed(name, path)


def _executed(name: str, path: Path) -> ModuleType:
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise PluginError("not a Python file; its name must end in .py")
    module = sys.modules[name] = module_from_spec(spec)
    if (folder := str(path.parent)) not in sys.path:
        sys.path.append(folder)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]  # so that the next attempt does not find half a module
        raise
    return module


def _cause(source: str, base: Path, error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        if f"{source}.".startswith(f"{error.name}."):
            there = (base / f"{source}.py").is_file()
            hint = f"did you mean {source}.py?" if there else "a file is named as in path/to/own.py"
            return f"there is no module {error.name}; {hint}"
        return f"it needs the module {error.name}, which cannot be found"
    return f"cannot be imported: {_said(error)}"


def _said(error: BaseException) -> str:
    """Return an error with the line of the user's code it comes from."""
    if isinstance(error, SyntaxError):
        return f"line {error.lineno}: {error.msg}"
    trace: Any = error.__traceback__
    lines = [frame.tb_lineno for frame in _frames(trace) if not _is_ours(frame)]
    line = f"line {lines[0]}: " if lines else ""
    return f"{line}{type(error).__name__}: {error}"


def _frames(trace: Any) -> Iterator[Any]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _is_ours(frame: Any) -> bool:
    file = frame.tb_frame.f_code.co_filename
    return file == __file__ or file.startswith("<frozen") or "importlib" in Path(file).parts


def _defined(source: str, module: ModuleType) -> list[Offer]:
    """Return the plugin classes that a module defines itself."""
    found = [item for item in vars(module).values() if _is_plugin(item, module.__name__)]
    named = [plugin for plugin in found if isinstance(getattr(plugin, "name", None), str)]
    if not named:
        unnamed = ", ".join(plugin.__name__ for plugin in found)
        told = f"{unnamed} has no `name`" if found else "no plugin in it"
        raise PluginError(f"{source}: {told}; {_HINT}")
    return list(dict.fromkeys(named))


def _is_plugin(item: object, module: str) -> bool:
    """Tell whether something is a plugin class of a module, or of one below it."""
    return (
        isinstance(item, type)
        and issubclass(item, Plugin)
        and f"{item.__module__}.".startswith(f"{module}.")
    )
