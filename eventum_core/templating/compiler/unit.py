"""One template as a function: read, rewritten, compiled, and found again by what it depends on."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial
from types import CodeType
from typing import Any, NamedTuple

from jinja2 import Environment, Template, TemplateError
from jinja2 import runtime as stock
from jinja2.environment import TemplateModule
from jinja2.runtime import Undefined
from jinja2.utils import LRUCache
from markupsafe import Markup

from eventum_core.stamps import iso_writer, strftime_writer
from eventum_core.templating import cache
from eventum_core.templating.compiler import tojson
from eventum_core.templating.compiler.expressions import Expressions
from eventum_core.templating.compiler.lists import helpers
from eventum_core.templating.compiler.nodes import exported
from eventum_core.templating.compiler.paths import Mark, Module, Path, Paths, packed, unpacked
from eventum_core.templating.compiler.statements import OUTPUT, Statements
from eventum_core.templating.compiler.text import Piece, merged
from eventum_core.templating.compiler.values import MISSING, Knowledge, Known, Unsafe
from eventum_core.templating.environment import signature

Render = Callable[..., str]


class Unit(NamedTuple):
    """A template's new code, and what it takes to run it."""

    code: CodeType
    constants: dict[str, Path]
    """Where to find the objects that the code refers to."""
    facts: dict[Path, Any]
    """What the code relies on."""


_units: LRUCache = LRUCache(2000)
"""Units that this process has made or read, by the template: a suite runs the same ones over and
over."""
_MOST = 16
"""Units of one template, for aliases with different ``vars`` and runs with different params."""


def _kept(parts: tuple[object, ...]) -> tuple[Unit, ...]:
    """Return what other processes have made of a template."""
    return tuple(_unpacked(*unit) for unit in cache.get(*parts) or ())


def _packed(unit: Unit) -> tuple[Any, ...]:
    """Return a unit in types of the language alone."""
    constants = {name: packed(path) for name, path in unit.constants.items()}
    return unit.code, constants, {packed(path): fact for path, fact in unit.facts.items()}


def _unpacked(code: CodeType, constants: dict[str, Path], facts: dict[Path, Any]) -> Unit:
    """Return the unit that was packed."""
    paths = {name: unpacked(path) for name, path in constants.items()}
    return Unit(code, paths, {unpacked(path): fact for path, fact in facts.items()})


class Compiler:
    """Makes functions of the templates of one run; `knowledge` says what is settled in it."""

    def __init__(self, env: Environment, knowledge: Knowledge) -> None:
        self._env = env
        self._knowledge = knowledge
        self._modules: dict[str, Module] = {}
        self._importing: list[str] = []
        self._context = env.context_class(env, dict(knowledge.names), None, {})
        self._paths = Paths(env, knowledge, self._import)

    def function(self, template: Template, source: str) -> Render:
        """Return the function that renders a template; raise `Unsafe` if it must stay as it is."""
        try:
            render: Render = self._ready(template, source, as_module=False)[0][RENDER]
        except RecursionError:
            raise Unsafe("an expression or block is nested too deeply") from None
        return render

    def _ready(
        self, template: Template, source: str, *, as_module: bool
    ) -> tuple[dict[str, Any], Unit]:
        """Return the globals of a template's new code after it has run, and its unit."""
        read_only = tuple(sorted(self._knowledge.read_only))
        key = (template.name, template.filename, source, as_module, read_only)
        parts = ("units", signature(self._env), *key)
        units = _units.get(key) or _kept(parts)
        unit = next(filter(self._holds, units), None)
        if unit is None:
            unit = self._unit(template, source, as_module=as_module)
            units = (unit, *units)[:_MOST]
            cache.put(tuple(map(_packed, units)), *parts)
        _units[key] = units
        names = {name: self._paths.find(path) for name, path in unit.constants.items()}
        helpers = _helpers(self._env, self._context, self._knowledge)
        namespace = {**helpers, **names, "__jinja_template__": template}
        exec(unit.code, namespace)
        return namespace, unit

    def _holds(self, unit: Unit) -> bool:
        """Return whether all that a unit's code relies on is so in this run too."""
        try:
            # Facts first: they tell of what the objects are taken for.
            if not all(self._paths.holds(path, fact) for path, fact in unit.facts.items()):
                return False
            for path in unit.constants.values():
                self._paths.find(path)
        except (LookupError, AttributeError, TypeError, Unsafe):
            return False
        return True

    def _unit(self, template: Template, source: str, *, as_module: bool) -> Unit:
        generated = self._env.compile(source, template.name, template.filename, raw=True)
        root = _root(ast.parse(generated))
        exports = exported(root.body) if as_module else None
        code = Expressions(self._env, self._knowledge)
        work = Statements(code, self._import, as_module=as_module)
        body = work.root(root)
        _refuse_leftovers(body)
        if as_module:
            _refuse_effects(body)
        module = _module(root, body, self._knowledge, exports)
        for known in code.constants.values():
            self._paths.keep(known)
        paths = {name: known.path for name, known in code.constants.items()}
        return Unit(compile(module, template.filename or "<template>", "exec"), paths, code.facts)

    def _import(self, name: str) -> Module:
        """Return a template's macros and constants, made once for all that import it."""
        if name not in self._modules:
            if name in self._importing:
                raise Unsafe(f"{name} imports itself")
            self._importing.append(name)
            try:
                self._modules[name] = self._imported(name)
            finally:
                self._importing.pop()
        return self._modules[name]

    def _imported(self, name: str) -> Module:
        assert self._env.loader is not None, "an environment that imports has a loader"
        try:
            template = self._env.get_template(name)
            source = self._env.loader.get_source(self._env, name)[0]
        except _UNUSABLE as error:  # Jinja2 tells, when it is needed
            raise Unsafe(f"{name} cannot be imported: {error}") from error
        ready, unit = self._ready(template, source, as_module=True)
        text, values = ready[RENDER]()
        context = self._env.context_class(self._env, {}, name, {})
        context.vars.update(values)
        context.exported_vars.update(values)
        texts = (source, *(fact for path, fact in unit.facts.items() if path[0] is Mark.TEXTS))
        return Module(Known(TemplateModule(template, context, [text]), (Mark.MODULE, name)), texts)


