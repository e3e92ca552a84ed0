"""The quick way to render, for the templates that it is safe for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from jinja2 import Environment, Template
from jinja2.sandbox import SandboxedEnvironment

from eventum_core.events.template.entries import Entry
from eventum_core.events.template.knowledge import knowledge, read_only
from eventum_core.templating.compiler.unit import Compiler
from eventum_core.templating.compiler.values import Unsafe

Render: TypeAlias = Callable[[datetime, tuple[str, ...]], str]
"""Give one event's text, for its timestamp and tags."""


class Quick:
    """Makes functions of templates; `refused` says of the others why they stay as they are."""

    def __init__(self, env: Environment, entries: Mapping[str, Entry]) -> None:
        self._env = env
        self._texts = {alias: _text(env, entry) for alias, entry in entries.items()}
        self._read_only = read_only(env, self._texts.values())
        self.refused: dict[str, str] = {}

    def function(self, alias: str, template: Template, names: Mapping[str, Any]) -> Render | None:
        """Return the function that renders a template, None if that is Jinja2's business."""
        if isinstance(self._env, SandboxedEnvironment):
            self.refused[alias] = "the restricted policy looks at each call"
            return None
        compiler = Compiler(self._env, knowledge(names, self._read_only))
        try:
            return compiler.function(template, self._texts[alias])
        except Unsafe as reason:
            self.refused[alias] = str(reason)
            return None


def _text(env: Environment, entry: Entry) -> str:
    if entry.template is None:
        return entry.inline or ""
    assert env.loader is not None, "templates lie in a folder"
    return env.loader.get_source(env, entry.template.as_posix())[0]
