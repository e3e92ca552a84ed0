"""Backend ``own``: the generator's file keeps its outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from pytest_eventum.backends.base import Backend, Server


class OwnBackend(Backend):
    """The outputs of the file, of which the plugin knows nothing."""

    kind: ClassVar[str] = "own"

    @property
    def url(self) -> str:
        """Nothing: only the file knows where it writes to."""
        return ""

    def client(self) -> Any:
        """Refuse: only the file knows where it writes to."""
        raise LookupError("backend 'own' keeps the file's outputs: open those yourself")

    def read(self, name: str | None = None, order_by: str | None = None) -> Any:
        """Refuse: only the file knows where it writes to."""
        raise LookupError("backend 'own' keeps the file's outputs: read those yourself")

    def sinks(self, stream: str, options: Mapping[str, Any]) -> None:
        """Keep the file's outputs."""


class OwnServer(Server):
    """Nothing to serve."""

    @contextmanager
    def backend(self, namespace: str) -> Iterator[Backend]:
        """Give a backend that does nothing."""
        yield OwnBackend(namespace)
