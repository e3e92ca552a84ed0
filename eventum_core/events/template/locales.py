"""What ``module.faker.locale`` and ``module.mimesis.locale`` are: instances by locale."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Locales:
    """Makes the instance of a locale when it is first asked for, and keeps it for the run.

    ``locale.de_DE`` and ``locale['de_DE']`` both work; an unknown locale is undefined in a
    template.
    """

    def __init__(self, make: Callable[[Any], Any], key: Callable[[Any], Any]) -> None:
        """Take what makes an instance, and what tells which spellings mean the same.

        `make` raises `KeyError` for an unknown locale.
        """
        self._make = make
        self._key = key
        self._made: dict[Any, Any] = {}

    def __getitem__(self, code: Any) -> Any:
        key = self._key(code)
        if key not in self._made:
            self._made[key] = self._make(key)
        return self._made[key]

    def __getattr__(self, code: str) -> Any:
        if code.startswith("_"):
            raise AttributeError(code)
        try:
            return self[code]
        except KeyError:
            raise AttributeError(f"there is no locale {code!r}") from None
