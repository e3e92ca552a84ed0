"""The same templates rendered twice, as Jinja2 does and the quick way."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from eventum_core.errors import ProduceError, Signal
from eventum_core.events.template.plugin import Template
from eventum_core.events.template.quick import Quick
from eventum_core.model import Moment
from eventum_core.plugin import Produce, Run
from eventum_core.seeds import Seeds
from eventum_core.state import SharedState

ZONE = ZoneInfo("Europe/Berlin")
START = datetime(2024, 3, 1, 12, 30, 15, 250_000, tzinfo=ZONE)
BLOCK = 3
"""Moments after which the draws begin anew."""
_ADDRESS = re.compile(r"0x[0-9a-f]+", re.IGNORECASE)
_PLACE = re.compile(r'File "([^"]*(?:\.jinja|<template>))", line (\d+), in (.*)')


@dataclass
class Told:
    """All that can be seen of a run: what each moment gave, and what is left behind."""

    moments: list[Any] = field(default_factory=list)
    state: str = ""
    drawn: Any = None
    refused: dict[str, str] = field(default_factory=dict)


@contextmanager
def watched(quick: bool) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    """Let templates be rendered this way; give the names they see, and what was refused."""
    seen: dict[str, Any] = {}
    refused: dict[str, str] = {}
    original = Quick.function

    def function(self: Quick, alias: str, template: Any, names: Any) -> Any:
        seen[alias] = names
        made = original(self, alias, template, names) if quick else None
        refused.update(self.refused)
        return made

    Quick.function = function  # type: ignore[method-assign]
    try:
        yield seen, refused
    finally:
        Quick.function = original  # type: ignore[method-assign]


def told(plugin: Template, base: Path, count: int, quick: bool) -> Told:
    """Return what is told of `count` moments."""
    run, result = new_run(base), Told()
    with watched(quick) as (seen, refused):
        produce = plugin.producer(run)
    result.moments = list(moments(run, produce, count))
    kept = ("params", "vars", "shared", "globals", "locals")
    state = [{key: names[key] for key in kept} for names in seen.values()]
    result.state = _ADDRESS.sub("0x", repr(state))
    result.drawn = run.random.getstate()
    result.refused = refused
    return result


def new_run(base: Path) -> Run:
    """Return a run that is the same each time."""
    return Run(
        generator="test",
        now=START,
        start=START,
        zone=ZONE,
        seeds=Seeds(7, "test"),
        base=base,
        role="event",
        random=Random(7),
        globals=SharedState(),
    )


def moments(run: Run, produce: Produce, count: int) -> Iterator[Any]:
    """Yield what each of `count` moments gives, the draws beginning anew with each block."""
    for ordinal in range(count):
        if ordinal % BLOCK == 0:
            run.random.seed(run.seeds.number("event", ordinal // BLOCK))
            for enter in run.on_block:
                enter(ordinal // BLOCK)
        yield _outcome(produce, Moment(START + timedelta(seconds=ordinal), ("a", "b<"), ordinal))


def _outcome(produce: Callable[[Moment], Any], moment: Moment) -> Any:
    try:
        return [_ADDRESS.sub("0x", text) for text in produce(moment)]
    except Signal as signal:
        return type(signal).__name__
    except ProduceError as error:
        traceback = str(error.context.get("traceback"))
        return (
            _ADDRESS.sub("0x", str(error)),
            type(error.__cause__).__name__,
            _PLACE.findall(traceback),
        )


MODULE = '''
from types import SimpleNamespace
from jinja2 import pass_environment, pass_eval_context
count = 0
table = {"a": 1}
space = SimpleNamespace(a=1, b=SimpleNamespace(c=2))
def bump():
    global count
    count += 1
    space.a += 1
    return count
def stop():
    raise StopIteration("enough")
def fail(text="no"):
    raise LookupError(text)
def echo(*args, **kwargs):
    return f"{args} {sorted(kwargs.items())}"
def change(mapping):
    mapping["changed"] = mapping.get("changed", 0) + 1
    return ""
def later():
    yield from "xyz"
@pass_environment
def has(environment, name):
    return name in environment.filters
@pass_eval_context
def escapes(eval_ctx):
    return eval_ctx.autoescape
class Odd:
    """Has what is hard to guess."""
    x = 1
    def __init__(self): self.calls = 0
    def __getitem__(self, key): return f"item {key}"
    def __str__(self): raise ValueError("no text")
    @property
    def moody(self):
        self.calls += 1
        if self.calls % 2:
            raise AttributeError("not today")
        return self.calls
    @property
    def broken(self): raise KeyError("broken")
odd = Odd()
class Called:
    def __call__(self, *args): return f"called {args}"
called = Called()
class Dict(dict):
    def items(self): return [("mine", 1)]
mine = Dict(a=1, items=2)
'''
CONTEXT_MODULE = """
from jinja2 import pass_context
@pass_context
def seen(context, name):
    return context.get(name, "nothing")
