"""``${params.name}`` and ``${secrets.name}`` in a configuration's text.

The text is replaced before YAML is parsed, so a value takes the type that YAML sees in it.
Between the braces stands a Jinja2 expression, and ``{% … %}`` blocks work too; ``{{ … }}`` is left
alone. Blocks inside an ``inline:`` template belong to that template and are left alone as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from eventum_core.errors import ConfigError, EventumError, Problem

_TOKEN = re.compile(r"\$\{.*?\}")
_SIMPLE = re.compile(r"\$\{\s*params\.(\w+)\s*\}")
_BLOCK_LINE = re.compile(r"^[ \t]*\{[%#].*[%#]\}[ \t]*$", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
_MASKS = {"${": "\ue000", "{%": "\ue001", "{#": "\ue002"}
"""Stand-ins from Unicode's private use area for openings that are not ours to replace."""

_MISUSED = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What expressions raise that misuse a value, such as a filter for lists on a number."""


class SecretSource(Protocol):
    """Where secrets come from."""

    def get(self, name: str) -> str:
        """Return the secret; raise `EventumError` saying why there is none."""


def substitute(text: str, params: Mapping[str, Any], secrets: SecretSource) -> str:
    """Return `text` with every token replaced; raise `ConfigError` with every bad token."""
    if not any(opening in text for opening in _MASKS):
        return text
    masked = _mask_inline(_mask_comments(text, params))
    return _unmask(_render(masked, params, secrets))


def _render(text: str, params: Mapping[str, Any], secrets: SecretSource) -> str:
    from jinja2 import TemplateError, TemplateSyntaxError

    environment = _environment()
    try:
        tree = environment.parse(text)
        strangers = list(_unknown(tree, set(environment.globals)))
    except TemplateSyntaxError as error:
        raise ConfigError([_broken(error.message or str(error), error.lineno)]) from error
    except (TemplateError, *_MISUSED) as error:  # Jinja2 works out constants meanwhile
        raise ConfigError([_broken(f"{type(error).__name__}: {error}")]) from error
    known: dict[str, str] = {}
    if problems := [*strangers, *_missing(tree, params), *_fetch(tree, secrets, known)]:
        raise ConfigError(problems)
    try:
        result: str = environment.from_string(tree).render(params=params, secrets=known)
    except (TemplateError, *_MISUSED) as error:
        raise ConfigError([_broken(f"{type(error).__name__}: {error}")]) from error
    return result


def _environment() -> Any:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    class Environment(SandboxedEnvironment):
        def getattr(self, obj: Any, attribute: str) -> Any:
            # In a configuration `params.items` means the parameter, never the dict's method.
            if isinstance(obj, Mapping):
                return self.getitem(obj, attribute)
            return super().getattr(obj, attribute)

    return Environment(
        variable_start_string="${",
        variable_end_string="}",
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )


def _mask_comments(text: str, params: Mapping[str, Any]) -> str:
    """Hide tokens in full-line comments, which need not be known.

    A line inside a block scalar may look like a comment, so what is known is still replaced.
    """

    def mask(match: re.Match[str]) -> str:
        line = match[0]
        known = [name for name in _SIMPLE.findall(line) if name in params]
        openings = sum(line.count(opening) for opening in _MASKS)
        return line if openings == len(known) else _masked(line)

    return _COMMENT.sub(mask, text)


def _mask_inline(text: str) -> str:
    """Hide block tags inside the scalars of ``inline:`` keys."""
    if "inline" not in text or not ("{%" in text or "{#" in text):
        return text
    for start, end in sorted(_inline_spans(text), reverse=True):
        scalar = text[start:end]
        for opening in ("{%", "{#"):
            scalar = scalar.replace(opening, _MASKS[opening])
        text = text[:start] + scalar + text[end:]
    return text


def _inline_spans(text: str) -> Iterator[tuple[int, int]]:
    import yaml

    try:
        node = yaml.compose(_filled(text), Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return  # blocks that shape the YAML itself: then nothing can be told apart
    pending = [node]
    while pending:
        node = pending.pop()
        if isinstance(node, yaml.SequenceNode):
            pending += node.value
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                pending.append(value)
                if key.value == "inline" and isinstance(value, yaml.ScalarNode):
                    yield value.start_mark.index, value.end_mark.index


def _filled(text: str) -> str:
    """Return the text with what is no YAML replaced by fillers of equal length.

    Only the positions of its scalars matter.
    """
    text = _TOKEN.sub(lambda match: "x" * len(match[0]), text)
    text = _BLOCK_LINE.sub(lambda match: re.sub(r"\S.*", _as_comment, match[0]), text)
    return re.sub(r"\{[%#]|[%#]\}", "xx", text)


def _as_comment(match: re.Match[str]) -> str:
    return "#" * len(match[0])


def _masked(text: str) -> str:
    for opening, mask in _MASKS.items():
        text = text.replace(opening, mask)
    return text


def _unmask(text: str) -> str:
    for opening, mask in _MASKS.items():
        text = text.replace(mask, opening)
    return text


def _unknown(tree: Any, helpers: set[str]) -> Iterator[Problem]:
    from jinja2 import nodes
    from jinja2.meta import find_undeclared_variables

    replaced = {name.name for output in tree.find_all(nodes.Output) for name in _names(output)}
    for name in sorted(find_undeclared_variables(tree) - helpers - {"params", "secrets"}):
        line = next(found.lineno for found in _names(tree) if found.name == name)
        if name in replaced:
            fix = "only ${params.NAME} and ${secrets.NAME} are replaced"
            yield Problem("", f"unknown name in ${{{name}}}", fix=fix, line=line)
        else:
            fix = (
                "such blocks are carried out when this file is read; for a block that belongs to"
                " a template, write {% raw %} before it and {% endraw %} behind it"
            )
            yield Problem("", f"unknown name {name!r} in {{% … %}}", fix=fix, line=line)


def _names(node: Any) -> Iterator[Any]:
    from jinja2 import nodes

    yield from node.find_all(nodes.Name)


def _missing(tree: Any, params: Mapping[str, Any]) -> Iterator[Problem]:
    for name, line in _references(tree, "params"):
        if name not in params:
            fix = f"""pass it, as in --params '{{"{name}": "…"}}'"""
            yield Problem("", f"missing parameter {name!r}", fix=fix, line=line)


def _fetch(tree: Any, secrets: SecretSource, known: dict[str, str]) -> Iterator[Problem]:
    for name, line in _references(tree, "secrets"):
        try:
            known[name] = secrets.get(name)
        except EventumError as error:
            message, fix = getattr(error, "message", str(error)), getattr(error, "fix", "")
            yield Problem("", message, fix=fix, line=line)


def _references(tree: Any, root: str) -> list[tuple[str, int]]:
    """Return each first name below `root` once, with its line, unless a default guards it."""
    from jinja2 import nodes

    guarded = {
        id(part)
        for guard in tree.find_all((nodes.Filter, nodes.Test))
        if guard.name in ("default", "d", "defined")
        for part in guard.node.find_all((nodes.Getattr, nodes.Getitem))
    } | {
        id(guard.node)
        for guard in tree.find_all((nodes.Filter, nodes.Test))
        if guard.name in ("default", "d", "defined")
    }
    found: dict[str, int] = {}
    for node in tree.find_all((nodes.Getattr, nodes.Getitem)):
        if isinstance(node.node, nodes.Name) and node.node.name == root and id(node) not in guarded:
            name = node.attr if isinstance(node, nodes.Getattr) else getattr(node.arg, "value", "")
            found.setdefault(str(name), node.lineno)
    return list(found.items())


def _broken(message: str, line: int = 0) -> Problem:
    return Problem("", f"cannot replace the ${{…}} tokens: {message}", line=line)
