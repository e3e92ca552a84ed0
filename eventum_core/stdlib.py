"""Stand-ins for `random`, `uuid` and `secrets` whose draws come from the run's generator.

Each is a copy of the module's namespace with the drawing functions replaced, so whatever else
the module offers is there as well.
"""

from __future__ import annotations

import random
import secrets
import uuid
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from random import Random
from types import ModuleType
from typing import Any

from eventum_core.plugin import Run

GREGORIAN = datetime(1582, 10, 15, tzinfo=UTC)
"""Where the clock of UUIDs of version 1 and 6 begins (RFC 9562)."""
UNIX = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def altered(module: ModuleType, changes: dict[str, Any]) -> ModuleType:
    """Return a copy of a module in which some names mean something else."""
    copy = ModuleType(module.__name__, module.__doc__)
    vars(copy).update(vars(module), **changes)
    return copy


def random_of(draws: Random) -> ModuleType:
    """Return the stand-in for `random`."""
    functions = {
        name: getattr(draws, name)
        for name in random.__all__
        if hasattr(draws, name) and not isinstance(getattr(random, name), type)
    }
    derived = _derived(draws)
    return altered(random, {**functions, "Random": derived, "SystemRandom": derived})


def secrets_of(draws: Random) -> ModuleType:
    """Return the stand-in for `secrets`: its tokens are secret to nobody who has the seed."""

    def token_bytes(nbytes: int | None = None) -> bytes:
        return draws.randbytes(secrets.DEFAULT_ENTROPY if nbytes is None else nbytes)

    def token_hex(nbytes: int | None = None) -> str:
        return token_bytes(nbytes).hex()

    def token_urlsafe(nbytes: int | None = None) -> str:
        return urlsafe_b64encode(token_bytes(nbytes)).rstrip(b"=").decode("ascii")

    def randbelow(exclusive_upper_bound: int) -> int:
        return draws.randrange(exclusive_upper_bound)

    changes = {
        "token_bytes": token_bytes,
        "token_hex": token_hex,
        "token_urlsafe": token_urlsafe,
        "randbelow": randbelow,
        "randbits": draws.getrandbits,
        "choice": draws.choice,
        "SystemRandom": _derived(draws),
    }
    return altered(secrets, changes)


def uuid_of(run: Run, draws: Random) -> ModuleType:
    """Return the stand-in for `uuid`.

    UUIDs that tell a time tell the run's now, and those that tell a machine an invented one.
    """
    makers = {"uuid1": _uuid1, "uuid4": _uuid4, "uuid6": _uuid6, "uuid7": _uuid7, "uuid8": _uuid8}
    changes = {name: maker(run, draws) for name, maker in makers.items() if hasattr(uuid, name)}
    return altered(uuid, {**changes, "getnode": lambda: _node(run)})


def _derived(draws: Random) -> type[Random]:
    """Return a `Random` that, given no seed, takes one from the run instead of the system."""

    class Derived(Random):
        def __init__(self, x: Any = None) -> None:
            super().__init__(draws.getrandbits(128) if x is None else x)

    return Derived


def _node(run: Run) -> int:
    """Return an invented network address; its multicast bit says that it is no real one."""
    return run.seeds.number("event/node") & 0xFFFF_FFFF_FFFF | 0x0100_0000_0000


def _ticks(run: Run, draws: Random) -> int:
    """Return the run's now in 100 ns since `GREGORIAN`, plus a drawn part of a second."""
    return (run.now - GREGORIAN) // MICROSECOND * 10 + draws.getrandbits(23)


def _uuid1(run: Run, draws: Random) -> Any:
    def uuid1(node: int | None = None, clock_seq: int | None = None) -> uuid.UUID:
        ticks = _ticks(run, draws)
        sequence = draws.getrandbits(14) if clock_seq is None else clock_seq
        low, middle, high = ticks & 0xFFFF_FFFF, ticks >> 32 & 0xFFFF, ticks >> 48 & 0x0FFF
        tail = _node(run) if node is None else node
        fields = (low, middle, high, sequence >> 8 & 0x3F, sequence & 0xFF, tail)
        return uuid.UUID(fields=fields, version=1)

    return uuid1


def _uuid4(run: Run, draws: Random) -> Any:
    def uuid4() -> uuid.UUID:
        return uuid.UUID(int=draws.getrandbits(128), version=4)

    return uuid4


def _uuid6(run: Run, draws: Random) -> Any:
    def uuid6(node: int | None = None, clock_seq: int | None = None) -> uuid.UUID:
        ticks = _ticks(run, draws)
        sequence = draws.getrandbits(14) if clock_seq is None else clock_seq & 0x3FFF
        tail = sequence << 48 | (_node(run) if node is None else node)
        return uuid.UUID(int=ticks >> 12 << 80 | (ticks & 0xFFF) << 64 | tail, version=6)

    return uuid6


def _uuid7(run: Run, draws: Random) -> Any:
    def uuid7() -> uuid.UUID:
        milliseconds = (run.now - UNIX) // timedelta(milliseconds=1)
        return uuid.UUID(int=milliseconds << 80 | draws.getrandbits(80), version=7)

    return uuid7


def _uuid8(run: Run, draws: Random) -> Any:
    def uuid8(a: int | None = None, b: int | None = None, c: int | None = None) -> uuid.UUID:
        first = draws.getrandbits(48) if a is None else a & 0xFFFF_FFFF_FFFF
        second = draws.getrandbits(12) if b is None else b & 0xFFF
        third = draws.getrandbits(62) if c is None else c & 0x3FFF_FFFF_FFFF_FFFF
        return uuid.UUID(int=first << 80 | second << 64 | third, version=8)

    return uuid8
