"""What the output ``duckdb`` does where the database refuses a row, a chunk or everything."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from contextlib import closing

import duckdb
import pytest

from eventum_core.errors import ConfigError, RunError, WriteError
from eventum_core.outputs import duckdb as module
from eventum_core.outputs.duckdb import Duckdb

HOLD = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('held', flush=True); input()"


@pytest.fixture
def database(tmp_path):
    """A connection of somebody else's, in the same process."""
    with closing(duckdb.connect(tmp_path / "a.duckdb")) as connection:
        yield connection


@pytest.fixture
def store(run):
    """Write a chunk; give the failures."""

    def store(options, chunk):
        with Duckdb(url="a.duckdb", **options).open(run) as write:
            return [(failure.item, failure.reason) for failure in write(chunk)]

    return store


def test_foreign_keys_are_enforced(store, chunk, database):
    database.execute("CREATE TABLE users (id BIGINT PRIMARY KEY)")
    database.execute("INSERT INTO users VALUES (1)")
    columns = {"user": {"type": "integer", "references": "users.id"}}
    ((item, reason),) = store(
        {"table": "t", "columns": columns}, chunk('{"user": 2}', '{"user": 1}')
    )

    assert (item, "foreign key" in reason) == (0, True)
    assert database.execute("FROM t").fetchall() == [(1,)]


def test_a_check_costs_the_events_that_break_it_and_no_other(store, chunk, database):
    database.execute("CREATE TABLE t (a INTEGER CHECK (a % 7 <> 0))")
    failures = store({"table": "t"}, chunk(*[f'{{"a": {n}}}' for n in range(50)]))

    assert [item for item, _ in failures] == list(range(0, 50, 7))
    assert all("CHECK constraint failed" in reason for _, reason in failures)
    kept = [n for n in range(50) if n % 7]
    assert database.execute("FROM t ORDER BY a").fetchall() == [(n,) for n in kept]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"a": 18446744073709551616}', "to INT64"),
        ('{"a": 1.5}', "1.5 is no integer"),
        ('{"a": "one"}', "Could not convert string 'one' to INT64"),
        ("\ud800", "surrogate|create a string"),
    ],
)
def test_a_value_that_the_column_cannot_hold_fails_its_own_event(
    store, chunk, database, text, says
):
    columns = {"a": {"type": "integer"}, "text": {"event": "text"}}
    ((item, reason),) = store(
        {"table": "t", "columns": columns}, chunk('{"a": 1}', text, '{"a": 2}')
    )

    assert item == 1
    assert re.search(says, reason)
    assert database.execute("SELECT a FROM t ORDER BY a").fetchall() == [(1,), (2,)]


def test_a_file_that_another_process_holds_ends_the_run(run, tmp_path):
    command = [sys.executable, "-c", HOLD, str(tmp_path / "a.duckdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"held\n"
            with (
                pytest.raises(RunError, match=r"cannot open .*a\.duckdb: .*lock") as caught,
                Duckdb(url="a.duckdb", table="t").open(run),
            ):
                pass
        finally:
            holder.communicate(b"\n", timeout=60)

    assert f"PID {holder.pid}" in str(caught.value)
    assert "close it there" in str(caught.value)


def test_a_reader_with_other_settings_in_this_process_ends_the_run(run, tmp_path):
    duckdb.connect(tmp_path / "a.duckdb").close()
    with (
        closing(duckdb.connect(tmp_path / "a.duckdb", read_only=True)),
        pytest.raises(RunError, match=r"cannot open .*different configuration"),
        Duckdb(url="a.duckdb", table="t").open(run),
    ):
        pass


def test_a_write_in_conflict_with_another_may_be_retried(run, chunk, database):
    columns = {"a": {"type": "integer", "primary_key": True}}
    with Duckdb(url="a.duckdb", table="t", columns=columns).open(run) as write:
        database.begin()
        database.execute("ALTER TABLE t ADD COLUMN b INTEGER")
        with pytest.raises(WriteError, match=r"onflict|altered") as failed:
            write(chunk('{"a": 1}'))
        assert failed.value.retry
        database.rollback()
        assert write(chunk('{"a": 1}')) == []

    assert database.execute("FROM t").fetchall() == [(1,)]


def test_a_table_that_vanished_fails_the_chunk(run, chunk, database):
    with Duckdb(url="a.duckdb", table="t").open(run) as write:
        write(chunk('{"a": 1}'))
        database.execute("DROP TABLE t")
        with pytest.raises(WriteError, match="t does not exist") as failed:
            write(chunk('{"a": 2}'))

    assert not failed.value.retry
    assert "LINE 1" not in str(failed.value)


def test_a_key_that_an_existing_table_does_not_have_fails_the_chunk(run, chunk, database):
    database.execute("CREATE TABLE t (a INTEGER)")
    with (
        Duckdb(url="a.duckdb", table="t", columns=["a"], key="a").open(run) as write,
        pytest.raises(WriteError, match="UNIQUE/PRIMARY KEY"),
    ):
        write(chunk('{"a": 1}'))


@pytest.mark.parametrize("url", ["text", ".", "text/a.duckdb", "sqlite.db"])
def test_what_is_no_database_ends_the_run(run, tmp_path, url):
    (tmp_path / "text").write_text("no database, but long enough to look like one" * 100)
    with closing(sqlite3.connect(tmp_path / "sqlite.db")) as other:
        other.execute("CREATE TABLE t (a)")
    with pytest.raises(RunError, match="cannot open"), Duckdb(url=url, table="t").open(run):
        pass


def test_without_the_driver_both_the_check_and_the_run_say_what_to_install(
    run, tmp_path, monkeypatch
):
    plugin = Duckdb(url="a.duckdb", table="t")
    plugin.check(tmp_path)
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, "duckdb", None)

    with pytest.raises(ConfigError, match=r"pip install 'pytest-eventum\[duckdb\]'"):
        plugin.check(tmp_path)
    with (
        pytest.raises(RunError, match=r"pip install 'pytest-eventum\[duckdb\]'"),
        plugin.open(run),
    ):
        pass
