"""What the pipeline does for an output: retries, dead letters, lanes, exact counts.

Every event given to an output ends in exactly one of `written`, `write_failed`, `format_failed`
or `abandoned`.
"""

from __future__ import annotations

import math
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import count
from random import Random
from threading import Lock

import anyio
import msgspec

from eventum_core.config import Retry, Sink
from eventum_core.deadletters import DeadLetters
from eventum_core.errors import EventumError, RunError, WriteError
from eventum_core.lane import Abandoned, Lane
from eventum_core.model import Chunk, Event, Failure, OutputReport
from eventum_core.observer import Observer
from eventum_core.plugin import OutputPlugin, Run, Write, WriteNow
from eventum_core.secrets import redact


class Causes:
    """Why things failed: the first different causes, and how often each came.

    Safe to be told from several threads.
    """

    _MOST = 20

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = Lock()

    def add(self, cause: str, times: int = 1) -> bool:
        """Count a cause; tell whether it is new."""
        with self._lock:
            known = cause in self._counts
            if known or len(self._counts) < self._MOST:
                self._counts[cause] += times
            else:
                self._counts["other causes"] += times
            return not known and len(self._counts) <= self._MOST

    def texts(self) -> tuple[str, ...]:
        """Return the causes, each with its count where it came more than once."""
        with self._lock:
            return tuple(
                f"{cause} ({times} times)" if times > 1 else cause
                for cause, times in self._counts.items()
            )


class Lateness:
    """Seconds from timestamp to delivery, in logarithmic bins: bounded memory, 5 % precision."""

    _STEP = math.log(1.05)
    _LEAST = 1e-5

    def __init__(self) -> None:
        self._bins: Counter[int] = Counter()
        self._most = 0.0

    def add(self, seconds: float) -> None:
        """Count an event that was delivered `seconds` after its timestamp."""
        self._most = max(self._most, seconds)
        self._bins[int(math.log(max(seconds, self._LEAST) / self._LEAST) / self._STEP)] += 1

    def summary(self) -> dict[str, float]:
        """Return ``p50``, ``p99`` and ``max``, or nothing if nothing was counted."""
        if not self._bins:
            return {}
        return {"p50": self._quantile(0.50), "p99": self._quantile(0.99), "max": self._most}

    def _quantile(self, share: float) -> float:
        wanted = share * self._bins.total()
        seen = 0
        for number in sorted(self._bins):
            seen += self._bins[number]
            if seen >= wanted:
                return min(self._LEAST * math.exp((number + 1) * self._STEP), self._most)
        return self._most


