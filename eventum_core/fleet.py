"""Many generators in one process: each independent, all with the same `globals`."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import Lock
from typing import Literal, NamedTuple

from eventum_core.config import Settings
from eventum_core.generator import Generator
from eventum_core.loader import load
from eventum_core.member import (
    PATIENCE,
    Attempt,
    FleetError,
    Member,
    Status,
    UnknownGenerator,
)
from eventum_core.registry import Registry
from eventum_core.state import SharedState

__all__ = [
    "PATIENCE",
    "DuplicateGenerator",
    "Fleet",
    "FleetError",
    "GeneratorBusy",
    "Member",
    "Started",
    "Status",
    "UnknownGenerator",
]


class DuplicateGenerator(FleetError):
    """There is a generator of this id already."""


class GeneratorBusy(FleetError):
    """That can only be done while the generator does not run."""


class Started(NamedTuple):
    """What came of starting several generators."""

    running: list[str]
    not_running: list[str]
    """Those that failed, and ids that nobody has."""


class Fleet:
    """The generators of one process, by id. Safe from any thread.

    Each has a thread, an event loop and queues of its own. `plugins` are on offer besides the
    shipped and the installed ones; under the policy ``restricted`` no member can be trusted.
    """

    def __init__(
        self,
        *,
        cryptfile: Path | None = None,
        plugins: Sequence[object] = (),
        policy: Literal["trusted", "restricted"] = "trusted",
        globals: SharedState | None = None,
    ) -> None:
        self.globals = SharedState() if globals is None else globals
        self._cryptfile = cryptfile
        self._plugins = tuple(plugins)
        self._policy = policy
        self._lock = Lock()
        self._members: dict[str, Member] = {}
        self._closed = False

    def add(self, settings: Settings) -> Member:
        """Register a generator without starting it; raise `DuplicateGenerator`."""
        member = self._member(settings)
        with self._lock:
            if self._closed:
                raise FleetError("the fleet is closed")
            if member.id in self._members:
                raise DuplicateGenerator(f"there is a generator {member.id!r} already")
            self._members[member.id] = member
        return member

    def get(self, id: str) -> Member:
        """Return a generator; raise `UnknownGenerator`."""
        with self._lock:
            return self._get(id)

    def _get(self, id: str) -> Member:
        if id not in self._members:
            raise UnknownGenerator(f"there is no generator {id!r}")
        return self._members[id]

    def __contains__(self, id: object) -> bool:
        with self._lock:
            return id in self._members

    def members(self) -> list[Member]:
        """Return all generators, in the order they were added."""
        with self._lock:
            return list(self._members.values())

    def replace(self, settings: Settings) -> Member:
        """Give a generator that does not run other settings, and forget its latest run.

        Raises `UnknownGenerator` or `GeneratorBusy`.
        """
        member = self._member(settings)
        with self._lock:
            present = self._get(member.id)
            if present.retired:
                raise UnknownGenerator(f"generator {member.id!r} was removed")
            if not present.retire(running=False):
                raise GeneratorBusy(f"generator {member.id!r} runs; stop it first")
            self._members[member.id] = member
        return member

    def remove(self, id: str) -> None:
        """Stop and forget a generator; raise `UnknownGenerator`."""
        with self._lock:
            member = self._get(id)
            member.retire()
        member.stop()
        with self._lock:
            if self._members.get(id) is member:
                del self._members[id]

    def start_all(self, ids: Iterable[str]) -> Started:
        """Start generators at the same time, and return once each is initialised or failed."""
        started = Started([], [])
        for id, attempt in [(id, self._begin(id)) for id in ids]:
            done = attempt is not None and attempt.initialised()
            (started.running if done else started.not_running).append(id)
        return started

    def stop_all(self, ids: Iterable[str] | None = None, timeout: float | None = None) -> list[str]:
        """Stop generators at the same time, all by default; ids that nobody has are skipped.

        Returns the ids of those that have not ended within `timeout` seconds.
        """
        known = None if ids is None else set(ids)
        wanted = [m for m in self.members() if known is None or m.id in known]
        for member in wanted:
            member.request_stop()
        end = time.monotonic() + (PATIENCE if timeout is None else timeout)
        return [m.id for m in wanted if not m.join(max(0.0, end - time.monotonic()))]

    def close(self, timeout: float | None = None) -> list[str]:
        """Stop every generator for good, and take no other; return as `stop_all` does."""
        with self._lock:
            self._closed = True
            for member in self._members.values():
                member.retire()
        return self.stop_all(timeout=timeout)

    def _begin(self, id: str) -> Attempt | None:
        try:
            return self.get(id).begin()
        except UnknownGenerator:
            return None

    def _member(self, settings: Settings) -> Member:
        if self._policy == "restricted":
            settings = settings.model_copy(update={"policy": "restricted"})
        return Member(settings, self._generator)

    def _generator(self, settings: Settings) -> Generator:
        registry = Registry(*self._plugins)
        config = load(
            settings.path, params=settings.params, cryptfile=self._cryptfile, registry=registry
        )
        return Generator(config, settings, globals=self.globals)
