"""Statements of the code that Jinja2 generates, rewritten with what is known at each of them."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

from eventum_core.templating.compiler.expressions import Expressions
from eventum_core.templating.compiler.paths import Mark, Module
from eventum_core.templating.compiler.text import piece
from eventum_core.templating.compiler.values import (
    ABSENT,
    ANY,
    MISSING,
    PERHAPS,
    Known,
    Macro,
    Of,
    State,
    Unsafe,
    Value,
    is_there,
    joined,
)

OUTPUT = "out_"
"""The variable that gathers a template's text."""
PRELUDE = frozenset({"resolve", "undefined", "concat", "cond_expr_undefined"})
"""What Jinja2 gives a name at the top of each function; the new code has these as globals."""
IMPORTED = "included_template"

Body = list[ast.stmt]
Import = Callable[[str], Module]


@dataclass(frozen=True, slots=True)
class Function:
    """What is to be known of a function as a whole."""

    assignments: Counter[str]
    """How often each variable is assigned a value."""
    captured: frozenset[str]
    """Variables that functions within refer to."""
    is_root: bool


def functions(root: ast.FunctionDef) -> dict[ast.FunctionDef, Function]:
    """Return what is to be known of a function and of each within it."""
    found: dict[ast.FunctionDef, Function] = {}
    _look_at(root, found, is_root=True)
    return found


def _look_at(
    function: ast.FunctionDef, found: dict[ast.FunctionDef, Function], *, is_root: bool = False
) -> set[str]:
    """Add what is to be known of a function and of those within; return all names that it has."""
    assignments: Counter[str] = Counter()
    captured: set[str] = set()
    names: set[str] = set()
    waiting: list[ast.AST] = [*function.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name):
            names.add(node.id)
            if isinstance(node.ctx, ast.Store):
                assignments[node.id] += 1
        elif isinstance(node, ast.FunctionDef):
            captured |= _look_at(node, found)
        elif not isinstance(node, ast.Constant):
            waiting += ast.iter_child_nodes(node)
    for target in _emptied(function):
        assignments[target] -= 1
    found[function] = Function(assignments, frozenset(captured), is_root)
    return names | captured


def _emptied(node: ast.FunctionDef) -> Iterator[str]:
    """Yield the variables that a function declares: it assigns to them that there is nothing."""
    for statement in node.body:
        match statement:
            case ast.Assign(targets=targets, value=ast.Name(id="missing")):
                yield from (target.id for target in targets if isinstance(target, ast.Name))


