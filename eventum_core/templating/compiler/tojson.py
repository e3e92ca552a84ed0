"""The filter ``tojson``, which most of what templates render goes through."""

from __future__ import annotations

from collections.abc import Callable
from json import JSONEncoder
from typing import Any

from markupsafe import Markup

_ESCAPES = tuple((character, f"\\u{ord(character):04x}") for character in "<>&'")
"""What Jinja2 replaces, so that the text may stand in HTML."""
_REMEMBERED, _SHORT = 4096, 200


def helpers() -> dict[str, Callable[[Any], Any]]:
    """Return the filter in two forms: one that gives `Markup`, and one for output, plain text."""
    encode = JSONEncoder(sort_keys=True).encode
    known: dict[str, str] = {}

    def text(value: Any) -> str:
        if type(value) is str:
            made = known.get(value)
            return remembered(value) if made is None else made
        if type(value) is int:
            return str(value)
        return escaped(encode(value))

    def remembered(value: str) -> str:
        made = escaped(encode(value))
        if len(known) >= _REMEMBERED:
            known.clear()
        if len(value) <= _SHORT:
            known[value] = made
        return made

    return {"tojson_text": text, "tojson": lambda value: Markup(text(value))}


def escaped(text: str) -> str:
    """Return JSON with the characters escaped that mean something in HTML."""
    for character, escape in _ESCAPES:
        if character in text:
            text = text.replace(character, escape)
    return text
