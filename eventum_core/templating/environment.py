"""The Jinja2 environment of a run: where templates come from and what they may do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

from jinja2 import BytecodeCache, Environment, FileSystemLoader, TemplateNotFound
from jinja2.bccache import Bucket
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import LRUCache

from eventum_core.templating.filters import lipsum, random_filter

EXTENSIONS = ("jinja2.ext.do", "jinja2.ext.loopcontrols")


class _CodeCache(BytecodeCache):
    """Code that this process has compiled: a file is checked and then run, often many times."""

    def __init__(self) -> None:
        self._codes = LRUCache(2000)

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key, bucket.checksum] = bucket.code


_CODES = {False: _CodeCache(), True: _CodeCache()}
"""Whether sandboxed → its cache; the two kinds of code differ."""


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
    """An environment that need not read a template twice: to render it, and to compile it anew."""

    def compile(
        self,
        source: Any,
        name: str | None = None,
        filename: str | None = None,
        raw: bool = False,
        defer_init: bool = False,
    ) -> Any:
        """Return the code of a template, or the text of that code if it is wanted `raw`."""
        key = (type(self), source, name, filename, defer_init)
        text = _texts.get(key)
        if text is None:
            text = super().compile(source, name, filename, raw=True, defer_init=defer_init)
            _texts[key] = text
        return text if raw else self._compile(text, filename or "<template>")


_texts: LRUCache = LRUCache(200)
"""Python that Jinja2 has made of templates in this process."""


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
    made = kind(loader=loader, extensions=EXTENSIONS, bytecode_cache=_CODES[restricted])
    made.context_class = PlainContext
    made.filters["fromjson"] = json.loads
    made.filters["random"] = random_filter(random)
    made.globals["lipsum"] = lipsum(random)
    return made
