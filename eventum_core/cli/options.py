"""The options of a run, made from `config.Settings`: declared once, explained once."""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import click
from pydantic import BaseModel, ByteSize, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from eventum_core.config import Settings
from eventum_core.describe import option_docs
from eventum_core.errors import ConfigError, Problem

BOOLEANS = {
    **dict.fromkeys(("true", "1", "yes", "on", "t", "y"), "true"),
    **dict.fromkeys(("false", "0", "no", "off", "f", "n"), "false"),
}
METAVARS: dict[Any, str] = {
    int: "INTEGER",
    float: "NUMBER",
    bool: "[BOOLEAN]",
    Path: "FILE",
    dict: "JSON",
    ByteSize: "SIZE",
}
JOINT = "__"
"""Stands between the parts of a nested setting's name in click's dictionary."""

file_argument = click.argument(
    "file", required=False, metavar="[FILE]", type=click.Path(path_type=Path)
)
cryptfile_option = click.option(
    "--cryptfile",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Encrypted file with the values of ${secrets.NAME}; see eventum-keyring.",
)
plugin_option = click.option(
    "--plugin",
    "plugins",
    multiple=True,
    metavar="FILE|MODULE",
    help="Python file or importable module with plugins of your own; may be given often.",
)

F = TypeVar("F", bound=Callable[..., Any])


class Setting(click.Option):
    """One setting as an option; its text goes to pydantic as it is, so all errors come at once."""

    def __init__(self, model: type[BaseModel], path: Sequence[str]) -> None:
        self.model = model
        self.field: FieldInfo = model.model_fields[path[-1]]
        self.kind = _kind(self.field.annotation)
        super().__init__([JOINT.join(path), option_name(path)], metavar=_metavar(self.kind))

    @property
    def switch(self) -> bool:
        """Whether it is a boolean, which takes ``--no-…`` and an optional value."""
        return self.kind is bool

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        """Return the option as written, and the docstring of its setting with the default."""
        names = self.opts[0]
        if self.switch:
            names += f" / --no-{names[2:]}"
        docs = option_docs(self.model)[str(self.name).split(JOINT)[-1]]
        return f"{names} {self.metavar}", docs + _default(self.field)


class Command(click.Command):
    """A command that understands ``--x``, ``--no-x``, ``--x VALUE`` for boolean settings."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Give every boolean option its value before click looks at the arguments."""
        switches = [p.opts[0] for p in self.params if isinstance(p, Setting) and p.switch]
        return super().parse_args(ctx, list(_with_values(args, switches)))


def settings_options(names: Iterable[str] = tuple(Settings.model_fields)) -> Callable[[F], F]:
    """Add the options of these settings to a command's function, in order."""
    options = [option for name in names for option in _options(Settings, (name,))]

    def decorate(function: F) -> F:
        for option in (_param_option(), *reversed(options)):
            _memoise(function, option)
        return function

    return decorate


def settings_from(file: Path | None, values: Mapping[str, Any]) -> Settings:
    """Return validated settings; raise `ConfigError` whose paths are the options' names.

    `file` is the positional argument; a folder stands for the ``generator.yml`` in it.
    """
    given = {name: value for name, value in values.items() if value is not None}
    params = params_from(given.pop("params", None), given.pop("param", ()))
    if file is not None and "path" in given:
        raise click.UsageError(f"Give the file once: {file} or --path {given['path']}.")
    path = file or given.pop("path", None)
    if path is None:
        raise click.UsageError("Missing the generator's file: give FILE or --path FILE.")
    tree = _nested(given) | {"path": in_folder(Path(path))} | ({"params": params} if params else {})
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        raise ConfigError([_problem(item) for item in error.errors()]) from error


def option_name(path: Sequence[str]) -> str:
    """Return how a setting is written on the command line."""
    return "--" + ".".join(path).replace("_", "-")


def as_arguments(settings: Settings, without: Iterable[str] = ()) -> list[str]:
    """Return the options that give these settings again, the path first, defaults left out."""
    tree = settings.model_dump(mode="json", exclude_unset=True)
    path = str(tree.pop("path"))
    return [path, *_arguments({k: v for k, v in tree.items() if k not in set(without)}, ())]


