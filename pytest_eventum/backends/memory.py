"""Backend ``memory``: a list in this process; nothing is written anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from eventum_core import Chunk, Failure, LocalOutputPlugin, Run, Sink
from pytest_eventum.backends.base import Backend, Server, ordered, sink
from pytest_eventum.backends.options import built
from pytest_eventum.rows import Rows, parse


class Memory(LocalOutputPlugin):
    """Append events to a list."""

    name: ClassVar[str] = "memory"

    texts: Any
    """The list."""

    @contextmanager
    def open(self, run: Run) -> Iterator[Any]:
        """Give the function that appends."""
        yield self._append

    def _append(self, chunk: Chunk) -> Sequence[Failure]:
        self.texts.extend(chunk.texts)
        return ()


class MemoryBackend(Backend):
    """A list of event texts for each stream."""

    kind: ClassVar[str] = "memory"

    def __init__(self, namespace: str) -> None:
        super().__init__(namespace)
        self._lists: dict[str, list[str]] = {}

    @property
    def url(self) -> str:
        """A name that no client understands, unique in the session."""
        return f"memory://{self.namespace}/{self.main}"

    def client(self) -> list[str]:
        """Return the list of the closest marker's stream: the texts as delivered."""
        return self._lists.setdefault(self.main, [])

    def read(self, name: str | None = None, order_by: str | None = None) -> Rows:
        """Return a stream's events as dicts; one that is no JSON object is ``{"event": text}``."""
        source = self.main if name is None else name
        if source not in self._lists and source != self.main:
            raise LookupError(f"no stream {source!r}; there are: {', '.join(self._lists)}")
        rows = [parse(text) for text in self._lists.get(source, ())]
        return Rows(ordered(rows, order_by), source=source, ordered=order_by is None)

    def sinks(self, stream: str, options: Mapping[str, Any]) -> Sequence[Sink]:
        """Return the output that appends to the stream's list."""
        texts = self._lists.setdefault(stream, [])
        return [sink(built(Memory, {**options, "texts": texts}, self.kind))]


class MemoryServer(Server):
    """Nothing to start."""

    @contextmanager
    def backend(self, namespace: str) -> Iterator[Backend]:
        """Give empty lists."""
        yield MemoryBackend(namespace)
