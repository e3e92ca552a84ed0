"""What in a user's Python file no seed can repeat, told without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib.util import decode_source
from pathlib import Path

from eventum_core.cli.outside import SOURCES, Use

MORE = ("faker", "mimesis", "scipy.stats")
"""Sources beside `SOURCES`: templates get some of these from the engine, with the run's seed."""


def uses_in_script(base: Path, file: str) -> list[Use]:
    """Return the uses in a script, in order; none for a file that is no source."""
    try:
        tree = ast.parse(decode_source((base / file).read_bytes()))
    except (OSError, SyntaxError, ValueError):
        return []
    names = dict(_imported(tree))
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    outer = (node for node in ast.walk(tree) if id(node) not in inner)
    return sorted({use for node in outer for use in _use(node, names, file)})


def _imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield the names that imports bind, each with the dotted name of what it means."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for item in node.names:
                top = item.name.partition(".")[0]
                yield (item.asname, item.name) if item.asname else (top, top)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for item in node.names:
                yield item.asname or item.name, f"{node.module}.{item.name}"


def _use(node: ast.AST, names: dict[str, str], file: str) -> Iterator[Use]:
    if isinstance(node, ast.Attribute | ast.Name):
        dotted = f"{_dotted(node, names)}."
        for source in (*SOURCES, *MORE):
            if dotted.startswith(f"{source}."):
                yield Use(file, node.lineno, source)


def _dotted(node: ast.expr, names: dict[str, str]) -> str:
    """Return the full name of what an expression such as ``np.random.normal`` means."""
    if isinstance(node, ast.Name):
        return names.get(node.id, "")
    if isinstance(node, ast.Attribute) and (above := _dotted(node.value, names)):
        return f"{above}.{node.attr}"
    return ""
