from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from eventum_core import secrets
from eventum_core.secrets import Keyring, SecretError, Vault, keyring_backend, redact, remember


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test's secrets reach the next."""
    monkeypatch.setattr(secrets, "_known", set())
    monkeypatch.setattr(secrets, "_pattern", None)


def test_nothing_remembered_nothing_replaced() -> None:
    assert redact("plain text") == "plain text"


@pytest.mark.parametrize(
    "shown",
    [
        "{}",
        "x{}y",
        "a {} b {} c",
    ],
)
def test_a_remembered_value_is_replaced_everywhere(shown: str) -> None:
    remember("canary")
    assert redact(shown.replace("{}", "canary")) == shown.replace("{}", "***")


@pytest.mark.parametrize("form", [repr, json.dumps, lambda v: quote(v, safe=""), str])
def test_every_spelling_of_a_value_is_replaced(form: object) -> None:
    value = "pa\"s's/ü\n#1 word"
    remember(value)
    shown = form(value)  # type: ignore[operator] # the table mixes kinds of callables
    assert "word" not in redact(f"<{shown}>")


def test_each_line_of_a_long_secret_is_replaced() -> None:
    remember("-----BEGIN KEY-----\nMIIEvQIBADAN\n-----END KEY-----\n")
    assert redact("near MIIEvQIBADAN here") == "near *** here"


def test_a_secret_within_another_leaves_no_rest() -> None:
    remember("abcd")
    remember("abcdefgh")
    assert redact("abcdefgh abcd") == "*** ***"


def test_a_short_value_is_replaced_as_a_word_only() -> None:
    remember("pw")
    assert redact("pw: upwards, pw") == "***: upwards, ***"


@pytest.mark.parametrize(("value", "shown"), [("0123456", "42798"), ("0x1F4A3", "128163")])
def test_the_number_yaml_makes_of_a_value_is_replaced(value: str, shown: str) -> None:
    remember(value)
    assert redact(f"got {shown}") == "got ***"


def test_blank_values_replace_nothing() -> None:
    remember("")
    remember(" ")
    assert redact("a b") == "a b"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://me:pw@db:5432/x", "postgresql://me:***@db:5432/x"),
        ("redis://:p@ss@db", "redis://:***@db"),
        ("at http://a:b@c/ and ftp://d:e@f", "at http://a:***@c/ and ftp://d:***@f"),
        ("postgresql+psycopg://u:pw@h", "postgresql+psycopg://u:***@h"),
        ("http://host:8080/a@b", "http://host:8080/a@b"),
        ("see https://example.com", "see https://example.com"),
    ],
)
def test_passwords_in_urls_are_replaced(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_given_secrets_come_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "k.cfg"
    Keyring(path, "pw").set("db-password", "from file")
    monkeypatch.setenv("EVENTUM_KEYRING_PASSWORD", "pw")
    assert Vault(path).get("db-password") == "from file"
    monkeypatch.setenv("EVENTUM_SECRET_DB_PASSWORD", "from environment")
    assert Vault(path).get("db-password") == "from environment"
    assert Vault(path, {"db-password": "given"}).get("db-password") == "given"


def test_the_vault_remembers_what_it_hands_out() -> None:
    assert Vault(given={"a": "canary-9f3"}).get("a") == "canary-9f3"
    assert redact("leak canary-9f3") == "leak ***"


def test_a_missing_secret_names_both_ways_to_give_it(tmp_path: Path) -> None:
    with pytest.raises(SecretError) as caught:
        Vault(tmp_path / "none.cfg").get("api.key")
    assert "eventum-keyring set api.key" in str(caught.value)
    assert "EVENTUM_SECRET_API_KEY" in str(caught.value)
    assert caught.value.fix


def test_the_encrypted_file_as_a_backend_of_keyring(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keyring = pytest.importorskip("keyring")
    monkeypatch.setenv("EVENTUM_KEYRING_PASSWORD", "pw")
    before = keyring.get_keyring()
    keyring.set_keyring(keyring_backend()(tmp_path / "k.cfg"))
    try:
        keyring.set_password("eventum", "db", "value")
        assert keyring.get_password("eventum", "DB") == "value"
        assert keyring.get_password("other", "db") is None
        with pytest.raises(keyring.errors.PasswordSetError):
            keyring.set_password("other", "db", "value")
        keyring.delete_password("eventum", "db")
        with pytest.raises(keyring.errors.PasswordDeleteError):
            keyring.delete_password("eventum", "db")
    finally:
        keyring.set_keyring(before)
    assert Keyring(tmp_path / "k.cfg").names() == []
