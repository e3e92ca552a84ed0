"""``module.rand.crypto`` and ``module.rand.datetime``: identifiers, digests and instants."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

_VERSION_AND_VARIANT = 0xF000_C000_0000_0000_0000
_VERSION_4 = 0x4000_8000_0000_0000_0000


class Crypto:
    """Draws that look like identifiers and digests; a digest is one of nothing."""

    __slots__ = ("_getrandbits",)

    def __init__(self, random: Random) -> None:
        self._getrandbits = random.getrandbits

    def uuid4(self) -> str:
        """Return a UUID of version 4 (RFC 9562) in lower case."""
        digits = f"{self._getrandbits(128) & ~_VERSION_AND_VARIANT | _VERSION_4:032x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def md5(self) -> str:
        """Return 32 hexadecimal digits."""
        return f"{self._getrandbits(128):032x}"

    def sha1(self) -> str:
        """Return 40 hexadecimal digits."""
        return f"{self._getrandbits(160):040x}"

    def sha256(self) -> str:
        """Return 64 hexadecimal digits."""
        return f"{self._getrandbits(256):064x}"


class Instants:
    """Draws of instants."""

    __slots__ = ("_random",)

    def __init__(self, random: Random) -> None:
        self._random = random.random

    def timestamp(self, start: datetime | str, end: datetime | str) -> datetime:
        """Return an instant between two, uniformly; text is read as ISO 8601.

        They may come in either order, but must both have a zone or both have none.
        """
        first, last = _instant(start), _instant(end)
        return first + timedelta(seconds=self._random() * (last - first).total_seconds())


def _instant(value: datetime | str) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
