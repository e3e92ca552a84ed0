"""What the output ``sqlite`` does where the database refuses a row, a chunk or everything."""

from __future__ import annotations

import pytest

from eventum_core.errors import RunError, WriteError
from eventum_core.outputs.sqlite import Sqlite


def test_foreign_keys_are_enforced(store, chunk, database, read):
    database.execute("CREATE TABLE users (id INTEGER PRIMARY KEY)")
    database.execute("INSERT INTO users VALUES (1)")
    columns = {"user": {"type": "integer", "references": "users.id"}}
    failures = store({"table": "t", "columns": columns}, chunk('{"user": 2}', '{"user": 1}'))

    assert failures == [(0, "FOREIGN KEY constraint failed")]
    assert read("t") == [(1,)]


def test_a_constraint_checked_at_the_end_fails_its_own_event(store, chunk, database, read):
    database.execute("CREATE TABLE users (id INTEGER PRIMARY KEY)")
    database.execute(
        "CREATE TABLE t (a INTEGER REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED)"
    )
    database.execute("INSERT INTO users VALUES (1)")

    assert store({"table": "t"}, chunk('{"a": 1}', '{"a": 2}', '{"a": 1}')) == [
        (1, "FOREIGN KEY constraint failed")
    ]
    assert read("t") == [(1,), (1,)]


@pytest.mark.parametrize("action", ["ABORT", "FAIL", "ROLLBACK"])
def test_a_trigger_refuses_its_own_event(store, chunk, database, read, action):
    database.execute("CREATE TABLE t (a INTEGER)")
    database.execute(
        "CREATE TRIGGER no BEFORE INSERT ON t WHEN new.a = 2"
        f" BEGIN SELECT RAISE({action}, 'no twos'); END"
    )

    assert store({"table": "t"}, chunk('{"a": 1}', '{"a": 2}', '{"a": 3}')) == [(1, "no twos")]
    assert read("t") == [(1,), (3,)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a": 18446744073709551616}', "Python int too large to convert to SQLite INTEGER"),
        ("\ud800", "surrogates not allowed"),
    ],
)
def test_a_value_that_sqlite_cannot_hold_fails_its_own_event(store, chunk, read, text, reason):
    columns = {"a": {"type": "integer"}, "text": {"event": "text"}}
    options = {"table": "t", "columns": columns}
    ((item, found),) = store(options, chunk('{"a": 1}', text, '{"a": 2}'))

    assert item == 1
    assert reason in found
    assert read("t", "a") == [(1,), (2,)]


def test_a_locked_database_may_be_retried(hasty_run, chunk, database, read):
    with Sqlite(url="a.db", table="t").open(hasty_run) as write:
        database.execute("BEGIN IMMEDIATE")
        with pytest.raises(WriteError, match="locked") as failed:
            write(chunk('{"a": 1}'))
        database.execute("COMMIT")
        assert failed.value.retry
        assert write(chunk('{"a": 1}')) == []

    assert read("t", "a") == [(1,)]


def test_a_reader_in_the_way_of_a_commit_may_be_waited_for(hasty_run, chunk, database, read):
    with Sqlite(url="a.db", table="t").open(hasty_run) as write:
        write(chunk('{"a": 1}'))
        database.execute("BEGIN")
        read("t")
        with pytest.raises(WriteError, match="locked") as failed:
            write(chunk('{"a": 2}', first=1))
        database.execute("COMMIT")
        assert failed.value.retry
        write(chunk('{"a": 2}', first=1))

    assert read("t", "a") == [(1,), (2,)]


def test_a_database_locked_from_the_start_ends_the_run(hasty_run, database):
    database.execute("BEGIN IMMEDIATE")

    with (
        pytest.raises(RunError, match=r"cannot use .*locked"),
        Sqlite(url="a.db", table="t").open(hasty_run),
    ):
        pass


def test_a_full_disk_fails_the_chunk(run, chunk, read):
    options = {"table": "t", "columns": {"a": {"type": "text"}}}
    with Sqlite(url="a.db", **options).open(run) as write:
        write(chunk('{"a": "x"}'))
        # As on a full disk: SQLite is told that the file may not grow.
        limit = write.__self__._connection.execute("PRAGMA max_page_count = 3").fetchone()
        assert limit == (3,)
        with pytest.raises(WriteError, match="full") as failed:
            write(chunk('{"a": "' + "y" * 100_000 + '"}'))
        assert not failed.value.retry
        assert write(chunk('{"a": "z"}')) == []

    assert read("t") == [("x",), ("z",)]


def test_a_table_that_vanished_fails_the_chunk(run, chunk, database):
    with Sqlite(url="a.db", table="t").open(run) as write:
        write(chunk('{"a": 1}'))
        database.execute("DROP TABLE t")
        with pytest.raises(WriteError, match="no such table: t"):
            write(chunk('{"a": 2}'))


def test_what_is_no_database_ends_the_run(run, tmp_path):
    (tmp_path / "text").write_text("no database, but long enough to look like one" * 100)
    for url in ("text", ".", "text/a.db"):
        with (
            pytest.raises(RunError, match=r"cannot (open|use)"),
            Sqlite(url=url, table="t").open(run),
        ):
            pass
