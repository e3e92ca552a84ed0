"""Times as templates write them."""

from __future__ import annotations

import ast
from datetime import datetime

from eventum_core.templating.compiler.nodes import name_of
from eventum_core.templating.compiler.values import Bound


def written(
    node: ast.Call, callee: ast.expr, known: Bound, args: list[ast.expr]
) -> ast.Call | None:
    """Return the quick way to write a time, if the call is one."""
    if known.kind is not datetime or node.keywords or not isinstance(callee, ast.Attribute):
        return None
    match known.name, args:
        case "isoformat", []:
            return ast.Call(name_of("isoformat"), [callee.value], [])
        case "strftime", [ast.Constant(value=str()) as format]:
            return ast.Call(name_of("strftime"), [callee.value, format], [])
    return None
