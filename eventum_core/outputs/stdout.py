"""Output ``stdout``: events to the standard streams."""

from __future__ import annotations

import io
import select
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any, ClassVar, Literal

from pydantic import Field

from eventum_core.codecs import unmarked
from eventum_core.errors import RunError, WriteError
from eventum_core.model import Chunk, Failure
from eventum_core.outputs.lines import Join, Lines
from eventum_core.plugin import LocalOutputPlugin, Run, WriteNow


class Stdout(Lines, LocalOutputPlugin):
    """Write to standard output or standard error."""

    name: ClassVar[str] = "stdout"
    guarantee: ClassVar[str] = "sent"

    stream: Literal["stdout", "stderr"] = "stdout"
    """Which of the two streams."""
    flush_interval: float = Field(1.0, ge=0)
    """Longest time in seconds that a written event may wait for the reader. Nothing waits: a
    chunk is passed on whole, at once."""

    def open(self, run: Run) -> AbstractContextManager[WriteNow]:
        """Give the function that writes; the stream stays open afterwards."""
        return self._open()

    @contextmanager
    def _open(self) -> Iterator[WriteNow]:
        stream = getattr(sys, self.stream)
        if stream is None:
            raise RunError(f"this process has no {self.stream}")
        try:
            stream.flush()
        except OSError as error:
            raise RunError(f"cannot write to {self.stream}: {error}") from error
        # A stream of text has no bytes that a mark could tell the order of.
        join = self.joined if _is_text(stream) else self.marked
        yield partial(self._write, _pipe(stream, unmarked(self.encoding)), join)

    def _write(self, pipe: Callable[[bytes], None], join: Join, chunk: Chunk) -> Sequence[Failure]:
        """Write the chunk, telling a reader that went away from a stream that failed."""
        if not chunk.texts:
            return ()
        data, failures = self.encoded(chunk, join)
        try:
            pipe(data)
        except BrokenPipeError as error:
            raise RunError(f"the reader of {self.stream} went away") from error
        except (OSError, ValueError) as error:  # ValueError: somebody closed the stream
            raise WriteError(f"cannot write to {self.stream}: {error}") from error
        return failures


def _pipe(stream: Any, encoding: str) -> Callable[[bytes], None]:
    """Return the most direct way to put bytes into a text stream."""
    if _is_text(stream):
        return lambda data: stream.write(data.decode(encoding))
    raw = getattr(stream.buffer, "raw", None)
    if isinstance(raw, io.RawIOBase):
        return partial(_write_fully, raw)
    return partial(_write_through, stream.buffer)


def _is_text(stream: Any) -> bool:
    """Tell whether there are no bytes behind a stream."""
    return getattr(stream, "buffer", None) is None


def _write_fully(raw: Any, data: bytes) -> None:
    """Write all of `data`, however little the stream takes at a time."""
    rest = memoryview(data)
    while rest:
        # None is a pipe that is full and set not to wait for its reader.
        if (written := raw.write(rest)) is None:
            select.select([], [raw], [])
        else:
            rest = rest[written:]


def _write_through(buffer: Any, data: bytes) -> None:
    buffer.write(data)
    buffer.flush()
