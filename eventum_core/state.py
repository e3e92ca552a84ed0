"""What templates remember between events: ``locals``, ``shared`` and ``globals``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from threading import RLock, local
from typing import Any


class State:
    """Values by key for one generator's run; one thread.

    Values are kept by reference. A missing key reads as None, also as ``state.key`` in a
    template, which falls back on the item for every key that is not a method's name.
    """

    __slots__ = ("_values",)

    def __init__(self) -> None:
        self._values: dict[Any, Any] = {}

    def get(self, key: Any, default: Any = None) -> Any:
        """Return the value of `key`, or `default`."""
        return self._values.get(key, default)

    def set(self, key: Any, value: Any) -> None:
        """Keep `value` as `key`."""
        self._values[key] = value

    def update(self, values: Mapping[Any, Any], /) -> None:
        """Keep every value of a mapping."""
        self._values.update(values)

    def pop(self, key: Any, default: Any = None) -> Any:
        """Forget `key` and return its value, or `default`."""
        return self._values.pop(key, default)

    def clear(self) -> None:
        """Forget everything."""
        self._values.clear()

    def as_dict(self) -> dict[Any, Any]:
        """Return a shallow copy."""
        return dict(self._values)

    def __getitem__(self, key: Any) -> Any:
        return self._values.get(key)

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[Any]:
        # A loop over the keys may well set some.
        return iter(list(self._values))

    def __len__(self) -> int:
        return len(self._values)

    def __bool__(self) -> bool:
        # An empty store is there all the same: ``{% if shared %}`` must not depend on content.
        return True

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._values!r})"


def unshared(state: State) -> dict[Any, Any] | None:
    """Return the dict in which a state keeps its values for good, None if threads share it."""
    return state._values if type(state) is State else None


class _Held(local):
    """How often the present thread has acquired a store and not released it."""

    count = 0


class SharedState(State):
    """Values that all generators of one host share; safe among threads.

    Each operation is atomic. `acquire` and `release` bracket several; the lock is re-entrant.
    """

    __slots__ = ("_held", "_lock", "is_held")

    def __init__(self) -> None:
        super().__init__()
        self._lock = RLock()
        self._held = _Held()
        self.is_held = False
        """Whether a thread holds the lock, or did at some time."""

    def acquire(self) -> None:
        """Wait until no other thread holds the lock, and hold it."""
        self._lock.acquire()
        self.is_held = True
        self._held.count += 1

    def release(self) -> None:
        """Let go of one `acquire`; raise `RuntimeError` if this thread holds none."""
        self._lock.release()
        self._held.count -= 1

    def release_all(self) -> None:
        """Let go of everything this thread still holds: the end of a render, however it ended."""
        while self._held.count:
            self.release()

    def get(self, key: Any, default: Any = None) -> Any:
        """Return the value of `key`, or `default`."""
        with self._lock:
            return super().get(key, default)

    def set(self, key: Any, value: Any) -> None:
        """Keep `value` as `key`."""
        with self._lock:
            super().set(key, value)

    def update(self, values: Mapping[Any, Any], /) -> None:
        """Keep every value of a mapping, none of them seen without the others."""
        with self._lock:
            super().update(values)

    def pop(self, key: Any, default: Any = None) -> Any:
        """Forget `key` and return its value, or `default`."""
        with self._lock:
            return super().pop(key, default)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            super().clear()

    def as_dict(self) -> dict[Any, Any]:
        """Return a shallow copy."""
        with self._lock:
            return super().as_dict()

    def __getitem__(self, key: Any) -> Any:
        return self.get(key)

    def __contains__(self, key: object) -> bool:
        with self._lock:
            return super().__contains__(key)

    def __iter__(self) -> Iterator[Any]:
        with self._lock:
            return super().__iter__()

    def __len__(self) -> int:
        with self._lock:
            return super().__len__()

    def __repr__(self) -> str:
        with self._lock:
            return super().__repr__()
