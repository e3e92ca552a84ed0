"""Keeping secrets out of everything that is shown or written."""

from __future__ import annotations


def redacted(text: str) -> str:
    """Return text with every secret and every password in a URL replaced by ``***``."""
    # Not a public name of the core yet, and most tests never need it.
    from eventum_core import redact

    return redact(text)
