"""``eventum preview``: a generator's events, rendered and not delivered."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import dropwhile, islice
from pathlib import Path
from typing import Any

import click

from eventum_core.cli import log
from eventum_core.cli.main import tell
from eventum_core.cli.options import (
    Command,
    cryptfile_option,
    file_argument,
    plugin_option,
    settings_from,
    settings_options,
)
from eventum_core.errors import DataError
from eventum_core.generator import Generator
from eventum_core.loader import load
from eventum_core.local import registry_with
from eventum_core.model import Event
from eventum_core.seeds import Seeds

PATIENCE = 100
"""Failed timestamps in a row after which a preview ends: an endless schedule would go on."""
SETTINGS = ("path", "id", "params", "timezone", "seed", "now", "since", "until", "policy")


@click.command("preview", cls=Command)
@file_argument
@click.option("-n", "--count", default=5, type=click.IntRange(1), show_default=True, help="Events.")
@click.option(
    "--at",
    default=0,
    type=click.IntRange(0),
    metavar="ORDINAL",
    help="Begin with this timestamp of the run, counted from 0. Those before it are rendered too,"
    " since later events may depend on them.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, with all details.")
@settings_options(SETTINGS)
@cryptfile_option
@plugin_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    file: Path | None,
    count: int,
    at: int,
    as_json: bool,
    cryptfile: Path | None,
    plugins: tuple[str, ...],
    **values: Any,
) -> None:
    """Print a generator's events without delivering them.

    They are the events that a run with the same seed and now makes; no output is opened.
    """
    settings = settings_from(file, values | {"live_mode": False})
    log.set_up(0)
    registry = registry_with(plugins)
    config = load(settings.path, params=settings.params, cryptfile=cryptfile, registry=registry)
    generator = Generator(config, settings)
    tell(f"{settings.name}: --seed {generator.seed} --now {generator.now.isoformat()}")
    failures = Failures(ctx)
    events = failures.watched(generator.events(on_error=failures.told))
    for event in islice(dropwhile(lambda event: event.ordinal < at, events), count):
        click.echo(_details(event, generator) if as_json else event.text)
    ctx.exit(1 if failures.any else 0)


class Failures:
    """Tells of failed timestamps, and ends the program when there is nothing else."""

    def __init__(self, ctx: click.Context) -> None:
        self._ctx = ctx
        self._in_a_row = 0
        self.any = False

    def told(self, ordinal: int, error: DataError) -> None:
        """Say what failed."""
        self.any = True
        self._in_a_row += 1
        tell(f"timestamp {ordinal}: {error}")
        if self._in_a_row == PATIENCE:
            tell(f"{PATIENCE} timestamps in a row gave no event; this ends here")
            self._ctx.exit(1)

    def watched(self, events: Iterable[Event]) -> Iterator[Event]:
        """Pass on events, each of which breaks a row."""
        for event in events:
            self._in_a_row = 0
            yield event


def _details(event: Event, generator: Generator) -> str:
    seeds = Seeds(generator.seed, generator.settings.name)
    return json.dumps(
        {
            "id": seeds.event_id(generator.now, event.ordinal, event.index),
            "timestamp": event.timestamp.isoformat(),
            "ordinal": event.ordinal,
            "index": event.index,
            "tags": event.tags,
            "text": event.text,
        },
        ensure_ascii=False,
    )
