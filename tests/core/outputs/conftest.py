from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from eventum_core.model import Chunk, Event
from eventum_core.outputs.sqlite import Sqlite
from eventum_core.plugin import Run


@pytest.fixture
def hasty_run(run: Run) -> Run:
    """The same run, which waits for nothing longer than a moment."""
    return replace(run, write_timeout=0.05)


@pytest.fixture
def chunk(run: Run) -> Callable[..., Chunk]:
    """Make a chunk of texts, one event a second, numbered from `first`."""

    def chunk(*texts: str, first: int = 0) -> Chunk:
        events = [
            Event(run.now + timedelta(seconds=ordinal), text, ("web",), ordinal, 0)
            for ordinal, text in enumerate(texts, first)
        ]
        return Chunk(list(texts), events)

    return chunk


@pytest.fixture
def database(tmp_path):
    """A connection of somebody else's to the database the tests write to."""
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as connection:
        yield connection


@pytest.fixture
def read(database):
    """Read all of a table in its order, or some columns of it."""

    def read(table, columns="*"):
        return database.execute(f"SELECT {columns} FROM {table} ORDER BY rowid").fetchall()

    return read


@pytest.fixture
def store(run):
    """Write chunks in one run; give the failures of the last."""

    def store(options, *chunks):
        failures = None
        with Sqlite(**{"url": "a.db", **options}).open(run) as write:
            for chunk in chunks:
                failures = write(chunk)
        return [(failure.item, failure.reason) for failure in failures or ()]

    return store
