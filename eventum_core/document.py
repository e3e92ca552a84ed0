"""A configuration's text as a tree: YAML, dotted keys, and where each part stands.

A path is a tuple of keys and positions, written as ``output[1].http.url``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from eventum_core.errors import ConfigError, Problem

Place: TypeAlias = tuple[str | int, ...]

DEEPEST = 100
"""Levels of lists and mappings in a document."""
MOST_REPEATED = 100_000
"""Lists and mappings that aliases may repeat."""
_UNREADABLE = (ValueError, AttributeError, LookupError, TypeError)
"""What PyYAML raises for scalars that are not what they look like or what their tag says."""


def read(path: Path, *, missing: str = "", folder: str = "") -> str:
    """Return a file's text; raise `ConfigError` if there is none.

    `missing` and `folder` are what to do about a file that is not there or is a folder.
    """
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError.single(f"not UTF-8 text: {error}", fix="save it as UTF-8") from error
    except IsADirectoryError as error:
        raise ConfigError.single("this is a folder, not a file", fix=folder) from error
    except OSError as error:
        fix = missing if isinstance(error, FileNotFoundError) else ""
        raise ConfigError.single(f"cannot be read: {error.strerror}", fix=fix) from error


def parse(text: str) -> Any:
    """Return the YAML document; raise `ConfigError` with the line if it is none."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(text, loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or str(error)
        line = mark.line + 1 if mark else 0
        fix = "quote values that contain ': ', '#', quotes or braces"
        raise ConfigError([Problem("", f"not valid YAML: {reason}", fix=fix, line=line)]) from error
    except _UNREADABLE as error:
        raise ConfigError([_unreadable(text, error)]) from error
    except RecursionError as error:
        raise ConfigError([Problem("", f"not valid YAML: {error}")]) from error


def _unreadable(text: str, error: Exception) -> Problem:
    """Return what is wrong with the first scalar that looks like a date or number but is none."""
    import yaml

    # Of the others only PyYAML knows what their messages mean.
    reason = str(error) if isinstance(error, ValueError) else "its tag does not fit it"
    try:
        pending = [yaml.compose(text, Loader=yaml.SafeLoader)]
    except yaml.YAMLError as broken:
        return Problem("", f"not valid YAML: {broken}")
    while pending:
        node = pending.pop(0)
        if isinstance(node, yaml.ScalarNode):
            try:
                yaml.SafeLoader("").construct_object(node)
            except _UNREADABLE:
                fix = "mend it, or quote it if it is meant as text"
                line = node.start_mark.line + 1
                return Problem("", f"not a value: {reason}", node.value, fix, line=line)
        elif isinstance(node, yaml.MappingNode):
            pending += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            pending += node.value
    return Problem("", f"not valid YAML: {reason}")


def text_of(path: Sequence[str | int]) -> str:
    """Return a path as people write it."""
    text = ""
    for part in path:
        name = str(part) or "''"  # a key may be empty, and has to be seen all the same
        text += f"[{part}]" if isinstance(part, int) else f".{name}" if text else name
    return text


def parts_of(text: str) -> Place:
    """Return a path from its text, as far as keys without dots and brackets go."""
    parts: list[str | int] = []
    for part in text.replace("[", ".[").split("."):
        if part.startswith("["):
            parts.append(int(part[1:-1]) if part[1:-1].isdigit() else part)
        elif part:
            parts.append(part)
    return tuple(parts)


def expand(document: Any) -> tuple[Any, list[Problem]]:
    """Return the document with ``a.b: 1`` written as ``a: {b: 1}``, and every conflict.

    Keys with an empty segment and keys that are no text stay as they are, and so do conditions
    (``when:`` of a transition), whose dotted keys name state fields. Raises `ConfigError` for what
    is nested too deep or repeated by aliases too often.
    """
    expansion = _Expansion()
    return expansion.of(document, (), frozenset()), expansion.problems