class Courier:
    """The common part of delivering to one output: what counts, and what is given up."""

    def __init__(
        self,
        position: int,
        sink: Sink,
        run: Run,
        *,
        causes: Causes,
        observer: Observer,
        stop: Callable[[str], None],
        now: Callable[[], int] | None,
    ) -> None:
        self.position = position
        self.sink = sink
        self.label = f"output[{position}].{sink.plugin.name}"
        self._policy = sink.delivery
        self._letters = DeadLetters(run.resolve(self._policy.dead_letters), self.label, run)
        self._random: Random = run.seeds.random("delivery", position)
        self._run = run
        self._causes = causes
        self._observer = observer
        self._stop = stop
        self._now = now
        self._began = 0.0 if now is None else now() / 1e6
        self._lateness = Lateness()
        self._retried = Causes()
        # An output's events are given up by two threads: the one that makes them and the loop.
        self._lock = Lock()
        self._written = self._failed = self._unformatted = 0
        self._lettered = self._retries = self._overflowed = 0

    def put(self, chunk: Chunk) -> None:
        """Take a chunk on, or wait until there is room for it; called in the making thread."""
        for event, reason in chunk.rejected:
            self._unformatted += 1
            self._give_up([event], f"cannot be formatted: {reason}", 0)
        if chunk.texts:
            self._accept(chunk)

    def _accept(self, chunk: Chunk) -> None:
        raise NotImplementedError

    def _settle(self, chunk: Chunk, failures: Sequence[Failure], attempt: int) -> list[int]:
        """Count what was written, give up what no retry can help, return what to try again."""
        if not failures and len(chunk.texts) in (1, len(chunk.events)):
            self._note_written(chunk.events, attempt)
            return []
        failed = {failure.item: failure for failure in failures}
        done = [e for i in range(len(chunk.texts)) if i not in failed for e in chunk.carried(i)]
        self._note_written(done, attempt)
        again = []
        for item, failure in failed.items():
            if failure.retry and attempt < self._policy.retry.attempts and not self._hurried():
                again.append(item)
            else:
                self._failed += len(chunk.carried(item))
                self._give_up(chunk.carried(item), failure.reason, attempt)
        if again:
            self._note_retry(failed[again[0]].reason)
        return again

    def _note_retry(self, reason: str) -> None:
        """Speak up the first time: the last try may be far away."""
        cause = redact(f"{self.label}: {reason}")
        if self._retried.add(cause):
            self._run.log.warning("%s; trying again", cause)
            self._observer.retrying(self.position, cause)

    def _hurried(self) -> bool:
        return False

    def _note_written(self, events: Sequence[Event], attempt: int) -> None:
        if not events:
            return
        self._written += len(events)
        self._observer.delivered(self.position, events, attempt)
        if self._now is not None:
            now = self._now() / 1e6
            for event in events:
                due = event.timestamp.timestamp()
                if due >= self._began:  # what was past from the start cannot be late
                    self._lateness.add(now - due)

    def _failures(self, chunk: Chunk, error: Exception) -> list[Failure]:
        """Return a failed call as the failure of every item; end the run if it must end."""
        if isinstance(error, RunError):
            self._stop(f"{self.label}: {error}")
        elif isinstance(error, WriteError):
            return _all(chunk, str(error), retry=error.retry)
        elif not isinstance(error, _PASSING):
            self._run.log.error("%s: unexpected error\n%s", self.label, traced(error))
        return _all(chunk, said(error), retry=isinstance(error, _PASSING))

    def cannot(self, do: str, error: Exception) -> RunError:
        """Return the error that says what the output could not do, and why."""
        failure = RunError(redact(f"{self.label} cannot {do}: {said(error)}"))
        failure.__cause__ = error
        return failure

    def _give_up(self, events: Sequence[Event], reason: str, attempts: int) -> None:
        cause = redact(f"{self.label}: {reason}")
        if self._causes.add(cause, len(events)):
            self._run.log.error(cause)
        self._observer.lost(self.position, events, cause)
        if self._policy.on_failure == "dead_letter":
            self._keep(events, cause, attempts)
        elif self._policy.on_failure == "stop":
            self._stop(cause)

    def _keep(self, events: Sequence[Event], cause: str, attempts: int) -> None:
        try:
            kept = self._letters.add(events, cause, attempts)
        except RunError as error:
            self._stop(str(error))
        else:
            with self._lock:
                self._lettered += kept

    def report(self, planned: int) -> OutputReport:
        """Return the counts so far, of so many events that were meant for this output."""
        failed = self._failed + self._overflowed
        return OutputReport(
            name=self.sink.plugin.name,
            position=self.position + 1,
            written=self._written,
            write_failed=failed,
            format_failed=self._unformatted,
            abandoned=max(0, planned - self._written - failed - self._unformatted),
            dead_lettered=self._lettered,
            retries=self._retries,
            lateness=self._lateness.summary(),
        )


def backoff(retry: Retry, attempt: int, random: Random) -> float:
    """Return the seconds to wait after the failed try number `attempt`, from 1.

    Exponential back-off with full jitter: uniform between nothing and the doubled delay
    (M. Brooker, "Exponential Backoff And Jitter", 2015), but never under a tenth of it, so that a
    dead server is not hammered.
    """
    longest = min(retry.max_delay, retry.initial_delay * 2.0 ** min(attempt - 1, 60))
    return longest * (0.1 + 0.9 * random.random())


_PASSING = (ConnectionError, TimeoutError)
"""Errors of the network that may be gone at the next try."""


def said(error: BaseException) -> str:
    """Return an error in one line; its type only where the message was not written for people."""
    plain = isinstance(error, EventumError | OSError) and str(error)
    return str(error) if plain else f"{type(error).__name__}: {error}"


def traced(error: BaseException) -> str:
    """Return an error's traceback, secrets replaced."""
    return redact("".join(traceback.format_exception(error)).rstrip())


def _vetted(chunk: Chunk, failures: Sequence[Failure] | None) -> Sequence[Failure]:
    """Return what a write function said of a chunk; None means that all is well."""
    failures = tuple(failures or ())
    if any(not 0 <= failure.item < len(chunk.texts) for failure in failures):
        raise IndexError(f"failures name items that a chunk of {len(chunk.texts)} does not have")
    return failures


def _all(chunk: Chunk, reason: str, *, retry: bool) -> list[Failure]:
    return [Failure(item, reason, retry) for item in range(len(chunk.texts))]


