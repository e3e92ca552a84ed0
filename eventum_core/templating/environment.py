"""The Jinja2 environment of a run: where templates come from and what they may do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, TemplateNotFound
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import LRUCache

from eventum_core.templating import cache
from eventum_core.templating.filters import lipsum, random_filter

_NO_FILE = "<template>"
"""What Jinja2 calls the file of a template that has none."""
EXTENSIONS = ("jinja2.ext.do", "jinja2.ext.loopcontrols")


class _Confined(FileSystemLoader):
    """A loader that follows no symlink out of its folder."""

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        text, filename, fresh = super().get_source(environment, template)
        if not is_inside(Path(filename), Path(self.searchpath[0])):
            raise TemplateNotFound(template, f"{template} lies outside the project's folder")
        return text, filename, fresh


class PlainContext(Context):
    """A context that wastes no time on functions which want nothing of it: nearly all."""

    def call(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Call `function`, giving it the context or environment first where it is so marked."""
        if type(function) not in _PLAIN or hasattr(function, "jinja_pass_arg"):
            return super().call(function, *args, **kwargs)
        kwargs.pop("_block_vars", None)
        kwargs.pop("_loop_vars", None)
        try:
            return function(*args, **kwargs)
        except StopIteration:  # as Jinja2 has it: not an error
            return self.environment.undefined("a function raised StopIteration")


_PLAIN = frozenset({FunctionType, MethodType, BuiltinFunctionType})
"""Types whose objects are marked themselves, not by a ``__call__`` of their class."""


class _Remembering(Environment):
    """An environment that need not read a template twice: here, or in a process before."""

    def compile(
        self,
        source: Any,
        name: str | None = None,
        filename: str | None = None,
        raw: bool = False,
        defer_init: bool = False,
    ) -> Any:
        """Return the code of a template, or the text of that code if it is wanted `raw`."""
        if defer_init or not isinstance(source, str):
            anew: Any = super().compile
            return anew(source, name, filename, raw, defer_init)
        # The same text is other code in a sandbox, and other line numbers under another name.
        key = (type(self), source, name, filename or _NO_FILE)
        made = _made.get(key)
        if made is None:
            made = _made[key] = self._recalled(source, name, filename)
        return made.text if raw else made.code

    def _recalled(self, source: str, name: str | None, filename: str | None) -> _Made:
        parts = ("stock", signature(self), source, name, filename or _NO_FILE)
        kept = cache.get(*parts)
        if kept is not None:
            return _Made(*kept)
        text = super().compile(source, name, filename, raw=True)
        made = _Made(text, self._compile(text, filename or _NO_FILE))
        cache.put(tuple(made), *parts)
        return made


class _Made(NamedTuple):
    """Python that Jinja2 has made of a template."""

    text: str
    code: CodeType


_made: LRUCache = LRUCache(2000)
"""All that this process has needed lately: a file is checked and then run, often many times."""


def signature(env: Environment) -> tuple[object, ...]:
    """Return what decides, besides a template, about the code that an environment makes of it."""
    return (type(env).__qualname__, *map(sorted, (env.extensions, env.filters, env.tests)))


class _Sandbox(_Remembering, ImmutableSandboxedEnvironment):
    """Jinja2's strictest rules, with the columns ``_0``, ``_1`` … of headerless samples."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        column = attr.startswith("_") and attr[1:].isdecimal()
        return column or super().is_safe_attribute(obj, attr, value)


def is_inside(path: Path, folder: Path) -> bool:
    """Return whether `path` lies in `folder`, all symlinks followed."""
    return path.resolve().is_relative_to(folder.resolve())


def environment(base: Path, random: Random, *, restricted: bool = False) -> Environment:
    """Return an environment that loads from the folder `base` and draws from `random`.

    Compiled code is shared by all environments of a kind, so they all have the same filters.
    """
    kind = _Sandbox if restricted else _Remembering
    loader = _Confined(base) if restricted else FileSystemLoader(base)
    made = kind(loader=loader, extensions=EXTENSIONS)
    made.context_class = PlainContext
    made.filters["fromjson"] = json.loads
    made.filters["random"] = random_filter(random)
    made.globals["lipsum"] = lipsum(random)
    return made
