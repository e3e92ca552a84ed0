"""What in a project's templates no seed can repeat: clocks, the system's entropy, other hosts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from jinja2 import Environment, nodes

SOURCES = (
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "http",
    "httpx",
    "numpy.random",
    "os.environ",
    "os.getenv",
    "os.getpid",
    "os.getrandom",
    "os.urandom",
    "platform",
    "requests",
    "socket",
    "subprocess",
    "tempfile",
    "time",
    "urllib.request",
)
"""Dotted names, each with everything below it. ``random``, ``uuid`` and ``secrets`` are not here:
templates get stand-ins that draw from the run's seed."""


class Use(NamedTuple):
    """One use of such a source."""

    file: str
    """Relative to the project's folder, or the alias of an inline template."""
    line: int
    name: str


def uses(base: Path, files: list[str], inline: dict[str, str]) -> list[Use]:
    """Return the uses in these templates and in all that they include, in order."""
    env = _environment(base)
    found: set[Use] = set()
    for alias, source in inline.items():
        found.update(_in(env, alias, source))
        files = [*files, *_referenced(env, source)]
    seen: set[str] = set()
    while waiting := [name for name in files if name not in seen]:
        name, *files = waiting
        seen.add(name)
        text = _source(base, name)
        if text is not None:
            found.update(_in(env, name, text))
            files += _referenced(env, text)
    return sorted(found)


def _environment(base: Path) -> Environment:
    from jinja2 import Environment, FileSystemLoader

    return Environment(
        loader=FileSystemLoader(base), extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"]
    )


def _source(base: Path, name: str) -> str | None:
    try:
        return (base / name).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _referenced(env: Environment, source: str) -> list[str]:
    from jinja2.meta import find_referenced_templates

    return [name for name in find_referenced_templates(env.parse(source)) if name is not None]


def _in(env: Environment, file: str, source: str) -> Iterator[Use]:
    from jinja2 import nodes

    tree = env.parse(source)
    names = dict(_renamed(tree))
    for node in tree.find_all((nodes.Getattr, nodes.Getitem, nodes.Name)):
        chain = _chain(node, names)
        if chain and (name := _outside(chain)):
            yield Use(file, node.lineno, name)


def _renamed(tree: nodes.Template) -> Iterator[tuple[str, str]]:
    """Yield the names that ``{% set t = module.time %}`` gives to a module or a part of one."""
    from jinja2 import nodes

    for node in tree.find_all(nodes.Assign):
        chain = _chain(node.node, {})
        if chain and isinstance(node.target, nodes.Name):
            yield node.target.name, chain


def _chain(node: nodes.Node, names: dict[str, str]) -> str:
    """Return ``module.a.b`` for such an expression in any spelling, or nothing."""
    from jinja2 import nodes

    if isinstance(node, nodes.Name):
        if node.ctx != "load":
            return ""
        return node.name if node.name in ("module", "subprocess") else names.get(node.name, "")
    if isinstance(node, nodes.Getattr):
        attribute: object = node.attr
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        attribute = node.arg.value
    else:
        return ""
    above = _chain(node.node, names)
    return f"{above}.{attribute}" if above else ""


def _outside(chain: str) -> str:
    name = chain.removeprefix("module.")
    return next((s for s in SOURCES if name == s or name.startswith(f"{s}.")), "")
