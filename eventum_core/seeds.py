"""How every random stream of a run is derived from its one seed.

A stream is named by (seed, generator id, role, index) and derived by keyed hash, so adding an
input or an output never moves another's data. Roles in use: ``input[i]``, ``event``,
``event/mimesis``, ``event/pace``, ``event/trigger[i]``, ``format``, ``delivery``; reserved:
``faults``.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from random import Random
from typing import Any

GENERATION = 1
"""Version of our own draws; it changes only when equal seeds would give other data."""

_KEY = b"eventum/%d" % GENERATION

BLOCK = 1024
"""Ordinals per block; the event stage's generator is derived anew at each block's start."""

TRIGGERED = 1 << 40
"""Ordinals per stream: scheduled timestamps have those below, the timestamps of the trigger at
position i in the file the ``TRIGGERED`` ordinals from ``(i + 1) * TRIGGERED`` on. So triggers never
shift what is scheduled, and no two events of a run share ordinal and index."""


def draw() -> int:
    """Return a fresh seed, for a run that was given none."""
    return secrets.randbits(32)


def derive(seed: int, *path: str | int, size: int = 16) -> int:
    """Return the number of `size` bytes that `seed` and `path` stand for (BLAKE2b, RFC 7693)."""
    message = "\x1f".join(map(str, (seed, *path))).encode()
    return int.from_bytes(blake2b(message, digest_size=size, key=_KEY).digest(), "big")


@dataclass(frozen=True, slots=True)
class Seeds:
    """The streams of one generator's run."""

    seed: int
    generator: str

    def number(self, role: str, index: int = 0) -> int:
        """Return the 128-bit number that seeds the stream `role`, block or item `index`."""
        return derive(self.seed, self.generator, role, index)

    def random(self, role: str, index: int = 0) -> Random:
        """Return a new generator at the start of the stream `role`, block or item `index`."""
        return Random(self.number(role, index))

    def event_id(self, now: datetime, ordinal: int, index: int) -> str:
        """Return an event's 32 hex digits, the same whenever the run is repeated."""
        digest = _id_prefix(self.seed, self.generator, now).copy()
        digest.update(b"%d\x1f%d" % (ordinal, index))
        return digest.hexdigest()


class Paused:
    """What random streams had drawn when a block of another stream's ordinals cut in."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[int, Any]] = {}

    def swap(self, left: int, state: Callable[[], Any], entered: int) -> Any:
        """Return the state in which the block `entered` was left, or None if it begins anew.

        The block `left` is kept in `state()` if it belongs to another stream.
        """
        per_stream = TRIGGERED // BLOCK
        if left // per_stream == entered // per_stream:
            return None
        self._kept[left // per_stream] = left, state()
        block, kept = self._kept.pop(entered // per_stream, (None, None))
        return kept if block == entered else None


def event_role(block: int) -> tuple[str, int]:
    """Return the role of the event stage's stream in a block, and the index within that role."""
    stream, index = divmod(block, TRIGGERED // BLOCK)
    return (f"event/trigger[{stream - 1}]" if stream else "event"), index


@lru_cache
def _id_prefix(seed: int, generator: str, now: datetime) -> blake2b:
    """Return the part of an id's digest that all events of a run share: it costs half the time."""
    message = f"{seed}\x1fid\x1f{generator}\x1f{now.timestamp():.6f}\x1f"
    return blake2b(message.encode(), digest_size=16, key=_KEY)
