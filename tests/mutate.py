"""Mutations of YAML documents: what a tired person, a bad merge or a broken disk may do to one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import Any

import yaml

VALUES: list[Any] = [
    *(None, True, False, 0, -1, 1, 3, 10**30, -(10**30), 1e308, float("nan"), float("inf"), 0.1),
    *(
        "",
        " ",
        "x",
        "é" * 300,
        "\0",
        "\x1b[0m",
        "𝄞",
        "\ud800",
        "null",
        "~",
        "0x1F",
        "1_000",
        "1:30",
    ),
    *("now", "never", "+1h", "-9999y", "+1e9d", "2026-02-30", "9999-12-31T23:59:59", "soon"),
    *(
        "/",
        ".",
        "..",
        "../../etc/passwd",
        "gone.txt",
        "a" * 5000,
        "*",
        "[",
        "(",
        "(?P<timestamp>a)",
    ),
    *("{{", "{{ nobody }}", "{% for %}", "${params.gone}", "${secrets.gone}", "${", "{% raw %}"),
    *("http://", "http://user:pw@host:99999/", "sqlite://", "utf_8", "rot13", "json", "cron"),
    *([], {}, [[]], [{}], {"a": 1}, {1: 2}, {None: None}, {"a.b": 1, "a": 2}, ["x", 1, None]),
    *([{"cron": {}}], {"template": "x"}, {"format": "json", "indent": "2"}, [[[[[1]]]]]),
    *(b"bytes", {"set", "of"}, [None] * 300),
]
ODD = ["\t", ":", ": ", "- ", "#", "&a ", "*a ", "!!", "!!python/none ", "%", "@", "`", "'", '"']
ODD += [
    "{",
    "}",
    "[",
    "]",
    "|",
    ">",
    ",",
    "\0",
    "\ufeff",
    "\u2028",
    "é",
    "---\n",
    "...\n",
    "<<: *a",
]
ODD += ["!!binary x", "!!timestamp x", "? ", "\r", "\x7f", "${", "}", "{%", "%}", "{#", "$${"]

Node = dict[Any, Any] | list[Any]


def mutated(text: str, random: Random) -> bytes:
    """Return a document with one or two things wrong, or by luck none."""
    for _ in range(random.choice([1, 1, 1, 2])):
        change = random.choice([*TREE, *TREE, *TEXT])
        text = change(text, random) if change in TEXT else _on_tree(change, text, random)
    return text.encode("utf-8", "surrogatepass")


def _on_tree(change: Callable[[Any, Random], Any], text: str, random: Random) -> str:
    try:
        tree = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, AttributeError, LookupError, TypeError):
        return text
    changed = change(deepcopy(tree), random)
    return yaml.safe_dump(changed, allow_unicode=True, sort_keys=False, width=1000)


def _places(node: Any, above: tuple[int, ...] = ()) -> Iterator[tuple[Node, Any]]:
    """Yield every container with each of its keys or positions, one inside itself once."""
    if isinstance(node, dict | list) and id(node) not in above:
        for key in list(node) if isinstance(node, dict) else range(len(node)):
            yield node, key
            yield from _places(node[key], (*above, id(node)))


def _place(tree: Any, random: Random) -> tuple[Any, Any]:
    found = list(_places(tree))
    return random.choice(found) if found else ({"": None}, "")


def _delete(tree: Any, random: Random) -> Any:
    node, key = _place(tree, random)
    del node[key]
    return tree


def _duplicate(tree: Any, random: Random) -> Any:
    node, key = _place(tree, random)
    if isinstance(node, list):
        node.insert(key, deepcopy(node[key]))
    else:
        node[f"{key}.{random.choice('ab')}"] = deepcopy(node[key])
    return tree


def _rename(tree: Any, random: Random) -> Any:
    node, key = _place(tree, random)
    if isinstance(node, dict):
        other = random.choice(
            [f"{key}s", str(key)[:-1], str(key).upper(), "", 7, None, "a.b", True]
        )
        node[other] = node.pop(key)
    return tree


def _replace(tree: Any, random: Random) -> Any:
    node, key = _place(tree, random)
    node[key] = deepcopy(random.choice(VALUES))
    return tree


def _swap(tree: Any, random: Random) -> Any:
    (one, a), (other, b) = _place(tree, random), _place(tree, random)
    one[a], other[b] = deepcopy(other[b]), deepcopy(one[a])
    return tree


def _alias(tree: Any, random: Random) -> Any:
    (one, a), (other, b) = _place(tree, random), _place(tree, random)
    one[a] = other[b]
    return tree


def _add(tree: Any, random: Random) -> Any:
    node, key = _place(tree, random)
    if isinstance(node, list):
        node.append(deepcopy(random.choice(VALUES)))
    else:
        node[random.choice(["extra", f"{key}.x", ".", "..", "x.", 0])] = random.choice(VALUES)
    return tree


def _truncate(text: str, random: Random) -> str:
    return text[: random.randrange(len(text) + 1)]


def _insert(text: str, random: Random) -> str:
    at = random.randrange(len(text) + 1)
    return text[:at] + random.choice(ODD) + text[at:]


def _cut(text: str, random: Random) -> str:
    at = random.randrange(len(text) + 1)
    return text[:at] + text[at + random.randrange(20) :]


def _indent(text: str, random: Random) -> str:
    lines = text.splitlines(keepends=True) or [""]
    at = random.randrange(len(lines))
    line = lines[at]
    lines[at] = random.choice([f" {line}", f"  {line}", f"\t{line}", line.lstrip(), line[1:]])
    return "".join(lines)


def _move_line(text: str, random: Random) -> str:
    lines = text.splitlines(keepends=True) or [""]
    line = lines.pop(random.randrange(len(lines)))
    for _ in range(random.randrange(3)):
        lines.insert(random.randrange(len(lines) + 1), line)
    return "".join(lines)


TREE = [_delete, _duplicate, _rename, _replace, _replace, _replace, _swap, _alias, _add]
TEXT = [_truncate, _insert, _insert, _cut, _indent, _move_line]
