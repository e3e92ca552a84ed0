"""Where objects and facts that new code relies on are found, in this run and in any other."""

from __future__ import annotations

import ast
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Any, NamedTuple, TypeAlias

from jinja2 import Environment
from jinja2.runtime import Undefined

from eventum_core.templating.compiler.nodes import signature
from eventum_core.templating.compiler.values import Knowledge, Known, Unsafe

Path: TypeAlias = tuple[Any, ...]
"""A name and keys from there on; a `Mark` among them asks for something else than an item."""


class Mark(Enum):
    """Stands in paths where no key of a template's data can be taken for it."""

    MODULE = "what a template exports"
    TEXTS = "the texts that an imported template is made of"
    OWNERS = "types of the language that have an attribute"
    WITH = "types of the run that have an attribute"
    FILTERS = "filters"
    TESTS = "tests"
    ABSENT = "whether a name is not there"
    RESULT = "the type of what a function returns"
    ARGUMENTS = "the arguments of a macro, and what its function calls them"
    FUNCTION = "the function of a macro"
    READER = "what gives an object's items"
    PREPARED = "a function that knows its arguments"
    DIRECT = "a function of the language that does the same with so many arguments"
    SETTLED = "whether what an object has under a name never changes"


def packed(path: Path) -> Path:
    """Return a path in types of the language alone; none of its keys is a tuple."""
    return tuple((part.name,) if isinstance(part, Mark) else part for part in path)


def unpacked(path: Path) -> Path:
    """Return the path that was packed."""
    return tuple(Mark[part[0]] if isinstance(part, tuple) else part for part in path)


PLAIN = (str, int, float, bool, list, dict, tuple, set, bytes, datetime, date, time, timedelta)
"""Types whose methods want nothing of Jinja2."""


def owners(name: str) -> frozenset[type]:
    """Return those of the plain types that have an attribute."""
    return frozenset(kind for kind in PLAIN if hasattr(kind, name))


def taken(macro: Any) -> Any:
    """Return a macro's arguments and its function's names of them; None if it takes any others."""
    if macro.catch_kwargs or macro.catch_varargs or macro.caller:
        return None
    return tuple(macro.arguments), macro._func.__code__.co_varnames[: len(macro.arguments)]


class Module(NamedTuple):
    """An imported template."""

    known: Known
    texts: tuple[Any, ...]
    """Its text, and those of all that it imports."""


class Paths:
    """The objects of one run by their paths; `load` gives what a template's name imports."""

    def __init__(
        self, env: Environment, knowledge: Knowledge, load: Callable[[str], Module]
    ) -> None:
        self._env = env
        self._knowledge = knowledge
        self._load = load
        self._found: dict[Path, Any] = {}

    def keep(self, known: Known) -> None:
        """Remember what was found already."""
        self._found[known.path] = known.value

    def find(self, path: Path) -> Any:
        """Return the object at a path; raise `LookupError` if there is none."""
        if path not in self._found:
            self._found[path] = self._at(path)
        return self._found[path]

    def holds(self, path: Path, fact: Any) -> bool:
        """Return whether a fact is true of this run."""
        match path:
            case (Mark.TEXTS, name):
                return bool(self._load(name).texts == fact)
            case (name, Mark.ABSENT):
                is_known = name in self._knowledge.names or name in self._env.globals
                return is_known is not fact
            case (*function, Mark.RESULT):
                kind = self._knowledge.result(self.find(tuple(function)))
                return bool(signature(kind) == fact)
            case (_, Mark.SETTLED):
                return True  # of a literal, which stands in the code itself
            case (*owner, name, Mark.SETTLED):
                return self._knowledge.settled(self.find(tuple(owner)), name) is fact
            case (*macro, Mark.ARGUMENTS):
                return bool(taken(self.find(tuple(macro))) == fact)
        found = self.find(path)
        # Equal numbers may be written differently: 0.0 and -0.0.
        return type(found) is type(fact) and repr(found) == repr(fact)

    def _at(self, path: Path) -> Any:
        match path:
            case (Mark.MODULE, name):
                return self._load(name).known.value
            case (Mark.OWNERS, name):
                return owners(name)
            case (Mark.WITH, name):
                return self._knowledge.with_attribute(name)
            case (Mark.FILTERS, name):
                return self._env.filters[name]
            case (Mark.TESTS, name):
                return self._env.tests[name]
            case (name,):
                names = self._knowledge.names
                return names[name] if name in names else self._env.globals[name]
            case (*above, Mark.PREPARED, literals):
                function = self.find(tuple(above))
                return _needed(self._knowledge.prepared(function, ast.literal_eval(literals)))
            case (*above, Mark.DIRECT, int(count)):
                return _needed(self._knowledge.direct(self.find(tuple(above)), count))
            case (*above, Mark.READER):
                return _needed(self._knowledge.reader(self.find(tuple(above))))
            case (*above, Mark.FUNCTION):
                return self.find(tuple(above))._func
        return self._item(self.find(path[:-1]), path[-1])

    def _item(self, owner: Any, key: Any) -> Any:
        if type(owner) is dict:
            return owner[key]
        found = self._env.getattr(owner, key) if self._knowledge.settled(owner, key) else None
        if found is None or isinstance(found, Undefined):
            raise LookupError(key)
        return found


def _needed(found: Any) -> Any:
    if found is None:
        raise LookupError("it is not there in this run")
    return found


def refuse_context(function: Any) -> None:
    """Raise `Unsafe` if a function wants the context, which knows names that new code does not."""
    if getattr(getattr(function, "jinja_pass_arg", None), "name", "") == "context":
        raise Unsafe("it calls a function that wants the context")
