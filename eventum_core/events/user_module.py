"""A user's Python file as a module of one run: executed afresh, seen by nobody else."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Mapping
from importlib.machinery import SOURCE_SUFFIXES, SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from traceback import format_exception, walk_tb
from types import ModuleType
from typing import Any

from eventum_core.events.shim import importer, loading
from eventum_core.plugin import Run
from eventum_core.stdlib import random_of, secrets_of, uuid_of

NAME = "user_module"
"""The name such a module has for itself, as in the reference."""


class _Uncached(SourceFileLoader):
    """Compiles a file each time, so that no older version of it is ever run."""

    def get_code(self, fullname: str) -> Any:
        """Return the code of the file as it is now."""
        return self.source_to_code(self.get_data(self.path), self.path)


def execute(path: Path, run: Run) -> ModuleType:
    """Run a file and return its module, which takes its randomness from the run.

    Raises whatever the file raises.
    """
    source = _Uncached(NAME, str(path)) if path.suffix in SOURCE_SUFFIXES else None
    spec = spec_from_file_location(NAME, path, loader=source)
    if spec is None or spec.loader is None:
        raise ImportError(f"Python cannot import files that end in {path.suffix}")
    module = module_from_spec(spec)
    imports = importer(_stand_ins(run))
    changed = {"__import__": imports, "print": told}
    vars(module)["__builtins__"] = {**vars(builtins), **changed}
    with loading(module, run):
        spec.loader.exec_module(module)
    return module


def told(*values: object, file: Any = None, **how: Any) -> None:
    """Print, to stderr by default: stdout is where events may go."""
    print(*values, file=sys.stderr if file is None else file, **how)


def _stand_ins(run: Run) -> Mapping[str, ModuleType]:
    """Return the modules of the standard library that draw from the run."""
    # What a file draws while it is executed comes before any block of ordinals.
    run.random.seed(run.seeds.number("event/script"))
    return {
        "random": random_of(run.random),
        "secrets": secrets_of(run.random),
        "uuid": uuid_of(run, run.random),
    }


def line_in(path: Path, error: BaseException) -> int:
    """Return the last line of a file that an error passed through; 0 if it is none of it."""
    steps = walk_tb(error.__traceback__)
    lines = [line for frame, line in steps if frame.f_code.co_filename == str(path)]
    return lines[-1] if lines else 0


def traceback_in(path: Path, error: BaseException) -> str:
    """Return an error's traceback from the first line in a file on."""
    begin = error.__traceback__
    while begin is not None and begin.tb_frame.f_code.co_filename != str(path):
        begin = begin.tb_next
    return "".join(format_exception(type(error), error, begin or error.__traceback__))