def _arguments(tree: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[str]:
    for name, value in tree.items():
        path = (*above, name)
        if path == ("params",):
            yield from ("--params", json.dumps(value))
        elif isinstance(value, dict):
            yield from _arguments(value, path)
        elif isinstance(value, bool):
            yield option_name(path) if value else f"--no-{option_name(path)[2:]}"
        elif value is not None:
            yield from (option_name(path), str(value))


def _options(model: type[BaseModel], path: tuple[str, ...]) -> Iterator[Setting]:
    kind = _kind(model.model_fields[path[-1]].annotation)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name in kind.model_fields:
            yield from _options(kind, (*path, name))
    else:
        yield Setting(model, path)


def _param_option() -> click.Option:
    return click.Option(
        ["--param"],
        multiple=True,
        metavar="NAME=VALUE",
        help="One of the params, as text; may be given often, and wins over --params.",
    )


def _memoise(function: Callable[..., Any], option: click.Parameter) -> None:
    # click.option() does the same with parameters made from its arguments.
    function.__dict__.setdefault("__click_params__", []).append(option)


def _kind(annotation: Any) -> Any:
    """Return the type behind unions with None and annotations; a Literal's is itself."""
    if get_origin(annotation) is Annotated:
        return _kind(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return _kind(next(a for a in get_args(annotation) if a is not type(None)))
    return annotation if get_origin(annotation) is Literal else get_origin(annotation) or annotation


def _metavar(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return f"[{'|'.join(get_args(kind))}]"
    return METAVARS.get(kind, "TEXT")


def _default(field: FieldInfo) -> str:
    value = field.default
    if value in (None, PydanticUndefined, "") or value == {}:
        return ""
    text = value.human_readable() if isinstance(value, ByteSize) else str(value)
    return f" [default: {text.lower() if isinstance(value, bool) else text}]"


def _with_values(args: Sequence[str], switches: Sequence[str]) -> Iterator[str]:
    """Yield the arguments, each boolean option as ``--option=value``."""
    rest = list(args)
    while rest:
        arg = rest.pop(0)
        if arg == "--":
            yield from (arg, *rest)
            return
        name, equals, value = arg.partition("=")
        positive = f"--{name[5:]}" if name.startswith("--no-") else name
        if positive not in switches or (equals and positive != name):
            yield arg
        elif positive != name:
            yield f"{positive}=false"
        else:
            taken = value if equals else rest.pop(0) if _is_value(rest) else "true"
            yield f"{name}={BOOLEANS.get(taken.lower(), taken)}"


def _is_value(rest: Sequence[str]) -> bool:
    """Tell whether the next argument belongs to a boolean option rather than being FILE."""
    if not rest or rest[0].startswith("-"):
        return False
    return rest[0].lower() in BOOLEANS or not (Path(rest[0]).suffix or Path(rest[0]).exists())


def params_from(text: str | None, pairs: Sequence[str]) -> dict[str, Any]:
    """Return the params of a JSON object and NAME=VALUE pairs; dots in a name nest."""
    try:
        params = json.loads(text) if text else {}
    except json.JSONDecodeError as error:
        # The text may hold a password, so it is not repeated.
        raise click.BadParameter(f"not JSON: {error.msg}", param_hint="--params") from None
    if not isinstance(params, dict):
        raise click.BadParameter("must be a JSON object", param_hint="--params")
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not (name and equals):
            raise click.BadParameter("must be NAME=VALUE", param_hint="--param")
        _put(params, name.split("."), value)
    return params


def _put(tree: dict[str, Any], path: Sequence[str], value: Any) -> None:
    for name in path[:-1]:
        if not isinstance(tree.get(name), dict):
            tree[name] = {}
        tree = tree[name]
    tree[path[-1]] = value


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, value in values.items():
        _put(tree, name.split(JOINT), value)
    return tree


def in_folder(path: Path) -> Path:
    """Return the generator's file where `path` is its folder, else `path`."""
    if path.is_dir():
        return next(
            (f for n in ("generator.yml", "generator.yaml") if (f := path / n).is_file()), path
        )
    return path


def _problem(item: Any) -> Problem:
    value = item["input"]
    shown = repr(value) if isinstance(value, str | int | float) else ""
    message = item["msg"].removeprefix("Value error, ")
    return Problem(option_name([str(part) for part in item["loc"]]), message, shown)
