"""What is known of a run's objects before its first template is rendered."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from jinja2 import Environment, TemplateNotFound
from jinja2.environment import TemplateModule

from eventum_core.events.template.dispatch import Dispatch
from eventum_core.events.template.modules import Modules
from eventum_core.events.template.rand import Rand, running_sums, weighted_picker
from eventum_core.events.template.rand_crypto import Crypto, Instants
from eventum_core.events.template.rand_network import Network
from eventum_core.events.template.rand_number import Number
from eventum_core.events.template.rand_string import String
from eventum_core.events.template.tables import Sample, Samples
from eventum_core.state import State, unshared
from eventum_core.templating.compiler.paths import refuse_context
from eventum_core.templating.compiler.values import Knowledge, Unsafe, is_literal

_RAND = (Rand, Crypto, Instants, Network, Number, String)
_PLAIN = (*_RAND, Dispatch, Sample, State)
_TEXTS = (Crypto, Network, String)
"""All that they draw is text."""
_LIBRARY = frozenset(
    {
        *("base64", "binascii", "calendar", "datetime", "hashlib", "_hashlib", "html", "ipaddress"),
        *("json", "math", "re", "statistics", "string", "struct", "textwrap", "unicodedata"),
        *("urllib.parse", "zlib"),
    }
)
"""Modules whose functions want nothing of a template's context and never raise `StopIteration`."""
_BUNDLED = frozenset({"rand", "faker", "mimesis"})
_DRAWING = frozenset({"random", "secrets", "uuid"})
"""Modules of which each run has a copy of its own."""
ARGUMENTS = {"timestamp": datetime, "tags": tuple}


def knowledge(names: Mapping[str, Any], read_only: frozenset[str]) -> Knowledge:
    """Return what is known where templates see these names, and never change those."""
    samples = [sample for sample in vars(names["samples"]).values() if len(sample)]

    def with_attribute(name: str) -> frozenset[type]:
        return frozenset(type(s[0]) for s in samples if name in s.columns and _is_cell(s, name))

    return Knowledge(
        names=names,
        arguments=ARGUMENTS,
        settled=_is_settled,
        plain=_is_plain,
        result=_result,
        prepared=_prepared,
        direct=_direct,
        reader=_reader,
        with_attribute=with_attribute,
        matching=_matching,
        own=frozenset({"vars"}),
        read_only=read_only,
    )


def _is_settled(owner: Any, name: Any) -> bool:
    if not isinstance(name, str) or name.startswith("_"):
        return False
    match owner:
        case State() | Sample():
            # A property of a sample makes a new list whenever it is read.
            return callable(getattr(type(owner), name, None)) and hasattr(owner, name)
        case Modules():
            return _is_module(owner, name)
        case Samples() | TemplateModule():
            return name in vars(owner)
        case ModuleType():
            return owner.__name__ in _LIBRARY | _DRAWING
        case type():
            return owner.__module__ in _LIBRARY
    return isinstance(owner, _RAND)


def _is_module(modules: Modules, name: str) -> bool:
    """Return whether there is a module that may be had now; others wait until they are rendered.

    Raise `Unsafe` if another seems to have functions that want the context.
    """
    if name in _BUNDLED | _LIBRARY | _DRAWING:
        modules[name]
        return True
    for part in {name.partition(".")[0], name}:
        _refuse_for_jinja(part)
    return False


def _refuse_for_jinja(name: str) -> None:
    if name in sys.modules:
        for value in list(vars(sys.modules[name]).values()):
            for function in vars(value).values() if isinstance(value, type) else (value,):
                if isinstance(function, FunctionType):
                    refuse_context(function)
    elif name.isidentifier() and b"pass_context" in _code(name):
        raise Unsafe(f"the module {name} may have functions that want the context")


def _code(name: str) -> bytes:
    """Return the text of a module that is not imported yet, as far as it has any."""
    if name in sys.stdlib_module_names:
        return b""
    try:
        spec = find_spec(name)
        return Path(spec.origin).read_bytes() if spec and spec.origin else b""
    except (ImportError, OSError, ValueError):
        return b""


def _is_plain(function: Any) -> bool:
    if isinstance(getattr(function, "__self__", None), _PLAIN):
        return True
    return callable(function) and getattr(function, "__module__", None) in _LIBRARY


