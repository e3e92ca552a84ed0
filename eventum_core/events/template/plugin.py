"""Events from Jinja2 templates: which template a timestamp gets, and what it can see."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from datetime import datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, TypeVar, cast

from jinja2 import Environment
from pydantic import Field, ValidationInfo, ValidatorFunctionWrapHandler, field_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from eventum_core.errors import ConfigError, Problem, ProduceError
from eventum_core.events.template.compile import compile_entries, renderer
from eventum_core.events.template.dispatch import Dispatch, Repick
from eventum_core.events.template.entries import (
    ChanceEntry,
    Entry,
    Items,
    StateEntry,
    read_items,
    refuse,
    trouble,
)
from eventum_core.events.template.modules import Modules
from eventum_core.events.template.pick import (
    Moves,
    Picker,
    pick_all,
    pick_any,
    pick_by_chance,
    pick_by_state,
    pick_in_turn,
)
from eventum_core.events.template.quick import Quick, Render
from eventum_core.events.template.rules import Situation, Store, compile_condition
from eventum_core.events.template.samples import SampleOptions, load_samples
from eventum_core.events.template.shell import Shell
from eventum_core.model import Moment
from eventum_core.plugin import EventPlugin, OneEach, Produce, Run, Text
from eventum_core.state import SharedState, State, unshared
from eventum_core.templating.environment import environment, is_inside

T = TypeVar("T")


class Alias(NamedTuple):
    """A template at work."""

    render: Render
    locals: Store


class Template(EventPlugin):
    """Render events from Jinja2 templates, one or several for each timestamp."""

    name: ClassVar[str] = "template"

    mode: Literal["all", "any", "chance", "spin", "fsm", "chain"]
    """Which templates a timestamp gets: all of them; any, each as likely; one by its `chance`;
    one after the other (spin); one after the other along `chain`; or that of the present state of
    a machine (fsm)."""
    templates: Items
    """The templates, each under an alias of its own: ``- alias: {template: file.jinja}``."""
    chain: Annotated[list[str], Field(min_length=1)] | None = Field(None, validate_default=True)
    """In the mode chain: aliases in the order in which timestamps get them, over and over."""
    params: dict[str, Any] = {}
    """Constants, in every template under ``params``."""
    samples: dict[str, SampleOptions] = {}
    """Tables to draw from, in every template under ``samples``."""

    @field_validator("templates", mode="wrap")
    @classmethod
    def _read_by_mode(
        cls, given: Any, _: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> Items:
        # Without a valid mode nobody knows which keys an entry may have.
        return read_items(info.data["mode"], given) if "mode" in info.data else []

    @field_validator("chain")
    @classmethod
    def _only_in_its_mode(cls, chain: list[str] | None, info: ValidationInfo) -> list[str] | None:
        mode = info.data.get("mode")
        if mode == "chain" and chain is None:
            raise PydanticCustomError("missing", "Field required in the mode chain")
        if mode not in ("chain", None) and chain is not None:
            raise PydanticCustomError("wrong_mode", "only the mode chain has a chain")
        if mode == "chain" and "templates" in info.data:
            refuse("chain", _unknown_links(chain or [], info.data["templates"]))
        return chain

    def check(self, base: Path) -> None:
        """Raise `ConfigError` for every template and sample that cannot be used."""
        env = environment(base, Random(0))
        problems: list[Problem] = []
        with _collect(problems):
            compile_entries(env, self._entries)
        with _collect(problems):
            load_samples(self.samples, base, Random(0))
        if problems:
            raise ConfigError(problems)

    def producer(self, run: Run) -> Produce:
        """Return the function that renders a moment's events, with fresh state.

        Raises `ConfigError` for templates and samples that cannot be used.
        """
        env = self._environment(run)
        shared = cast(State, env.globals["shared"])
        everywhere = cast(SharedState, env.globals["globals"])
        situation = Situation(run.now, (), {}, _store(shared), everywhere)
        aliases, _ = _aliases(env, self._entries)
        pick = self._picker(aliases, situation, run)
        if self.mode == "fsm":
            return OneEach(_text(_in_state(pick, situation), everywhere))
        if self.mode != "all":
            return OneEach(_text(_picked(pick), everywhere))
        if len(aliases) == 1:
            (alias,) = aliases.values()
            return OneEach(_text(alias.render, everywhere))
        return _producer(pick, everywhere)

    def refused(self, run: Run) -> dict[str, str]:
        """Return the aliases that Jinja2 itself renders, and why; the others are compiled.

        Raises `ConfigError` for templates and samples that cannot be used.
        """
        _, quick = _aliases(self._environment(run), self._entries)
        return quick.refused

    def _environment(self, run: Run) -> Environment:
        """Return where templates are rendered in a run, with all that they see."""
        restricted = run.policy == "restricted"
        if restricted:
            _refuse_outside(self.samples, run.base)
        env = environment(run.base, run.random, restricted=restricted)
        env.globals.update(
            params=deepcopy(self.params),
            samples=load_samples(self.samples, run.base, run.random),
            module=Modules(run),
            subprocess=Shell(run),
            shared=State(),
            globals=SharedState() if run.globals is None else run.globals,
            dispatch=Dispatch(),
        )
        return env

    @property
    def _entries(self) -> dict[str, Entry]:
        return {alias: entry for item in self.templates for alias, entry in item.items()}

    def _picker(
        self, aliases: Mapping[str, Alias], situation: Situation, run: Run
    ) -> Picker[Alias]:
        """Return the picker of the mode."""
        items = aliases.values()
        match self.mode:
            case "all":
                return pick_all(items)
            case "any":
                return pick_any(items, run.random)
            case "chance":
                return pick_by_chance(items, self._chances(), run.random)
            case "spin":
                return pick_in_turn(items)
            case "chain":
                return pick_in_turn(aliases[alias] for alias in self.chain or ())
            case "fsm":
                return pick_by_state(aliases, *self._machine(run), situation)

    def _chances(self) -> list[float]:
        return [entry.chance for entry in self._entries.values() if isinstance(entry, ChanceEntry)]

    def _machine(self, run: Run) -> tuple[str, Moves]:
        """Return the initial state, and the transitions of each."""
        initial, moves = "", {}
        for alias, entry in self._entries.items():
            if isinstance(entry, StateEntry):
                initial = alias if entry.initial else initial
                moves[alias] = [
                    (compile_condition(way.when, run.log), way.to) for way in entry.transitions
                ]
        return initial, moves


def _unknown_links(chain: Sequence[str], items: Items) -> Iterator[InitErrorDetails]:
    """Yield a problem for each part of the chain that is no alias."""
    aliases = [alias for item in items for alias in item]
    for place, alias in enumerate(chain):
        if alias not in aliases:
            yield trouble(f"unknown alias; there are: {', '.join(aliases)}", place, value=alias)


@contextmanager
def _collect(problems: list[Problem]) -> Iterator[None]:
    """Add what a `ConfigError` in the block tells to `problems`."""
    try:
        yield
    except ConfigError as error:
        problems += error.problems


def _refuse_outside(samples: Mapping[str, SampleOptions], base: Path) -> None:
    """Raise `ConfigError` for every sample whose file lies outside of `base`."""
    problems = [
        Problem(f"samples.{name}.source", "lies outside the project's folder", str(sample.source))
        for name, sample in samples.items()
        if isinstance(sample.source, Path) and not is_inside(base / sample.source, base)
    ]
    if problems:
        raise ConfigError(problems)


def _aliases(env: Environment, entries: Mapping[str, Entry]) -> tuple[dict[str, Alias], Quick]:
    """Return each alias ready to be rendered, with its own state and constants, and by whom."""
    made = {}
    templates = compile_entries(env, entries)
    quick = Quick(env, entries)
    for alias, template in templates.items():
        own = State()
        render = renderer(alias, template, own, deepcopy(entries[alias].vars), quick)
        made[alias] = Alias(render, _store(own))
    return made, quick


def _store(state: State) -> Store:
    """Return where a condition finds the values of a state, without its methods if possible."""
    values = unshared(state)
    return state if values is None else values


def _producer(pick: Picker[Alias], everywhere: SharedState) -> Produce:
    """Return the function that picks and renders for one moment."""

    def produce(moment: Moment) -> list[str]:
        def once() -> list[str]:
            return [alias.render(moment.timestamp, moment.tags) for alias in pick()]

        try:
            return once()
        except Repick as again:
            return _repicked(once, again)
        finally:
            # A template that failed between acquire and release must not block other generators.
            if everywhere.is_held:
                everywhere.release_all()

    return produce


def _text(once: Render, everywhere: SharedState) -> Text:
    """Return the function that gives a moment's only text."""

    def text(timestamp: datetime, tags: tuple[str, ...]) -> str:
        try:
            return once(timestamp, tags)
        except Repick as again:
            return _repicked(partial(once, timestamp, tags), again)
        finally:
            if everywhere.is_held:  # as above
                everywhere.release_all()

    return text


def _repicked(once: Callable[[], T], again: Repick) -> T:
    """Return what a further try gives; each may ask for yet another, up to its own limit."""
    repicks = 1
    while repicks <= again.max_repicks:
        try:
            return once()
        except Repick as other:
            again = other
            repicks += 1
    raise _too_many(again.max_repicks) from None


def _picked(pick: Picker[Alias]) -> Render:
    """Return the function that renders the one alias of a pick."""
    return lambda timestamp, tags: pick()[0].render(timestamp, tags)


def _in_state(pick: Picker[Alias], situation: Situation) -> Render:
    """Return the same for a machine, which looks at the situation."""

    def once(timestamp: datetime, tags: tuple[str, ...]) -> str:
        situation.timestamp = timestamp
        situation.tags = tags
        alias = pick()[0]
        situation.locals = alias.locals
        return alias.render(timestamp, tags)

    return once


def _too_many(limit: int) -> ProduceError:
    reason = f"dispatch.next() was called more than {limit} times for one timestamp"
    return ProduceError(reason, {"reason": reason})
