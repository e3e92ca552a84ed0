"""From an entry's file or text to the function that renders it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from traceback import format_exception, walk_tb
from typing import Any, TypeAlias

from jinja2 import (
    Environment,
    Template,
    TemplateAssertionError,
    TemplateNotFound,
    TemplateSyntaxError,
    nodes,
)
from jinja2.debug import rewrite_traceback_stack
from jinja2.utils import LRUCache

from eventum_core.errors import ConfigError, Problem, ProduceError, Signal
from eventum_core.events.template.entries import Entry

Render: TypeAlias = Callable[[datetime, tuple[str, ...]], str]
"""Give one event's text, for its timestamp and tags."""

INLINE = "<inline>"
"""Stands for the file's name where the template is written in the configuration."""

_codes: LRUCache = LRUCache(500)
"""Compiled inline templates of the process, by kind of environment and text."""

# `SystemExit` too: a template that calls `sys.exit` must not cut the run short behind its back.
_ANYTHING = (Exception, SystemExit, GeneratorExit)
_UNUSABLE = (TemplateSyntaxError, OSError, UnicodeDecodeError, SyntaxError, RecursionError)


def compile_entries(env: Environment, entries: Mapping[str, Entry]) -> dict[str, Template]:
    """Return each alias's template; raise `ConfigError` with whatever is wrong in any of them."""
    templates, problems = {}, []
    for place, (alias, entry) in enumerate(entries.items()):
        key = "template" if entry.inline is None else "inline"
        try:
            templates[alias] = _load(env, entry)
        except _UNUSABLE as error:
            path = f"templates[{place}].{alias}.{key}"
            problems += [Problem(path, text) for text in _reasons(env, entry, error)]
    if problems:
        raise ConfigError(problems)
    return templates


def _load(env: Environment, entry: Entry) -> Template:
    if entry.template is not None:
        return env.get_template(entry.template.as_posix())
    key = (type(env), entry.inline or "")
    # A suite of many small tests renders the same few texts over and over.
    code = _codes.get(key) or _codes.setdefault(key, env.compile(key[1], INLINE))
    return Template.from_code(env, code, env.make_globals(None))


def _reasons(env: Environment, entry: Entry, error: Exception) -> Iterator[str]:
    """Yield what is wrong with a template that does not compile."""
    name = entry.template.as_posix() if entry.template else INLINE
    if isinstance(error, TemplateNotFound):
        yield f"{name}: no such file in the folder of the configuration"
    elif isinstance(error, TemplateAssertionError) and (unknown := [*_unknown(env, entry)]):
        yield from (f"{name}, line {line}: {text}" for line, text in unknown)
    elif isinstance(error, TemplateSyntaxError):
        yield f"{name}, line {error.lineno}: {error.message}"
    elif isinstance(error, RecursionError):
        yield f"{name}: an expression or block is nested too deeply"
    else:
        yield f"{name}: {error}"


def _unknown(env: Environment, entry: Entry) -> Iterator[tuple[int, str]]:
    """Yield line and description of each filter and test that does not exist."""
    for node in env.parse(_source(env, entry)).find_all((nodes.Filter, nodes.Test)):
        is_filter = isinstance(node, nodes.Filter)
        known = env.filters if is_filter else env.tests
        if node.name not in known:
            yield node.lineno, f"no {'filter' if is_filter else 'test'} named {node.name!r}"


def _source(env: Environment, entry: Entry) -> str:
    if entry.template is None or env.loader is None:
        return entry.inline or ""
    return env.loader.get_source(env, entry.template.as_posix())[0]


def renderer(alias: str, template: Template, locals: Any, constants: Mapping[str, Any]) -> Render:
    """Return the function that renders one alias.

    `locals` counts as a global of the template, so that macros imported without context see
    the state of the alias being rendered; `constants` is the alias's ``vars``.
    """
    env, root = template.environment, template.root_render_func
    names = {**template.globals, "locals": locals}
    global_names = set(names)
    names["vars"] = constants

    def render(timestamp: datetime, tags: tuple[str, ...]) -> str:
        own = {**names, "timestamp": timestamp, "tags": tags}
        context = env.context_class(env, own, template.name, template.blocks)
        context.globals_keys = global_names
        try:
            return "".join(root(context))
        except Signal:
            raise
        except _ANYTHING as error:  # a template is user code
            raise _failure(alias, error) from error

    return render


def _failure(alias: str, error: BaseException) -> ProduceError:
    """Return what is told of an error raised by a template; called where it is handled."""
    place = _place(error)
    details = {
        "reason": str(error),
        "traceback": "".join(format_exception(rewrite_traceback_stack())),
        "template_alias": alias,
    }
    return ProduceError(f"{alias}: {type(error).__name__}: {error} ({place})", details)


def _place(error: BaseException) -> str:
    """Return name and line of the innermost template that `error` passed through."""
    if isinstance(error, TemplateSyntaxError):
        return f"{error.name}, line {error.lineno}"
    place = "outside of the template"
    for frame, line in walk_tb(error.__traceback__):
        template = frame.f_globals.get("__jinja_template__")
        if template is not None:
            place = f"{template.name}, line {template.get_corresponding_lineno(line)}"
    return place
