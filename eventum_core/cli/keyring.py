"""The program ``eventum-keyring``: secrets in an encrypted file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from eventum_core.cli.main import Program, tell
from eventum_core.secrets import Keyring, SecretError, remember


class Secrets(Program):
    """A group that answers a failing keyring with a line on stderr and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; set up logs first, since stdout is for the value alone."""
        from eventum_core.cli import log

        log.set_up(0)
        try:
            return super().invoke(ctx)
        except SecretError as error:
            tell(str(error))
            ctx.exit(1)


def _cryptfile(exists: bool) -> click.Option:
    return click.Option(
        ["--cryptfile", "path"],
        type=click.Path(exists=exists, dir_okay=False, path_type=Path),
        help="The file. Default: cryptfile_pass.cfg in the folder of the user's keyrings.",
    )


@click.group(
    cls=Secrets,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="The file's password is taken from EVENTUM_KEYRING_PASSWORD.",
)
def main() -> None:
    """Keep the values of ${secrets.NAME} in an encrypted file."""


@main.command("get", params=[_cryptfile(exists=True)])
@click.argument("name")
def get(name: str, path: Path | None) -> None:
    """Print a secret, and nothing else, on stdout."""
    click.echo(Keyring(path).get(name))


@main.command("set", params=[_cryptfile(exists=False)])
@click.argument("name")
@click.argument("value", required=False)
def set_(name: str, value: str | None, path: Path | None) -> None:
    """Store a secret.

    Leave VALUE out to be asked for it, or to give it on stdin: what stands on a command line,
    other users can see.
    """
    keyring = Keyring(path)
    keyring.set(name, _value(value))
    tell("Done")


@main.command("remove", params=[_cryptfile(exists=True)])
@click.argument("name")
def remove(name: str, path: Path | None) -> None:
    """Delete a secret."""
    Keyring(path).remove(name)
    tell("Done")


@main.command("list", params=[_cryptfile(exists=True)])
def list_(path: Path | None) -> None:
    """Print the names, one a line; this needs no password."""
    for name in Keyring(path).names():
        click.echo(name)


def _value(given: str | None) -> str:
    if given is not None:
        value = given
    elif sys.stdin.isatty():
        value = click.prompt("Value", hide_input=True, err=True)
    else:
        value = sys.stdin.read().removesuffix("\n")
    remember(value)
    return value
