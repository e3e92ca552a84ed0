from __future__ import annotations

import pytest

from eventum_core.secrets import remember
from eventum_core.server.shown import restored, shown

OPEN = {"a": [1, 2.5, True, None, "text"], "b": {}}


@pytest.fixture(autouse=True)
def _secrets():
    remember("Canary-3f9c")
    remember("12345")


def test_what_holds_no_secret_is_shown_as_it_is():
    assert shown(OPEN) == OPEN


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("Canary-3f9c", "***"),
        ("key=Canary-3f9c;", "key=***;"),
        ("https://me:hunter2@host/", "https://me:***@host/"),
        (12345, "***"),
        (-12345, "-***"),
        (1234, 1234),
        ([float("nan"), float("-inf")], [None, None]),
        ({"half \ud83d": "\ude00"}, {r"half \ud83d": r"\ude00"}),
        (("Canary-3f9c",), ["***"]),
        ({"Canary-3f9c": {"deep": ["Canary-3f9c"]}}, {"***": {"deep": ["***"]}}),
    ],
)
def test_secrets_are_masked_wherever_they_are(value, masked):
    assert shown(value) == masked


@pytest.mark.parametrize(
    "old",
    [
        {"url": "https://me:hunter2@host/", "list": ["Canary-3f9c", {"pin": 12345}], "n": 1},
        {"nested": {"deep": {"key": "xCanary-3f9cx"}}},
        {},
    ],
)
def test_what_was_shown_is_restored(old):
    assert restored(shown(old), old) == old


@pytest.mark.parametrize(
    ("new", "old", "result"),
    [
        ({"key": "new"}, {"key": "Canary-3f9c"}, {"key": "new"}),
        ({"other": "***"}, {"key": "Canary-3f9c"}, {"other": "***"}),
        ({"key": ["***", "b"]}, {"key": ["Canary-3f9c"]}, {"key": ["***", "b"]}),
        ({"key": "***", "more": 1}, {"key": "Canary-3f9c"}, {"key": "Canary-3f9c", "more": 1}),
        ({"key": None}, {}, {"key": None}),
    ],
)
def test_what_was_changed_stays_changed(new, old, result):
    assert restored(new, old) == result
