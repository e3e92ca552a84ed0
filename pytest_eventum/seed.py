"""The seeds of a session and of its streams, and the session's now."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

SERVER = "_eventum_server"
"""The parameter that stands for a test's backend."""


def derive(root: int, *parts: str) -> int:
    """Return the 32-bit seed that `root` and `parts` stand for (BLAKE2b, RFC 7693)."""
    message = "\x1f".join((str(root), *parts)).encode(errors="surrogatepass")
    return int.from_bytes(blake2b(message, digest_size=4).digest(), "big")


def identity(item: pytest.Item) -> str:
    """Return what makes a test itself whatever backend it runs on: node id and parameters."""
    place = item.parent.nodeid if item.parent else ""
    call: Any = getattr(item, "callspec", None)
    values = [
        f"{name}={_text(value, call.indices.get(name, 0))}"
        for name, value in sorted(call.params.items() if call else ())
        if name != SERVER
    ]
    return "::".join((place, getattr(item, "originalname", None) or item.name, *values))


def _text(value: Any, index: int) -> str:
    """Return a parameter's value as text that is equal in every process, else its position."""
    if value is None or isinstance(value, str | bytes | int | float | Enum):
        return repr(value)
    return getattr(value, "__qualname__", None) or f"#{index}"


def root(text: str | None, last: Callable[[], int | None]) -> int:
    """Return the session's root seed. Raise `ValueError` if `text` is no seed."""
    if text in (None, ""):
        return 0
    if text == "random":
        return secrets.randbits(32)
    if text == "last":
        return _last(last())
    try:
        return int(str(text))
    except ValueError:
        raise ValueError(f"expected an integer, 'random' or 'last', got {text!r}") from None


def _last(stored: int | None) -> int:
    if stored is None:
        raise ValueError("'last' needs an earlier run in pytest's cache, and there is none")
    return stored


def present(_read: Callable[[], float] = time.time) -> datetime:
    """Return the present moment in UTC, cut to the second, whatever a test did to the clock."""
    return _EPOCH.fromtimestamp(int(_read()), UTC)


_EPOCH = datetime
"""The class as it was when the plugin was loaded."""


def moment(value: str | datetime) -> datetime:
    """Return an ISO text or a datetime as an aware one, naive ones being UTC."""
    if isinstance(value, datetime):
        found = value
    else:
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(
                f"expected an ISO time such as 2026-01-31T12:00:00Z, got {value!r}"
            ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def iso(value: datetime) -> str:
    """Return an aware datetime as the shortest ISO text that means it."""
    return value.isoformat().replace("+00:00", "Z")