class Statements:
    """Rewrites statements; `load` gives the module that a name imports."""

    def __init__(self, code: Expressions, load: Import, *, as_module: bool) -> None:
        self.code = code
        self._load = load
        self._as_module = as_module
        self._module: Known | None = None
        self._numbers = count()
        self._macro = ""
        self._parameters: tuple[str, ...] = ()
        self._functions: dict[ast.FunctionDef, Function] = {}

    def root(self, root: ast.FunctionDef) -> Body:
        """Return the statements of the outermost function in their new form."""
        self._functions = functions(root)
        return self.body(root.body, {}, self._functions[root])

    def body(self, statements: Body, state: State, function: Function) -> Body:
        """Return statements in their new form; `state` becomes what is known after them."""
        result: Body = []
        for statement in statements:
            for new in self._statement(statement, state, function):
                result.append(ast.copy_location(new, statement))
        return result

    def _statement(self, node: ast.stmt, state: State, function: Function) -> Iterator[ast.stmt]:
        match node:
            case ast.Pass():
                pass
            case ast.Break() | ast.Continue():
                yield node
            case ast.Return(value=value) | ast.Raise(exc=value):
                if value is not None:
                    new = self.code.new(value, state)
                    yield ast.Return(new) if isinstance(node, ast.Return) else ast.Raise(new)
            case ast.Expr():
                yield from self._expression(node, state, function)
            case ast.Assign():
                yield from self._assign(node, state, function)
            case ast.If():
                yield from self._if(node, state, function)
            case ast.For():
                yield self._for(node, state, function)
            case ast.Try():
                self._filter(node, state)
            case ast.FunctionDef():
                yield self._def(node, state, function)
            case _:
                raise Unsafe(f"it has a statement that is not understood: {type(node).__name__}")

    # Output

    def _expression(self, node: ast.Expr, state: State, function: Function) -> Iterator[ast.stmt]:
        match node.value:
            case ast.Yield(value=ast.expr() as value) if function.is_root:
                yield piece(OUTPUT, [self.code.field(value, state)], node)
            case ast.Call(
                func=ast.Attribute(
                    value=ast.Attribute(value=ast.Name(id="context"), attr="vars" | "exported_vars")
                )
            ):
                pass  # nobody imports or includes what is rendered, so nobody asks
            case ast.Call(func=ast.Attribute(value=ast.Name(id="_loop_vars" | "_block_vars"))):
                pass
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=target), attr="append" | "extend"),
                args=[given],
            ) if target.startswith("t_"):
                parts = given.elts if isinstance(given, ast.Tuple) else [given]
                yield piece(target, [self.code.field(part, state) for part in parts], node)
            case value:
                yield ast.Expr(self.code.new(value, state))

    # Assignments

    def _assign(self, node: ast.Assign, state: State, function: Function) -> Iterator[ast.stmt]:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=_) if name in PRELUDE:
                return
            case ast.Assign(value=ast.Name(id="missing"), targets=targets):
                state.update({t.id: ABSENT for t in targets if isinstance(t, ast.Name)})
                yield node
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(func=ast.Name(id="resolve"), args=[ast.Constant(value=str(wanted))]),
            ):
                yield from self._resolve(name, wanted, state, function)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.List(elts=[])) if (
                name.startswith("t_")
            ):
                yield ast.Assign(node.targets, ast.Constant(""))
            case ast.Assign(value=ast.Call(func=ast.Attribute(attr="_get_default_module"))):
                yield from self._import(node, state)
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(
                    func=ast.Name(id="getattr"),
                    args=[ast.Name(id="included_template"), ast.Constant(value=str(wanted)), _],
                ),
            ):
                yield from self._from_import(name, wanted, state)
            case ast.Assign(value=ast.Call(func=ast.Attribute(attr="make_module"))):
                raise Unsafe("it imports with context")
            case ast.Assign(value=ast.Call(func=ast.Name(id="Macro")) as call):
                yield from self._new_macro(node, call, state)
            case _:
                yield from self._assign_value(node, state)

    def _resolve(
        self, name: str, wanted: str, state: State, function: Function
    ) -> Iterator[ast.stmt]:
        """Settle a variable that Jinja2 would look up in the context."""
        knowledge = self.code.knowledge
        if wanted in knowledge.arguments and not self._as_module:
            state[name] = Of(knowledge.arguments[wanted])
            yield _set(name, ast.Name(wanted, ast.Load()))
            return
        names = knowledge.names if wanted in knowledge.names else self.code.env.globals
        hidden = self._as_module and wanted in knowledge.own
        found = MISSING if hidden else names.get(wanted, MISSING)
        state[name] = ABSENT if found is MISSING else Known(found, (wanted,))
        if found is MISSING:
            self.code.facts[wanted, Mark.ABSENT] = not hidden
            yield _set(name, ast.Name("missing", ast.Load()))
        elif name in function.captured or function.assignments[name] > 1:
            yield _set(name, self.code.constant(Known(found, (wanted,))))

    def _import(self, node: ast.Assign, state: State) -> Iterator[ast.stmt]:
        """Import a template now: without a context it is the same at each rendering."""
        match node.value:
            case ast.Call(
                func=ast.Attribute(
                    value=ast.Call(
                        func=ast.Attribute(value=ast.Name(id="environment"), attr="get_template"),
                        args=[ast.Constant(value=str(wanted)), *_],
                    )
                )
            ):
                self._module, self.code.facts[Mark.TEXTS, wanted] = self._load(wanted)
            case _:
                raise Unsafe("it imports a file that is not known ahead")
        for target in node.targets:
            match target:
                case ast.Name(id=name):
                    state[name] = self._module
                    if name != IMPORTED:
                        yield _set(name, self.code.constant(self._module))

    def _from_import(self, name: str, wanted: str, state: State) -> Iterator[ast.stmt]:
        if self._module is None:
            raise Unsafe("it imports with context")
        found = getattr(self._module.value, wanted, MISSING)
        if found is MISSING:
            raise Unsafe(f"it imports a name that is not there: {wanted}")
        state[name] = known = Known(found, (*self._module.path, wanted))
        yield _set(name, self.code.constant(known))

    def _new_macro(self, node: ast.Assign, call: ast.Call, state: State) -> Iterator[ast.stmt]:
        call.args[1] = ast.Name(self._macro, ast.Load())
        call.args[7:] = [self.code.new(arg, state) for arg in call.args[7:]]
        arguments = ast.literal_eval(call.args[3])
        plain = not any(ast.literal_eval(flag) for flag in call.args[4:7])
        value = Macro(self._macro, tuple(arguments), self._parameters) if plain else ANY
        targets = [target for target in node.targets if isinstance(target, ast.Name)]
        state.update({target.id: value for target in targets})
        yield ast.Assign(list(targets), call)

    def _assign_value(self, node: ast.Assign, state: State) -> Iterator[ast.stmt]:
        if _is_named(node.targets, IMPORTED):
            self._module = None
        targets = [target for target in node.targets if not _is_context_of(target)]
        if isinstance(node.value, ast.Dict) and _is_named(targets, "_loop_vars", "_block_vars"):
            return
        if any(isinstance(target, ast.Attribute) for target in targets):
            raise Unsafe("it turns escaping on or off")
        value, known = self.code.rewritten(node.value, state)
        for target in targets:
            if isinstance(target, ast.Subscript):
                target.value = self.code.new(target.value, state)
                target.slice = self.code.new(target.slice, state)
            for name in _stored(target):
                state[name] = known if isinstance(target, ast.Name) else ANY
        if targets:
            yield ast.Assign(targets, value)
        elif not isinstance(node.value, ast.Name):
            yield ast.Expr(value)

    # Blocks

    def _if(self, node: ast.If, state: State, function: Function) -> Iterator[ast.stmt]:
        match node.body:
            case [ast.Expr(value=ast.Yield(value=ast.Constant(value=None)))]:
                return  # there to make a generator of what may never yield
        match node.test:
            case ast.Compare(
                left=ast.Name(id=name), ops=[ast.Is()], comparators=[ast.Name(id="missing")]
            ):
                if not is_there(state.get(name)):
                    node.body = self.body(node.body, dict(state), function)
                    yield node
                state[name] = state[name] if is_there(state.get(name)) else ANY
                return
        node.test = self.code.new(node.test, state)
        one, other = dict(state), dict(state)
        node.body = self.body(node.body, one, function) or [ast.Pass()]
        node.orelse = self.body(node.orelse, other, function)
        state.update(_after(node.body, one, node.orelse, other))
        yield node

    def _for(self, node: ast.For, state: State, function: Function) -> ast.stmt:
        node.iter = self.code.new(node.iter, state)
        stored = {name for inner in node.body for name in _stored(inner)}
        for name in stored:
            # What an earlier round assigned may be there, and may be anything.
            state[name] = ANY if is_there(state.get(name)) else PERHAPS
        before = dict(state)
        targets = set(_stored(node.target))
        state.update(dict.fromkeys(targets, ANY))
        node.body = self.body(node.body, state, function) or [ast.Pass()]
        state.update(joined(state, before))
        state.update(dict.fromkeys(stored, PERHAPS) | dict.fromkeys(targets, PERHAPS))
        for name in stored - targets:
            state[name] = ANY if is_there(before.get(name)) else PERHAPS
        node.orelse = self.body(node.orelse, state, function)
        return node

    def _filter(self, node: ast.Try, state: State) -> None:
        """Settle a filter or test that Jinja2 would look up in the environment."""
        match node.body:
            case [
                ast.Assign(
                    targets=[ast.Name(id=target)],
                    value=ast.Subscript(
                        value=ast.Attribute(value=ast.Name(id="environment"), attr=table),
                        slice=ast.Constant(value=name),
                    ),
                )
            ] if name in getattr(self.code.env, table):
                mark = Mark.FILTERS if table == "filters" else Mark.TESTS
                state[target] = Known(getattr(self.code.env, table)[name], (mark, name))
            case [ast.Assign(value=ast.Subscript())]:
                raise Unsafe("it has a filter or test that is not there")
            case _:
                raise Unsafe("it includes other templates")

    def _def(self, node: ast.FunctionDef, state: State, function: Function) -> ast.stmt:
        """Return a function within: a macro, or the body of a loop or filter."""
        inner = {name: _seen_within(name, value, function) for name, value in state.items()}
        inner.update({argument.arg: PERHAPS for argument in node.args.args})
        if node.name == "macro":
            self._macro = node.name = f"macro_{next(self._numbers)}"
            self._parameters = tuple(argument.arg for argument in node.args.args)
        macro = self._macro, self._parameters
        node.decorator_list = []
        node.body = self.body(node.body, inner, self._functions[node]) or [ast.Pass()]
        self._macro, self._parameters = macro
        return node


def _seen_within(name: str, value: Value, function: Function) -> Value:
    """Return what a function within knows of a variable: it reads it when it is called."""
    if function.assignments[name] <= 1 and (is_there(value) or name.startswith("t_")):
        return value
    return PERHAPS


def _after(body: Body, one: State, orelse: Body, other: State) -> State:
    """Return what is known behind a choice."""
    if body and isinstance(body[-1], ast.Break | ast.Continue | ast.Return | ast.Raise):
        return other
    if orelse and isinstance(orelse[-1], ast.Break | ast.Continue | ast.Return | ast.Raise):
        return one
    return joined(one, other)


def _set(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(name, ast.Store())], value)


def _stored(node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            yield inner.id


def _is_named(targets: list[ast.expr], *names: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id in names for target in targets)


def _is_context_of(target: ast.expr) -> bool:
    """Return whether an assignment only keeps a variable where other templates would see it."""
    match target:
        case ast.Subscript(value=ast.Attribute(value=ast.Name(id="context"), attr="vars")):
            return True
        case ast.Subscript(value=ast.Name(id="_loop_vars" | "_block_vars")):
            return True
    return False
