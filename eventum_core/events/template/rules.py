"""Conditions of a state machine made into functions, once for each run."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from logging import Logger
from re import Pattern
from typing import Any, Protocol, TypeAlias

from eventum_core.events.template.conditions import Condition, TimeParts


class Store(Protocol):
    """What a condition needs of a state object."""

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value kept under `key`."""

    def __contains__(self, key: object) -> bool: ...


@dataclass(slots=True)
class Situation:
    """What a condition may look at; the producer keeps it up to date."""

    timestamp: datetime
    tags: tuple[str, ...]
    locals: Store
    """State of the alias that was rendered last."""
    shared: Store
    globals: Store


Check: TypeAlias = Callable[[Situation], bool]
"""A condition ready to be asked."""
Warn: TypeAlias = Callable[[str], None]

COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
    "len_eq": lambda value, length: len(value) == length,
    "len_gt": lambda value, length: len(value) > length,
    "len_ge": lambda value, length: len(value) >= length,
    "len_lt": lambda value, length: len(value) < length,
    "len_le": lambda value, length: len(value) <= length,
    "contains": operator.contains,
    "in_": lambda value, container: value in container,
}
"""Operators on ``{name: operand}``; value first, operand second."""


def compile_condition(condition: Condition, log: Logger) -> Check:
    """Return the function that decides `condition`.

    A value that is missing or does not fit makes it false; each operator says so once in `log`.
    """
    name, operand = condition.operator, condition.operand
    if name in COMPARISONS:
        return _comparison(name, operand, _once(log))
    if name in ("before", "after"):
        return _time(name, operand, _once(log))
    if name in ("or_", "and_"):
        checks = [compile_condition(part, log) for part in operand]
        return _any(checks) if name == "or_" else _all(checks)
    if name == "not_":
        return _not(compile_condition(operand, log))
    return _PLAIN[name](operand)


def _once(log: Logger) -> Warn:
    """Return a function that logs its first text alone, so that a rule cannot flood the log."""
    said = False

    def warn(text: str) -> None:
        nonlocal said
        if not said:
            said = True
            log.warning("%s; this condition counts as false", text)

    return warn


def _place(name: str) -> tuple[Callable[[Situation], Store], str]:
    """Return the function that finds the state which ``scope.key`` names, and the key."""
    scope, _, key = name.partition(".")
    return operator.attrgetter(scope), key


def _comparison(name: str, operand: dict[str, Any], warn: Warn) -> Check:
    """Return whether the named value compares to the operand, false where it cannot."""
    ((field, wanted),) = operand.items()
    compare = COMPARISONS[name]
    store, key = _place(field)

    def check(situation: Situation) -> bool:
        value = store(situation).get(key)
        if value is None:
            warn(f"{field} has no value")
            return False
        try:
            return bool(compare(value, wanted))
        except TypeError as error:
            warn(f"{field} does not fit the operator {name.rstrip('_')}: {error}")
            return False

    return check


def _time(name: str, parts: TimeParts, warn: Warn) -> Check:
    """Return whether the timestamp lies on that side of itself with `parts` put in."""
    given = parts.given()
    earlier = name == "before"

    def check(situation: Situation) -> bool:
        try:
            bound = situation.timestamp.replace(**given)  # type: ignore[arg-type] # ints, all
        except ValueError as error:
            warn(f"{situation.timestamp} has no counterpart with {given}: {error}")
            return False
        return (situation.timestamp < bound) is earlier

    return check


def _matches(operand: dict[str, Pattern[str]]) -> Check:
    ((field, pattern),) = operand.items()
    store, key = _place(field)

    def check(situation: Situation) -> bool:
        value = store(situation).get(key)
        return isinstance(value, str) and pattern.match(value) is not None

    return check


def _defined(field: str) -> Check:
    store, key = _place(field)
    return lambda situation: key in store(situation)


def _has_tags(operand: list[str]) -> Check:
    wanted = frozenset(operand)
    return lambda situation: wanted.issubset(situation.tags)


def _any(checks: list[Check]) -> Check:
    return lambda situation: any(check(situation) for check in checks)


def _all(checks: list[Check]) -> Check:
    return lambda situation: all(check(situation) for check in checks)


def _not(check: Check) -> Check:
    return lambda situation: not check(situation)


_PLAIN: Mapping[str, Callable[[Any], Check]] = {
    "matches": _matches,
    "defined": _defined,
    "has_tags": _has_tags,
    "always": lambda _: lambda situation: True,
    "never": lambda _: lambda situation: False,
}
