"""Sees code read the wall clock, or draw from randomness that no seed of ours reaches."""

from __future__ import annotations

import random
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

_OURS = str(Path(__file__).parent)
_STDLIB = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib"))
_CLOCKS = frozenset({"time", "time_ns", "clock_gettime", "clock_gettime_ns"})
_TODAY = frozenset({"now", "utcnow", "today"})
_GLOBAL = random.random.__self__  # type: ignore[attr-defined] # a method, which mypy calls function


@contextmanager
def watched() -> Iterator[list[str]]:
    """Note every such call of this thread, as ``what, file:line``.

    Calls while a module is being imported do not count, nor do the times of log records.
    """
    seen: list[str] = []

    def note(frame: FrameType, event: str, function: Any) -> None:
        if event == "c_call" and (name := _forbidden(function)) and (place := _place(frame)):
            seen.append(f"{name}, {place}")

    before = sys.getprofile()
    states = _states()
    sys.setprofile(note)
    try:
        yield seen
    finally:
        sys.setprofile(before)
    moved = [name for name, state in _states().items() if state != states[name]]
    seen += [f"the generator that all users of {name} share has moved" for name in moved]


def _states() -> dict[str, Any]:
    """Return where the generators are that a whole process shares."""
    numpy: Any = np.random.get_state(legacy=False)
    key = numpy["state"]
    return {"random": random.getstate(), "numpy.random": (key["key"].tobytes(), key["pos"])}


def _forbidden(function: Any) -> str:
    """Return what a function of the interpreter is called if it must not be used, else nothing."""
    owner, name = getattr(function, "__self__", None), getattr(function, "__name__", "")
    if owner is time and name in _CLOCKS:
        return f"time.{name}()"
    if isinstance(owner, type) and issubclass(owner, date) and name in _TODAY:
        return f"{owner.__name__}.{name}()"
    if owner is _GLOBAL:
        return f"random.{name}()"
    return "os.urandom()" if name == "urandom" else ""


def _place(frame: FrameType | None) -> str:
    """Return the line that is to blame: the nearest one that nobody has installed.

    Where there is none, it is the nearest one outside the standard library.
    """
    own = installed = ""
    while frame is not None:
        file = frame.f_code.co_filename
        place = f"{Path(file).name}:{frame.f_lineno}"
        if file.startswith("<frozen importlib") or Path(file).parent.name == "logging":
            return ""
        if "site-packages" in file or file.startswith(_OURS):
            installed = installed or place
        elif not file.startswith((*_STDLIB, "<")):
            own = own or place
        frame = frame.f_back
    return own or installed
