"""What every test of an input needs: a run to take part in, and the instants it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from eventum_core.clock import moment
from eventum_core.plugin import InputPlugin, Run
from eventum_core.seeds import Seeds

MakeRun = Callable[..., Run]
Instants = Callable[..., list[int]]
Local = Callable[..., list[str]]


@pytest.fixture(scope="session")
def make_run() -> MakeRun:
    """Return a maker of runs that begin at an ISO time of their zone."""

    def make(
        now: str = "2025-06-15T12:00:00", zone: str = "UTC", *, skip: bool = False, seed: int = 7
    ) -> Run:
        there = datetime.fromisoformat(now).replace(tzinfo=ZoneInfo(zone))
        return Run(
            generator="test",
            now=there,
            start=there,
            zone=ZoneInfo(zone),
            seeds=Seeds(seed, "test"),
            base=Path(),
            live=skip,
            skip_past=skip,
            random=Random(seed),
        )

    return make


@pytest.fixture(scope="session")
def instants() -> Instants:
    """Return a reader of the first instants of an input, in microseconds since the epoch."""

    def read(plugin: InputPlugin, run: Run, count: int = 1000) -> list[int]:
        return list(islice(_all(plugin, run), count))

    return read


@pytest.fixture(scope="session")
def local(instants: Instants) -> Local:
    """Return a reader of the first instants of an input, as ISO texts in the run's zone."""

    def read(plugin: InputPlugin, run: Run, count: int = 1000) -> list[str]:
        there = [moment(i).astimezone(run.zone) for i in instants(plugin, run, count)]
        return [time.isoformat().removesuffix("+00:00") for time in there]

    return read


def _all(plugin: InputPlugin, run: Run) -> Iterator[int]:
    latest = None
    for array in plugin.timestamps(run):
        assert array.dtype == np.dtype("datetime64[us]")
        assert 0 < len(array) <= 65_536
        numbers = array.astype(np.int64)
        assert (numbers[1:] >= numbers[:-1]).all()
        assert latest is None or numbers[0] >= latest
        latest = numbers[-1]
        yield from numbers.tolist()