_UNUSABLE = (TemplateError, OSError, UnicodeDecodeError, SyntaxError, RecursionError)
RENDER = "root"
"""The function's name, by which Jinja2 knows it in tracebacks."""


def _root(tree: ast.Module) -> ast.FunctionDef:
    """Return the one function of the generated code; blocks would be others."""
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    if len(functions) != 1:
        raise Unsafe("the template has blocks")
    return functions[0]


def _refuse_leftovers(body: list[ast.stmt]) -> None:
    """Raise `Unsafe` if the code still asks what only Jinja2's context knows."""
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and node.id in _CONTEXT:
                raise Unsafe("it asks for names of the context while rendering")
            if isinstance(node, ast.Attribute) and node.attr in _OTHER_TEMPLATES:
                raise Unsafe("it includes or extends other templates")
            if isinstance(node, ast.Yield | ast.YieldFrom) and node in _top(statement):
                raise Unsafe("it yields in a way that is not understood")


_CONTEXT = ("resolve", "parent_template", "TemplateReference")
_OTHER_TEMPLATES = frozenset(
    {
        *(
            "get_template",
            "select_template",
            "get_or_select_template",
            "root_render_func",
            "blocks",
        ),
        *("make_module", "get_all", "super", "exported_vars", "derived", "new_context", "vars"),
    }
)
"""What reaches for other templates, or for the context that they would share."""


def _top(statement: ast.stmt) -> list[ast.AST]:
    """Return the nodes of a statement outside of functions within."""
    if isinstance(statement, ast.FunctionDef):
        return []
    nodes: list[ast.AST] = [statement]
    for child in ast.iter_child_nodes(statement):
        nodes += _top(child) if isinstance(child, ast.stmt) else list(ast.walk(child))
    return nodes


def _refuse_effects(body: list[ast.stmt]) -> None:
    """Raise `Unsafe` unless importing a module again would give the same."""
    for statement in body:
        match statement:
            case ast.FunctionDef() | Piece(value=ast.Constant()):
                continue
            case ast.Assign(value=ast.Constant() | ast.Name()):
                continue
            case ast.Assign(value=ast.Call(func=ast.Name(id="Macro"))):
                continue
        raise Unsafe("an imported template does more than to define macros and constants")


def _module(
    root: ast.FunctionDef, body: list[ast.stmt], knowledge: Knowledge, exports: list[str] | None
) -> ast.Module:
    """Return the new code; that of an imported template also gives the names that it exports."""
    arguments = list(knowledge.arguments) if exports is None else []
    text = ast.Name(OUTPUT, ast.Load())
    result = text if exports is None else ast.Tuple([text, _values(exports)], ast.Load())
    empty = ast.Assign([ast.Name(OUTPUT, ast.Store())], ast.Constant(""))
    root.name = RENDER
    root.args = ast.arguments([], [ast.arg(name) for name in arguments], None, [], [], None, [])
    root.body = merged([empty, *body, ast.Return(result)])
    if exports is None:
        root.body = _shortened(root.body)
    root.decorator_list = []
    return ast.fix_missing_locations(ast.Module([root], []))


def _values(names: list[str]) -> ast.expr:
    """Return the dict of the values that a template gives names at its top."""
    values: list[ast.expr] = [ast.Name(f"l_0_{name}", ast.Load()) for name in names]
    return ast.Dict([ast.Constant(name) for name in names], values)


def _shortened(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return a body that gives its only text at its end without keeping it in a variable."""
    match body:
        case [_, *middle, Piece() as last, ast.Return()]:
            others = [n for s in middle for n in ast.walk(s) if isinstance(n, ast.Name)]
            if not any(name.id == OUTPUT for name in others):
                return [*middle, ast.copy_location(ast.Return(last.value), last)]
    return body


def _helpers(env: Environment, context: Any, knowledge: Knowledge) -> dict[str, Any]:
    """Return what the generated code calls by name."""
    names = {name: getattr(stock, name) for name in _STOCK if hasattr(stock, name)}
    return {
        **names,
        "environment": env,
        "context": context,
        "eval_ctx": context.eval_ctx,
        "undefined": env.undefined,
        "cond_expr_undefined": Undefined,
        "missing": MISSING,
        "concat": _concat,
        "call": context.call,
        "bound": partial(_bound, env, context),
        "getattr_": env.getattr,
        "getitem_": env.getitem,
        **tojson.helpers(),
        "isoformat": iso_writer(),
        "strftime": strftime_writer(),
        **helpers(env, knowledge.matching),
        "Markup": Markup,
    }


_STOCK = (
    *("LoopContext", "Macro", "Namespace", "TemplateNotFound"),
    *("TemplateRuntimeError", "escape", "identity", "markup_join", "str_join"),
)


def _concat(text: str) -> str:
    """Return a text that the new code has gathered in one piece."""
    return text


def _bound(env: Environment, context: Any, owner: Any, name: str) -> Callable[..., Any]:
    """Return what calls `owner`'s `name` as Jinja2 does."""
    return partial(context.call, env.getattr(owner, name))
