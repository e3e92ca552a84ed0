"""Lists that filters make, as ``items | selectattr('kind', 'equalto', 'x') | list``, in one go."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from jinja2 import Environment

from eventum_core.templating.compiler.paths import Mark
from eventum_core.templating.compiler.values import Known, State

if TYPE_CHECKING:
    from eventum_core.templating.compiler.expressions import Expressions

Matching = Callable[[Any, str, Any], list[Any] | None]
"""Return the items that have a value under a name, if that is known without looking at all."""


def list_call(code: Expressions, node: ast.expr, state: State) -> ast.expr | None:
    """Return what makes the list of what a filter yields, if it is one of those known here."""
    match node:
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords):
            known = state.get(name)
        case _:
            return None
    if not isinstance(known, Known):
        return None
    filters = code.env.filters
    if known.value is filters["map"]:
        return _mapped(code, args, keywords, state)
    if not keywords and known.value in (filters["selectattr"], filters["rejectattr"]):
        return _selected(code, args, known.value is filters["selectattr"], state)
    return None


def _mapped(
    code: Expressions, args: list[ast.expr], keywords: list[ast.keyword], state: State
) -> ast.expr | None:
    match args, keywords:
        case [_, items], [ast.keyword(arg="attribute", value=ast.Constant(value=str(name)))]:
            if name.isidentifier():
                return _call("attributes_", [_items(code, items, state), ast.Constant(name)])
    return None


def _selected(
    code: Expressions, args: list[ast.expr], wanted: bool, state: State
) -> ast.expr | None:
    match args:
        case [_, items, ast.Constant(value=str(name)), *test] if name.isidentifier():
            function, operands = _test(code, test)
        case _:
            return None
    if function is None:
        return None
    start = [_items(code, items, state), ast.Constant(name)]
    values = [code.new(operand, state) for operand in operands]
    if isinstance(function, str):
        return _call(function if wanted else f"un{function}", [*start, *values])
    return _call("tested_", [*start, function, ast.Constant(wanted), *values])


def _test(code: Expressions, test: list[ast.expr]) -> tuple[ast.expr | str | None, list[ast.expr]]:
    """Return what decides about an attribute's value, and what else that is given."""
    tests = code.env.tests
    match test:
        case []:
            return ast.Name("bool", ast.Load()), []
        case [ast.Constant(value=str(name)), operand] if name in _EQUAL:
            return "equal_", [operand]
        case [ast.Constant(value=str(name)), *operands] if name in tests:
            if not hasattr(tests[name], "jinja_pass_arg"):
                return code.constant(Known(tests[name], (Mark.TESTS, name))), operands
    return None, []


_EQUAL = ("equalto", "eq", "==")


def _items(code: Expressions, items: ast.expr, state: State) -> ast.expr:
    """Return what to go through, which may be such a list itself."""
    return list_call(code, items, state) or code.new(items, state)


def _call(function: str, args: list[ast.expr]) -> ast.expr:
    return ast.Call(ast.Name(function, ast.Load()), args, [])


def helpers(env: Environment, matching: Matching) -> dict[str, Callable[..., Any]]:
    """Return the functions that the calls above name."""
    undefined, getitem = env.undefined, env.getitem

    def read(item: Any, name: str) -> Any:
        """Return what Jinja2 finds under a name as an item first: a tuple has no such items."""
        kind = type(item)
        if kind is dict and not hasattr(dict, name):
            return undefined(obj=item, name=name)  # the caller has looked for the item
        if getattr(kind, "__getitem__", None) is not tuple.__getitem__:
            return getitem(item, name)
        found = getattr(item, name, undefined)
        return undefined(obj=item, name=name) if found is undefined else found

    def attributes(items: Iterable[Any], name: str) -> list[Any]:
        if not items:
            return []
        return [x[name] if type(x) is dict and name in x else read(x, name) for x in items]

    def equal(items: Iterable[Any], name: str, value: Any) -> list[Any]:
        if not items:
            return []
        found = matching(items, name, value)
        if found is not None:
            return found
        return [
            x
            for x in items
            if (x[name] if type(x) is dict and name in x else read(x, name)) == value
        ]

    def unequal(items: Iterable[Any], name: str, value: Any) -> list[Any]:
        if not items:
            return []
        return [
            x
            for x in items
            if not (x[name] if type(x) is dict and name in x else read(x, name)) == value  # noqa: SIM201 # either may be defined alone
        ]

    def tested(
        items: Iterable[Any], name: str, test: Callable[..., Any], wanted: bool, *operands: Any
    ) -> list[Any]:
        if not items:
            return []
        return [
            x
            for x in items
            if bool(test(x[name] if type(x) is dict and name in x else read(x, name), *operands))
            is wanted
        ]

    return {
        "attributes_": attributes,
        "equal_": equal,
        "unequal_": unequal,
        "tested_": tested,
    }
