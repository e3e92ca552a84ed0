"""``eventum init``: a folder to begin with."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import click


@click.command("init")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace files that are there already.")
def command(folder: Path, force: bool) -> None:
    """Make a folder with a generator and a test that uses it."""
    new = dict(_scaffold(files("eventum_core.cli") / "scaffold", folder))
    if not force and (there := [path for path in new if path.exists()]):
        names = ", ".join(str(path) for path in there)
        raise click.UsageError(f"Nothing was written: --force would replace {names}.")
    for path, content in new.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        except OSError as error:
            raise click.UsageError(f"Cannot write {path}: {error.strerror}.") from None
        click.echo(f"wrote {path}", err=True)
    name = shlex.quote(str(folder))
    click.echo(f"try: eventum preview {name}\n     pytest {name}", err=True)


def _scaffold(source: Traversable, target: Path) -> Iterator[tuple[Path, str]]:
    for item in source.iterdir():
        if item.is_dir() and item.name != "__pycache__":
            yield from _scaffold(item, target / item.name)
        elif item.is_file():
            # The test is data here: neither to be collected nor to be compiled.
            yield target / item.name.removesuffix(".txt"), item.read_text(encoding="utf-8")
