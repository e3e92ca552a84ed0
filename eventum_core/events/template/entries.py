"""What users may write for one template, in each picking mode."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from pydantic import (
    AfterValidator,
    Field,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from eventum_core.events.template.conditions import Condition
from eventum_core.plugin import Options


def _template_file(path: Path) -> Path:
    if path.is_absolute():
        raise ValueError("must be relative to the folder of the configuration")
    if path.suffix != ".jinja":
        raise ValueError("the file's name must end in .jinja")
    return path


class Entry(Options):
    """A template: a file or the text itself, and its own constants."""

    inline: str | None = None
    """The template itself, instead of a file."""
    template: Annotated[Path, AfterValidator(_template_file)] | None = Field(
        None, validate_default=True
    )
    """File of the template, relative to the configuration's folder; its name ends in ``.jinja``."""
    vars: dict[str, Any] = {}
    """Constants of this alias alone, in the template under ``vars``."""

    @field_validator("template")
    @classmethod
    def _one_source(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        if path is None and info.data.get("inline", "") is None:
            raise PydanticCustomError("missing", "Field required, or inline in its place")
        if path is not None and info.data.get("inline") is not None:
            raise PydanticCustomError("two_sources", "give either template or inline, not both")
        return path


class ChanceEntry(Entry):
    """A template with its relative weight."""

    chance: float = Field(gt=0, allow_inf_nan=False)
    """Weight against the other templates; the sum may be anything."""


class Transition(Options):
    """A way out of a state."""

    to: str = Field(min_length=1)
    """Alias of the state it leads to."""
    when: Condition
    """The condition under which it is taken."""


class StateEntry(Entry):
    """A template that is a state of a machine."""

    initial: bool = False
    """Whether the machine begins here; exactly one state must say so."""
    transitions: list[Transition] = []
    """Ways out, tried in this order before each later event; without a true one the state stays."""


def _one_alias(item: dict[str, Any]) -> dict[str, Any]:
    if len(item) != 1:
        raise PydanticCustomError("one_alias", "each item is one alias with its options below")
    return item


_ONE = AfterValidator(_one_alias)
_SOME = Field(min_length=1)
Items: TypeAlias = list[Annotated[dict[str, ChanceEntry | StateEntry | Entry], _ONE]]
"""``[{alias: options}, …]``, with the options that the mode allows."""

_PLAIN: TypeAdapter[Any] = TypeAdapter(Annotated[list[Annotated[dict[str, Entry], _ONE]], _SOME])
_READERS: Mapping[str, TypeAdapter[Any]] = {
    "chance": TypeAdapter(Annotated[list[Annotated[dict[str, ChanceEntry], _ONE]], _SOME]),
    "fsm": TypeAdapter(Annotated[list[Annotated[dict[str, StateEntry], _ONE]], _SOME]),
}


def read_items(mode: str, given: Any) -> Items:
    """Return the validated items of a list of templates.

    Raises `ValidationError` with each problem at its own place below the list.
    """
    items: Items = []
    troubles: list[InitErrorDetails] = []
    try:
        items = _READERS.get(mode, _PLAIN).validate_python(given)
    except ValidationError as error:
        troubles += [_again(problem) for problem in error.errors()]
    troubles += [*_twice(given), *_initial(mode, items), *_lost_ways(mode, given)]
    refuse("templates", troubles)
    return items


def trouble(message: str, *loc: str | int, value: object = None) -> InitErrorDetails:
    """Return one problem at `loc` for `refuse`."""
    text = PydanticCustomError("template", "{message}", {"message": message})
    return InitErrorDetails(type=text, loc=loc, input=value)


def refuse(title: str, troubles: Iterable[InitErrorDetails]) -> None:
    """Raise all of `troubles` as one `ValidationError`, if there are any."""
    if found := list(troubles):
        raise ValidationError.from_exception_data(title, found)


def _again(problem: ErrorDetails) -> InitErrorDetails:
    """Return a problem that pydantic told as one to be told along with ours."""
    text = PydanticCustomError(problem["type"], "{message}", {"message": problem["msg"]})
    return InitErrorDetails(type=text, loc=problem["loc"], input=problem["input"])


def _raw(given: Any) -> Iterator[tuple[int, Any, dict[str, Any]]]:
    """Yield place, alias and options as they were written, as far as they make sense."""
    for place, item in enumerate(given if isinstance(given, list | tuple) else []):
        for alias, entry in item.items() if isinstance(item, dict) else ():
            yield place, alias, entry if isinstance(entry, dict) else {}


def _twice(given: Any) -> Iterator[InitErrorDetails]:
    """Yield a problem for each alias that came before."""
    seen = set()
    for place, alias, _ in _raw(given):
        if alias in seen:
            yield trouble(f"the alias {alias} is taken by an earlier item", place, value=alias)
        seen.add(alias)


def _initial(mode: str, items: Items) -> Iterator[InitErrorDetails]:
    """Yield a problem for each initial state but the first, or for there being none."""
    initial = [
        (place, alias)
        for place, item in enumerate(items)
        for alias, entry in item.items()
        if isinstance(entry, StateEntry) and entry.initial
    ]
    if mode == "fsm" and items and not initial:
        yield trouble("one state must say initial: true")
    for place, alias in initial[1:]:
        yield trouble("another state is initial already", place, alias, "initial", value=True)


def _lost_ways(mode: str, given: Any) -> Iterator[InitErrorDetails]:
    """Yield a problem for each transition that leads to no state."""
    aliases = [alias for _, alias, _ in _raw(given)] if mode == "fsm" else []
    known = ", ".join(map(str, aliases))
    for loc, to in _ways(given):
        if aliases and to not in aliases:
            yield trouble(f"unknown state; there are: {known}", *loc, value=to)


def _ways(given: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield place and target of every transition."""
    for place, alias, entry in _raw(given):
        ways = entry.get("transitions")
        for number, way in enumerate(ways if isinstance(ways, list) else []):
            to = way.get("to") if isinstance(way, dict) else None
            if isinstance(to, str) and to:
                yield (place, alias, "transitions", number, "to"), to
