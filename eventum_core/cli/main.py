"""The program ``eventum``: it knows its commands by name and imports the one that is called."""

from __future__ import annotations

import gc
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from difflib import get_close_matches
from errno import ENOSPC
from importlib import import_module
from typing import Any

import click

COMMANDS = {
    "check": "Say what is wrong with generators, and with -v what they do.",
    "generate": "Run one generator.",
    "init": "Make a folder with a generator and a test that uses it.",
    "plugins": "List the plugins and where they come from.",
    "preview": "Print a generator's events without delivering them.",
    "run": "Run many generators, and the server.",
    "schema": "Print the JSON Schema of a generator's file or of one plugin.",
}
"""Every command, a module of this package, with its help line."""


class Program(click.Group):
    """A group that is a program of its own: a bug in it shows no secret."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run as a program: a bug ends it with its traceback, but without secrets."""
        try:
            return self.main(*args, **kwargs)
        except Exception as error:  # the program's edge: nothing above it could redact
            _tell_bug(error)
            sys.exit(1)


class Commands(Program):
    """A group whose commands are imported when called, and whose errors choose the exit code."""

    _alone = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run as a program: it has the process to itself and may start as quickly as it can."""
        self._alone = True
        return super().__call__(*args, **kwargs)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Answer an empty command line with the help text, as a usage error."""
        if not args and not ctx.resilient_parsing:
            click.echo(ctx.get_help(), err=True)
            ctx.exit(2)
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, those of installed packages included."""
        self._add_installed()
        return sorted({*COMMANDS, *self.commands})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command; ask the installed packages only for a strange name."""
        if cmd_name in COMMANDS:
            with _quick_imports() if self._alone else nullcontext():
                command = import_module(f"eventum_core.cli.{cmd_name}").command
            assert isinstance(command, click.Command)
            return command
        self._add_installed()
        return self.commands.get(cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; of a name that is none, say what may be meant."""
        known = self.list_commands(ctx) if args and self.get_command(ctx, args[0]) is None else ()
        if close := get_close_matches(args[0], known, n=1) if known else ():
            ctx.fail(f"No such command {args[0]!r}. Did you mean {close[0]!r}?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help lines without importing any command of ours."""
        rows = [
            (name, COMMANDS.get(name) or self.commands[name].get_short_help_str())
            for name in self.list_commands(ctx)
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error that was foreseen is told without a traceback."""
        from eventum_core.errors import EventumError

        try:
            return super().invoke(ctx)
        except EventumError as error:
            tell(str(error))
            ctx.exit(exit_code(error))
        except OSError as error:
            if error.errno != ENOSPC:
                raise
            tell(f"cannot write: {error.strerror}")
            ctx.exit(1)
        except KeyboardInterrupt:
            ctx.exit(130)

    def _add_installed(self) -> None:
        if "installed" in self.__dict__ or not _something_is_installed():
            return
        from eventum_core.registry import Registry

        self.installed = True
        Registry().add_commands(self)


@contextmanager
def _quick_imports() -> Iterator[None]:
    """Keep from imports what they do not need: a search for garbage, and threads that spin."""
    given = os.environ.get(_SPIN)
    os.environ.setdefault(_SPIN, _SHORTEST)
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # modules stay to the end: no later search need go through them
        gc.enable()
        if given is None:
            del os.environ[_SPIN]


_SPIN, _SHORTEST = "OPENBLAS_THREAD_TIMEOUT", "4"
"""How long NumPy's threads, one for each processor, are busy waiting before they sleep; read when
NumPy is imported."""


def _something_is_installed() -> bool:
    """Tell whether any package could add commands; else the registry need not be imported."""
    from importlib.metadata import entry_points

    from eventum_core.hookspecs import NAMESPACE

    return bool(entry_points(group=NAMESPACE))


def exit_code(error: Exception) -> int:
    """Return 2 for what is wrong before a run, 1 for what goes wrong in one."""
    from eventum_core.errors import ConfigError, PluginError
    from eventum_core.secrets import SecretError

    return 2 if isinstance(error, ConfigError | PluginError | SecretError) else 1


def tell(text: str) -> None:
    """Write to stderr, secrets replaced."""
    from eventum_core.secrets import redact

    click.echo(redact(text), err=True)


def _tell_bug(error: Exception) -> None:
    tell("".join(traceback.format_exception(error)).rstrip())
    if isinstance(error, ImportError | AttributeError):
        from eventum_core.cli.owners import rivals

        for rival in rivals():
            tell(rival)


def _show_version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    import platform
    from importlib.metadata import version

    click.echo(
        f"eventum {version('pytest-eventum')}\n"
        f"Python {platform.python_version()} ({platform.python_implementation()})\n"
        f"{platform.platform()}"
    )
    ctx.exit()


main = Commands(
    name="eventum",
    help="Realistic event streams as test data.",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_show_version,
            help="Show the versions and exit.",
        )
    ],
)