class Teller:
    @pass_context
    def tell(self, context): return context.get("timestamp", "none")
teller = Teller()
"""

WORLD: dict[str, Any] = {
    "params": {
        "text": "plain <b>'t'</b> & \"q\"",
        "number": 5,
        "zero": 0,
        "minus": -0.0,
        "ratio": 0.25,
        "yes": True,
        "no": False,
        "none": None,
        "list": [3, 1, 2],
        "empty": [],
        "word": "abc",
        "map": {"a": 1, "b": {"c": [1, {"d": "deep"}]}, "items": "it", "get": "got"},
        "items": "shadow",
        "keys": [1],
        "?": "question",
        "->": "arrow",
        "Ünï": "cödé",
        "rows": [{"k": "x", "n": 1}, {"k": "y", "n": 2}, {"k": "x", "n": 3}, {"n": 4}],
    },
    "samples": {
        "users": {
            "type": "items",
            "source": [
                {"name": "ann", "count": 4, "weight": 1, "role": "admin", "index": 9},
                {"name": "böb<", "count": 5, "weight": 3, "role": "user", "index": 8},
                {"name": "cyn", "count": 6, "weight": 0, "role": "user", "index": 7},
            ],
        },
        "pairs": {"type": "items", "source": [[1, "one"], [2, "two"]]},
        "words": {"type": "items", "source": ["red", "green", "blue"]},
        "empty": {"type": "csv", "source": "empty.csv", "header": True},
        "twice": {"type": "csv", "source": "twice.csv", "header": True},
    },
}
FILES = {
    "empty.csv": "name,age\n",
    "twice.csv": "a,a,b,_0,where,__len__,self\n1,2,3,4,5,6,7\n",
    "odd_module.py": MODULE,
    "context_module.py": CONTEXT_MODULE,
    "broken_module.py": "raise ValueError('at import')",
    "macros.jinja": (
        "{% set limit = 9 %}{% set word = 'w' %}{% set _own = 1 %}"
        "{% macro add(a, b=2) %}{{ a }}+{{ b }}{% endmacro %}"
        "{% macro wrap() %}<{{ caller() }}>{% endmacro %}"
        "{% macro rest(x) %}{{ x }}{{ varargs }}{{ kwargs }}{% endmacro %}"
        "{% macro sees() %}{{ timestamp }}|{{ params.word }}|{{ vars }}|{{ locals.n }}|{{ tags }}"
        "{% endmacro %}{% macro outer(n) %}{{ add(n, b=n) }}{{ limit }}{% endmacro %}"
        "{% macro change(k) %}{% do params.update({k: 1}) %}{% endmacro %}"
    ),
    "effects.jinja": "{% do shared.set('e', (shared.e or 0) + 1) %}{% set n = shared.e %}",
    "lists.jinja": "{% set items = [1, 2] %}{% macro grow() %}{% do items.append(3) %}{{ items }}"
    "{% endmacro %}",
    "words.jinja": "text\n{% set a = 1 %}{% import 'macros.jinja' as m %}{{ m.limit }}\n",
    "itself.jinja": "{% import 'itself.jinja' as me %}{% macro m() %}x{% endmacro %}",
    "fails.jinja": "{% macro fail(x) %}\n\n{{ x.y.z }}{% endmacro %}",
    "base.jinja": "<{% block inner %}base{% endblock %}>",
    "part.jinja": "part {{ word }} {{ timestamp.year }}",
    "folder/deep.jinja": "{% macro m() %}deep{% endmacro %}",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the templates of the corpus import, read and call."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.fixture
def both(project: Path) -> Callable[..., tuple[Told, Told]]:
    """Return a function that renders a text both ways and gives what is told of either."""

    def both(text: str, count: int = 7, files: dict[str, str] | None = None, **options: Any) -> Any:
        for name, content in (files or {}).items():
            (project / name).write_text(content, encoding="utf-8")
        entry = {"inline": text, "vars": {"v": 1, "list": [1], "word": "var"}}
        settings = {"mode": "all", "templates": [{"a": entry}], **WORLD, **options}
        results = []
        for quick in (False, True):
            forget()
            results.append(told(Template.model_validate(settings), project, count, quick))
        forget()
        return tuple(results)

    return both


def forget() -> None:
    """Let the modules of a test be imported anew."""
    for name in ("odd_module", "broken_module", "context_module"):
        sys.modules.pop(name, None)


@pytest.fixture
def plain() -> Callable[[Template, Path], list[Any]]:
    """Return a function that gives a plugin's first moments, unwatched."""

    def plain(plugin: Template, base: Path) -> list[Any]:
        run = new_run(base)
        return list(moments(run, plugin.producer(run), 2))

    return plain


@pytest.fixture
def tell() -> Callable[..., Told]:
    """Return a function that tells of a plugin's moments, rendered as is asked."""
    return told
