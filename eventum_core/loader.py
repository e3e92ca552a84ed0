"""From a generator's file to its plugins, reporting every problem at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from eventum_core import document, secrets, tokens
from eventum_core.config import DELIVERY_KEYS, Delivery, GeneratorConfig, Sink
from eventum_core.document import Place, parts_of, text_of
from eventum_core.errors import ConfigError, PluginError, Problem
from eventum_core.plugin import (
    EventPlugin,
    Formatter,
    InputPlugin,
    LocalOutputPlugin,
    OutputPlugin,
    Plugin,
    TriggerPlugin,
)
from eventum_core.problems import pydantic_problems, shown, suggestion
from eventum_core.registry import Registry

Edit = Callable[[dict[str, Any]], dict[str, Any]]
M = TypeVar("M", bound=BaseModel)

_PIPELINE_KEYS = DELIVERY_KEYS | {"formatter"}
_SECTIONS = ("input", "event", "output")


def load(
    path: Path | str,
    *,
    params: Mapping[str, Any] | None = None,
    given_secrets: Mapping[str, str] | None = None,
    cryptfile: Path | None = None,
    registry: Registry | None = None,
    edit: Edit | None = None,
) -> GeneratorConfig:
    """Read a generator's file; raise `ConfigError` with all its problems.

    `edit` may change the document after its tokens are replaced, before it is validated.
    """
    path = Path(path).absolute()
    text = ""
    try:
        inside = next((f for f in ("generator.yml", "generator.yaml") if (path / f).is_file()), "")
        fix = f"name {path.name}/{inside}" if inside else "it has no generator.yml; name a file"
        given = document.read(path, folder=fix)
        text = tokens.substitute(given, params or {}, secrets.Vault(cryptfile, given_secrets))
        tree, problems = document.expand(document.parse(text))
        if edit and isinstance(tree, dict):
            tree = edit(tree)
        return _Reading(path, registry or Registry(), problems).config(tree)
    except ConfigError as error:
        raise ConfigError(finished(error.problems, str(path), text)) from error


def load_document(
    tree: Mapping[str, Any], *, base: Path, registry: Registry | None = None
) -> GeneratorConfig:
    """Validate a document that is no file; relative paths belong to `base`."""
    try:
        expanded, problems = document.expand(dict(tree))
        path = base.absolute() / "generator.yml"
        return _Reading(path, registry or Registry(), problems).config(expanded)
    except ConfigError as error:
        raise ConfigError(finished(error.problems, "", "")) from error


def finished(problems: Sequence[Problem], file: str, text: str) -> list[Problem]:
    """Return the problems with file and line, and without secrets."""
    return [
        problem._replace(
            path=secrets.redact(problem.path),
            file=problem.file or file,
            line=problem.line or (document.line_of(text, parts_of(problem.path)) if text else 0),
            message=secrets.redact(problem.message),
            value=secrets.redact(problem.value),
            fix=secrets.redact(problem.fix),
        )
        for problem in problems
    ]


class _Reading:
    """One pass over a document, gathering problems and plugins."""

    def __init__(self, path: Path, registry: Registry, problems: list[Problem]) -> None:
        self._path = path
        self._registry = registry
        self._problems = problems

    def config(self, tree: Any) -> GeneratorConfig:
        """Return the validated generator, or raise everything that is wrong with it."""
        if not isinstance(tree, dict):
            fix = "begin with the keys input, event and output"
            self._problem((), "a generator is a mapping", value=tree, fix=fix)
            raise ConfigError(self._problems)
        self._check_sections(tree)
        inputs = [self._plugin("input", *item) for item in self._items(tree, "input")]
        event = self._event(tree)
        outputs = [self._sink(*item) for item in self._items(tree, "output")]
        if self._problems:
            raise ConfigError(self._problems)
        return GeneratorConfig(
            path=self._path,
            inputs=cast(tuple[InputPlugin | TriggerPlugin, ...], tuple(inputs)),
            event=cast(EventPlugin, event),
            outputs=cast(tuple[Sink, ...], tuple(outputs)),
            document=tree,
        )

    def _problem(self, place: Place, message: str, *, value: Any = None, fix: str = "") -> None:
        self._problems.append(Problem(text_of(place), message, shown(place, value), fix))

    def _check_sections(self, tree: dict[Any, Any]) -> None:
        for key in tree:
            if key not in _SECTIONS:
                fix = suggestion(str(key), _SECTIONS)
                self._problem((str(key),), "unknown key", fix=fix)
        for section in _SECTIONS:
            if section not in tree:
                self._problem((section,), "Field required")

    def _items(self, tree: dict[Any, Any], section: str) -> list[tuple[Place, Any]]:
        if section not in tree:
            return []
        given = tree[section]
        if not isinstance(given, list) or not given:
            fix = "write '- name: {…}' items" if given != [] else "give at least one item"
            self._problem((section,), "must be a list of plugins", value=given, fix=fix)
            return []
        return [((section, position), item) for position, item in enumerate(given)]

    def _event(self, tree: dict[Any, Any]) -> Plugin | None:
        return self._plugin("event", ("event",), tree["event"]) if "event" in tree else None

    def _named(self, place: Place, item: Any) -> tuple[str, dict[str, Any]] | None:
        """Return an item's plugin name and options, or note why it has none."""
        if not isinstance(item, dict) or len(item) != 1:
            fix = "write one plugin's name with its options below it"
            self._problem(place, "must be a mapping with exactly one key", value=item, fix=fix)
            return None
        ((name, options),) = item.items()
        if not isinstance(options, dict):
            fix = f"write '{name}: {{}}' for no options" if options is None else ""
            self._problem((*place, str(name)), "must be a mapping", value=options, fix=fix)
            return None
        return str(name), options

    def _plugin(self, kind: str, place: Place, item: Any) -> Plugin | None:
        named = self._named(place, item)
        return self._built(kind, named[0], (*place, named[0]), named[1]) if named else None

    def _built(self, kind: str, name: str, place: Place, options: dict[str, Any]) -> Plugin | None:
        try:
            found = self._registry.get(kind, name)
        except PluginError as error:
            self._problem(place, str(error))
            return None
        plugin = self._validated(found, place, options)
        if plugin is not None:
            self._checked(plugin, place)
        return plugin

    def _checked(self, plugin: Plugin, place: Place) -> None:
        try:
            plugin.check(self._path.parent)
        except ConfigError as error:
            prefix = text_of(place)
            for problem in error.problems:
                joint = "" if problem.path.startswith("[") or not problem.path else "."
                self._problems.append(problem._replace(path=f"{prefix}{joint}{problem.path}"))

    def _validated(self, model: type[M], place: Place, options: Any) -> M | None:
        try:
            return model.model_validate(options)
        except ValidationError as error:
            self._problems += pydantic_problems(error, place, model, options)
            return None

    def _sink(self, place: Place, item: Any) -> Sink | None:
        named = self._named(place, item)
        if named is None:
            return None
        name, options = named
        place = (*place, name)
        own = {key: value for key, value in options.items() if key not in _PIPELINE_KEYS}
        plugin = self._built("output", name, place, own)
        policy = {key: value for key, value in options.items() if key in DELIVERY_KEYS}
        delivery = self._validated(Delivery, place, policy)
        formatter = self._formatter(options, plugin, place)
        if plugin is None or delivery is None or formatter is None:
            return None
        return Sink(cast(OutputPlugin | LocalOutputPlugin, plugin), formatter, delivery)

    def _formatter(
        self, options: dict[str, Any], plugin: Plugin | None, place: Place
    ) -> Formatter | None:
        place = (*place, "formatter")
        given = options.get("formatter", plugin and cast(OutputPlugin, plugin).formatter)
        if given is None and "formatter" not in options:
            return None  # the output itself is broken, and told already
        if not isinstance(given, Mapping) or not isinstance(given.get("format"), str):
            fix = "write 'formatter: {format: json}'"
            self._problem(place, "must be a mapping with the key format", value=given, fix=fix)
            return None
        rest = {key: value for key, value in given.items() if key != "format"}
        return cast(Formatter | None, self._built("format", given["format"], place, rest))
