"""Expressions of the code that Jinja2 generates, rewritten with what is known."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from datetime import datetime
from itertools import count
from typing import Any

from jinja2 import Environment
from jinja2.runtime import Macro as StockMacro
from jinja2.runtime import Undefined

from eventum_core.templating.compiler.filters import special
from eventum_core.templating.compiler.lists import list_call
from eventum_core.templating.compiler.nodes import (
    drop_context,
    first_read,
    fits,
    is_volatile,
    literals_of,
    name_of,
    signature,
)
from eventum_core.templating.compiler.paths import (
    PLAIN,
    Mark,
    Path,
    owners,
    refuse_context,
    taken,
)
from eventum_core.templating.compiler.text import f_string, field
from eventum_core.templating.compiler.times import written
from eventum_core.templating.compiler.values import (
    ANY,
    MISSING,
    Absent,
    Bound,
    Knowledge,
    Known,
    Macro,
    Of,
    State,
    Unsafe,
    Value,
    either,
    is_literal,
    is_there,
)

Rewritten = tuple[ast.expr, Value]
Twice = tuple[ast.expr, ast.expr]

TEXTS = frozenset(
    {"capitalize", "isoformat", "join", "lower", "strftime", "strip", "title", "upper"}
)
"""Methods of texts and times that give text."""


class Expressions:
    """Rewrites expressions.

    `constants` gathers the objects that the new code refers to, `facts` what it relies on: literals
    by where they were found, and the results of functions.
    """

    def __init__(self, env: Environment, knowledge: Knowledge) -> None:
        self.env = env
        self.knowledge = knowledge
        self.constants: dict[str, Known] = {}
        self.facts: dict[Path, Any] = {}
        self._names: dict[Any, str] = {}
        self._temporary = count()

    # Names and literals

    def constant(self, known: Known) -> ast.expr:
        """Return what stands for a known value in code."""
        if is_literal(known.value):
            if known.path:
                self.facts[known.path] = known.value
            return ast.Constant(known.value)
        key = known.path
        assert key, "what is no literal was found somewhere"
        if key not in self._names:
            self._names[key] = name = f"k_{len(self._names)}"
            self.constants[name] = known
        return name_of(self._names[key])

    def rewritten(self, node: ast.expr, state: State) -> Rewritten:
        """Return an expression in its new form, and what is known of its value."""
        new, value = self._rewritten(node, state)
        return ast.copy_location(new, node), value

    def new(self, node: ast.expr, state: State) -> ast.expr:
        """Return an expression in its new form."""
        return self.rewritten(node, state)[0]

    def _rewritten(self, node: ast.expr, state: State) -> Rewritten:
        match node:
            case ast.Constant(value=value):
                return node, Known(value) if is_literal(value) else ANY
            case ast.Name(id=name):
                return self._name(node, state.get(name, ANY))
            case ast.List() | ast.Dict():
                self._children(node, state)
                return node, Of(list if isinstance(node, ast.List) else dict)
            case ast.IfExp():
                return self._choice(node, state)
            case ast.Attribute(value=ast.Name(id="context"), attr="eval_ctx"):
                return name_of("eval_ctx"), ANY
            case ast.Call():
                return self._call(node, state)
        self._children(node, state)
        return node, ANY

    def _name(self, node: ast.Name, value: Value) -> Rewritten:
        if isinstance(value, Known):
            return self.constant(value), value
        return node, value

    def _children(self, node: ast.AST, state: State) -> None:
        for name, child in ast.iter_fields(node):
            if isinstance(child, ast.expr):
                setattr(node, name, self.new(child, state))
            elif isinstance(child, list):
                setattr(node, name, [self._child(item, state) for item in child])

    def _child(self, item: Any, state: State) -> Any:
        if isinstance(item, ast.keyword):
            item.value = self.new(item.value, state)
            return item
        return self.new(item, state) if isinstance(item, ast.expr) else item

    def _choice(self, node: ast.IfExp, state: State) -> Rewritten:
        match node.test:
            case ast.Compare(
                left=ast.Name(id=name), ops=[ast.Is()], comparators=[ast.Name(id="missing")]
            ):
                return self._if_there(node, state.get(name), state)
        node.test = self.new(node.test, state)
        node.body, one = self.rewritten(node.body, state)
        node.orelse, other = self.rewritten(node.orelse, state)
        return node, either(one, other) if is_there(one) and is_there(other) else ANY

    def _if_there(self, node: ast.IfExp, value: Value | None, state: State) -> Rewritten:
        """Return a variable, without a look at whether it is there if that is known."""
        if isinstance(value, Absent):
            return node.body, ANY
        if is_there(value):
            return self.rewritten(node.orelse, state)
        return node, ANY

    # Calls

    def _call(self, node: ast.Call, state: State) -> Rewritten:
        drop_context(node)
        match node.func:
            case ast.Attribute(value=ast.Name(id="environment"), attr="getattr"):
                return self._getattr(node, state)
            case ast.Attribute(value=ast.Name(id="environment"), attr="getitem"):
                return self._getitem(node, state)
            case ast.Attribute(value=ast.Name(id="context"), attr="call"):
                return self._context_call(node, state)
            case ast.Name(id="str"):
                self._children(node, state)
                return node, Of(str)
            case ast.Name(id="str_join"):
                parts = node.args[0]
                assert isinstance(parts, ast.Tuple), "Jinja2 joins a tuple"
                return f_string([self.field(part, state) for part in parts.elts]), Of(str)
            case ast.Name(id=name) if isinstance(known := state.get(name), Known):
                return self._filter(node, known, state)
        if is_volatile(node.func):
            raise Unsafe("whether text is escaped is decided while rendering")
        self._children(node, state)
        return node, ANY

    def field(self, node: ast.expr, state: State) -> ast.expr:
        """Return what puts a value into an f-string."""
        match node:
            case ast.Call(func=ast.Name(id="str"), args=[inner]):
                return self.field(inner, state)
        new = self.new(node, state)
        match new:
            case ast.Call(func=ast.Name(id="tojson") as function):
                function.id = "tojson_text"
        return field(new)

    def _filter(self, node: ast.Call, known: Known, state: State) -> Rewritten:
        """Return the call of a filter or test, which Jinja2 calls without its context's help."""
        is_list = known.value is self.env.filters["list"] and len(node.args) == 2
        if is_list and not node.keywords:
            made = list_call(self, node.args[-1], state)
            if made is not None:
                return made, Of(list)
        values = [self.rewritten(arg, state) for arg in node.args]
        node.args = [arg for arg, _ in values]
        for keyword in node.keywords:
            keyword.value = self.new(keyword.value, state)
        if found := special(self, known.value, node, [value for _, value in values]):
            return found
        node.func = self.constant(known)
        return node, ANY

    def _context_call(self, node: ast.Call, state: State) -> Rewritten:
        callee, *args = node.args
        if any(isinstance(a, ast.Starred) for a in args) or any(not k.arg for k in node.keywords):
            return self._any_call(node, self.new(callee, state), args, state)
        match callee:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="environment"), attr="getattr"),
                args=[owner, ast.Constant(value=str(name))],
            ):
                return self._method(node, owner, name, args, state)
        return self._function(node, *self.rewritten(callee, state), args, state)

    def _method(
        self, node: ast.Call, owner: ast.expr, name: str, args: list[ast.expr], state: State
    ) -> Rewritten:
        """Return the call of what an object has under a name."""
        owner, value = self.rewritten(owner, state)
        found, known = self._attribute(owner, value, name)
        if isinstance(known, Known | Bound | Macro):
            return self._function(node, found, known, args, state)
        kinds_with = owners(name)
        if not kinds_with:
            return self._any_call(node, found, args, state)
        again, first = self._twice(owner)
        kinds = self.constant(Known(kinds_with, (Mark.OWNERS, name)))
        test = ast.Compare(ast.Call(name_of("type"), [first], []), [ast.In()], [kinds])
        other = ast.Call(name_of("bound"), [again, ast.Constant(name)], [])
        method = ast.IfExp(test, ast.Attribute(again, name, ast.Load()), other)
        return ast.Call(method, *self._arguments(node, args, state)), ANY

    def _function(
        self, node: ast.Call, callee: ast.expr, known: Value, args: list[ast.expr], state: State
    ) -> Rewritten:
        """Return the call of what `callee` stands for."""
        if isinstance(known, Bound):
            if (text := written(node, callee, known, args)) is not None:
                return text, Of(str)
            is_text = known.name in TEXTS and known.kind in (str, datetime)
            call = ast.Call(callee, *self._arguments(node, args, state))
            return call, Of(str) if is_text else ANY
        if isinstance(known, Macro) and fits(node, args, known.arguments):
            return self._macro_call(node, known, args, state), Of(str)
        if isinstance(known, Known):
            return self._known_call(node, callee, known, args, state)
        return self._any_call(node, callee, args, state)

    def _known_call(
        self, node: ast.Call, callee: ast.expr, known: Known, args: list[ast.expr], state: State
    ) -> Rewritten:
        function = known.value
        if isinstance(function, StockMacro):
            return self._stock_macro(node, callee, known, args, state)
        refuse_context(function)
        if hasattr(function, "jinja_pass_arg") or not self.knowledge.plain(function):
            return self._any_call(node, callee, args, state)
        value = self.result(known)
        literals = None if node.keywords else literals_of(args)
        if literals and known.path:
            prepared = self.knowledge.prepared(function, literals)
            if prepared is not None:
                path = (*known.path, Mark.PREPARED, repr(literals))
                return ast.Call(self.constant(Known(prepared, path)), [], []), value
        direct = self.knowledge.direct(function, len(args))
        if direct is not None and known.path and not node.keywords:
            callee = self.constant(Known(direct, (*known.path, Mark.DIRECT, len(args))))
        return ast.Call(callee, *self._arguments(node, args, state)), value

    def result(self, function: Known) -> Value:
        """Return what is known of what a function returns."""
        kind = self.knowledge.result(function.value)
        self.facts[(*function.path, Mark.RESULT)] = signature(kind)
        return ANY if kind is None else Of(kind)

    def _stock_macro(
        self, node: ast.Call, callee: ast.expr, known: Known, args: list[ast.expr], state: State
    ) -> Rewritten:
        takes = taken(known.value)
        if takes is None or not known.path or not fits(node, args, takes[0]):
            return self._any_call(node, callee, args, state)
        function = self.constant(Known(known.value._func, (*known.path, Mark.FUNCTION)))
        self.facts[(*known.path, Mark.ARGUMENTS)] = takes
        called = Macro("", *takes)
        call = self._macro_call(node, called, args, state)
        call.func = function
        return call, Of(str)

    def _macro_call(
        self, node: ast.Call, macro: Macro, args: list[ast.expr], state: State
    ) -> ast.Call:
        """Return the call of a macro's function, which is told of every argument."""
        given, keywords = self._arguments(node, args, state)
        parameters = dict(zip(macro.arguments, macro.parameters, strict=True))
        absent = {*macro.arguments[len(given) :]} - {keyword.arg for keyword in keywords}
        for keyword in keywords:
            keyword.arg = parameters[str(keyword.arg)]
        rest = [
            ast.keyword(parameters[name], name_of("missing"))
            for name in macro.arguments
            if name in absent
        ]
        return ast.Call(name_of(macro.function), given, [*keywords, *rest])

    def _any_call(
        self, node: ast.Call, callee: ast.expr, args: list[ast.expr], state: State
    ) -> Rewritten:
        """Return a call as Jinja2 would make it."""
        given, keywords = self._arguments(node, args, state)
        return ast.Call(name_of("call"), [callee, *given], keywords), ANY

    def _arguments(
        self, node: ast.Call, args: Sequence[ast.expr], state: State
    ) -> tuple[list[ast.expr], list[ast.keyword]]:
        given = [self.new(arg, state) for arg in args]
        for keyword in node.keywords:
            keyword.value = self.new(keyword.value, state)
        return given, node.keywords

    # Attributes and items

    def _getattr(self, node: ast.Call, state: State) -> Rewritten:
        owner, name = node.args
        assert isinstance(name, ast.Constant), "Jinja2 knows the name"
        assert isinstance(name.value, str), "a name is text"
        owner, value = self.rewritten(owner, state)
        return self._attribute(owner, value, name.value)

    def _attribute(self, owner: ast.expr, value: Value, name: str) -> Rewritten:
        """Return what Jinja2 finds under a name: an attribute, or else an item."""
        if isinstance(value, Known):
            found = self._settled(value, name)
            if found is not None:
                return self.constant(found), found
            reader = self.knowledge.reader(value.value)
            if reader is not None and not hasattr(type(value.value), name):
                get = self.constant(Known(reader, (*value.path, Mark.READER)))
                return ast.Call(get, [ast.Constant(name)], []), ANY
        if isinstance(value, Of) and value.kind is not Undefined and hasattr(value.kind, name):
            plain = value.kind in PLAIN and callable(getattr(value.kind, name))
            return ast.Attribute(owner, name, ast.Load()), Bound(value.kind, name) if plain else ANY
        if isinstance(value, Known) and type(value.value) is not dict:
            return ast.Call(name_of("getattr_"), [owner, ast.Constant(name)], []), ANY
        again, first = self._twice(owner)
        other: ast.expr = ast.Call(name_of("getattr_"), [again, ast.Constant(name)], [])
        own = self.knowledge.with_attribute(name)
        if own:
            kinds = self.constant(Known(own, (Mark.WITH, name)))
            test = ast.Compare(ast.Call(name_of("type"), [again], []), [ast.In()], [kinds])
            other = ast.IfExp(test, ast.Attribute(again, name, ast.Load()), other)
        if hasattr(dict, name):
            return first_read(other, again, first), ANY
        return self._dict_first(again, first, ast.Constant(name), other), ANY

    def _settled(self, known: Known, name: Any) -> Known | None:
        """Return what an object that never changes has under a name, if it has."""
        path = (*known.path, name)
        self.facts[(*path, Mark.SETTLED)] = found = self.knowledge.settled(known.value, name)
        if found:
            found = self.env.getattr(known.value, name)
            return None if isinstance(found, Undefined) else Known(found, path)
        read_only = len(known.path) == 1 and known.path[0] in self.knowledge.read_only
        if read_only and type(known.value) is dict and not hasattr(dict, name):
            found = known.value.get(name, MISSING)
            return Known(found, path) if is_literal(found) else None
        return None

    def _dict_first(
        self, again: ast.expr, first: ast.expr, key: ast.expr, other: ast.expr
    ) -> ast.expr:
        """Return an item of what is a dict most of the time."""
        is_dict = ast.Compare(ast.Call(name_of("type"), [first], []), [ast.Is()], [name_of("dict")])
        has = ast.Compare(key, [ast.In()], [again])
        test = ast.BoolOp(ast.And(), [is_dict, has])
        return ast.IfExp(test, ast.Subscript(again, key, ast.Load()), other)

    def _getitem(self, node: ast.Call, state: State) -> Rewritten:
        owner, value = self.rewritten(node.args[0], state)
        key, known = self.rewritten(node.args[1], state)
        if isinstance(known, Known) and isinstance(known.value, str):
            if isinstance(value, Known) and not hasattr(type(value.value), known.value):
                found = self._settled(value, known.value)
                if found is not None:
                    return self.constant(found), found
            again, first = self._twice(owner)
            other = ast.Call(name_of("getitem_"), [again, key], [])
            return self._dict_first(again, first, key, other), ANY
        return ast.Call(name_of("getitem_"), [owner, key], []), ANY

    def _twice(self, node: ast.expr) -> Twice:
        """Return how to read an expression's value again, after it was read first."""
        if isinstance(node, ast.Name):
            return node, node
        name = f"w_{next(self._temporary)}"
        return name_of(name), ast.NamedExpr(ast.Name(name, ast.Store()), node)
