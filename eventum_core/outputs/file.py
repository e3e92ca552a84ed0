"""Output ``file``: events into a file that may be rotated while we write."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from eventum_core.codecs import mark
from eventum_core.errors import RunError, WriteError
from eventum_core.model import Chunk, Failure
from eventum_core.outputs.lines import Lines
from eventum_core.plugin import LocalOutputPlugin, Run, WriteNow


def _digits(given: Any) -> Any:
    """Return a file mode as the decimal number that shows its octal digits.

    YAML reads ``0640`` as the number 416, so that 640 and 416 have to mean the same.
    """
    if isinstance(given, str) and (mode := _octal(given)) is not None:
        return int(f"{mode:o}")
    if type(given) is int and not _sensible(_octal(given)) and _sensible(given):
        return int(f"{given:o}")
    if isinstance(given, str) or (type(given) is int and _octal(given) is None):
        raise ValueError("a file mode has the digits 0 to 7 only")
    return given


def _octal(digits: int | str) -> int | None:
    try:
        return int(str(digits), 8)
    except ValueError:
        return None


def _sensible(mode: int | None) -> bool:
    """Tell whether a data file may have this mode: the owner reads it, nobody may more than he."""
    if mode is None or not 0 <= mode <= 0o7777:
        return False
    owner, group, other = mode >> 6 & 7, mode >> 3 & 7, mode & 7
    nested = group & ~owner == 0 and other & ~group == 0
    return nested and owner & 4 != 0 and owner & 3 != 1


FileMode = Annotated[int, BeforeValidator(_digits), Field(ge=0, le=7777)]


class File(Lines, LocalOutputPlugin):
    """Write to a file. If it is moved or deleted meanwhile, a new one is begun in its place."""

    name: ClassVar[str] = "file"

    path: Path
    """The file; relative to the generator's folder. Missing folders are made."""
    flush_interval: float = Field(1.0, ge=0)
    """Longest time in seconds that a written event may wait for the operating system. Nothing
    waits: a chunk is passed on whole, at once."""
    cleanup_interval: float = Field(10.0, ge=1)
    """Seconds without events after which the file is closed; the next event opens it again."""
    file_mode: FileMode = 640
    """Permissions of a new file as octal digits, less the process's umask. Quoted digits are taken
    as they are; a bare ``0640``, which YAML turns into 416, is understood as well."""
    write_mode: Literal["append", "overwrite"] = "append"
    """Whether a run begins by emptying the file. One that is opened again is never emptied."""

    def open(self, run: Run) -> AbstractContextManager[WriteNow]:
        """Make the file if need be, give the function that appends, and close."""
        return self._open(run.resolve(self.path))

    @contextmanager
    def _open(self, path: Path) -> Iterator[WriteNow]:
        target = _Target(path, int(str(self.file_mode), 8), mark(self.encoding))
        try:
            target.open(os.O_TRUNC if self.write_mode == "overwrite" else 0)
        except OSError as error:
            raise RunError(f"cannot open {path}: {error.strerror}") from error
        try:
            yield partial(self._write, target)
        finally:
            target.close()

    def _write(self, target: _Target, chunk: Chunk) -> Sequence[Failure]:
        """Append the chunk; an empty one, which comes every second, lets idle time pass."""
        if not chunk.texts:
            target.rest(self.cleanup_interval)
            return ()
        data, failures = self.encoded(chunk, self.joined)
        try:
            target.append(data)
        except OSError as error:
            raise WriteError(f"cannot write to {target.path}: {error.strerror}") from error
        return failures


class _Target:
    """An open file that follows its path."""

    def __init__(self, path: Path, mode: int, begin: bytes) -> None:
        self.path = path
        self._mode = mode
        self._begin = begin
        self._unbegun = b""
        self._handle: int | None = None
        self._rested = 0

    def open(self, flags: int = 0) -> int:
        """Open the file at its end, in new folders if need be."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        flags |= os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self._handle = os.open(self.path, flags, self._mode)
        self._unbegun = b"" if os.fstat(self._handle).st_size else self._begin
        return self._handle

    def close(self) -> None:
        """Close the file if it is open."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)

    def rest(self, longest: float) -> None:
        """Let about a second pass without events."""
        self._rested += 1
        if self._rested >= longest:
            self.close()

    def append(self, data: bytes) -> None:
        """Add all of `data`, or nothing."""
        self._rested = 0
        handle = self._current()
        end = size = os.fstat(handle).st_size
        rest = memoryview(self._unbegun + data)
        try:
            while rest:
                written = os.write(handle, rest)
                end, rest = end + written, rest[written:]
        except OSError:
            _take_back(handle, size, end)
            raise
        self._unbegun = b""

    def _current(self) -> int:
        """Return the open file if it is still the one at its path, else open that one."""
        if self._handle is not None:
            with suppress(OSError):
                if os.path.samestat(os.stat(self.path), os.fstat(self._handle)):
                    return self._handle
            self.close()
        return self.open()


def _take_back(handle: int, size: int, end: int) -> None:
    """Cut a half-written chunk off, unless somebody else has written behind it."""
    if size < end == os.fstat(handle).st_size:
        os.ftruncate(handle, size)
