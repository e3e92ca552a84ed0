"""What a marker or a suite file says of a backend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

MEMORY = "memory"
OWN = "own"


@dataclass(frozen=True, slots=True)
class BackendSpec:
    """A backend by its kind, with options of the output that fills it."""

    kind: str
    """``memory``, ``file``, ``sqlite`` or ``own``; or a name from the suite file."""
    options: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""
    """How it is called in test ids. Default: the kind."""

    @property
    def label(self) -> str:
        """The name in test ids and in ``--eventum-backend``."""
        return self.id or self.kind


class Target(NamedTuple):
    """The backend one test runs on, without what differs from stream to stream."""

    label: str
    kind: str


def backend(kind: str, /, *, id: str = "", **options: Any) -> BackendSpec:
    """Return a backend with options, for the marker's ``backend=``.

    `options` are those of the output, such as ``table="orders"`` and ``columns={...}`` for sqlite;
    `id` tells two backends of one kind apart.
    """
    return BackendSpec(kind, options, id)