def _result(function: Any) -> type | None:
    owner, name = getattr(function, "__self__", None), getattr(function, "__name__", "")
    if isinstance(owner, Sample) and name in ("pick", "weighted_pick"):
        return type(owner[0]) if len(owner) else None
    return str if isinstance(owner, _TEXTS) else None


def _reader(owner: Any) -> Callable[[str], Any] | None:
    if not isinstance(owner, State):
        return None
    values = unshared(owner)
    return owner.get if values is None else values.get


def _matching(items: Any, name: str, value: Any) -> list[Any] | None:
    if isinstance(items, Sample) and len(items) and _is_cell(items, name) and name != "self":
        return list(items.where(**{name: value}))
    return None


def _is_cell(sample: Sample, name: str) -> bool:
    """Return whether the rows have an attribute of this name, which one column gives."""
    is_one = sample.columns.count(name) == 1 and not hasattr(tuple, name)
    return is_one and isinstance(getattr(type(sample[0]), name, None), property)


def _prepared(function: Any, args: tuple[Any, ...]) -> Callable[[], Any] | None:
    """Return a draw whose arguments were looked at once, for the one that looks at many."""
    match getattr(function, "__self__", None), getattr(function, "__name__", ""), args:
        case Rand() as rand, "weighted_choice", (list(items), list(weights)):
            return _weighted(rand, items, weights)
    return None


def _direct(function: Any, count: int) -> Callable[..., Any] | None:
    """Return what reads or writes a store of one thread, without the detour of its method."""
    owner = getattr(function, "__self__", None)
    values = unshared(owner) if isinstance(owner, State) else None
    if values is None:
        return None
    match getattr(function, "__name__", ""), count:
        case "get", 1 | 2:
            return values.get
        case "set", 2:
            return values.__setitem__
    return None


def _weighted(rand: Rand, items: list[Any], weights: list[Any]) -> Callable[[], Any] | None:
    if not all(map(_is_fixed, items)):
        return None  # each draw gives an object of its own
    try:
        sums = running_sums(weights, len(items))
    except (TypeError, ValueError):
        return None  # to be told when it is drawn
    return weighted_picker(rand, items, sums)


def _is_fixed(item: Any) -> bool:
    return is_literal(item) or (isinstance(item, tuple) and all(map(_is_fixed, item)))


_IMPORT = re.compile(
    r"\{%[-+]?\s*(?:import|include|extends|from)\b\s*"
    r"(?:(?:'([^'\\]*)'|\"([^\"\\]*)\")\s*(?=as\b|import\b|with|ignore\b|[-+]?%\})|(\S))"
)
_USE = r"\b{}\b(?:\s*\.\s*(\w+)|\s*\[\s*(?:'([^'\\]*)'|\"([^\"\\]*)\")\s*\]|)"
_READING = ("get", "items", "keys", "values")


def read_only(env: Environment, sources: Iterable[str]) -> frozenset[str]:
    """Return which of ``params`` and ``vars`` no template changes, as far as their texts show."""
    texts = list(_with_imports(env, sources))
    return frozenset(n for n in ("params", "vars") if all(_only_reads(text, n) for text in texts))


def _with_imports(env: Environment, sources: Iterable[str]) -> Iterator[str]:
    """Yield texts and those of all that they import; nonsense where that cannot be known."""
    waiting, seen = list(sources), set[str]()
    while waiting:
        text = waiting.pop()
        yield text
        for single, double, other in _IMPORT.findall(text):
            name = single or double
            if other:
                yield "params vars"
            elif name not in seen:
                seen.add(name)
                waiting += _source(env, name)


def _source(env: Environment, name: str) -> list[str]:
    assert env.loader is not None, "templates lie in a folder"
    try:
        return [env.loader.get_source(env, name)[0]]
    except (TemplateNotFound, OSError, UnicodeDecodeError):
        return []


def _only_reads(text: str, name: str) -> bool:
    """Return whether a text only reads items of the dict that a name stands for."""
    for names in re.findall(_USE.format(name), text):
        key = "".join(names)
        if not key or (hasattr(dict, key) and key not in _READING):
            return False
    return True
