"""Texts to bytes, a separator after each: what outputs of plain bytes have in common."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence

from pydantic import field_validator
from pydantic_core.core_schema import ValidationInfo

from eventum_core.codecs import Encoding, mark, shifts, unmarked
from eventum_core.model import Chunk, Failure
from eventum_core.plugin import Plugin

Join = Callable[[Chunk], bytes]


class Lines(Plugin):
    """Options of an output that writes each text followed by a separator."""

    encoding: Encoding = "utf_8"
    """Encoding of what is written, in this spelling: with underscores."""
    separator: str = os.linesep
    """Text after every event, the last one too. Default: the line end of the platform. May be
    empty."""

    @field_validator("separator")
    @classmethod
    def _fits(cls, separator: str, info: ValidationInfo) -> str:
        separator.encode(info.data.get("encoding", "utf_8"))
        return separator

    def encoded(self, chunk: Chunk, join: Join) -> tuple[bytes, Sequence[Failure]]:
        """Return what `join` makes of the chunk; a text that cannot be encoded fails alone."""
        try:
            return join(chunk), ()
        except UnicodeEncodeError:
            failures = list(_misfits(chunk.texts, self.encoding))
            failed = {failure.item for failure in failures}
            fitting = [item for item in range(len(chunk.texts)) if item not in failed]
            return join(chunk.only(fitting)), failures

    def joined(self, chunk: Chunk) -> bytes:
        """Return the chunk as one stretch of bytes, without byte order marks."""
        if shifts(self.encoding):
            return b"".join(self._singly(chunk.texts))
        return chunk.lines(self.separator, unmarked(self.encoding))

    def marked(self, chunk: Chunk) -> bytes:
        """Return the chunk as bytes, each text with the byte order mark of the encoding."""
        if mark(self.encoding):
            return b"".join(self._singly(chunk.texts))
        return self.joined(chunk)

    def _singly(self, texts: Iterable[str]) -> Iterable[bytes]:
        return ((text + self.separator).encode(self.encoding) for text in texts)


def _misfits(texts: Iterable[str], encoding: str) -> Iterable[Failure]:
    for item, text in enumerate(texts):
        try:
            text.encode(encoding)
        except UnicodeEncodeError as error:
            yield Failure(item, f"not encodable: {error}")
