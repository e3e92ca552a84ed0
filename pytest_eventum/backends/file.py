"""Backend ``file``: one file of lines for each stream."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from typing import Any, ClassVar

from eventum_core import Chunk, Event, Formatter, Run, Sink
from pytest_eventum.backends.base import Backend, Server, known, ordered, sink
from pytest_eventum.backends.options import built
from pytest_eventum.rows import Rows, parse


class Line(Formatter):
    """Make every event one line: what spans several becomes compact JSON, all else stays."""

    name: ClassVar[str] = "line"

    def encoder(self, run: Run) -> Any:
        """Return the function that makes lines; it rejects none."""
        return _lines


def _lines(events: Sequence[Event]) -> Chunk:
    return Chunk([_line(event.text) for event in events], list(events))


def _line(text: str) -> str:
    whole = text.isprintable() or text.splitlines() == [text]
    return text if whole else json.dumps(parse(text), ensure_ascii=False)


class FileBackend(Backend):
    """A folder with a file of lines for each stream."""

    kind: ClassVar[str] = "file"

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self._folder = folder
        self._paths: dict[str, Path] = {}

    @property
    def path(self) -> Path:
        """The file of the closest marker's stream."""
        return self._path(self.main)

    @property
    def url(self) -> str:
        """The file of the closest marker's stream as a URL."""
        return self.path.as_uri()

    def client(self) -> Path:
        """Return the file of the closest marker's stream."""
        return self.path

    def _path(self, name: str) -> Path:
        return self._paths.get(name, self._folder / f"{name or 'events'}.jsonl")

    def read(self, name: str | None = None, order_by: str | None = None) -> Rows:
        """Return a stream's lines as dicts; one that is no JSON object is ``{"event": text}``."""
        path = self._path(self.main if name is None else name)
        if not path.exists() and name is not None and name not in self._paths:
            raise LookupError(f"no stream {name!r}; there are: {', '.join(self._paths)}")
        text = path.read_bytes().decode() if path.exists() else ""
        rows = [parse(line) for line in text.split("\n")[:-1]]
        return Rows(ordered(rows, order_by), source=path.name, ordered=order_by is None)

    def sinks(self, stream: str, options: Mapping[str, Any]) -> Sequence[Sink]:
        """Return the output that appends to the stream's file."""
        found = known("output", "file")
        path = self._folder / options.get("path", f"{stream}.jsonl")
        output = built(found, {"separator": "\n", **options, "path": path}, self.kind)
        self._paths[stream] = path
        return [sink(output, Line())]


class FileServer(Server):
    """A folder for each test."""

    @contextmanager
    def backend(self, namespace: str) -> Iterator[Backend]:
        """Make the folder, and remove it after a test that passed."""
        folder = self.context.folder / namespace
        folder.mkdir(parents=True)
        backend = FileBackend(folder)
        yield backend
        if not backend.keep:
            rmtree(folder, ignore_errors=True)
