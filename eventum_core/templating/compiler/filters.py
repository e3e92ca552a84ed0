"""Filters and tests whose call can be made cheaper."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from eventum_core.templating.compiler.values import ANY, Known, Of, Value

if TYPE_CHECKING:
    from eventum_core.templating.compiler.expressions import Expressions, Rewritten


def special(
    code: Expressions, function: Any, node: ast.Call, values: Sequence[Value]
) -> Rewritten | None:
    """Return a cheaper form of the call of a filter or test, if there is one."""
    env = code.env
    if node.keywords:
        return None
    if function is env.filters["tojson"] and len(node.args) == 2:
        return ast.Call(ast.Name("tojson", ast.Load()), [node.args[1]], []), ANY
    if function is env.filters["length"] and len(node.args) == 1:
        return ast.Call(ast.Name("len", ast.Load()), node.args, []), Of(int)
    if function is env.tests["none"] and len(node.args) == 1:
        return _is_none(node.args[0])
    if function is env.filters["random"] and len(values) == 2 and isinstance(values[1], Known):
        return _random(code, values[1])
    return None


def _is_none(value: ast.expr) -> Rewritten | None:
    match value:
        case ast.Constant():
            return ast.Constant(value.value is None), Of(bool)
        case ast.Name() | ast.Call() | ast.Attribute() | ast.IfExp():
            return ast.Compare(value, [ast.Is()], [ast.Constant(None)]), Of(bool)
    return None  # Python warns of what it takes for a literal


def _random(code: Expressions, items: Known) -> Rewritten | None:
    pick = getattr(items.value, "pick", None)
    if pick is None or not items.path or not code.knowledge.plain(pick) or not len(items.value):
        return None
    known = Known(pick, (*items.path, "pick"))
    return ast.Call(code.constant(known), [], []), code.result(known)