class _Expansion:
    """What has been seen of a document while it is expanded."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._seen: set[int] = set()
        self._repeated = 0

    def of(self, node: Any, path: Place, above: frozenset[int], literal: bool = False) -> Any:
        """Return a part of the document, expanded; `above` are those that it lies in.

        What is `literal` stays as it is: conditions and whatever they contain.
        """
        if not isinstance(node, dict | list):
            return node
        if id(node) in above:
            self.problems.append(Problem(text_of(path), "an alias refers to what contains it"))
            return None
        self._bound(node, path, above)
        above |= {id(node)}
        literal = literal or _is_condition(path)
        if isinstance(node, list):
            return [self.of(item, (*path, i), above, literal) for i, item in enumerate(node)]
        result: dict[Any, Any] = {}
        for key, value in node.items():
            parts = (key,) if literal else _split(key)
            place = (*path, *parts)
            _put(result, parts, self.of(value, place, above, literal), place, self.problems)
        return result

    def _bound(self, node: Any, path: Place, above: frozenset[int]) -> None:
        """Raise `ConfigError` where a few lines would fill all memory, or the stack."""
        if len(above) == DEEPEST:
            told = f"it is nested more than {DEEPEST} levels deep"
            raise ConfigError.single(told, path=text_of(path))
        self._repeated += id(node) in self._seen
        self._seen.add(id(node))
        if self._repeated > MOST_REPEATED:  # each alias of aliases multiplies
            told = f"aliases repeat more than {MOST_REPEATED:,} lists and mappings"
            raise ConfigError.single(told, path=text_of(path))


def _is_condition(path: Place) -> bool:
    return len(path) > 3 and path[-1] == "when" and path[-3] == "transitions"


def _split(key: Any) -> tuple[Any, ...]:
    if isinstance(key, str) and "." in key:
        parts = key.split(".")
        if all(parts) and len(parts) <= DEEPEST:
            return tuple(parts)
    return (key,)


def _put(
    target: dict[Any, Any], keys: Place, value: Any, path: Place, problems: list[Problem]
) -> None:
    for depth, key in enumerate(keys[:-1], start=len(path) - len(keys) + 1):
        inner = target.setdefault(key, {})
        if not isinstance(inner, dict):
            problems.append(_conflict(path[:depth]))
            return
        target = inner
    _merge(target, keys[-1], value, path, problems)


def _merge(
    target: dict[Any, Any], key: Any, value: Any, path: Place, problems: list[Problem]
) -> None:
    if key not in target:
        target[key] = value
    elif isinstance(target[key], dict) and isinstance(value, dict):
        for inner, item in value.items():
            _merge(target[key], inner, item, (*path, inner), problems)
    else:
        problems.append(_conflict(path))


def _conflict(path: Place) -> Problem:
    return Problem(
        text_of(path),
        "set twice, once by a dotted key",
        fix="keep one spelling: nested keys or the dotted one",
    )


def line_of(text: str, path: Sequence[str | int]) -> int:
    """Return the line, from 1, of the deepest part of `path` that `text` has; 0 if none."""
    import yaml

    try:
        node = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError:
        return 0
    line = 0
    rest = list(path)
    while rest:
        found = next(_steps(node, rest), None)
        if found is None:
            rest = rest[1:] if line else []  # a part that only the schema knows, such as a tag
            continue
        taken, node, mark = found
        line = mark.line + 1
        rest = rest[taken:]
    return line


def _steps(node: Any, rest: list[str | int]) -> Iterator[tuple[int, Any, Any]]:
    import yaml

    if isinstance(node, yaml.SequenceNode) and isinstance(rest[0], int):
        if rest[0] < len(node.value):
            yield 1, node.value[rest[0]], node.value[rest[0]].start_mark
    elif isinstance(node, yaml.MappingNode):
        for taken in range(len(rest), 0, -1):
            wanted = ".".join(str(part) for part in rest[:taken])
            for key, value in node.value:
                if key.value == wanted:
                    yield taken, value, key.start_mark
