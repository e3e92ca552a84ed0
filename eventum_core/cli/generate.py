"""``eventum generate``: run one generator."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anyio
import click

from eventum_core.cli import log, progress, report
from eventum_core.cli.main import tell
from eventum_core.cli.options import (
    Command,
    cryptfile_option,
    file_argument,
    plugin_option,
    settings_from,
    settings_options,
)
from eventum_core.cli.stopping import Stopping, stopped_by_signals
from eventum_core.config import Settings
from eventum_core.generator import Generator
from eventum_core.loader import load
from eventum_core.local import registry_with
from eventum_core.model import Report

Document = dict[str, Any]


@click.command("generate", cls=Command)
@file_argument
@settings_options()
@cryptfile_option
@plugin_option
@click.option(
    "--dead-letters",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep what an output cannot deliver in this file, where the generator's file says"
    " nothing of it.",
)
@click.option(
    "-v",
    "--verbose",
    count=True,
    type=click.IntRange(0, 5),
    help="Log to stderr: -v critical, -vv error, -vvv warning, -vvvv info, -vvvvv debug.",
)
@click.option("-q", "--quiet", is_flag=True, help="Write nothing to stderr but errors.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    file: Path | None,
    cryptfile: Path | None,
    plugins: tuple[str, ...],
    dead_letters: Path | None,
    verbose: int,
    quiet: bool,
    **values: Any,
) -> None:
    """Run one generator.

    FILE is the generator's file, or the folder of its generator.yml.

    Exit codes: 0 all delivered, 1 something failed or was lost, 2 wrong options or
    configuration, 130 or 143 stopped by a signal.
    """
    settings = settings_from(file, values)
    log.set_up(verbose, quiet=quiet)
    generator = _generator(settings, cryptfile, plugins, dead_letters)
    if not quiet:
        _note_endless(generator, settings)
    line = not (quiet or verbose) and progress.possible(generator.config)
    counter = progress.Counter() if line or quiet or verbose else progress.Counter(tell)
    with stopped_by_signals(generator.stop) as stopping, progress.shown(counter, wanted=line):
        result = anyio.run(_run, generator, counter, stopping)
    if not (quiet and result.ok):
        tell(report.text(result, settings, _extra(cryptfile, plugins, dead_letters)))
    ctx.exit(stopping.exit_code or int(not result.ok))


async def _run(generator: Generator, counter: progress.Counter, stopping: Stopping) -> Report:
    # The loop calls this once the run waits for the first time, so once it can be stopped.
    asyncio.get_running_loop().call_soon(stopping.catch_up)
    return await generator.run(observer=counter)


def _generator(
    settings: Settings,
    cryptfile: Path | None,
    plugins: Sequence[str],
    dead_letters: Path | None,
) -> Generator:
    config = load(
        settings.path,
        params=settings.params,
        cryptfile=cryptfile,
        registry=registry_with(plugins),
        edit=keep_undelivered(dead_letters.absolute()) if dead_letters else None,
    )
    return Generator(config, settings)


def keep_undelivered(path: Path) -> Callable[[Document], Document]:
    """Return an edit that sends undelivered events to `path` unless an output says otherwise."""

    def edit(document: Document) -> Document:
        outputs = document.get("output")
        for item in outputs if isinstance(outputs, list) else ():
            for options in item.values() if isinstance(item, dict) else ():
                if isinstance(options, dict):
                    options.setdefault("on_failure", "dead_letter")
                    options.setdefault("dead_letters", str(path))
        return document

    return edit


def _note_endless(generator: Generator, settings: Settings) -> None:
    if generator.endless and not settings.live_mode:
        tell(
            "note: this schedule has no end, so the run goes on until it is stopped;"
            " --max-events, --duration or --until end it"
        )


def _extra(cryptfile: Path | None, plugins: Sequence[str], dead_letters: Path | None) -> list[str]:
    options = [("--cryptfile", cryptfile), *(("--plugin", source) for source in plugins)]
    options.append(("--dead-letters", dead_letters))
    return [text for name, value in options if value for text in (name, str(value))]
