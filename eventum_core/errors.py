"""What can go wrong, and what happens then.

The class decides, no ``except`` site does::

    EventumError
    ├── PluginError      before a run: unknown plugin, missing dependency, unusable class
    ├── ConfigError      before a run: every problem of a file at once (`.problems`)
    ├── RunError         ends the run: an output cannot open, nothing can go on
    └── DataError        costs events: counted, reported, the run goes on
        ├── ProduceError     the event stage failed for one timestamp
        ├── FormatError      a formatter refused an event or a batch
        └── WriteError       a destination refused a chunk; says whether a retry may help
    Signal               not an error: the event stage's own word to the pipeline
    ├── Dropped              no event for this timestamp
    └── Exhausted            no event for this timestamp nor for any later one
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class EventumError(Exception):
    """Base of everything this project raises on purpose."""


class PluginError(EventumError):
    """A plugin is unknown, cannot be imported, or its class breaks the rules of plugins."""


class Problem(NamedTuple):
    """One thing wrong in a configuration, said so that a person can mend it."""

    path: str
    """Where in the document, such as ``output[1].http.url``; empty for the whole file."""
    message: str
    value: str = ""
    """The offending value as text, already redacted; empty where there is none."""
    fix: str = ""
    """What to write instead, where that is known."""
    file: str = ""
    line: int = 0
    """Counted from 1; 0 where it is not known."""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        text = ": ".join(part for part in (place, self.path, self.message) if part)
        text += f" (got {self.value})" if self.value else ""
        return f"{text}; {self.fix}" if self.fix else text


class ConfigError(EventumError):
    """A configuration cannot be used; `problems` holds every reason, in document order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @classmethod
    def single(
        cls, message: str, *, path: str = "", value: str = "", fix: str = "", file: str = ""
    ) -> ConfigError:
        """Return the error for one lone problem."""
        return cls([Problem(path, message, value, fix, file)])


class RunError(EventumError):
    """The run cannot go on."""


class DataError(EventumError):
    """Events were lost at one stage; the run goes on. `context` holds named details."""

    def __init__(self, message: str, context: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.context = dict(context or {})


class ProduceError(DataError):
    """One timestamp gave no event because its template or function failed."""


class FormatError(DataError):
    """A formatter cannot turn these events into bytes."""


class WriteError(DataError):
    """A destination did not take a chunk. `retry` tells whether trying again may help."""

    def __init__(
        self, message: str, context: Mapping[str, object] | None = None, *, retry: bool = False
    ) -> None:
        super().__init__(message, context)
        self.retry = retry


class Signal(Exception):
    """Base of the event stage's signals to the pipeline; never an error."""


class Dropped(Signal):
    """There is deliberately no event for this timestamp."""


class Exhausted(Signal):
    """There is no event for this timestamp, nor will there be any later."""
