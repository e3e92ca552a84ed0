"""Formats ``template`` and ``template-batch``: events laid out by Jinja2.

What a template draws at random depends on the event (of a batch: the first) and on nothing else,
so neither other events nor the size of a chunk change it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from eventum_core.errors import FormatError
from eventum_core.model import Chunk, Event, Rejected
from eventum_core.plugin import Encode, Formatter, Run
from eventum_core.seeds import Seeds
from eventum_core.templating.environment import environment
from eventum_core.templating.loading import Source, load, place

if TYPE_CHECKING:
    from jinja2 import Template as Compiled


def _below(path: Path) -> Path:
    if path.is_absolute():
        raise ValueError("must be relative to the folder of the configuration")
    if ".." in path.parts:
        raise ValueError("must lie below the folder of the configuration, without `..`")
    return path


class _Templated(Formatter):
    """Options of a format that is written as a template."""

    template: Annotated[str, StringConstraints(min_length=1)] | None = None
    """The template itself. ``{% %}`` and ``{# #}`` in it are carried out when the file is read:
    put the text between ``{% raw %}`` and ``{% endraw %}``, or into a file of its own."""
    template_path: Annotated[Path, AfterValidator(_below)] | None = Field(
        None, validate_default=True
    )
    """File of the template, relative to the configuration's folder."""

    @field_validator("template_path")
    @classmethod
    def _one_source(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        if path is None and info.data.get("template", "") is None:
            raise PydanticCustomError("missing", "Field required, or template in its place")
        if path is not None and info.data.get("template") is not None:
            raise PydanticCustomError("two_sources", "give template or template_path, not both")
        return path

    def check(self, base: Path) -> None:
        """Raise `ConfigError` if the template is missing or does not compile."""
        self._compiled(base, Random(0))

    def _compiled(self, base: Path, random: Random, *, restricted: bool = False) -> Compiled:
        key = "template_path" if self.template is None else "template"
        source = Source(self.template_path, self.template)
        return load(environment(base, random, restricted=restricted), source, key)

    def _at_work(self, run: Run) -> tuple[Compiled, _Draws]:
        """Return the template of a run, and what it draws from."""
        draws = _Draws.of(run.seeds)
        return self._compiled(run.base, draws, restricted=run.policy == "restricted"), draws


class Template(_Templated):
    """Render every event, in the template under ``event``. One that fails is left out."""

    name: ClassVar[str] = "template"

    def encoder(self, run: Run) -> Encode:
        """Return the function that renders events; it rejects those on which the template fails.

        Raises `ConfigError` for a template that cannot be used.
        """
        return partial(_each, *self._at_work(run))


class TemplateBatch(_Templated):
    """Render each batch as one text, its events in the template under ``events``.

    If the template fails, the whole batch is left out.
    """

    name: ClassVar[str] = "template-batch"
    batching: ClassVar[bool] = True

    def encoder(self, run: Run) -> Encode:
        """Return the function that renders a batch; it raises `FormatError` if that fails.

        Raises `ConfigError` for a template that cannot be used.
        """
        return partial(_together, *self._at_work(run))


class _Draws(Random):
    """Random numbers that are derived from an event's ordinal when the first one is asked for."""

    seeds: Seeds
    _ordinal = -1
    _derived = True

    @classmethod
    def of(cls, seeds: Seeds) -> _Draws:
        """Return the numbers of a run; `Random` itself takes no such argument."""
        draws = cls()
        draws.seeds = seeds
        return draws

    def enter(self, ordinal: int) -> None:
        """Begin another event; those of one timestamp draw on, one after the other."""
        if ordinal != self._ordinal:
            self._ordinal, self._derived = ordinal, False

    def random(self) -> float:
        """Return the next number of the present event."""
        if not self._derived:
            self._derived = True
            self.seed(self.seeds.number("format", self._ordinal))
        return super().random()


def _each(template: Compiled, draws: _Draws, events: Sequence[Event]) -> Chunk:
    """Return one text for every event that the template renders."""
    chunk, fit = Chunk([], []), list[Event]()
    for event in events:
        draws.enter(event.ordinal)
        try:
            chunk.texts.append(_rendered(template, event=event.text))
        except FormatError as error:
            chunk.rejected.append(Rejected(event, str(error)))
        else:
            fit.append(event)
    chunk.events = fit
    return chunk


def _together(template: Compiled, draws: _Draws, events: Sequence[Event]) -> Chunk:
    """Return one text for all events."""
    if not events:
        return Chunk([], [])
    draws.enter(events[0].ordinal)
    text = _rendered(template, events=[event.text for event in events])
    return Chunk([text], list(events))


def _rendered(template: Compiled, **names: Any) -> str:
    try:
        # `Template.render` would rewrite the traceback, from which the line is read.
        return "".join(template.root_render_func(template.new_context(names)))
    except Exception as error:  # a template is user code
        reason = f"{type(error).__name__}: {error} ({place(error)})"
        raise FormatError(reason) from error
