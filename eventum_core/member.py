"""One generator of many: its settings, its latest run, and what can be asked of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event, Lock, Thread
from typing import NamedTuple

import anyio

from eventum_core.config import Settings
from eventum_core.delivery import said
from eventum_core.engine import STOP_DEADLINE
from eventum_core.errors import EventumError
from eventum_core.generator import Generator
from eventum_core.model import Report
from eventum_core.secrets import redact

PATIENCE = STOP_DEADLINE + 5.0
"""Seconds to wait for a generator that was stopped: what a run may take to drain, and to end."""

Load = Callable[[Settings], Generator]


class FleetError(EventumError):
    """A fleet cannot do what it was asked."""


class UnknownGenerator(FleetError):
    """There is no generator of this id."""


class Status(NamedTuple):
    """What a generator is doing; all false before its first start."""

    is_initializing: bool = False
    """Its configuration is being loaded."""
    is_running: bool = False
    is_ended_up: bool = False
    """It was started and has ended, one way or another."""
    is_ended_up_successfully: bool = False
    """It ended by itself or was stopped; events may have been lost on the way."""
    is_stopping: bool = False


class Attempt(Thread):
    """One start of a generator: load, run, end. A later start waits for the one `before` it."""

    def __init__(self, settings: Settings, load: Load, before: Attempt | None) -> None:
        super().__init__(name=f"eventum-run-{settings.name}", daemon=True)
        self._settings = settings
        self._load = load
        self._before = before
        self._generator: Generator | None = None
        self._log = logging.getLogger(f"eventum.{settings.name}")
        self.settled = Event()
        """Set once the generator is initialised, or will not be."""
        self.began: datetime | None = None
        self.stopping = False
        self.succeeded = False
        self.ended = False
        """Whether all is done but the thread's own last steps."""
        self.error = ""

    def run(self) -> None:
        """Do it all; whatever happens is kept, and ends this generator alone."""
        try:
            self._go()
        except EventumError as error:
            self._fail(str(error))
        except (Exception, SystemExit) as error:  # the fleet's edge: the others go on
            self._fail(said(error), bug=True)
        finally:
            self.ended = True
            self.settled.set()

    def initialised(self) -> bool:
        """Wait until it is clear whether it runs, and say so."""
        self.settled.wait()
        return self.began is not None

    def request_stop(self) -> None:
        """End it, whatever it is doing; it drains first."""
        self.stopping = True
        if self._generator is not None:
            self._generator.stop()

    def report(self) -> Report | None:
        """Return what it has done so far, or did in all."""
        return self._generator.report() if self._generator else None

    @property
    def status(self) -> Status:
        """What it is doing."""
        if self.ended:
            return Status(is_ended_up=True, is_ended_up_successfully=self.succeeded)
        running = self.began is not None
        return Status(not running, running, is_stopping=self.stopping)

    def _go(self) -> None:
        if self._before is not None:
            self._before.join()
            self._before = None
        if not self.stopping:
            self._generator = self._load(self._settings)
        if self._generator is None or self.stopping:
            self.succeeded = True
            return
        self._tell_start(self._generator)
        self._tell_end(anyio.run(self._run, self._generator))

    async def _run(self, generator: Generator) -> Report:
        # The loop calls this once the run waits for the first time, so once it has a report.
        asyncio.get_running_loop().call_soon(self._begin)
        return await generator.run()

    def _begin(self) -> None:
        self.began = datetime.now(UTC)
        self.settled.set()

    def _fail(self, reason: str, *, bug: bool = False) -> None:
        self.error = redact(reason)
        what = "did not start" if self.began is None else "failed"
        self._log.error("%s: %s", what, self.error, exc_info=bug)

    def _tell_start(self, generator: Generator) -> None:
        mode = "live" if self._settings.live_mode else "sample"
        now = generator.now.isoformat()
        self._log.info("started in %s mode, seed %d, now %s", mode, generator.seed, now)

    def _tell_end(self, report: Report) -> None:
        self.succeeded = report.ended != "failed"
        if not self.succeeded:
            self._fail("; ".join(report.errors))
            return
        written = sum(output.written for output in report.outputs)
        level = logging.INFO if report.ok else logging.WARNING
        text = "ended: %s, %d events, %d written, %d lost"
        self._log.log(level, text, report.ended, report.event.produced, written, report.lost)


class Member:
    """A generator of a fleet: its settings and its latest run. Safe from any thread."""

    def __init__(self, settings: Settings, load: Load) -> None:
        self.settings = settings
        self._load = load
        self._lock = Lock()
        self._last: Attempt | None = None
        self._retired = False

    @property
    def _latest(self) -> Attempt | None:
        """The latest start; one that is only being made is waited for, as it can neither be asked
        nor joined yet."""
        with self._lock:
            return self._last

    @property
    def id(self) -> str:
        """The generator's id."""
        return self.settings.name

    @property
    def status(self) -> Status:
        """What it is doing."""
        latest = self._latest
        return Status() if latest is None else latest.status

    @property
    def start_time(self) -> datetime | None:
        """When the latest run began, in UTC; None if none did since the latest start."""
        latest = self._latest
        return None if latest is None else latest.began

    @property
    def error(self) -> str:
        """Why the latest start or run failed, without secrets; empty if it did not."""
        latest = self._latest
        return "" if latest is None else latest.error

    def report(self) -> Report | None:
        """Return what the latest run has done so far, or did in all; None before the first."""
        latest = self._latest
        return None if latest is None else latest.report()

    def start(self) -> bool:
        """Start it and return once it is initialised, or once it is clear that it will not be.

        The file is read anew at each start. True if it runs now, also if it did before.
        """
        return self.begin().initialised()

    def begin(self) -> Attempt:
        """Start it without waiting; raise `UnknownGenerator` if it was removed."""
        with self._lock:
            latest = self._last
            if self._retired:
                raise UnknownGenerator(f"generator {self.id!r} was removed")
            if latest is None or latest.stopping or latest.ended:
                latest = Attempt(self.settings, self._load, latest)
                latest.start()
                self._last = latest
            return latest

    def request_stop(self) -> None:
        """Ask it to end, without waiting."""
        latest = self._latest
        if latest is not None:
            latest.request_stop()

    def stop(self, timeout: float | None = None) -> bool:
        """End it and return whether it has ended, after `timeout` seconds at most.

        What it has begun is finished first, for which a run takes no more than ten seconds.
        """
        self.request_stop()
        return self.join(PATIENCE if timeout is None else timeout)

    def join(self, timeout: float | None = None) -> bool:
        """Wait until it ends by itself, `timeout` seconds at most; return whether it has ended."""
        latest = self._latest
        if latest is None:
            return True
        latest.join(timeout)
        return not latest.is_alive()

    @property
    def retired(self) -> bool:
        """Whether it never starts again."""
        return self._retired

    def retire(self, *, running: bool = True) -> bool:
        """Let it never start again, and return whether that was done.

        Nothing is done to one that runs, unless `running` says that this does not matter.
        """
        with self._lock:
            idle = self._last is None or not self._last.is_alive()
            self._retired = self._retired or running or idle
            return running or idle
