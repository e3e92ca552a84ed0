"""``eventum check``: what is wrong with generators, or what they do."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import click

from eventum_core.cli import log
from eventum_core.cli.facts import facts, lines
from eventum_core.cli.main import tell
from eventum_core.cli.options import (
    cryptfile_option,
    in_folder,
    params_from,
    plugin_option,
    settings_options,
)
from eventum_core.cli.report import as_json
from eventum_core.config import GeneratorConfig
from eventum_core.errors import ConfigError, Problem
from eventum_core.loader import load
from eventum_core.local import registry_with
from eventum_core.secrets import redact


@click.command("check")
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path)
)
@click.option("-v", "--verbose", is_flag=True, help="Say what each generator does.")
@click.option("--json", "json_wanted", is_flag=True, help="Print problems and facts as JSON.")
@settings_options(("params",))
@cryptfile_option
@plugin_option
@click.pass_context
def command(
    ctx: click.Context,
    files: tuple[Path, ...],
    verbose: bool,
    json_wanted: bool,
    params: str | None,
    param: tuple[str, ...],
    cryptfile: Path | None,
    plugins: tuple[str, ...],
) -> None:
    """Say what is wrong with generators, and with -v what they do.

    Every problem is told at once, on stderr, with its place and what to write instead. Exit
    codes: 0 all can be run, 2 there are problems.
    """
    log.set_up(0)
    how: dict[str, Any] = {"params": params_from(params, param), "cryptfile": cryptfile}
    how["registry"] = registry_with(plugins)
    results = [_checked(file, how) for file in files]
    if json_wanted:
        click.echo(redact(as_json([result.data() for result in results])))
    else:
        for result in results:
            result.show(verbose)
    ctx.exit(0 if all(result.config for result in results) else 2)


class Result(NamedTuple):
    """What checking one file gave: problems, or else a generator."""

    file: Path
    problems: tuple[Problem, ...] = ()
    config: GeneratorConfig | None = None

    def data(self) -> dict[str, Any]:
        """Return it as plain data."""
        problems = [problem._asdict() for problem in self.problems]
        return {
            "file": str(self.file),
            "ok": self.config is not None,
            "problems": problems,
            "facts": self.config and facts(self.config),
        }

    def show(self, verbose: bool) -> None:
        """Print it: problems to stderr, the rest to stdout."""
        for problem in self.problems:
            tell(str(problem))
        if self.config is None:
            return
        click.echo(f"{self.file}: ok")
        for line in lines(facts(self.config)) if verbose else ():
            click.echo(redact(f"  {line}"))


def _checked(file: Path, how: dict[str, Any]) -> Result:
    try:
        return Result(file, config=load(in_folder(file), **how))
    except ConfigError as error:
        return Result(file, problems=error.problems)
