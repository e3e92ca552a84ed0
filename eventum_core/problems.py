"""What pydantic refuses, as problems that a person can mend: where, what, and what to write."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from eventum_core.describe import written
from eventum_core.document import Place, text_of
from eventum_core.errors import Problem

_HIDDEN = ("password", "secret", "token", "credential")
_LONGEST_VALUE = 80


def pydantic_problems(
    error: ValidationError, place: Place, model: type[BaseModel], options: Any
) -> list[Problem]:
    """Return a validation error as problems whose paths begin with `place`."""
    return [_as_problem(dict(item), place, model, options) for item in error.errors()]


def option_names(model: type[BaseModel]) -> list[str]:
    """Return a model's options as users write them."""
    return [written(name, field) for name, field in model.model_fields.items()]


def suggestion(name: str, known: Sequence[str]) -> str:
    """Return what `name` may be meant to be; empty where nothing is known."""
    close = get_close_matches(name, known, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"there are: {', '.join(known)}" if known else ""


def shown(place: Place, value: Any) -> str:
    """Return a value fit for an error message: short, and never a password."""
    if value is None or value == "":
        return "" if value is None else "''"
    if isinstance(value, dict | list | tuple):
        return "a mapping" if isinstance(value, dict) else "a list"
    if any(word in str(part).lower() for part in place[-1:] for word in _HIDDEN):
        return "***"
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def _as_problem(
    item: dict[str, Any], place: Place, model: type[BaseModel], options: Any
) -> Problem:
    inside = _within(options, item["loc"])
    path = (*place, *inside)
    # Tuples are how options are kept; what people write is a list.
    message = item["msg"].removeprefix("Value error, ").replace("valid tuple", "valid list")
    message = message.replace("Tuple should", "List should")
    if item["type"] == "extra_forbidden":
        # The value of a misspelt option may be a password: it is not shown.
        fix = suggestion(str(inside[-1]), _known(model, inside[:-1]))
        return Problem(text_of(path), "unknown option", "", fix)
    value = "" if item["type"] == "missing" else shown(path, item["input"])
    return Problem(text_of(path), message, value)


def _within(options: Any, location: Place) -> Place:
    """Return a location without the parts that only the schema knows, such as union tags."""
    if location and location[-1] == "[key]":  # what is wrong is a key, which stands before
        location = location[:-1]
    kept: list[str | int] = []
    for part in location[:-1]:
        try:
            options = options[part]
        except (LookupError, TypeError):
            continue
        kept.append(part)
    return (*kept, *location[-1:])


def _known(model: type[BaseModel], place: Place) -> list[str]:
    """Return the options at a place within a model; none where it could be one of several."""
    found: Any = model
    for part in place:
        field = found.model_fields.get(part)
        found = getattr(field, "annotation", None)
        if not hasattr(found, "model_fields"):
            return []
    return option_names(found)
