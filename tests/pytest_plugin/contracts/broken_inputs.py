"""Inputs that break one rule each, and the contract for them."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar

import numpy as np
from pydantic import ConfigDict, Field, model_validator

from eventum_core import InputPlugin, Run
from pytest_eventum.contracts import InputContract


def instants(run: Run, *minutes: float) -> Any:
    """Return instants so many minutes after the start of the run."""
    start = np.datetime64(int(run.start.timestamp() * 1e6), "us")
    return start + np.array([round(m * 60e6) for m in minutes], "timedelta64[us]")


class Base(InputPlugin):
    """Keeps all rules."""

    pace: float = Field(1.0, gt=0)
    """Minutes from one instant to the next."""

    def timestamps(self, run: Run) -> Iterator[Any]:
        yield instants(run, self.pace, 2 * self.pace)
        yield instants(run, 3 * self.pace)


class Unexplained(Base):
    """Has an option that nobody explains."""

    name: ClassVar[str] = "unexplained"
    own: int = 1

    speed: int = 1
    """How fast."""


class Undocumented(Base):
    name: ClassVar[str] = "undocumented"


class Thawed(Base):
    """Can be changed."""

    model_config = ConfigDict(frozen=False)
    name: ClassVar[str] = "thawed"


class Careless(InputPlugin):
    """Takes any pace."""

    name: ClassVar[str] = "careless"

    pace: float = 1.0
    """Minutes."""

    def timestamps(self, run: Run) -> Iterator[Any]:
        yield instants(run, 1)


class Lenient(Base):
    """Takes options that it does not have."""

    model_config = ConfigDict(extra="ignore")
    name: ClassVar[str] = "lenient"


class Misplaced(InputPlugin):
    """Blames another option."""

    name: ClassVar[str] = "misplaced"

    pace: float = 1.0
    """Minutes."""
    other: int = Field(1, gt=0)
    """Something else."""

    @model_validator(mode="before")
    @classmethod
    def _blame(cls, given: Any) -> Any:
        return {**given, "other": -1} if given.get("pace", 1) < 0 else given

    def timestamps(self, run: Run) -> Iterator[Any]:
        yield instants(run, 1)


class Strict(Base):
    """Refuses what its contract calls valid."""

    name: ClassVar[str] = "strict"

    needed: int
    """Without a default."""


class Backwards(Base):
    """Goes back."""

    name: ClassVar[str] = "backwards"

    def timestamps(self, run: Run) -> Iterator[Any]:
        yield instants(run, 2)
        yield instants(run, 1)


class Jumbled(Base):
    """Goes back within an array."""

    name: ClassVar[str] = "jumbled"

    def timestamps(self, run: Run) -> Iterator[Any]:
        yield instants(run, 2, 1)


class Seconds(Base):
    """Is not precise."""

    name: ClassVar[str] = "seconds"

    def timestamps(self, run: Run) -> Iterator[Any]:
        yield instants(run, 1, 2).astype("datetime64[s]")


class Listed(Base):
    """Gives lists."""

    name: ClassVar[str] = "listed"

    def timestamps(self, run: Run) -> Iterator[Any]:
        yield list(instants(run, 1, 2))


class Silent(Base):
    """Gives nothing."""

    name: ClassVar[str] = "silent"

    def timestamps(self, run: Run) -> Iterator[Any]:
        yield from ()


class Hollow(Base):
    """Gives nothing, for ever."""

    name: ClassVar[str] = "hollow"

    def timestamps(self, run: Run) -> Iterator[Any]:
        while True:
            yield instants(run)


class Counting(Base):
    """Counts its runs."""

    name: ClassVar[str] = "counting"
    runs: ClassVar[list[int]] = []

    def timestamps(self, run: Run) -> Iterator[Any]:
        self.runs.append(1)
        yield instants(run, len(self.runs))


class Sharing(Base):
    """Has one counter for all that run at the same time."""

    name: ClassVar[str] = "sharing"
    given: ClassVar[list[int]] = []

    def timestamps(self, run: Run) -> Iterator[Any]:
        self.given.clear()
        while len(self.given) < 5:
            self.given.append(1)
            yield instants(run, len(self.given))


class Seedless(Base):
    """Calls itself random, and is not."""

    name: ClassVar[str] = "seedless"


class Clocked(Base):
    """Reads the date."""

    name: ClassVar[str] = "clocked"

    def timestamps(self, run: Run) -> Iterator[Any]:
        yield instants(run, datetime.now().year)


class Timed(Base):
    """Reads the time."""

    name: ClassVar[str] = "timed"

    def timestamps(self, run: Run) -> Iterator[Any]:
        yield instants(run, time.time() // 1e8)


class Global(Base):
    """Draws from what everybody draws from."""

    name: ClassVar[str] = "global"

    def timestamps(self, run: Run) -> Iterator[Any]:
        random.random()
        yield instants(run, 1)


class Numeric(Base):
    """Draws from what all users of numpy share."""

    name: ClassVar[str] = "numeric"

    def timestamps(self, run: Run) -> Iterator[Any]:
        np.random.random()
        yield instants(run, 1)


class Unique(Base):
    """Asks the operating system for luck."""

    name: ClassVar[str] = "unique"

    def timestamps(self, run: Run) -> Iterator[Any]:
        os.urandom(4)
        yield instants(run, 1)


class Redrawing(Base):
    """Draws less when it skips."""

    name: ClassVar[str] = "redrawing"

    def timestamps(self, run: Run) -> Iterator[Any]:
        draws = [run.random.random() for _ in range(3 if run.skip_past else 5)]
        yield instants(run, *sorted(draws))


class Endless(Base):
    """Says that it never ends."""

    name: ClassVar[str] = "endless"

    def endless(self) -> bool:
        return True


class Stubborn(Base):
    """Does not stop when it is told to."""

    name: ClassVar[str] = "stubborn"

    def timestamps(self, run: Run) -> Iterator[Any]:
        for minute in range(3):
            try:
                yield instants(run, minute)
            except GeneratorExit:
                yield instants(run, minute)


class Untagged(Base):
    """Keeps its tags for itself."""

    name: ClassVar[str] = "untagged"

    @model_validator(mode="before")
    @classmethod
    def _drop(cls, given: Any) -> Any:
        return {key: value for key, value in given.items() if key != "tags"}


class Bound(Base):
    """Does what the main thread alone may."""

    name: ClassVar[str] = "bound"

    def timestamps(self, run: Run) -> Iterator[Any]:
        signal.signal(signal.SIGINT, signal.getsignal(signal.SIGINT))
        yield instants(run, 1)


def contract(plugin: type[Base], **attributes: Any) -> type[InputContract]:
    return type(f"Test{plugin.__name__}", (InputContract,), {"plugin": plugin, **attributes})


globals().update(
    (f"Test{plugin.__name__}", contract(plugin, invalid=[{"pace": -1}]))
    for plugin in (
        *(Unexplained, Undocumented, Thawed, Careless, Lenient, Misplaced, Strict),
        *(Backwards, Jumbled, Seconds, Listed, Silent, Hollow, Counting, Sharing),
        *(Clocked, Timed, Global, Numeric, Unique, Redrawing, Endless, Stubborn, Untagged, Bound),
    )
)
TestSeedless = contract(Seedless, seeded=True)
