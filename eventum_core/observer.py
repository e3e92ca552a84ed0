"""Who watches a run: told of every event, on its way and at its end."""

from __future__ import annotations

from collections.abc import Sequence
from threading import RLock
from typing import Protocol

from eventum_core.model import Event


class Observer(Protocol):
    """Who wants to know what happens to the events, chunk by chunk.

    The calls come from the making thread and from the event loop, but one after the other.
    """

    def released(self, timestamps: int) -> None:
        """So many timestamps were handed to the event stage; called in the making thread."""

    def planned(self, events: Sequence[Event]) -> None:
        """These events were rendered and go to the outputs; called in the making thread."""

    def failed(self, ordinal: int, cause: str) -> None:
        """This timestamp gave no event because of an error; called in the making thread."""

    def delivered(self, output: int, events: Sequence[Event], attempts: int) -> None:
        """The output at this position, from 0, has taken these events, at this try."""

    def retrying(self, output: int, cause: str) -> None:
        """The output at this position, from 0, is tried again because of something new."""

    def lost(self, output: int, events: Sequence[Event], cause: str) -> None:
        """The output at this position, from 0, will not get these events."""


class Silent:
    """An observer that does nothing: the base of those that want to know a part."""

    def released(self, timestamps: int) -> None:
        """Ignore it."""

    def planned(self, events: Sequence[Event]) -> None:
        """Ignore them."""

    def failed(self, ordinal: int, cause: str) -> None:
        """Ignore it."""

    def delivered(self, output: int, events: Sequence[Event], attempts: int) -> None:
        """Ignore them."""

    def retrying(self, output: int, cause: str) -> None:
        """Ignore it."""

    def lost(self, output: int, events: Sequence[Event], cause: str) -> None:
        """Ignore them."""


class OneAtATime:
    """An observer that passes on one call at a time, since two threads observe."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._lock = RLock()

    def released(self, timestamps: int) -> None:
        """Pass it on."""
        with self._lock:
            self._observer.released(timestamps)

    def planned(self, events: Sequence[Event]) -> None:
        """Pass it on."""
        with self._lock:
            self._observer.planned(events)

    def failed(self, ordinal: int, cause: str) -> None:
        """Pass it on."""
        with self._lock:
            self._observer.failed(ordinal, cause)

    def delivered(self, output: int, events: Sequence[Event], attempts: int) -> None:
        """Pass it on."""
        with self._lock:
            self._observer.delivered(output, events, attempts)

    def retrying(self, output: int, cause: str) -> None:
        """Pass it on."""
        with self._lock:
            self._observer.retrying(output, cause)

    def lost(self, output: int, events: Sequence[Event], cause: str) -> None:
        """Pass it on."""
        with self._lock:
            self._observer.lost(output, events, cause)
