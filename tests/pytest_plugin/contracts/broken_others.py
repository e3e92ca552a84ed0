"""Events, formats, outputs and triggers that break one rule each, and the contracts for them."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import anyio

from eventum_core import (
    Chunk,
    EventPlugin,
    Failure,
    Formatter,
    LocalOutputPlugin,
    Rejected,
    Run,
    RunError,
    TriggerPlugin,
)
from pytest_eventum.contracts import (
    EventContract,
    FormatterContract,
    OutputContract,
    TriggerContract,
)


class Says(EventPlugin):
    """Says what a function of the class gives."""

    box: list[int] = []
    """Something that can be filled."""

    def producer(self, run: Run) -> Any:
        state: list[int] = []
        return lambda moment: self.say(moment, run, state)

    def say(self, moment: Any, run: Run, state: list[int]) -> Any:
        return [str(moment.ordinal)]


class OneText(Says):
    """Gives one text."""

    name: ClassVar[str] = "one-text"

    def say(self, moment: Any, run: Run, state: list[int]) -> Any:
        return "text"


class Mute(Says):
    """Says nothing."""

    name: ClassVar[str] = "mute"

    def say(self, moment: Any, run: Run, state: list[int]) -> Any:
        return []


class Numbering(Says):
    """Goes on counting in the next run."""

    name: ClassVar[str] = "numbering"
    numbers: ClassVar[Any] = itertools.count()

    def say(self, moment: Any, run: Run, state: list[int]) -> Any:
        return [str(next(self.numbers))]


class Entangled(Says):
    """Has one state for all runs, which it empties when one begins."""

    name: ClassVar[str] = "entangled"
    said: ClassVar[list[int]] = []

    def producer(self, run: Run) -> Any:
        self.said.clear()
        return super().producer(run)

    def say(self, moment: Any, run: Run, state: list[int]) -> Any:
        self.said.append(1)
        return [str(len(self.said))]


class Stamped(Says):
    """Reads the date."""

    name: ClassVar[str] = "stamped"

    def say(self, moment: Any, run: Run, state: list[int]) -> Any:
        return [str(datetime.now().year)]


class Fixed(Says):
    """Calls itself random, and is not."""

    name: ClassVar[str] = "fixed"


class Filling(Says):
    """Changes its options."""

    name: ClassVar[str] = "filling"

    def say(self, moment: Any, run: Run, state: list[int]) -> Any:
        self.box[:] = [1]
        return ["text"]


class Flawless(Says):
    """Does not fail where its contract says so."""

    name: ClassVar[str] = "flawless"


class Lays(Formatter):
    """Does what a function of the class does."""

    def encoder(self, run: Run) -> Any:
        return self.lay


class Losing(Lays):
    """Loses the last event."""

    name: ClassVar[str] = "losing"

    def lay(self, events: Sequence[Any]) -> Chunk:
        return Chunk([event.text for event in events[:-1]], list(events[:-1]))


class Reversing(Lays):
    """Turns them around."""

    name: ClassVar[str] = "reversing"

    def lay(self, events: Sequence[Any]) -> Chunk:
        return Chunk([event.text for event in events[::-1]], list(events[::-1]))


class Rejecting(Lays):
    """Likes nothing."""

    name: ClassVar[str] = "rejecting"

    def lay(self, events: Sequence[Any]) -> Chunk:
        return Chunk([], [], [Rejected(event, "no reason at all") for event in events])


class Accepting(Lays):
    """Likes everything."""

    name: ClassVar[str] = "accepting"

    def lay(self, events: Sequence[Any]) -> Chunk:
        return Chunk([event.text for event in events], list(events))


class Merging(Lays):
    """Makes one text of all and does not say so."""

    name: ClassVar[str] = "merging"

    def lay(self, events: Sequence[Any]) -> Chunk:
        return Chunk(["".join(event.text for event in events)], list(events))


class Encoded(Lays):
    """Gives bytes."""

    name: ClassVar[str] = "encoded"

    def lay(self, events: Sequence[Any]) -> Chunk:
        return Chunk([event.text.encode() for event in events], list(events))  # type: ignore[misc] # the broken rule


class Headed(Lays):
    """Begins with a mark, once for each chunk."""

    name: ClassVar[str] = "headed"

    def lay(self, events: Sequence[Any]) -> Chunk:
        texts = [event.text for event in events]
        return Chunk([f"first: {texts[0]}", *texts[1:]] if texts else [], list(events))


class Puts(LocalOutputPlugin):
    """Writes lines to a file, as a function of the class says."""

    @contextmanager
    def open(self, run: Run) -> Iterator[Any]:
        path = run.resolve("lines.txt")

        def write(chunk: Chunk) -> Sequence[Failure]:
            with path.open("a", encoding="utf-8") as file:
                file.writelines(f"{text}\n" for text in self.lines(chunk))
            return self.failures(chunk)

        yield write

    def lines(self, chunk: Chunk) -> list[str]:
        return list(chunk.texts)

    def failures(self, chunk: Chunk) -> Sequence[Failure]:
        return ()


class Forgetful(Puts):
    """Loses the last line."""

    name: ClassVar[str] = "forgetful"

    def lines(self, chunk: Chunk) -> list[str]:
        return list(chunk.texts[:-1])


class Doubling(Puts):
    """Writes all twice."""

    name: ClassVar[str] = "doubling"

    def lines(self, chunk: Chunk) -> list[str]:
        return [text for text in chunk.texts for _ in range(2)]


class Shuffling(Puts):
    """Turns lines around."""

    name: ClassVar[str] = "shuffling"

    def lines(self, chunk: Chunk) -> list[str]:
        return chunk.texts[::-1]


class Once(Puts):
    """Cannot be opened twice."""

    name: ClassVar[str] = "once"

    @contextmanager
    def open(self, run: Run) -> Iterator[Any]:
        with super().open(run) as write:
            yield write
        (run.base / "lines.txt").chmod(0o400)
        if not (run.base / "closed").exists():
            (run.base / "closed").touch()
            return
        raise RunError("opened before")


class Repeating(Puts):
    """Promises what it does not keep."""

    name: ClassVar[str] = "repeating"
    guarantee: ClassVar[str] = "exactly once by id"


class Greedy(Puts):
    """Refuses nothing."""

    name: ClassVar[str] = "greedy"


class Vague(Puts):
    """Blames an item that has not failed."""

    name: ClassVar[str] = "vague"

    def failures(self, chunk: Chunk) -> Sequence[Failure]:
        return [Failure(0, "something")] if chunk.texts else []


class Beating(Puts):
    """Writes when there is nothing to write."""

    name: ClassVar[str] = "beating"

    def lines(self, chunk: Chunk) -> list[str]:
        return chunk.texts or ["still here"]


class Opening(Puts):
    """Opens whatever happens."""

    name: ClassVar[str] = "opening"

    port: int = 1
    """Of no use."""


class Promising(Puts):
    """Promises too much."""

    name: ClassVar[str] = "promising"
    guarantee: ClassVar[str] = "always"


class Rings(TriggerPlugin):
    """Rings once, when the run has begun."""

    async def triggers(self, run: Run) -> AsyncIterator[int]:
        yield 2
        await anyio.sleep_forever()


class Generous(Rings):
    """Gives one more."""

    name: ClassVar[str] = "generous"

    async def triggers(self, run: Run) -> AsyncIterator[int]:
        yield 3
        await anyio.sleep_forever()


class Bursting(Rings):
    """Works once."""

    name: ClassVar[str] = "bursting"
    rung: ClassVar[list[int]] = []

    async def triggers(self, run: Run) -> AsyncIterator[int]:
        self.rung.append(1)
        if len(self.rung) > 1:
            raise RunError("rung before")
        yield 2
        await anyio.sleep_forever()


class Failing(Rings):
    """Fails when nobody asks."""

    name: ClassVar[str] = "failing"

    async def triggers(self, run: Run) -> AsyncIterator[int]:
        yield 2
        try:
            await anyio.sleep_forever()
        finally:
            raise RunError("nobody wants me")


def contract(kind: type[Any], plugin: type[Any], **attributes: Any) -> None:
    name = f"Test{plugin.__name__}"
    globals()[name] = type(name, (kind,), {"plugin": plugin, **attributes})


def read(self: Any, folder: Path) -> list[str]:
    path = folder / "lines.txt"
    return path.read_text("utf-8").splitlines() if path.exists() else []


async def ask(self: Any, folder: Path) -> int:
    return 2


for event in (OneText, Mute, Numbering, Entangled, Stamped, Filling):
    contract(EventContract, event)
contract(EventContract, Fixed, seeded=True)
contract(EventContract, Flawless, failing=[{"box": [1]}])
for form in (Losing, Reversing, Rejecting, Merging, Encoded, Headed):
    contract(FormatterContract, form)
contract(FormatterContract, Accepting, refused=["{"])
for put in (Forgetful, Doubling, Shuffling, Once, Repeating, Vague, Beating, Promising):
    contract(OutputContract, put, read=read)
contract(OutputContract, Greedy, read=read, refused=["no"])
contract(OutputContract, Opening, read=read, unreachable=[{"port": 2}])
for rings in (Generous, Bursting, Failing):
    contract(TriggerContract, rings, ask=ask)
