"""What options mean, read from the docstrings below them in a class's source.

That docstring is the option's only explanation: ``--help``, JSON Schema and the reference pages
are all made from it.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo


@cache
def option_docs(model: type[BaseModel]) -> dict[str, str]:
    """Return the explanations of a model's options by name, inherited ones included."""
    docs: dict[str, str] = {}
    for base in reversed(model.__mro__):
        docs |= _classes(base.__module__).get(base.__qualname__, {})
    return {name: docs[name] for name in model.model_fields if name in docs}


def summary(model: type) -> str:
    """Return a class's docstring as plain paragraphs; empty where it has none of its own."""
    return plain(model.__dict__.get("__doc__") or "")


def json_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return a model's JSON Schema, each option with its explanation as description."""
    from pydantic.json_schema import GenerateJsonSchema

    class Described(GenerateJsonSchema):
        def model_schema(self, schema: Any) -> Any:
            result = super().model_schema(schema)
            _describe(schema["cls"], result)
            return result

    return model.model_json_schema(schema_generator=Described)


def plain(docstring: str) -> str:
    """Return a docstring with one line per paragraph and single backquotes."""
    paragraphs = inspect.cleandoc(docstring).replace("``", "`").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _describe(model: type[BaseModel], schema: dict[str, Any]) -> None:
    docs = option_docs(model)
    for name, field in model.model_fields.items():
        option = schema.get("properties", {}).get(written(name, field))
        if option is not None and name in docs:
            option["description"] = docs[name]
    if text := summary(model):
        schema["description"] = text


def written(name: str, field: FieldInfo) -> str:
    """Return how users write an option; of several ways the first."""
    from pydantic import AliasChoices

    alias = field.validation_alias
    if isinstance(alias, AliasChoices):
        return str(alias.choices[0])
    return alias if isinstance(alias, str) else name


@cache
def _classes(module: str) -> dict[str, dict[str, str]]:
    """Return the documented names of every class in a module's source, by qualified name."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (KeyError, OSError, TypeError, SyntaxError):
        return {}  # built in, frozen, or made at run time: there is no source to read
    return dict(_documented(tree, ""))


def _documented(node: ast.AST, prefix: str) -> Iterator[tuple[str, dict[str, str]]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield prefix + child.name, _attributes(child)
            yield from _documented(child, f"{prefix}{child.name}.")
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _documented(child, f"{prefix}{child.name}.<locals>.")


def _attributes(node: ast.ClassDef) -> dict[str, str]:
    return {
        field.target.id: plain(text.value.value)
        for field, text in zip(node.body, node.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }
