"""Small pieces of syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

_FOR_CONTEXT = ("_loop_vars", "_block_vars")
"""What calls pass on for functions that want the context."""


def signature(kind: type | None) -> Any:
    """Return what code relies on that knows the type of a value."""
    return kind and (kind.__module__, kind.__qualname__, getattr(kind, "__columns__", None))


def name_of(name: str) -> ast.Name:
    """Return the reading of a variable."""
    return ast.Name(name, ast.Load())


def first_read(node: ast.expr, again: ast.expr, first: ast.expr) -> ast.expr:
    """Return an expression whose first reading of `again` is `first`."""
    if again is first:
        return node
    if isinstance(node, ast.IfExp):
        assert isinstance(node.test, ast.Compare), "the test is of the type"
        assert isinstance(node.test.left, ast.Call), "the test is of the type"
        node.test.left.args = [first]
    elif isinstance(node, ast.Call):
        node.args[0] = first
    return node


def exported(body: Sequence[ast.stmt]) -> list[str]:
    """Return the names that a template exports, as Jinja2's code tells the context of them."""
    names: dict[str, None] = {}
    for statement in body:
        match statement:
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Attribute(attr="exported_vars"), attr=change),
                    args=[given],
                )
            ):
                told = ast.literal_eval(given)
                for name in (told,) if isinstance(told, str) else told:
                    if change in ("add", "update"):
                        names[name] = None
                    else:
                        names.pop(name, None)
    return list(names)


def is_volatile(node: ast.expr) -> bool:
    """Return whether it depends on the rendering if text is escaped."""
    return any(isinstance(n, ast.Attribute) and n.attr == "volatile" for n in ast.walk(node))


def fits(node: ast.Call, args: Sequence[ast.expr], names: Sequence[str]) -> bool:
    """Return whether a macro with these arguments takes a call, each argument once."""
    keywords = {keyword.arg for keyword in node.keywords}
    return len(args) <= len(names) and keywords <= set(names[len(args) :])


def literals_of(args: Sequence[ast.expr]) -> tuple[Any, ...] | None:
    """Return arguments that are literals."""
    try:
        return tuple(ast.literal_eval(arg) for arg in args)
    except (ValueError, TypeError, SyntaxError):
        return None


def drop_context(node: ast.Call) -> None:
    """Leave out what Jinja2 adds to a call for functions that want the context."""
    node.keywords = [keyword for keyword in node.keywords if keyword.arg not in _FOR_CONTEXT]
    for keyword in node.keywords:
        if keyword.arg is None:
            _drop_items(keyword.value)


def _drop_items(given: ast.expr) -> None:
    """Leave it out of keywords that Jinja2 writes as a dict: some are words of Python."""
    match given:
        case ast.Dict():
            for key in [k for k in given.keys if isinstance(k, ast.Constant)]:
                if key.value in _FOR_CONTEXT:
                    place = given.keys.index(key)
                    del given.keys[place], given.values[place]
        case ast.Call(func=ast.Name(id="dict"), args=[ast.Dict() as first]):
            _drop_items(first)