class LocalCourier(Courier):
    """Delivers in the making thread, before the next chunk is made."""

    write: WriteNow

    def _accept(self, chunk: Chunk) -> None:
        attempt = 1
        while again := self._settle(chunk, self._try(chunk), attempt):
            self._retries += 1
            chunk = chunk.only(again)
            self._run.stopping.wait(backoff(self._policy.retry, attempt, self._random))
            attempt += 1

    def _try(self, chunk: Chunk) -> Sequence[Failure]:
        try:
            return _vetted(chunk, self.write(chunk))
        except Exception as error:  # a plugin may be anybody's: its failure costs this chunk
            return self._failures(chunk, error)

    def _hurried(self) -> bool:
        return self._run.stopping.is_set()

    def beat(self) -> None:
        """Give the output an empty chunk, so that it can look after what it has open."""
        self._try(Chunk([], []))


class LaneCourier(Courier):
    """Delivers in the event loop, at its own pace, from a lane of its own."""

    def attach(self, lane: Lane, permits: anyio.Semaphore, most: int) -> None:
        """Give the lane, the permits shared by all lanes, and the most requests in flight here."""
        self._lane = lane
        self._permits = permits
        self._slots = anyio.Semaphore(most)
        self._bounded = isinstance(self.sink.plugin, OutputPlugin) and self.sink.plugin.bounded
        self._flying: dict[int, Chunk] = {}
        self._numbers = count()

    def _accept(self, chunk: Chunk) -> None:
        when_full = self._policy.lane.when_full
        try:
            if self._lane.put(chunk, wait=when_full == "block"):
                return
        except Abandoned:
            self._leave(chunk.events)
            raise
        reason = "the lane and its spill file are full"
        self._overflowed += len(chunk.events)
        if when_full == "dead_letter":
            self._keep(chunk.events, reason, 0)
        cause = f"{self.label}: {reason}"
        self._causes.add(cause, len(chunk.events))
        self._observer.lost(self.position, chunk.events, cause)

    async def serve(self, write: Write) -> None:
        """Deliver all that comes, until the lane is closed and empty."""
        async with anyio.create_task_group() as group:
            while True:
                await self._slots.acquire()
                if (chunk := await self._lane.take()) is None:
                    return
                number = next(self._numbers)
                self._flying[number] = chunk
                group.start_soon(self._deliver, write, number)

    async def _deliver(self, write: Write, number: int) -> None:
        chunk, attempt = self._flying[number], 1
        while again := self._settle(chunk, await self._try(write, chunk), attempt):
            self._retries += 1
            chunk = self._flying[number] = chunk.only(again)
            await anyio.sleep(backoff(self._policy.retry, attempt, self._random))
            attempt += 1
        del self._flying[number]
        self._slots.release()

    async def _try(self, write: Write, chunk: Chunk) -> Sequence[Failure]:
        """Write once, within the permitted time; a retry waits without holding a permit."""
        limit = math.inf if self._bounded else self._run.write_timeout
        async with self._permits:
            with anyio.move_on_after(limit) as scope:
                try:
                    return _vetted(chunk, await write(chunk))
                except Exception as error:  # a plugin may be anybody's: it costs this chunk
                    return self._failures(chunk, error)
                except anyio.get_cancelled_exc_class():
                    if anyio.get_current_task().has_pending_cancellation():
                        raise
                    # Nobody cancelled us: it leaked from a task within the client.
                    return _all(chunk, "the client cancelled its own request", retry=True)
        assert scope.cancelled_caught, "a write that is not cut off returns"
        return _all(chunk, f"no answer within {limit:g} s", retry=True)

    def close(self) -> None:
        """Let `serve` end once all is delivered or given up."""
        self._lane.close()

    def abandon(self) -> None:
        """Give up what is under way and what still waits; dead letters keep it if they may."""
        for chunk in [*self._flying.values(), *self._lane.abandon()]:
            self._leave(chunk.events)

    def _leave(self, events: Sequence[Event]) -> None:
        cause = f"{self.label}: not delivered before the run was cut short"
        self._causes.add(cause, len(events))
        self._observer.lost(self.position, events, cause)
        if self._policy.on_failure == "dead_letter":
            with self._lock:
                self._failed += len(events)
            self._keep(events, cause, 0)

    def report(self, planned: int) -> OutputReport:
        """Return the counts so far, of so many events that were meant for this output."""
        return msgspec.structs.replace(super().report(planned), spilled=self._lane.spilled)
