"""Runs to drive the template plugin with, moment by moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from eventum_core.errors import Dropped, Exhausted, ProduceError
from eventum_core.events.template.plugin import Template
from eventum_core.model import Moment
from eventum_core.plugin import Produce, Run
from eventum_core.seeds import Seeds

START = datetime(2024, 3, 1, 12, 30, 15, 250_000, tzinfo=ZoneInfo("UTC"))


@dataclass
class Outcome:
    """What became of a row of moments."""

    events: list[str] = field(default_factory=list)
    errors: list[ProduceError] = field(default_factory=list)
    dropped: int = 0
    ended: bool = False


@pytest.fixture
def start() -> datetime:
    """Timestamp of the first moment; each later one comes a second after."""
    return START


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Return a function that writes a file of the project."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., Run]:
    """Return a function that makes a run, with a fixed seed unless it is told otherwise."""

    def make_run(**changes: Any) -> Run:
        values = {
            "generator": "test",
            "now": START,
            "start": START,
            "zone": ZoneInfo("UTC"),
            "seeds": Seeds(1, "test"),
            "base": tmp_path,
            "role": "event",
            "random": Random(1),
        }
        return Run(**{**values, **changes})

    return make_run


@pytest.fixture
def feed() -> Callable[..., Outcome]:
    """Return a function that gives a producer `count` moments, as the engine would."""

    def feed(produce: Produce, count: int = 1, tags: Sequence[str] = ()) -> Outcome:
        outcome = Outcome()
        for ordinal in range(count):
            moment = Moment(START + timedelta(seconds=ordinal), tuple(tags), ordinal)
            try:
                outcome.events += produce(moment)
            except Dropped:
                outcome.dropped += 1
            except ProduceError as error:
                outcome.errors.append(error)
            except Exhausted:
                outcome.ended = True
                break
        return outcome

    return feed


@pytest.fixture
def drive(
    tmp_path: Path, make_run: Callable[..., Run], feed: Callable[..., Outcome]
) -> Callable[..., Outcome]:
    """Return a function that checks options and feeds `count` moments to their producer."""

    def drive(
        options: dict[str, Any], count: int = 1, tags: Sequence[str] = (), **run: Any
    ) -> Outcome:
        template = Template.model_validate(options)
        template.check(tmp_path)
        return feed(template.producer(make_run(**run)), count, tags)

    return drive


@pytest.fixture
def render(drive: Callable[..., Outcome]) -> Callable[..., str]:
    """Return a function that renders one text and gives its one event."""

    def render(text: str, tags: Sequence[str] = (), **rest: Any) -> str:
        options = {"mode": "all", "templates": [{"a": {"inline": text}}], **rest}
        outcome = drive(options, tags=tags)
        if outcome.errors:
            raise outcome.errors[0]
        (event,) = outcome.events
        return event

    return render
