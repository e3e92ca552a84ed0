from __future__ import annotations

from base64 import b64encode

import pytest
from pydantic import SecretStr

from eventum_core.application import Auth
from eventum_core.server.access import (
    LIFETIME,
    MOST_FAILURES,
    MOST_SESSIONS,
    WINDOW,
    Brake,
    Sessions,
    right,
)


class Watch:
    """A clock that the test sets."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch():
    return Watch()


def test_a_session_ends_by_itself(watch):
    sessions = Sessions(watch)
    token = sessions.open("ann")

    watch.now += LIFETIME - 1
    assert sessions.user(token) == "ann"
    watch.now += 1
    assert sessions.user(token) is None


def test_tokens_differ_and_only_they_open(watch):
    sessions = Sessions(watch)
    first, second = sessions.open("ann"), sessions.open("ann")

    assert first != second
    assert sessions.user("") is sessions.user(first[:-1]) is None
    sessions.close(first)
    assert (sessions.user(first), sessions.user(second)) == (None, "ann")


def test_the_oldest_of_too_many_sessions_go(watch):
    sessions = Sessions(watch)
    tokens = [sessions.open("ann") for _ in range(MOST_SESSIONS + 2)]

    known = [sessions.user(token) is not None for token in tokens]
    assert known == [False, False] + [True] * MOST_SESSIONS


def test_failures_count_for_a_while_and_for_their_address(watch):
    brake = Brake(watch)
    for _ in range(MOST_FAILURES):
        assert brake.wait("a") == 0
        watch.now += 1
        brake.failed("a")

    assert brake.wait("a") == WINDOW - (MOST_FAILURES - 1)
    assert brake.wait("b") == 0
    watch.now += WINDOW
    assert brake.wait("a") == 0


def test_addresses_are_forgotten(watch):
    brake = Brake(watch)
    brake.failed("a")
    watch.now += WINDOW + 1
    brake.failed("b")

    assert list(brake._failures) == ["b"]


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        (b64encode(b"ann:secret").decode(), True),
        (b64encode(b"ann:secret ").decode(), False),
        (b64encode(b"Ann:secret").decode(), False),
        ("YW5uOnNlY3JldA", False),
        ("", False),
        ("€", False),
    ],
)
def test_credentials(given, verdict):
    assert right(Auth(user="ann", password=SecretStr("secret")), given) is verdict
