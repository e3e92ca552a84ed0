"""Who may import whom: data flows one way, and so do the imports."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

LAYERS = [
    "errors model when clock seeds stamps codecs describe document problems state templating",
    "hookspecs plugin stdlib",
    "inputs events formats outputs",
    "builtins registry local schedule secrets cryptfile config tokens loader",
    "observer delivery lane deadletters handoff loop render make plan feed engine",
    "generator yamlfile application startup member fleet logs",
    "cli server __main__",
]
RANK = {part: rank for rank, parts in enumerate(LAYERS) for part in parts.split()}
KINDS = frozenset(LAYERS[2].split())


def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported(tree: ast.AST, package: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the dotted name of every import from `package`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"line {node.lineno}: write imports in full"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from ((node.lineno, name) for name in names if name.split(".")[0] == package)


def part(path: Path) -> str:
    """Return the module or folder directly below ``eventum_core`` that a file belongs to."""
    return path.relative_to(ROOT / "eventum_core").with_suffix("").parts[0]


def imports_of(path: Path, package: str = "eventum_core") -> list[tuple[int, str]]:
    return list(imported(ast.parse(path.read_text("utf-8")), package))


def allowed(importer: str, name: str) -> bool:
    """Tell whether the part `importer` may import `name`, such as ``eventum_core.plugin.Run``."""
    pieces = name.split(".")[1:]
    if not pieces or pieces[0] not in RANK:
        return False
    target = pieces[0]
    if importer == "config":
        return target == "plugin"
    if RANK[target] == RANK[importer]:
        return target == importer or importer not in KINDS
    return RANK[target] < RANK[importer]


CORE = [path for path in sources("eventum_core") if part(path) != "__init__"]


@pytest.mark.parametrize("path", CORE, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_core_imports_only_to_the_left(path: Path) -> None:
    importer = part(path)
    assert importer in RANK, f"{importer} has no place in LAYERS"
    wrong = [f"{line}: {name}" for line, name in imports_of(path) if not allowed(importer, name)]
    assert wrong == []


@pytest.mark.parametrize(
    ("importer", "name", "verdict"),
    [
        ("engine", "eventum_core.model.Event", True),
        ("model", "eventum_core.engine.run", False),
        ("inputs", "eventum_core.events.replay", False),
        ("inputs", "eventum_core.inputs.cron", True),
        ("outputs", "eventum_core.secrets.redact", False),
        ("config", "eventum_core.plugin.Run", True),
        ("config", "eventum_core.errors.Problem", False),
        ("loader", "eventum_core.config.Settings", True),
        ("cli", "eventum_core.nowhere", False),
    ],
)
def test_the_rule_itself(importer: str, name: str, verdict: bool) -> None:
    assert allowed(importer, name) is verdict


@pytest.mark.parametrize("path", CORE, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_core_does_not_know_the_plugin(path: Path) -> None:
    assert imports_of(path, "pytest_eventum") == []


@pytest.mark.parametrize(
    "path", sources("pytest_eventum"), ids=lambda p: p.relative_to(ROOT).as_posix()
)
def test_plugin_uses_public_names_only(path: Path) -> None:
    public = set(importlib.import_module("eventum_core").__all__)
    names = [(line, name.split(".")[1:]) for line, name in imports_of(path)]
    private = [
        f"{line}: {'.'.join(name)}"
        for line, name in names
        if len(name) != 1 or name[0] not in public
    ]
    assert private == []


def test_no_file_is_a_monster() -> None:
    files = [*sources("eventum_core"), *sources("pytest_eventum"), *sources("tests")]
    long = {p.name: n for p in files if (n := len(p.read_text("utf-8").splitlines())) > 400}
    assert long == {}
