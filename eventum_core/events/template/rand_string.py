"""``module.rand.string``: random text, character by character."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from functools import lru_cache
from random import Random

HEX = "0123456789abcdef"

SPECIFIERS = {
    "a": string.ascii_lowercase,
    "A": string.ascii_uppercase,
    "l": string.ascii_letters,
    "d": string.digits,
    "n": "123456789",
    "h": HEX,
    "H": HEX.upper(),
    "p": string.punctuation,
    "w": string.ascii_letters + string.digits,
    "%": "%",
}
"""What may follow a percent sign in a pattern, and the characters it stands for."""

_PIECE = re.compile(
    r"%(?P<specifier>.?)(?:\{(?P<count>[^}]*)(?P<closed>\}?))?|(?P<literal>[^%]+)", re.DOTALL
)


class String:
    """Draws of text; a size below one gives an empty text, a float size a `TypeError`."""

    __slots__ = ("_getrandbits", "_random")

    def __init__(self, random: Random) -> None:
        self._random = random.random
        self._getrandbits = random.getrandbits

    def letters_lowercase(self, size: int) -> str:
        """Return `size` letters from a to z."""
        return self._draw(string.ascii_lowercase, size)

    def letters_uppercase(self, size: int) -> str:
        """Return `size` letters from A to Z."""
        return self._draw(string.ascii_uppercase, size)

    def letters(self, size: int) -> str:
        """Return `size` letters of either case."""
        return self._draw(string.ascii_letters, size)

    def digits(self, size: int) -> str:
        """Return `size` decimal digits."""
        return self._draw(string.digits, size)

    def punctuation(self, size: int) -> str:
        """Return `size` of the 32 ASCII punctuation characters."""
        return self._draw(string.punctuation, size)

    def hex(self, size: int) -> str:
        """Return `size` lower-case hexadecimal digits."""
        return f"{self._getrandbits(4 * size):0{size}x}" if size > 0 else self._draw(HEX, size)

    def pattern(self, format_string: str) -> str:
        """Return `format_string` with each specifier replaced by characters it stands for.

        A specifier is a percent sign and a letter of `SPECIFIERS`, and ``{N}`` after it for N
        characters instead of one: ``%A{3}-%d{4}`` gives ``QXB-0417``. Raise `ValueError` for a
        pattern that does not follow this.
        """
        draw = self._draw
        return "".join(
            [text if size is None else draw(text, size) for text, size in _parsed(format_string)]
        )

    def _draw(self, alphabet: str, size: int) -> str:
        random, n = self._random, len(alphabet)
        return "".join([alphabet[int(random() * n)] for _ in range(size)])


@lru_cache(maxsize=1024)
def _parsed(pattern: str) -> tuple[tuple[str, int | None], ...]:
    return tuple(_pieces(pattern))


def _pieces(pattern: str) -> Iterator[tuple[str, int | None]]:
    """Yield an alphabet and how many of it, or a text and None, for each piece."""
    for piece in _PIECE.finditer(pattern):
        if literal := piece["literal"]:
            yield literal, None
        else:
            yield _alphabet(piece), _count(piece)


def _alphabet(piece: re.Match[str]) -> str:
    specifier = piece["specifier"]
    if not specifier:
        raise ValueError(f"the pattern ends in a lone %: {piece.string!r}; write %% for a percent")
    if specifier not in SPECIFIERS:
        known = " ".join(SPECIFIERS)
        raise ValueError(f"unknown specifier %{specifier} in {piece.string!r}; known are {known}")
    return SPECIFIERS[specifier]


def _count(piece: re.Match[str]) -> int:
    count = piece["count"]
    if count is None:
        return 1
    if not piece["closed"]:
        raise ValueError(f"a {{ is not closed in {piece.string!r}")
    if not (count.isascii() and count.isdigit()):
        raise ValueError(f"{{{count}}} in {piece.string!r} is not a number of characters")
    return int(count)
