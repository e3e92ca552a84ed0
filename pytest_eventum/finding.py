"""Where a generator lies that a marker names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

PACK = "pack:"
_HOME = Path(__file__).parent
_SHELVES = (_HOME / "packs", _HOME.parent / "fixtures" / "projects")
"""Where the shipped generators are: in an installed package, and in a checkout."""


class NotFound(Exception):
    """There is no such generator; the text says where it was looked for."""


def find(source: str, folders: Iterable[Path]) -> Path:
    """Return a generator's file: a path below one of the folders, or ``pack:NAME``."""
    if source.startswith(PACK):
        return _pack(source.removeprefix(PACK))
    tried = list(dict.fromkeys(folder / source for folder in folders))
    for place in tried:
        if found := _file(place):
            return found
    raise NotFound(f"no generator {source!r}; looked for {', '.join(map(str, tried))}")


def _file(place: Path) -> Path | None:
    """Return a file, or the ``generator.yml`` of a folder."""
    candidates = (place, place / "generator.yml", place / "generator.yaml")
    return next((path for path in candidates if path.is_file()), None)


def _pack(name: str) -> Path:
    for shelf in _SHELVES:
        if found := _file(shelf / name):
            return found
    known = ", ".join(sorted(set(_packs()))) or "none"
    raise NotFound(f"no pack {name!r}; there are: {known}")


def _packs() -> Iterator[str]:
    for shelf in _SHELVES:
        for place in shelf.iterdir() if shelf.is_dir() else ():
            if _file(place):
                yield place.name
