"""What leaves the server: params without secrets, and how they are put together again."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from eventum_core.secrets import is_telling, redact

MASK = "***"


def shown(value: Any) -> Any:
    """Return a value as JSON can have it, with every secret in it masked."""
    if isinstance(value, Mapping):
        return {
            _text(str(key)): MASK if item and is_telling(key) else shown(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [shown(item) for item in value]
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float) and not isfinite(value):
        return None  # JSON has no such numbers
    if isinstance(value, int | float) and not isinstance(value, bool):
        text = str(value)
        return value if redact(text) == text else redact(text)
    return value


def _text(text: str) -> str:
    # Halves of characters, which a request may hold, have no place in an answer's UTF-8.
    return redact(text).encode(errors="backslashreplace").decode()


def restored(new: Any, old: Any) -> Any:
    """Return `new` with the old value wherever it holds what `shown` made of it.

    So a client may send back what it was given without knowing what was masked.
    """
    if isinstance(new, Mapping) and isinstance(old, Mapping):
        return {key: restored(item, old.get(key)) for key, item in new.items()}
    if isinstance(new, list) and isinstance(old, list | tuple) and len(new) == len(old):
        return [restored(*pair) for pair in zip(new, old, strict=True)]
    return old if new == shown(old) else new
