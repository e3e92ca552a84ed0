"""What was made of templates, kept on disk from one process to the next.

Whoever writes here decides what the next run executes. So the folder is the user's own: one that
belongs to someone else, or that others may write in, is left alone. Nothing here fails a run: what
cannot be read is made again, what cannot be written is made again the next time.
"""

from __future__ import annotations

import logging
import marshal
import os
import re
import stat
import sys
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from hashlib import blake2b
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from types import CodeType
from typing import Any

VARIABLE = "EVENTUM_TEMPLATE_CACHE"
MOST_BYTES = 64 * 1024 * 1024
"""All files together; beyond it the oldest go."""

_OFF, _DEFAULT = ("0", "false", "no", "off"), ("", "1", "true", "yes", "on")
_DIGEST = 32
_NAME = re.compile(rf"[0-9a-f]{{{2 * _DIGEST}}}(?:\.[0-9a-f]+)?\.tmpl")
"""Files of ours: a folder that the user has named may hold others."""
_log = logging.getLogger(__name__)


def get(*parts: object) -> Any:
    """Return what was kept of these parts, None if nothing was that can be trusted."""
    kept = _opened()
    return kept and kept.get(_key(parts))


def put(value: object, *parts: object) -> None:
    """Keep a value, of types that `marshal` knows, by all that it depends on.

    The language, Jinja2 and our own sources need not be among the parts. What holds a secret, as a
    text or in code, is not kept: it would be there for all to read who can read the folder.
    """
    kept = _opened()
    if kept and not any(map(_is_secret, _texts((parts, value)))):
        kept.put(_key(parts), value)


def withhold(is_secret: Callable[[str], bool]) -> None:
    """Set what tells of a text whether it has a secret in it."""
    global _is_secret
    _is_secret = is_secret


_is_secret: Callable[[str], bool] = lambda _: False  # noqa: E731 # until somebody tells of some


def _texts(value: object) -> Iterator[str]:
    """Yield all that stands in a value, numbers too: a secret may look like one."""
    match value:
        case str() | int() | float():
            yield str(value)
        case bytes():
            yield value.decode("utf-8", "replace")
        case CodeType():
            yield from _texts(value.co_consts)
        case dict():
            yield from _texts((*value.keys(), *value.values()))
        case tuple() | list() | set() | frozenset():
            for item in value:
                yield from _texts(item)


def folder() -> Path | None:
    """Return where the user wants it, by default among the caches of the home folder; or None."""
    wanted = os.environ.get(VARIABLE, "").strip()
    if wanted.lower() in _OFF:
        return None
    try:
        if wanted.lower() not in _DEFAULT:
            return Path(wanted).expanduser().absolute()
        return _caches() / "eventum" / "templates"
    except RuntimeError:  # there is no home
        return None


def _caches() -> Path:
    """Return where programs keep what they can do without."""
    chosen = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if chosen.is_absolute():
        return chosen
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return Path(local) if local else Path.home() / "AppData" / "Local"
    else:
        return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")


