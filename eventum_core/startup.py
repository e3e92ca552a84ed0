"""The startup file: a list of generators, each laid over what the application gives to all."""

from __future__ import annotations

import logging
import os.path
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import Field

from eventum_core.application import Application
from eventum_core.config import Settings
from eventum_core.errors import Problem
from eventum_core.yamlfile import YamlFile

_log = logging.getLogger(__name__)


class StartupSettings(Settings):
    """One entry of the startup file."""

    id: str = Field(min_length=1)
    """Name of the generator in logs, reports, seeds and the API."""
    autostart: bool = True
    """Start it with the application; otherwise it waits to be started."""
    scenarios: tuple[str, ...] = ()
    """Accepted and not used: there are no groups yet."""


class Entry(NamedTuple):
    """A generator of the startup file."""

    settings: Settings
    autostart: bool = True
    scenarios: tuple[str, ...] = ()


def read_startup(app: Application) -> list[Entry]:
    """Return the entries; raise `ConfigError` with all that is wrong in the file.

    Of entries with the same id the first one counts; the others are logged as errors.
    """
    file = YamlFile.read(app.path.startup, "write it, with [] in it for no generators")
    tree = [] if file.tree is None else file.tree
    if not isinstance(tree, list):
        fix = "write '- id: …' items, or [] for no generators"
        file.problems.append(Problem("", "must be a list of generators", fix=fix))
        tree = []
    found = [_entry(app, file, position, item) for position, item in enumerate(tree)]
    file.check()
    return list(_unique(entry for entry in found if entry is not None))


def placed(app: Application, path: Path) -> Path:
    """Return the absolute path of a generator's file, given as in a startup entry.

    A relative path belongs to the folder of generators or else, where it exists only there, to
    that of the startup file; a folder stands for the generator's file in it.
    """
    # `os.path` says no where the methods of a path raise: a name too long, an unknown home.
    given = os.path.expanduser(path)
    candidates = [folder / given for folder in (app.path.generators_dir, app.path.startup.parent)]
    found = next((path for path in candidates if os.path.exists(path)), candidates[0])
    return found / app.path.generator_config_filename if os.path.isdir(found) else found


def _entry(app: Application, file: YamlFile, position: int, options: Any) -> Entry | None:
    path = f"[{position}]"
    if not isinstance(options, Mapping):
        fix = "write the keys of a generator, beginning with 'id:' and 'path:'"
        file.problems.append(Problem(path, "must be a mapping", repr(options)[:80], fix))
        return None
    merged = laid_over({**app.generation.inherited, "policy": app.policy}, options)
    checked = file.validated(StartupSettings, merged, (position,))
    if checked is None:
        return None
    if app.policy == "restricted" and checked.policy != app.policy:
        fix = "leave it out: the application's file says policy: restricted"
        file.problems.append(Problem(f"{path}.policy", "not allowed", "trusted", fix))
    merged["path"] = placed(app, checked.path)
    own = {key: value for key, value in merged.items() if key in Settings.model_fields}
    return Entry(Settings.model_validate(own), checked.autostart, checked.scenarios)


def laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return both merged leaf by leaf; what is above wins."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        both = isinstance(under, Mapping) and isinstance(value, Mapping)
        merged[key] = laid_over(under, value) if both else value  # type: ignore[arg-type] # both are mappings
    return merged


def _unique(entries: Iterable[Entry]) -> Iterator[Entry]:
    seen: set[str] = set()
    for entry in entries:
        if entry.settings.id in seen:
            _log.error("startup file: the id %r is given again; ignored", entry.settings.id)
        else:
            seen.add(entry.settings.id)
            yield entry


def warn_of_outsiders(app: Application, entries: Iterable[Entry]) -> None:
    """Log which generators lie outside of the folder of generators."""
    for entry in entries:
        if not entry.settings.path.is_relative_to(app.path.generators_dir):
            text = "generator %r lies outside of %s: it runs, but the server cannot show its files"
            _log.warning(text, entry.settings.id, app.path.generators_dir)
