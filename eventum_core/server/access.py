"""Who may use the server: sessions, credentials, and a brake on guessing them."""

from __future__ import annotations

import binascii
import logging
import time
from base64 import b64decode
from collections import deque
from collections.abc import Callable
from secrets import compare_digest, token_hex
from typing import NamedTuple

from eventum_core.application import Auth

AUDIT = "eventum_core.server.audit"
"""Logger of who changed what."""
LIFETIME = 24 * 60 * 60
"""Seconds after which a session ends."""
MOST_SESSIONS = 1000
MOST_FAILURES = 20
"""Wrong credentials that one address may send within `WINDOW`."""
WINDOW = 60.0
"""Seconds."""

Now = Callable[[], float]

_audit = logging.getLogger(AUDIT)


class Session(NamedTuple):
    """Somebody who is signed in."""

    user: str
    end: float


class Sessions:
    """Who is signed in, by the token in their cookie; kept in memory, gone with the server."""

    def __init__(self, now: Now = time.monotonic) -> None:
        self._now = now
        self._sessions: dict[str, Session] = {}

    def open(self, user: str) -> str:
        """Sign a user in and return the token."""
        self._forget_old()
        token = token_hex(16)
        self._sessions[token] = Session(user, self._now() + LIFETIME)
        return token

    def user(self, token: str) -> str | None:
        """Return who this token belongs to, if it is still good."""
        session = self._sessions.get(token)
        return session.user if session and session.end > self._now() else None

    def close(self, token: str) -> None:
        """Sign out; an unknown token is fine."""
        self._sessions.pop(token, None)

    def _forget_old(self) -> None:
        now = self._now()
        good = {token: kept for token, kept in self._sessions.items() if kept.end > now}
        self._sessions = dict(list(good.items())[1 - MOST_SESSIONS :])


class Brake:
    """Locks out addresses that sent many wrong credentials of late."""

    def __init__(self, now: Now = time.monotonic) -> None:
        self._now = now
        self._failures: dict[str, deque[float]] = {}

    def failed(self, address: str) -> None:
        """Count wrong credentials."""
        _audit.warning("wrong credentials from %s", address or "an unknown address")
        self._forget_old()
        self._failures.setdefault(address, deque(maxlen=MOST_FAILURES)).append(self._now())

    def wait(self, address: str) -> float:
        """Return the seconds until this address may try again; 0 if it may now."""
        failures = self._failures.get(address)
        if failures is None or len(failures) < MOST_FAILURES:
            return 0.0
        return max(0.0, failures[0] + WINDOW - self._now())

    def _forget_old(self) -> None:
        oldest = self._now() - WINDOW
        for address in [a for a, failures in self._failures.items() if failures[-1] < oldest]:
            del self._failures[address]


def right(auth: Auth, credentials: str) -> bool:
    """Tell whether the credentials of a Basic header are those of `auth`, in constant time."""
    try:
        given = b64decode(credentials, validate=True)
    except (binascii.Error, ValueError):
        return False
    return compare_digest(given, f"{auth.user}:{auth.password.get_secret_value()}".encode())
