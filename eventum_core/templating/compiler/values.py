"""What is known of a value before anything is rendered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import jinja2.runtime

MISSING: Any = vars(jinja2.runtime)["missing"]
"""What Jinja2 puts into variables that nothing was assigned to."""


class Unsafe(Exception):
    """This template cannot be made faster without a doubt about its meaning."""


class Value:
    """Nothing is known but that the value is there."""


@dataclass(frozen=True, slots=True, eq=False)
class Known(Value):
    """The value itself, the same for the whole run."""

    value: Any
    path: tuple[Any, ...] = ()
    """Where to find it again in another run: a name, then keys; empty for literals."""


@dataclass(frozen=True, slots=True)
class Of(Value):
    """A value of exactly this type."""

    kind: type


@dataclass(frozen=True, slots=True)
class Bound(Value):
    """A method of a value whose type is known."""

    kind: type
    name: str


@dataclass(frozen=True, slots=True)
class Macro(Value):
    """A macro of the same file that takes nothing but its arguments: a function."""

    function: str
    arguments: tuple[str, ...]
    parameters: tuple[str, ...]
    """What the function calls them."""


class Absent(Value):
    """Nothing has been assigned."""


class Perhaps(Value):
    """It is not known whether anything has been assigned."""


ANY, ABSENT, PERHAPS = Value(), Absent(), Perhaps()

State: TypeAlias = dict[str, Value]
"""What is known of the variables at one point of the code, by the names that Jinja2 gave them."""


def is_there(value: Value | None) -> bool:
    """Return whether something has been assigned for certain."""
    return value is not None and not isinstance(value, Absent | Perhaps)


def either(one: Value, other: Value) -> Value:
    """Return what is known of a value that comes from one of two places."""
    if one == other or (isinstance(one, Known) and isinstance(other, Known) and same(one, other)):
        return one
    return ANY if is_there(one) and is_there(other) else PERHAPS


def same(one: Known, other: Known) -> bool:
    """Return whether both are the same object, or equal literals of the same type."""
    if one.value is other.value:
        return True
    alike = type(one.value) is type(other.value) and is_literal(one.value)
    return alike and bool(one.value == other.value)


def is_literal(value: Any) -> bool:
    """Return whether a value can stand in code as it is."""
    return value is None or type(value) in (bool, int, float, str)


def joined(one: State, other: State) -> State:
    """Return what is known where two ways through the code meet."""
    return {name: either(one.get(name, PERHAPS), other.get(name, PERHAPS)) for name in one | other}


def _never(*_: Any) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the host knows of the objects that its templates see."""

    names: Mapping[str, Any]
    """Values of names, the same for the whole run."""
    arguments: Mapping[str, type] = field(default_factory=dict)
    """Names that each rendering gives a value, and its exact type."""
    settled: Callable[[Any, Any], bool] = _never
    """Whether what an object has under a name, as attribute or item, never changes."""
    plain: Callable[[Any], bool] = _never
    """Whether a function can be called without Jinja2's help: it wants no context, and raises no
    `StopIteration`."""
    result: Callable[[Any], type | None] = lambda _: None
    """The exact type of what a function returns, if known."""
    prepared: Callable[[Any, tuple[Any, ...]], Callable[[], Any] | None] = lambda *_: None
    """A function without arguments that does what a function does with these literals, if any."""
    direct: Callable[[Any, int], Callable[..., Any] | None] = lambda *_: None
    """A function of the language that does what a function does with so many arguments, if any."""
    reader: Callable[[Any], Callable[[str], Any] | None] = lambda _: None
    """The function that gives an object's items, None for one that is missing, if it has such."""
    with_attribute: Callable[[str], frozenset[type]] = lambda _: frozenset()
    """The types of the run's own that have a plain attribute of this name."""
    matching: Callable[[Any, str, Any], list[Any] | None] = lambda *_: None
    """The items of a table that have a value under a name, where that is known without a look at
    all of them."""
    own: frozenset[str] = frozenset()
    """Those of the names that imported templates do not see."""
    read_only: frozenset[str] = frozenset()
    """Names whose contents no template of the run changes."""
