"""The suite file: defaults for every marker, generators and backends by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_eventum.marks import CHECKS, MarkError, Wish, checked, hint
from pytest_eventum.spec import BackendSpec

_SECTIONS = ("defaults", "generators", "backends")
_TABLE_KEYS = ("table", "columns", "tables", "create")


@dataclass(frozen=True, slots=True)
class Entry:
    """A generator by name: where it lies, and what holds wherever it is used."""

    path: Path
    wish: Wish
    timezone: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    """Options of the backend's output, such as its table."""


@dataclass(frozen=True, slots=True)
class Suite:
    """What a suite file holds, checked."""

    defaults: Wish = field(default_factory=Wish)
    timezone: str | None = None
    generators: Mapping[str, Entry] = field(default_factory=dict)
    backends: Mapping[str, BackendSpec] = field(default_factory=dict)


def read(path: Path | None, offered: list[Mapping[str, Any]]) -> Suite:
    """Return what the suite file says, over what hooks offered. Raise `MarkError`."""
    merged: dict[str, dict[str, Any]] = {section: {} for section in _SECTIONS}
    for layer in [*offered, _parsed(path) if path else {}]:
        for section, entries in _sections(layer):
            merged[section].update(entries)
    try:
        return _suite(merged, path.parent if path else Path.cwd())
    except MarkError as error:
        raise MarkError(f"suite file {path or '(from a hook)'}: {error}") from error


def _parsed(path: Path) -> Mapping[str, Any]:
    import yaml

    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise MarkError(f"suite file {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise MarkError(f"suite file {path}: {' '.join(str(error).split())}") from error
    if tree is not None and not isinstance(tree, dict):
        raise MarkError(f"suite file {path}: expected the keys {', '.join(_SECTIONS)}")
    return tree or {}


def _sections(layer: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    for name, entries in layer.items():
        if name not in _SECTIONS:
            raise MarkError(f"suite file: unknown key {name!r}{hint(str(name), _SECTIONS)}")
        if not isinstance(entries, Mapping):
            raise MarkError(f"suite file: {name}: expected a mapping")
    return list(layer.items())


def _suite(merged: Mapping[str, dict[str, Any]], base: Path) -> Suite:
    defaults = dict(merged["defaults"])
    zone = defaults.pop("timezone", None)
    return Suite(
        _wish("defaults", defaults),
        zone,
        {name: _entry(name, given, base) for name, given in merged["generators"].items()},
        {name: _backend(name, given) for name, given in merged["backends"].items()},
    )


def _wish(place: str, given: Mapping[str, Any]) -> Wish:
    try:
        return checked(given)
    except MarkError as error:
        raise MarkError(f"{place}: {error}") from error


def _entry(name: str, given: Any, base: Path) -> Entry:
    """Return a generator's entry: a path, or a mapping with `path` and arguments of a marker."""
    options = {"path": given} if isinstance(given, str) else given
    if not isinstance(options, Mapping) or not isinstance(options.get("path"), str):
        raise MarkError(f"generators.{name}: expected a path, or a mapping with the key path")
    known = {*CHECKS, *_TABLE_KEYS, "path", "timezone"} - {"generator"}
    for key in options:
        if key not in known:
            raise MarkError(f"generators.{name}: unknown key {key!r}{hint(str(key), known)}")
    wish = {key: value for key, value in options.items() if key in CHECKS}
    table = {key: value for key, value in options.items() if key in _TABLE_KEYS}
    path = options["path"]
    return Entry(
        Path(path) if path.startswith("pack:") else base / path,
        _wish(f"generators.{name}", wish),
        options.get("timezone"),
        table,
    )


def _backend(name: str, given: Any) -> BackendSpec:
    """Return a backend by name: its kind under `type`, all other keys its output's options."""
    if isinstance(given, str):
        return BackendSpec(given, {}, name)
    if not isinstance(given, Mapping):
        raise MarkError(f"backends.{name}: expected a kind, or a mapping with the key type")
    options = dict(given)
    return BackendSpec(str(options.pop("type", name)), options, name)
