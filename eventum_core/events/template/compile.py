"""From an entry's file or text to the function that renders it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from traceback import format_exception
from typing import Any

from jinja2 import Environment, Template
from jinja2.debug import rewrite_traceback_stack

from eventum_core.errors import ConfigError, Problem, ProduceError, Signal
from eventum_core.events.template.entries import Entry
from eventum_core.events.template.quick import Quick, Render
from eventum_core.templating.loading import Source, load, place

# `SystemExit` too: a template that calls `sys.exit` must not cut the run short behind its back.
_ANYTHING = (Exception, SystemExit, GeneratorExit)


def compile_entries(env: Environment, entries: Mapping[str, Entry]) -> dict[str, Template]:
    """Return each alias's template; raise `ConfigError` with whatever is wrong in any of them."""
    templates: dict[str, Template] = {}
    problems: list[Problem] = []
    for position, (alias, entry) in enumerate(entries.items()):
        key = "template" if entry.inline is None else "inline"
        source = Source(entry.template, entry.inline)
        try:
            templates[alias] = load(env, source, f"templates[{position}].{alias}.{key}")
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return templates


def renderer(
    alias: str,
    template: Template,
    locals: Any,
    constants: Mapping[str, Any],
    quick: Quick | None = None,
) -> Render:
    """Return the function that renders one alias.

    `locals` counts as a global of the template, so that macros imported without context see
    the state of the alias being rendered; `constants` is the alias's ``vars``.
    """
    names = {**template.globals, "locals": locals}
    made = quick.function(alias, template, {**names, "vars": constants}) if quick else None
    function = made or _stock(template, names, constants)

    def render(timestamp: datetime, tags: tuple[str, ...]) -> str:
        try:
            return function(timestamp, tags)
        except Signal:
            raise
        except _ANYTHING as error:  # a template is user code
            raise _failure(alias, error) from error

    return render


def _stock(template: Template, names: Mapping[str, Any], constants: Mapping[str, Any]) -> Render:
    """Return the function that renders a template as Jinja2 does."""
    env, root = template.environment, template.root_render_func
    global_names = set(names)

    def render(timestamp: datetime, tags: tuple[str, ...]) -> str:
        own = {**names, "vars": constants, "timestamp": timestamp, "tags": tags}
        context = env.context_class(env, own, template.name, template.blocks)
        context.globals_keys = global_names
        return "".join(root(context))

    return render


def _failure(alias: str, error: BaseException) -> ProduceError:
    """Return what is told of an error raised by a template; called where it is handled."""
    where = place(error)  # the traceback is about to be rewritten
    details = {
        "reason": str(error),
        "traceback": "".join(format_exception(rewrite_traceback_stack())),
        "template_alias": alias,
    }
    return ProduceError(f"{alias}: {type(error).__name__}: {error} ({where})", details)
