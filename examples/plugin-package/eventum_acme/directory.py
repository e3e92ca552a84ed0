"""Output ``directory``: one file per event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from eventum_core import Chunk, Failure, LocalOutputPlugin, Run
from eventum_core.plugin import WriteNow


class Directory(LocalOutputPlugin):
    """Write each formatted text to a file of its own, named by ordinal and index."""

    name: ClassVar[str] = "directory"

    path: Path
    """Folder for the files, relative to the generator's; made if it is missing."""

    @contextmanager
    def open(self, run: Run) -> Iterator[WriteNow]:
        """Make the folder and give the function that writes."""
        folder = run.resolve(self.path)
        folder.mkdir(parents=True, exist_ok=True)

        def write(chunk: Chunk) -> Sequence[Failure]:
            failures = []
            for item, (text, event) in enumerate(zip(chunk.texts, chunk.events, strict=True)):
                try:
                    (folder / f"{event.ordinal}-{event.index}.txt").write_text(text, "utf-8")
                except OSError as error:
                    failures.append(Failure(item, str(error)))
            return failures

        yield write
