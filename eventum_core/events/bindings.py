"""Which names a module's source gives a meaning, told without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib.util import decode_source
from symtable import SymbolTable, symtable

DYNAMIC = frozenset({"__getattr__", "exec", "globals", "locals", "setattr", "vars"})
"""Names with which code can bind others in ways that only a run shows."""


def may_bind(name: str, source: bytes, file: str) -> bool:
    """Tell whether a module with this source may have an attribute `name`.

    Raises what compiling raises: `SyntaxError`, `ValueError` and, for code that is nested too
    deeply, `RecursionError` or `MemoryError`.
    """
    text = decode_source(source)
    tree = ast.parse(text, file)
    top = symtable(text, file, "exec")
    return (
        _bound(symtable(ast.unparse(_Flat().visit(tree)), file, "exec"), name)
        or any(_declared(table, name) for table in _below(top))
        or any(DYNAMIC & set(table.get_identifiers()) for table in (top, *_below(top)))
        or any(_takes_all(node) for node in ast.walk(ast.parse(text, file)))
    )


class _Flat(ast.NodeTransformer):
    """Leaves of comprehensions what they bind outside of themselves.

    Their own variables are none of the module's, though from Python 3.12 on they may look so.
    """

    def visit(self, node: ast.AST) -> ast.AST:
        """Return a node without comprehensions."""
        if not isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            return self.generic_visit(node)
        named = [inner for inner in ast.walk(node) if isinstance(inner, ast.NamedExpr)]
        nothing = ast.Constant(None)
        return ast.Tuple([ast.NamedExpr(one.target, nothing) for one in named], ast.Load())


def _below(table: SymbolTable) -> Iterator[SymbolTable]:
    for child in table.get_children():
        yield child
        yield from _below(child)


def _bound(table: SymbolTable, name: str) -> bool:
    """Tell whether a name is assigned, defined or imported in this very scope."""
    if name not in table.get_identifiers():
        return False
    symbol = table.lookup(name)
    return symbol.is_assigned() or symbol.is_imported()


def _declared(table: SymbolTable, name: str) -> bool:
    """Tell whether a function says ``global name``."""
    return name in table.get_identifiers() and table.lookup(name).is_declared_global()


def _takes_all(node: ast.AST) -> bool:
    """Tell whether a node is ``from … import *``."""
    return isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
