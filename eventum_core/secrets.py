"""Where secrets come from, and how they are kept out of everything that is shown.

Whoever resolves a secret calls `remember`; whoever shows text calls `redact`.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from eventum_core.cryptfile import SERVICE, Keyring, SecretError
from eventum_core.templating import cache

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

__all__ = ["Keyring", "SecretError", "Vault", "keyring_backend", "redact", "remember"]

MASK = "***"
SHORT = 4
"""Values of fewer characters are masked only where they stand alone, or all text would go."""

_URL_PASSWORD = re.compile(r"(\b[a-zA-Z][\w+.-]*://[^\s/?#:@]*:)[^\s/?#]*(?=@)")
_known: set[str] = set()
_lock = threading.Lock()
_pattern: re.Pattern[str] | None = None


def remember(value: str) -> None:
    """Never show this text again: in this process, whoever asks `redact`."""
    global _pattern
    new = {form for form in _forms(value) if form.strip()} - _known
    if not new:
        return
    with _lock:
        _known.update(new)
        # Longest first, so that a secret within another does not leave a part of it.
        _pattern = re.compile("|".join(map(_wanted, sorted(_known, key=len, reverse=True))))


def is_telling(name: object) -> bool:
    """Return whether a name says that its value is secret, whatever the value is."""
    return _TELLING.search(str(name)) is not None


_TELLING = re.compile("passw|secret|token|credential|api_?key|private", re.IGNORECASE)


def redact(text: str) -> str:
    """Return `text` with every remembered value and every password in a URL replaced."""
    if _pattern is not None:
        text = _pattern.sub(MASK, text)
    return _URL_PASSWORD.sub(rf"\1{MASK}", text) if "://" in text else text


# Code that is made of a template holds the secrets that were put into it.
cache.withhold(lambda text: redact(text) != text)


def _forms(value: str) -> Iterator[str]:
    """Yield the ways a value may be spelt in a message: as it is, quoted, encoded, by lines."""
    yield value
    yield repr(value)[1:-1]
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield quote(value, safe="")
    yield quote_plus(value)
    yield from (line.strip() for line in value.splitlines() if len(line.strip()) >= 2 * SHORT)
    yield from _numbers(value)


def _numbers(value: str) -> Iterator[str]:
    """Yield what YAML makes of a value that looks like a number and stands there unquoted."""
    for base in (10, 8, 0):
        try:
            yield str(int(value, base))
        except ValueError:
            continue


def _wanted(form: str) -> str:
    return rf"(?<!\w){re.escape(form)}(?!\w)" if len(form) < SHORT else re.escape(form)


class Vault:
    """The values behind ``${secrets.name}``: given ones, then the environment, then a keyring.

    The environment's variable for ``db-password`` is ``EVENTUM_SECRET_DB_PASSWORD``.
    """

    def __init__(self, cryptfile: Path | None = None, given: Mapping[str, str] | None = None):
        self._cryptfile = cryptfile
        self._given = given or {}

    def get(self, name: str) -> str:
        """Return a secret and remember it. Raise `SecretError` naming the places looked at."""
        value = self._find(name)
        remember(value)
        return value

    def _find(self, name: str) -> str:
        if name in self._given:
            return str(self._given[name])
        variable = "EVENTUM_SECRET_" + re.sub(r"\W", "_", name).upper()
        if variable in os.environ:
            return os.environ[variable]
        try:
            return Keyring(self._cryptfile).get(name)
        except SecretError as error:
            raise SecretError(error.message, _also(error.fix, variable)) from error


def keyring_backend() -> type[KeyringBackend]:
    """Return the encrypted file as a backend of the package ``keyring``.

    Give an instance to ``keyring.set_keyring``, and other code of the process finds the secrets
    under the service ``eventum``. Other services have no secrets here and cannot set any.
    """
    from keyring.backend import KeyringBackend
    from keyring.errors import PasswordDeleteError, PasswordSetError

    class EncryptedFile(KeyringBackend):
        """Secrets of the service ``eventum`` in an encrypted file."""

        # Lowest of those that work: nobody should get it without asking.
        priority = 0.1

        def __init__(self, path: Path | None = None) -> None:
            super().__init__()  # type: ignore[no-untyped-call] # the package leaves it untyped
            self.path = path

        def get_password(self, service: str, username: str) -> str | None:
            keyring = Keyring(self.path)
            return keyring.get(username) if self._has(keyring, service, username) else None

        def set_password(self, service: str, username: str, password: str) -> None:
            if service != SERVICE:
                raise PasswordSetError(f"only the service {SERVICE!r} is kept here")
            Keyring(self.path).set(username, password)

        def delete_password(self, service: str, username: str) -> None:
            keyring = Keyring(self.path)
            if not self._has(keyring, service, username):
                raise PasswordDeleteError(f"there is no secret {username!r}")
            keyring.remove(username)

        def _has(self, keyring: Keyring, service: str, name: str) -> bool:
            names = {known.lower() for known in keyring.names()}
            return service == SERVICE and name.lower() in names

    return EncryptedFile


def _also(fix: str, variable: str) -> str:
    return f"{fix}, or set {variable}" if fix else f"set {variable}"
