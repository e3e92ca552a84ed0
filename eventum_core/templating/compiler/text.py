"""Output as few and as large f-strings as can be."""

from __future__ import annotations

import ast
from collections.abc import Iterable

STR = 115
"""The conversion ``!s`` of a replacement field."""


class Piece(ast.AugAssign):
    """A statement that adds to a text; neighbours are made one."""


def piece(target: str, parts: Iterable[ast.expr], at: ast.stmt) -> Piece:
    """Return the statement that adds `parts` to the variable `target`."""
    made = Piece(ast.Name(target, ast.Store()), ast.Add(), f_string(parts))
    return ast.copy_location(made, at)


def field(value: ast.expr) -> ast.expr:
    """Return what puts ``str(value)`` into an f-string."""
    if isinstance(value, ast.Constant):
        return ast.copy_location(ast.Constant(str(value.value)), value)
    if isinstance(value, ast.JoinedStr):
        return value
    return ast.copy_location(ast.FormattedValue(value, STR, None), value)


def f_string(parts: Iterable[ast.expr]) -> ast.expr:
    """Return parts of text as one f-string, or as a constant."""
    merged: list[ast.expr] = []
    for part in _flat(parts):
        before = merged[-1] if merged else None
        if isinstance(part, ast.Constant) and isinstance(before, ast.Constant):
            merged[-1] = ast.Constant(str(before.value) + str(part.value))
        else:
            merged.append(part)
    if not merged:
        return ast.Constant("")
    alone = len(merged) == 1 and isinstance(merged[0], ast.Constant)
    return merged[0] if alone else ast.JoinedStr(merged)


def _flat(parts: Iterable[ast.expr]) -> Iterable[ast.expr]:
    for part in parts:
        if isinstance(part, ast.JoinedStr):
            yield from part.values
        else:
            yield part


def merged(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return statements with neighbouring pieces of the same text made one, at every depth."""
    result: list[ast.stmt] = []
    for statement in body:
        for name in ("body", "orelse"):
            inner = getattr(statement, name, None)
            if isinstance(inner, list):
                setattr(statement, name, merged(inner))
        before = result[-1] if result else None
        if isinstance(statement, Piece) and isinstance(before, Piece) and _alike(before, statement):
            before.value = f_string([before.value, statement.value])
        else:
            result.append(statement)
    return result


def _alike(one: Piece, other: Piece) -> bool:
    return ast.dump(one.target) == ast.dump(other.target)
