"""The lines of a text file in any encoding, with one chunk of it in memory at a time."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from eventum_core.errors import ProduceError

Line: TypeAlias = str | ProduceError
"""A line without its end, or why there is none."""

PATIENCE = 100
"""Failed reads in a row after which a file is given up."""

MARK = "\udc80"
"""Stands for bytes that are no text. No text has it, as it is half of a character."""
_HANDLER = "eventum.mark"


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    # UTF-7 counts the end of the line among the bytes that it cannot read.
    ended = error.encoding == "utf7" and error.object[error.start : error.end].endswith(b"\n")
    return MARK + "\n" * ended, error.end


codecs.register_error(_HANDLER, _mark)


def lines(path: Path, encoding: str, size: int) -> Iterator[Line]:
    r"""Yield what stands between the ``\n`` of a file, each without the ``\r`` at its end.

    Bytes are read in chunks of `size`, all at once if it is 0; text that is added meanwhile is
    read as well. A line that cannot be decoded is an error in its place, and so is each failure to
    read, after which the same place is tried again. Raises `ProduceError` when that goes on for
    too long, or where a compressed file is damaged.
    """
    decoder = codecs.getincrementaldecoder(encoding)(errors=_HANDLER)
    number = 0
    unfinished: list[str] = []
    for data in _gzip(path, size) if path.suffix == ".gz" else _plain(path, size):
        if isinstance(data, ProduceError):
            yield data
            continue
        text = decoder.decode(data, final=not data)
        if not data:
            text += "\n" if text or any(unfinished) else ""
            if not text:
                return
        unfinished.append(text)
        if "\n" in text:
            whole = "".join(unfinished)
            complete, rest = _split(whole)
            yield from _checked(complete, path, encoding, number) if MARK in whole else complete
            number += len(complete)
            unfinished = [rest]


def _split(text: str) -> tuple[list[str], str]:
    """Return the complete lines of a text, and what follows the last of them."""
    *complete, rest = text.split("\n")
    if "\r" in text:
        complete = [line.rstrip("\r") for line in complete]
    return complete, rest


def _checked(complete: list[str], path: Path, encoding: str, before: int) -> Iterator[Line]:
    """Yield the lines, with an error for each that has bytes which are no text."""
    for number, line in enumerate(complete, before + 1):
        bad = MARK in line
        yield _unreadable(f"{path}, line {number} is not valid {encoding}") if bad else line


def _plain(path: Path, size: int) -> Iterator[bytes | ProduceError]:
    """Yield the file in chunks, and nothing as often as its end is met."""
    offset = failures = 0
    while True:
        try:
            with path.open("rb", buffering=0) as file:
                file.seek(offset)
                data = file.read(size or -1)
        except OSError as error:
            failures += 1
            failure = _unreadable(f"cannot read {path}: {error.strerror or error}")
            if failures == PATIENCE:
                raise failure from error
            yield failure
        else:
            failures = 0
            offset += len(data)
            yield data


def _gzip(path: Path, size: int) -> Iterator[bytes]:
    """Do the same with a compressed file, which stays open as it cannot be entered midway."""
    try:
        with gzip.open(path) as file:
            while True:
                yield file.read1(size or -1)
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(f"cannot read {path}: {error}") from error


def _unreadable(reason: str) -> ProduceError:
    return ProduceError(reason, {"reason": reason})
