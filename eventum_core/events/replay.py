"""Events from the lines of a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from pydantic import Field, ValidationInfo, field_validator

from eventum_core.codecs import Encoding
from eventum_core.errors import ConfigError, Exhausted
from eventum_core.events.lines import Line, lines
from eventum_core.events.pacing import arrays, paced
from eventum_core.events.times import instants, readable
from eventum_core.plugin import EventPlugin, OneEach, Produce, Run
from eventum_core.stamps import writer
from eventum_core.when import latest

if TYPE_CHECKING:
    from eventum_core.model import Times

GROUP = "timestamp"

Stamp: TypeAlias = Callable[[str, datetime], str]
"""Give a line with a time in the place of its own."""


class Replay(EventPlugin):
    r"""Give the lines of a file as events, one for each timestamp.

    Lines end in ``\n``; ``\r`` before it is dropped. After the last line the run ends, unless
    `repeat` is set. A file whose name ends in ``.gz`` is decompressed.
    """

    name: ClassVar[str] = "replay"

    path: Path
    """The file; relative to the generator's folder. Lines that are added to it meanwhile are
    replayed as well."""
    timestamp_pattern: str | None = None
    """Regular expression with a group ``(?P<timestamp>…)``: what the group matches first in a line
    is replaced by the event's own time. A line without a match stays as it is, and so does every
    line if there is no such group."""
    timestamp_format: str | None = None
    """How to write that time, as for `strftime`. Default: ISO 8601."""
    repeat: bool = False
    """Whether to begin anew after the last line."""
    chunk_size: int = Field(1_048_576, ge=0)
    """Bytes to read at a time; 0 reads the whole file at once."""
    encoding: Encoding = "utf_8"
    """The file's encoding. A line that is not valid in it counts as a failed event."""
    # A field named like the method `pace` would hide it.
    pacing: Literal["schedule", "original"] = Field("schedule", alias="pace")
    """When lines come: at the instants of the inputs (schedule), or at the distances of their own
    timestamps (original). Then the first line comes at the inputs' first instant, no other instant
    of theirs counts, a line without a time comes with the one before it, and so does one that goes
    back in time. A repetition begins one mean distance after the last line."""
    speed: float = Field(1.0, gt=0, allow_inf_nan=False)
    """With ``pace: original``: how many times shorter the distances are than in the file."""
    original_format: str | None = Field(None, validate_default=True)
    """With ``pace: original``: how the file writes its timestamps, as for `strptime`. Default:
    like `timestamp_format`; without one, ISO 8601 or the seconds or milliseconds since 1970. The
    year, or the whole date, may be left out; times without an offset are in the generator's
    timezone."""

    @field_validator("timestamp_pattern")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        try:
            re.compile(pattern or "")
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f"not a regular expression: {error}") from error
        return pattern

    @field_validator("pacing")
    @classmethod
    def _can_find_times(cls, pacing: str, info: ValidationInfo) -> str:
        if pacing == "original" and "timestamp_pattern" in info.data:
            pattern = info.data["timestamp_pattern"]
            if pattern is None or not _has_the_group(pattern):
                raise ValueError(
                    "original needs timestamp_pattern with a group (?P<timestamp>…), to find the"
                    " lines' own timestamps"
                )
        return pacing

    @field_validator("original_format")
    @classmethod
    def _can_read_times(cls, given: str | None, info: ValidationInfo) -> str | None:
        format = given or info.data.get("timestamp_format")
        if info.data.get("pacing") == "original" and format and not readable(format):
            whose = "" if given else f"timestamp_format {format!r} serves for reading too, but "
            raise ValueError(f"{whose}strptime cannot read back what this format writes")
        return given

    def finite(self) -> bool:
        """Tell whether the file is replayed only once."""
        return not self.repeat

    def check(self, base: Path) -> None:
        """Raise `ConfigError` if there is no such file."""
        path = base / self.path
        try:
            wrong = "" if path.is_file() else _wrong(path)
            if not wrong:
                path.open("rb").close()
        except (OSError, ValueError) as error:
            wrong = f"cannot be read: {getattr(error, 'strerror', None) or error}"
        if wrong:
            raise ConfigError.single(wrong, path="path", value=repr(str(self.path)))

    def producer(self, run: Run) -> Produce:
        """Return the function that gives one line after the other."""
        source = _flattened(self._rounds(run.inside(self.path, "event.replay.path")))
        stamped = self._stamper(run)

        def text(timestamp: datetime, tags: tuple[str, ...]) -> str:
            for line in source:
                if isinstance(line, str):
                    return stamped(line, timestamp)
                raise line
            raise Exhausted

        return OneEach(text)

    def pace(self, run: Run, start: int) -> Iterator[Times] | None:
        """Return the instants of the lines at their original distances, or None."""
        if self.pacing == "schedule":
            return None
        times = self._times(run, run.inside(self.path, "event.replay.path"))
        return arrays(paced(times, start, self.speed), latest(run.zone))

    def _rounds(self, path: Path) -> Iterator[Iterator[Line]]:
        """Yield the lines, as often as they are wanted; an empty file has no second round."""
        while True:
            found = lines(path, self.encoding, self.chunk_size)
            first = next(found, None)
            if first is None:
                return
            yield chain((first,), found)
            if not self.repeat:
                return

    def _stamper(self, run: Run) -> Stamp:
        if self.timestamp_pattern is None:
            return _unchanged
        if not _has_the_group(self.timestamp_pattern):
            text = "%s: timestamp_pattern has no group (?P<timestamp>…), so no line is changed"
            run.log.warning(text, self.path)
            return _unchanged
        search = re.compile(self.timestamp_pattern).search
        write = writer(self.timestamp_format)
        missed = _counter(run, f"{self.path}: timestamp_pattern finds no timestamp")

        def stamped(line: str, timestamp: datetime) -> str:
            match = search(line)
            if match is not None:
                begin, end = match.span(GROUP)
                if begin >= 0:
                    return f"{line[:begin]}{write(timestamp)}{line[end:]}"
            missed(line)
            return line

        return stamped

    def _times(self, run: Run, path: Path) -> Iterator[Iterator[int | None]]:
        """Yield the times of the lines as the file tells them, as often as it is read."""
        search = re.compile(self.timestamp_pattern or "").search
        missed = _counter(run, f"{self.path}: no timestamp that can be read")

        def time_of(line: Line) -> int | None:
            match = search(line) if isinstance(line, str) else None
            time = read(match[GROUP] or "") if match else None
            if time is None:
                missed(str(line))
            return time

        for found in self._rounds(path):
            read = instants(self.original_format or self.timestamp_format, run.now, run.zone)
            yield map(time_of, found)


def _has_the_group(pattern: str) -> bool:
    return GROUP in re.compile(pattern).groupindex


def _unchanged(line: str, timestamp: datetime) -> str:
    return line


def _flattened(rounds: Iterable[Iterator[Line]]) -> Iterator[Line]:
    """Yield the lines of all rounds; an error that one raises ends them all."""
    for found in rounds:
        yield from found


def _counter(run: Run, message: str) -> Callable[[str], None]:
    """Return a function that warns of lines: of the first, the tenth, the hundredth and so on."""
    count = 0

    def counted(line: str) -> None:
        nonlocal count
        count += 1
        if str(count).strip("0") == "1":
            run.log.warning("%s in %d lines so far, the latest being %.200r", message, count, line)

    return counted


def _wrong(path: Path) -> str:
    """Return what keeps a path that is no file from being replayed."""
    if path.is_dir():
        return "this is a folder; name the file in it"
    found = path.exists()
    return "this is not a regular file" if found else "no such file"
