"""Secrets in an encrypted file that ``keyrings.cryptfile`` can read and write too.

The file is INI: one option per secret below ``[eventum]``, and a reference value by which a wrong
password is noticed. A value is AES-128-GCM under a key derived by Argon2id (RFC 9106). Its
authenticated header names the secret *as it was spelt*, while that library lower-cases options.
We keep the spelling, find names in any case, and let no two names differ in case alone.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import shlex
import tempfile
from collections.abc import Iterable, Iterator
from configparser import Error as BrokenFile
from configparser import RawConfigParser
from functools import lru_cache
from itertools import chain, islice, product
from pathlib import Path
from threading import Lock

from eventum_core.errors import EventumError

SERVICE = "eventum"
SETTINGS = "keyring-setting"
REFERENCE = "password reference"
REFERENCE_VALUE = "password reference value"
SCHEME = "[Argon2] AES128.GCM"
VERSION = "1.3.9"
PASSWORD_VARIABLE = "EVENTUM_KEYRING_PASSWORD"
WELL_KNOWN_PASSWORD = "eventum"
SALT = NONCE = TAG = 16
"""Bytes."""
MOST_SPELLINGS = 1 << 14
"""Cases of a name to try for a value whose spelling the file does not tell; about 0.1 s."""

_log = logging.getLogger("eventum_core.secrets")
_deriving = Lock()
"""Held while a key is derived: OpenSSL gives each derivation its lanes' threads out of one small
pool, and two at the same time can wait for each other for ever."""


class SecretError(EventumError):
    """A secret is missing or cannot be read; `fix` says what would help, if that is known."""

    def __init__(self, message: str, fix: str = "") -> None:
        self.message = message
        self.fix = fix
        super().__init__(f"{message}; {fix}" if fix else message)


def default_path() -> Path:
    """Return where the file lies unless told otherwise."""
    data = os.environ.get("XDG_DATA_HOME")
    folder = Path(data) if data else Path.home() / ".local" / "share"
    return folder / "python_keyring" / "cryptfile_pass.cfg"


class Keyring:
    """The secrets of one file. Each access reads the file anew; a key is derived once in a
    process, which takes 0.3 to 1 s.

    Without `password` it is taken from ``EVENTUM_KEYRING_PASSWORD``; where that is not set, the
    well-known password opens files made with it, with a warning, and never writes.
    """

    def __init__(self, path: Path | None = None, password: str | None = None) -> None:
        self.path = path or default_path()
        self._warned = False
        self._password = os.environ.get(PASSWORD_VARIABLE) if password is None else password
        if self._password is not None and not self._password.strip():
            raise SecretError(
                "the keyring's password is blank", f"set {PASSWORD_VARIABLE} to the password"
            )

    def names(self) -> list[str]:
        """Return the names in order; they are not encrypted, so no password is needed."""
        return sorted(_unescape(option) for option in _options(self._read()))

    def get(self, name: str) -> str:
        """Return a secret, its name in any case. Raise `SecretError` if there is none."""
        _refuse_blank("name", name)
        file = self._read()
        option = _find(file, name)
        if option is None:
            raise SecretError(f"there is no secret {name!r} in {self.path}", self._way_to_add(name))
        value = file.get(SERVICE, option)
        if (text := self._open(value, SERVICE, [name, _unescape(option)])) is not None:
            return text
        self._check_password(file)
        if (text := self._open(value, SERVICE, _spellings(name))) is not None:
            return text
        raise SecretError(
            f"the secret {name!r} in {self.path} cannot be decrypted",
            "write it exactly as it was spelt when it was set, or set it again",
        )

    def set(self, name: str, value: str) -> None:
        """Store a secret, making the file where there is none. Replaces a value of that name."""
        _refuse_blank("name", name)
        _refuse_blank("value", value)
        file = self._read()
        self._own_password()
        self._prepare(file)
        self._make_room(file, name)
        self._put(file, SERVICE, name, value)
        self._write(file)

    def remove(self, name: str) -> None:
        """Delete a secret. Raise `SecretError` if there is none or the password is wrong."""
        _refuse_blank("name", name)
        file = self._read()
        option = _find(file, name)
        if option is None:
            raise SecretError(f"there is no secret {name!r} in {self.path}")
        self._own_password()
        self._check_password(file)
        file.remove_option(SERVICE, option)
        self._write(file)

    def _read(self) -> RawConfigParser:
        file = RawConfigParser(interpolation=None)
        file.optionxform = str  # type: ignore[assignment,method-assign] # the documented way to keep case
        try:
            file.read_string(self.path.read_text("utf-8"))
        except FileNotFoundError:
            pass
        except (OSError, UnicodeDecodeError) as error:
            raise SecretError(f"the keyring {self.path} cannot be read: {error}") from error
        except BrokenFile as error:
            raise SecretError(f"{self.path} is no keyring: {type(error).__name__}") from None
        _refuse_other_schemes(file, self.path)
        return file

    def _write(self, file: RawConfigParser) -> None:
        # Beside the file a link points to, so that the link stays and the rename is atomic.
        target = self.path.resolve()
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".keyring-")
            try:
                with open(handle, "w", encoding="utf-8") as stream:
                    file.write(stream)
                    stream.flush()
                    os.fsync(handle)
                os.replace(temporary, target)
            except BaseException:  # whatever it is, no half-written file stays; raised again
                os.unlink(temporary)
                raise
        except OSError as error:
            raise SecretError(f"the keyring {self.path} cannot be written: {error}") from error

    def _make_room(self, file: RawConfigParser, name: str) -> None:
        option = _find(file, name)
        if option is None:
            return
        there = _unescape(option)
        if there != name and self._open(file.get(SERVICE, option), SERVICE, [name]) is None:
            raise SecretError(
                f"{name!r} and {there!r} differ in case alone", f"use {there!r}, or remove it"
            )
        file.remove_option(SERVICE, option)

    def _prepare(self, file: RawConfigParser) -> None:
        if self._reference(file) is not None:
            self._check_password(file)
            return
        if _options(file) and not any(self._opens(file, option) for option in _options(file)):
            raise SecretError(
                f"the password opens none of the secrets in {self.path}",
                f"set {PASSWORD_VARIABLE} to the password they were set with",
            )
        self._put(file, SETTINGS, REFERENCE, REFERENCE_VALUE)
        file.set(_escape(SETTINGS), "scheme", SCHEME)
        file.set(_escape(SETTINGS), "version", VERSION)

    def _opens(self, file: RawConfigParser, option: str) -> bool:
        name = _unescape(option)
        spellings = chain([name], _spellings(name))
        return self._open(file.get(SERVICE, option), SERVICE, spellings) is not None

    @staticmethod
    def _reference(file: RawConfigParser) -> str | None:
        return file.get(_escape(SETTINGS), _escape(REFERENCE), fallback=None)

    def _check_password(self, file: RawConfigParser) -> None:
        reference = self._reference(file)
        if reference and self._open(reference, SETTINGS, [REFERENCE]) != REFERENCE_VALUE:
            raise SecretError(
                f"wrong password for the keyring {self.path}",
                f"set {PASSWORD_VARIABLE} to the password it was made with",
            )

    def _way_to_add(self, name: str) -> str:
        command = ["eventum-keyring", "set", name]
        if self.path != default_path():
            command += ["--cryptfile", str(self.path)]
        return f"add it with: {shlex.join(command)}"

    def _own_password(self) -> None:
        if self._password is None:
            raise SecretError(
                "a keyring is not written under the well-known default password",
                f"set {PASSWORD_VARIABLE}, and keep it",
            )

    def _key(self, salt: bytes) -> bytes:
        self._warn_once()
        password = WELL_KNOWN_PASSWORD if self._password is None else self._password
        with _deriving:
            return _derived(password, salt)

    def _warn_once(self) -> None:
        if self._password is None and not self._warned:
            self._warned = True
            _log.warning(
                "%s is not set: trying the default password, which everybody knows",
                PASSWORD_VARIABLE,
            )

    def _put(self, file: RawConfigParser, service: str, name: str, value: str) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        salt, nonce = os.urandom(SALT), os.urandom(NONCE)
        sealed = AESGCM(self._key(salt)).encrypt(nonce, value.encode(), _header(service, name))
        parts = {"salt": salt, "data": sealed[:-TAG], "mac": sealed[-TAG:], "nonce": nonce}
        texts = {part: base64.b64encode(raw).decode() for part, raw in parts.items()}
        wrapped = base64.encodebytes(json.dumps(texts).encode()).decode()
        section = _escape(service)
        if not file.has_section(section):
            file.add_section(section)
        file.set(section, _escape(name), "\n" + wrapped)

    def _open(self, value: str, service: str, names: Iterable[str]) -> str | None:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            parts = json.loads(base64.b64decode(value))
            salt, data, mac, nonce = (
                base64.b64decode(parts[part]) for part in ("salt", "data", "mac", "nonce")
            )
        except (ValueError, KeyError, TypeError):
            raise SecretError(f"a value in the keyring {self.path} is damaged") from None
        cipher = AESGCM(self._key(salt))
        for name in names:
            for header in _headers(service, name):
                try:
                    return cipher.decrypt(nonce, data + mac, header).decode()
                except InvalidTag:
                    continue
        return None


@lru_cache(maxsize=128)
def _derived(password: str, salt: bytes) -> bytes:
    """Return a key. Generators of one host often want the same secret, at each of their starts."""
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    derivation = Argon2id(salt=salt, length=16, iterations=15, lanes=2, memory_cost=65536)
    return derivation.derive(password.encode())


def _header(service: str, name: str) -> bytes:
    return f"{_escape(service)}\0{_escape(name)}".encode()


def _headers(service: str, name: str) -> Iterator[bytes | None]:
    """Yield what the versions of the library authenticated besides the value."""
    yield _header(service, name)
    yield _header(service, name).replace(b"\0", rb"\0")
    yield None


def _escape(name: str) -> str:
    return "".join(
        chr(byte) if chr(byte).isascii() and chr(byte).isalnum() else f"_{byte:02X}"
        for byte in name.encode()
    )


def _unescape(option: str) -> str:
    head, *parts = option.split("_")
    try:
        raw = head.encode() + b"".join(bytes.fromhex(p[:2]) + p[2:].encode() for p in parts)
        return raw.decode()
    except ValueError:
        return option


def _options(file: RawConfigParser) -> list[str]:
    return file.options(SERVICE) if file.has_section(SERVICE) else []


def _find(file: RawConfigParser, name: str) -> str | None:
    """Return the option that holds `name`: in this very spelling if there is one, else in any."""
    wanted = _escape(name)
    options = _options(file)
    if wanted in options:
        return wanted
    return next((option for option in options if option.lower() == wanted.lower()), None)


def _spellings(name: str) -> Iterator[str]:
    """Yield the cases of a name, the likely ones first, and not without end."""
    yield from dict.fromkeys((name.lower(), name.upper(), name.title(), name.capitalize()))
    cases = (dict.fromkeys((letter.lower(), letter.upper())) for letter in name)
    yield from map("".join, islice(product(*cases), MOST_SPELLINGS))


def _refuse_blank(what: str, text: str) -> None:
    if not text.strip():
        raise SecretError(f"the {what} of a secret must not be blank")


def _refuse_other_schemes(file: RawConfigParser, path: Path) -> None:
    scheme = file.get(_escape(SETTINGS), "scheme", fallback=SCHEME)
    if scheme.removeprefix("PyCryptodome ") != SCHEME:
        raise SecretError(f"the keyring {path} is encrypted as {scheme!r}, not as {SCHEME!r}")
