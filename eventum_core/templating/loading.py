"""From a template's file or text to the compiled template, and where in it an error came from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from traceback import walk_tb
from typing import NamedTuple

from jinja2 import (
    Environment,
    Template,
    TemplateAssertionError,
    TemplateNotFound,
    TemplateSyntaxError,
    nodes,
)

from eventum_core.errors import ConfigError, Problem

INLINE = "<inline>"
"""Stands for the file's name where the template is written in the configuration."""

_UNUSABLE = (TemplateSyntaxError, OSError, UnicodeDecodeError, SyntaxError, RecursionError)


class Source(NamedTuple):
    """Where a template is: in a file of the environment's folder, or else in `text`."""

    file: Path | None
    text: str | None

    @property
    def name(self) -> str:
        """The file as templates name it, or what stands for it."""
        return INLINE if self.file is None else self.file.as_posix()


def load(env: Environment, source: Source, path: str) -> Template:
    """Return the compiled template; raise `ConfigError` with all that is wrong, told of `path`."""
    try:
        return _compiled(env, source)
    except _UNUSABLE as error:
        reasons = list(_reasons(env, source, error))
        raise ConfigError([Problem(path, reason) for reason in reasons]) from error


def place(error: BaseException) -> str:
    """Return name and line of the innermost template that `error` passed through."""
    if isinstance(error, TemplateSyntaxError):
        return f"{error.name}, line {error.lineno}"
    found = "outside of the template"
    for frame, line in walk_tb(error.__traceback__):
        template = frame.f_globals.get("__jinja_template__")
        if template is not None:
            found = f"{template.name}, line {template.get_corresponding_lineno(line)}"
    return found


def _compiled(env: Environment, source: Source) -> Template:
    if source.file is not None:
        return env.get_template(source.name)
    return Template.from_code(env, env.compile(source.text or "", INLINE), env.make_globals(None))


def _reasons(env: Environment, source: Source, error: Exception) -> Iterator[str]:
    """Yield what is wrong with a template that does not compile."""
    name = source.name
    if isinstance(error, TemplateNotFound):
        yield f"{name}: no such file in the folder of the configuration"
    elif isinstance(error, TemplateAssertionError) and (unknown := [*_unknown(env, source)]):
        yield from (f"{name}, line {line}: {text}" for line, text in unknown)
    elif isinstance(error, TemplateSyntaxError):
        yield f"{name}, line {error.lineno}: {error.message}"
    elif isinstance(error, RecursionError):
        yield f"{name}: an expression or block is nested too deeply"
    else:
        yield f"{name}: {error}"


def _unknown(env: Environment, source: Source) -> Iterator[tuple[int, str]]:
    """Yield line and description of each filter and test that does not exist."""
    for node in env.parse(_text(env, source)).find_all((nodes.Filter, nodes.Test)):
        is_filter = isinstance(node, nodes.Filter)
        known = env.filters if is_filter else env.tests
        if node.name not in known:
            yield node.lineno, f"no {'filter' if is_filter else 'test'} named {node.name!r}"


def _text(env: Environment, source: Source) -> str:
    if source.file is None or env.loader is None:
        return source.text or ""
    return env.loader.get_source(env, source.name)[0]
