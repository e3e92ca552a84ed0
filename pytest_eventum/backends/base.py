"""What every backend offers to a test and to the plugin."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pytest_eventum.rows import Rows

if TYPE_CHECKING:
    from eventum_core import Sink


@dataclass(frozen=True, slots=True)
class Context:
    """What a server may know of the session it serves."""

    folder: Path
    """A folder of this process's own, for files."""
    schema: Sequence[Path] = ()
    """SQL files to run once."""
    ready: Callable[[str, str, Any], object] = field(default=lambda kind, url, client: None)
    """Tell everybody that (kind, url, client) may now be brought into shape."""


class Backend:
    """A test's own place for events: `url`, `namespace`, `client()`, `read()`."""

    kind: ClassVar[str]
    tabular: ClassVar[bool] = False
    """Whether it takes the table options of the SQL outputs, and so a generator's own."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        """What keeps this test apart from all others: a folder, a database, a prefix."""
        self.main = ""
        """The closest marker's stream."""
        self.keep = False
        """Whether to leave the events where they are: the test has failed."""

    @property
    def url(self) -> str:
        """Where the test's subject finds the events."""
        raise NotImplementedError

    def client(self) -> Any:
        """Return the ecosystem's own client, open until the test ends."""
        raise NotImplementedError

    def read(self, name: str | None = None, order_by: str | None = None) -> Rows:
        """Return what lies in a table, file or list as dicts, in the order of the ordinals.

        `name` defaults to the one of the closest marker's stream; `order_by` is a field or column.
        """
        raise NotImplementedError

    def sinks(self, stream: str, options: Mapping[str, Any]) -> Sequence[Sink] | None:
        """Return the outputs that fill this backend from a stream; None keeps the file's own.

        Raises `ConfigError` for options that make no sense.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Release what the test has opened."""


class Server:
    """What the tests of one process share of a kind of backend; made once per session."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def backend(self, namespace: str) -> AbstractContextManager[Backend]:
        """Give one test a place of its own, and take it back."""
        raise NotImplementedError

    def close(self) -> None:
        """Stop what was started."""


def sink(plugin: Any, formatter: Any = None) -> Sink:
    """Return an output with a formatter, by default ``plain``, and the usual delivery."""
    from eventum_core import Delivery, Sink

    chosen: Any = formatter or known("format", "plain")()
    return Sink(plugin, chosen, Delivery())


@cache
def known(kind: str, name: str) -> Any:
    """Return a shipped plugin's class; asked once for each, since a registry takes a while."""
    from eventum_core import Registry

    return Registry().get(kind, name)


def ordered(rows: Sequence[dict[str, Any]], order_by: str | None) -> Iterator[dict[str, Any]]:
    """Yield rows sorted by a field, those without it first; as they are if none is named."""
    if order_by is None:
        return iter(rows)
    return iter(sorted(rows, key=lambda row: (row.get(order_by) is not None, row.get(order_by))))