class Cache:
    """The values in one folder, a file each, by keys that are names of files."""

    def __init__(self, folder: Path, most: int = MOST_BYTES) -> None:
        self._folder = folder
        self._most = most
        self._room = 0  # to be looked up before the first is written
        self._refused = False

    def get(self, key: str) -> Any:
        """Return a value, None if there is none, or if the file is damaged or another's."""
        try:
            with open(self._file(key), "rb", opener=_read_only) as file:
                if not (_is_private(os.fstat(file.fileno())) and self._is_usable()):
                    return None
                content = file.read()
        except OSError:
            return None
        body = content[_DIGEST:]
        if content[:_DIGEST] != _digest(key, body):  # `marshal` may crash on what is damaged
            _log.debug("a damaged file of the template cache: %s", key)
            return None
        return marshal.loads(body)

    def put(self, key: str, value: Any) -> None:
        """Write a value, at once as a whole."""
        try:
            body = marshal.dumps(value)
            _make_private(self._folder)
            if self._is_usable():
                self._write(key, _digest(key, body) + body)
        except (OSError, ValueError) as error:
            _log.debug("not written to the template cache: %s", error)

    def _file(self, key: str) -> Path:
        return self._folder / f"{key}.tmpl"

    def _is_usable(self) -> bool:
        """Return whether nobody else can put files there."""
        if not self._refused and not _is_private(self._folder.stat()):
            self._refused = True
            _log.debug("no template cache: others may write in %s", self._folder)
        return not self._refused

    def _write(self, key: str, content: bytes) -> None:
        self._make_room(len(content))
        part = self._folder / f"{key}.{os.urandom(8).hex()}.tmpl"
        try:
            with open(part, "xb", opener=_owner_only) as file:
                file.write(content)
            part.replace(self._file(key))
        except OSError:
            part.unlink(missing_ok=True)
            raise

    def _make_room(self, size: int) -> None:
        """See to it that all files stay within bounds, without a look at them for each."""
        self._room -= size
        if self._room < 0:
            total = sum(size for _, size, _ in self._files())
            if total + size > self._most:
                total = self._pruned(self._most // 2)
            self._room = self._most - total - size

    def _pruned(self, most: int) -> int:
        """Return the bytes of the newest files that are no more than `most`; the others go."""
        total = 0
        for _, size, path in sorted(self._files(), reverse=True):
            if total + size > most:
                most = 0  # nothing that is older stays either
                Path(path).unlink(missing_ok=True)
            else:
                total += size
        return total

    def _files(self) -> Iterator[tuple[int, int, str]]:
        """Yield time, size and path of each file, those too that a killed process has left."""
        with os.scandir(self._folder) as entries:
            for entry in entries:
                if _NAME.fullmatch(entry.name):
                    told = entry.stat(follow_symlinks=False)
                    yield told.st_mtime_ns, told.st_size, entry.path


@lru_cache(16)
def _cache(folder: Path) -> Cache:
    return Cache(folder)


def _opened() -> Cache | None:
    wanted = folder()
    return None if wanted is None or makers() is None else _cache(wanted)


def _key(parts: tuple[object, ...]) -> str:
    return blake2b(
        repr((makers(), parts)).encode("utf-8", "surrogatepass"), digest_size=_DIGEST
    ).hexdigest()


def _digest(key: str, body: bytes) -> bytes:
    return blake2b(body, digest_size=_DIGEST, key=bytes.fromhex(key)).digest()


@cache
def makers() -> tuple[object, ...] | None:
    """Return what else decides about code: language, Jinja2, and our sources; None if unknown."""
    sources = blake2b()
    try:
        for path in _sources():
            sources.update(path.read_bytes())
    except OSError as error:
        _log.debug("no template cache: %s", error)
        return None
    return sys.version, MAGIC_NUMBER, sys.flags.optimize, _jinja(), sources.hexdigest()


def _jinja() -> str:
    """Return the version of Jinja2; later releases have it in no attribute."""
    import jinja2

    told = vars(jinja2).get("__version__")
    if told is None:
        from importlib.metadata import version

        told = version("jinja2")
    return str(told)


def _sources() -> list[Path]:
    """Return the files that decide what is made of a template, and what is known of its objects."""
    here = Path(__file__).parent
    core = here.parent
    folders = (here, here / "compiler", core / "events" / "template")
    return [
        *(core / "stamps.py", core / "state.py"),
        *(path for folder in folders for path in sorted(folder.glob("*.py"))),
    ]


def _is_private(told: os.stat_result) -> bool:
    """Return whether a file or folder is ours and nobody else may change it."""
    if sys.platform == "win32":
        return True  # the rights of the user's own folder, where it lies, see to that
    else:
        return told.st_uid == os.geteuid() and not told.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _make_private(folder: Path) -> None:
    """Make a folder, and those that it lies in, for the user alone."""
    if not folder.exists():
        _make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _read_only(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))


def _owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
