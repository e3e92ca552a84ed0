"""What leaves the server: params without secrets, and how they are put together again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eventum_core.secrets import redact


def shown(value: Any) -> Any:
    """Return a JSON-like value with every secret in it masked."""
    if isinstance(value, Mapping):
        return {redact(str(key)): shown(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [shown(item) for item in value]
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        text = str(value)
        return value if redact(text) == text else redact(text)
    return value


def restored(new: Any, old: Any) -> Any:
    """Return `new` with the old value wherever it holds what `shown` made of it.

    So a client may send back what it was given without knowing what was masked.
    """
    if isinstance(new, Mapping) and isinstance(old, Mapping):
        return {key: restored(item, old.get(key)) for key, item in new.items()}
    if isinstance(new, list) and isinstance(old, list | tuple) and len(new) == len(old):
        return [restored(*pair) for pair in zip(new, old, strict=True)]
    return old if new == shown(old) else new
