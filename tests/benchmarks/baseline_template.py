"""Baseline A: stock Jinja2, ``template.render`` for every event."""

from __future__ import annotations

import importlib
import operator as operators
import random
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import cycle
from pathlib import Path
from typing import Any

import jinja2
from benchmarks.baseline_rand import rand
from benchmarks.baseline_samples import Samples, State

COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operators.eq,
    "ge": operators.ge,
    "gt": operators.gt,
    "len_gt": lambda value, bound: len(value) > bound,
}
Texts = Callable[[datetime, tuple[str, ...]], Iterable[str]]


class Drop(Exception):
    """A template wants no event."""


class Dispatch:
    """What templates call to have no event."""

    def drop(self) -> None:
        raise Drop


class Locales:
    """Faker's generators by locale."""

    def __init__(self) -> None:
        self.made: dict[str, Any] = {}

    def __getitem__(self, code: str) -> Any:
        from faker import Faker

        if code not in self.made:
            self.made[code] = Faker(code)
        return self.made[code]


class FakerModule:
    """``module.faker``."""

    def __init__(self) -> None:
        self.locale = Locales()


class Modules:
    """``module``: helpers, and any module of Python."""

    def __init__(self) -> None:
        self.rand = rand
        self.faker = FakerModule()

    def __getattr__(self, name: str) -> Any:
        return importlib.import_module(name)


def template(options: Mapping[str, Any], base: Path) -> Texts:
    """Return the function that renders a timestamp's events."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(base),
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
    )
    shared = State()
    env.globals.update(
        params=options.get("params", {}),
        samples=Samples(options.get("samples", {}), base),
        module=Modules(),
        shared=shared,
        globals=State(),
        dispatch=Dispatch(),
    )
    entries = {alias: entry for item in options["templates"] for alias, entry in item.items()}
    renders = {alias: render_of(env, entry) for alias, entry in entries.items()}
    pick = picker(options["mode"], entries, shared)

    def texts(timestamp: datetime, tags: tuple[str, ...]) -> list[str]:
        try:
            return [renders[alias](timestamp, tags) for alias in pick(tags)]
        except Drop:
            return []

    return texts


def render_of(env: jinja2.Environment, entry: Mapping[str, Any]) -> Callable[..., str]:
    source, constants, own = env.get_template(entry["template"]), entry.get("vars", {}), State()
    return lambda timestamp, tags: source.render(
        timestamp=timestamp, tags=tags, vars=constants, locals=own
    )


def picker(mode: str, entries: Mapping[str, Any], shared: State) -> Callable[..., Iterable[str]]:
    """Return the function from an event's tags to the aliases to render."""
    aliases = list(entries)
    if mode == "all":
        return lambda tags: aliases
    if mode == "chance":
        chances = [entry["chance"] for entry in entries.values()]
        return lambda tags: random.choices(aliases, weights=chances)
    if mode == "spin":
        turns = cycle(aliases)
        return lambda tags: [next(turns)]
    return Machine(entries, shared).move


class Machine:
    """The state machine of the mode ``fsm``."""

    def __init__(self, entries: Mapping[str, Any], shared: State) -> None:
        self.entries = entries
        self.shared = shared
        self.state = ""

    def move(self, tags: tuple[str, ...]) -> list[str]:
        if not self.state:
            self.state = next(a for a, entry in self.entries.items() if entry.get("initial"))
            return [self.state]
        for way in self.entries[self.state].get("transitions", []):
            if self.true(way["when"], tags):
                self.state = way["to"]
                break
        return [self.state]

    def true(self, condition: Mapping[str, Any], tags: tuple[str, ...]) -> bool:
        """Tell whether a condition, read anew each time, holds."""
        ((operator, operand),) = condition.items()
        if operator == "always":
            return True
        if operator == "has_tags":
            return set(operand) <= set(tags)
        ((field, bound),) = operand.items()
        value = self.shared.get(field.partition(".")[2])
        return value is not None and COMPARED[operator](value, bound)
