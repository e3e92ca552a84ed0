"""Plugins that keep all rules, and the contracts for them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, ClassVar

import anyio
import numpy as np
from pydantic import Field

from eventum_core import (
    Chunk,
    Dropped,
    EventPlugin,
    Failure,
    Formatter,
    InputPlugin,
    OutputPlugin,
    Rejected,
    Run,
    RunError,
    TriggerPlugin,
)
from pytest_eventum.contracts import (
    EventContract,
    FormatterContract,
    InputContract,
    OutputContract,
    TriggerContract,
)


class Walk(InputPlugin):
    """Give instants at random distances, for ever or so many."""

    name: ClassVar[str] = "walk"

    pace: float = Field(60, gt=0)
    """Mean distance in seconds."""
    most: int | None = None
    """How many."""

    def timestamps(self, run: Run) -> Iterator[Any]:
        instant = int(run.start.timestamp() * 1e6)
        left = self.most
        while left != 0:
            instant += round(run.random.expovariate(1 / self.pace) * 1e6)
            left = None if left is None else left - 1
            yield np.array([instant], "datetime64[us]")

    def endless(self) -> bool:
        return self.most is None


class TestWalk(InputContract):
    plugin = Walk
    options = [{}, {"pace": 0.5, "most": 20}]
    invalid = [{"pace": 0}, {"pace": "fast"}]
    seeded = True


class Dice(EventPlugin):
    """Throw dice, and give only the sixes and the sum so far."""

    name: ClassVar[str] = "dice"

    file: Path
    """Where the faces are."""
    broken: bool = False
    """Whether the dice are."""

    def producer(self, run: Run) -> Any:
        faces = run.resolve(self.file).read_text("utf-8").split()
        total = [0]

        def throw(moment: Any) -> list[str]:
            face = int(run.random.choice(faces))
            total[0] += face
            if face < 6:
                raise Dropped
            return [str(face), str(total[0] / (0 if self.broken else 1))]

        return throw


class TestDice(EventContract):
    plugin = Dice
    options = {"file": "faces.txt"}
    invalid = [{"file": ...}]
    failing = [{"broken": True}]
    seeded = True

    def prepare(self, folder: Path) -> None:
        (folder / "faces.txt").write_text("1 2 3 4 5 6", "utf-8")


class Keys(Formatter):
    """Keep the keys of objects only."""

    name: ClassVar[str] = "keys"

    def encoder(self, run: Run) -> Any:
        return self.encode

    def encode(self, events: Sequence[Any]) -> Chunk:
        chunk = Chunk([], [], [])
        for event in events:
            try:
                chunk.texts.append(",".join(json.loads(event.text).keys()))
                chunk.events.append(event)
            except (ValueError, AttributeError):
                chunk.rejected.append(Rejected(event, "no object"))
        return chunk


class TestKeys(FormatterContract):
    plugin = Keys
    refused = ["[]", "{", ""]


class Table(OutputPlugin):
    """Insert into a table, by id, and refuse what is empty."""

    name: ClassVar[str] = "table"
    guarantee: ClassVar[str] = "exactly once by id"

    path: Path = Path("table.db")
    """The database."""

    @asynccontextmanager
    async def open(self, run: Run) -> AsyncIterator[Any]:
        try:
            connection = sqlite3.connect(run.resolve(self.path), isolation_level=None)
        except sqlite3.Error as error:
            raise RunError(f"{self.path}: {error}") from error
        with closing(connection) as database:
            database.execute("CREATE TABLE IF NOT EXISTS t (id PRIMARY KEY, text UNIQUE)")

            async def write(chunk: Chunk) -> list[Failure]:
                await anyio.lowlevel.checkpoint()
                failures = []
                for item, (text, event) in enumerate(zip(chunk.texts, chunk.events, strict=True)):
                    if not text:
                        failures.append(Failure(item, "empty"))
                        continue
                    row = (run.event_id(event), text)
                    database.execute("INSERT OR REPLACE INTO t VALUES (?, ?)", row)
                return failures

            yield write


class TestTable(OutputContract):
    plugin = Table
    refused = ["", ""]
    unreachable = [{"path": "no/such/folder/table.db"}]

    def read(self, folder: Path) -> list[str]:
        with closing(sqlite3.connect(folder / "table.db")) as database:
            return [text for (text,) in database.execute("SELECT text FROM t")]


class Doorbell(TriggerPlugin):
    """Ring when somebody leaves a file."""

    name: ClassVar[str] = "doorbell"

    file: str = Field("bell", min_length=1)
    """What to look for."""

    async def triggers(self, run: Run) -> AsyncIterator[int]:
        bell = anyio.Path(run.resolve(self.file))
        while True:
            if await bell.exists():
                yield int(await bell.read_text())
                await bell.unlink(missing_ok=True)
            await anyio.sleep(0.001)


class TestDoorbell(TriggerContract):
    plugin = Doorbell
    options = [{}, {"file": "other"}]
    invalid = [{"file": ""}]

    async def ask(self, folder: Path) -> int:
        for bell in (folder / "bell", folder / "other"):
            bell.with_suffix(".new").write_text("3")
            bell.with_suffix(".new").rename(bell)
        return 3
