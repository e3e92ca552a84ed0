from __future__ import annotations

import pytest
from pydantic import ValidationError

from eventum_core.errors import RunError, WriteError
from eventum_core.model import Chunk
from eventum_core.outputs.sqlite import Sqlite


def schema(database):
    return [sql for (sql,) in database.execute("SELECT sql FROM sqlite_master WHERE sql NOT NULL")]


@pytest.mark.parametrize(
    "url", ["sqlite:///deep/er/a.db", "sqlite+pysqlite:///deep/er/a.db", "deep/er/a.db"]
)
def test_relative_files_lie_in_the_generator_s_folder(run, tmp_path, url):
    with Sqlite(url=url, table="t").open(run):
        assert (tmp_path / "deep/er/a.db").is_file()


@pytest.mark.parametrize("prefix", ["sqlite:///", ""])
def test_absolute_files_lie_where_they_are_said_to(run, tmp_path, prefix):
    with Sqlite(url=f"{prefix}{tmp_path}/b.db", table="t").open(run):
        assert (tmp_path / "b.db").is_file()


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        (":memory:", "write a file"),
        ("sqlite:///:memory:", "write a file"),
        ("sqlite://", "write a file"),
        ("sqlite:///", "write a file"),
        ("", "write a file"),
        ("file:a.db?mode=ro", "or a plain path"),
        ("sqlite:///a.db?timeout=5", "or a plain path"),
        ("postgresql://localhost/a", "or a plain path"),
    ],
)
def test_what_is_no_file_is_refused(url, problem):
    with pytest.raises(ValidationError, match=problem):
        Sqlite(url=url, table="t")


@pytest.mark.parametrize("options", [{}, {"url": "a"}, {"url": "a", "table": "t", "mode": "wal"}])
def test_wrong_options_are_refused(options):
    with pytest.raises(ValidationError):
        Sqlite(**options)


def test_an_inferred_table(run, store, chunk, database, read):
    first = chunk('{"amount": 1, "city": "Bergen"}', '{"amount": 2.5, "tags": ["a"]}')
    store({"table": "orders"}, first, chunk('{"amount": 3, "late": {"x": 1}}', first=2))

    assert schema(database) == [
        'CREATE TABLE "orders" ("ordinal" INTEGER, "id" TEXT PRIMARY KEY NOT NULL, "amount" REAL,'
        ' "city" TEXT, "tags" JSON, "extra" JSON)'
    ]
    assert read("orders", "ordinal, amount, city, tags, extra") == [
        (0, 1.0, "Bergen", None, None),
        (1, 2.5, None, '["a"]', None),
        (2, 3.0, None, None, '{"late":{"x":1}}'),
    ]
    assert read("orders", "id")[0] == (run.event_id(first.events[0]),)


def test_our_column_steps_aside_for_a_key(store, chunk, read):
    store({"table": "t"}, chunk('{"id": 5}'))

    assert read("t", "id, length(_id)") == [(5, 32)]


def test_events_that_are_no_json(store, chunk, database, read):
    store({"table": "log"}, chunk("GET /", '"x"'), chunk('{"a": 1}', first=2))

    assert [name for _, name, *_ in database.execute("PRAGMA table_info(log)")] == [
        "ordinal",
        "id",
        "timestamp",
        "event",
    ]
    assert read("log", "ordinal, timestamp, event") == [
        (0, "2024-05-01T12:00:00+00:00", "GET /"),
        (1, "2024-05-01T12:00:01+00:00", '"x"'),
        (2, "2024-05-01T12:00:02+00:00", '{"a": 1}'),
    ]


def test_what_is_no_json_among_what_is_goes_to_extra(store, chunk, read):
    store({"table": "t"}, chunk('{"a": 1}', "plain", "[2]"))

    assert read("t", "a, extra") == [(1, None), (None, '"plain"'), (None, "[2]")]


def test_declared_columns(store, chunk, database, read):
    columns = {
        "n": {"event": "ordinal", "primary_key": True},
        "amount": "$.total",
        "city": "address.city",
        "placed": {"type": "timestamp"},
        "raw": {"path": "$", "type": "json"},
    }
    event = '{"total":7,"address":{"city":"Oslo"},"placed":"2024-01-01","x":1}'
    store({"table": "orders", "columns": columns}, chunk(event))

    assert schema(database) == [
        'CREATE TABLE "orders" ("n" INTEGER PRIMARY KEY, "amount" INTEGER, "city" TEXT,'
        ' "placed" TIMESTAMP, "raw" JSON)'
    ]
    assert read("orders") == [(0, 7, "Oslo", "2024-01-01", event)]


def test_described_tables_are_made_before_the_first_event(store, database):
    store({"table": "t", "columns": {"a": {"type": "integer"}}})

    assert schema(database) == ['CREATE TABLE "t" ("a" INTEGER)']


SHOP = {
    "tables": {
        "orders": {
            "columns": {"id": {"primary_key": True}, "total": {"type": "real", "not_null": True}}
        },
        "lines": {
            "each": "lines",
            "columns": {
                "order_id": {"path": "$.id", "references": "orders.id"},
                "position": {"event": "position"},
                "sku": {"not_null": True},
            },
        },
    }
}


def test_one_event_fills_several_tables(store, chunk, read):
    failures = store(
        SHOP,
        chunk(
            '{"id": 1, "total": 5, "lines": [{"sku": "a"}, {"sku": "b"}]}',
            '{"id": 2, "total": 0, "lines": []}',
        ),
    )

    assert failures == []
    assert read("orders") == [(1, 5.0), (2, 0.0)]
    assert read("lines") == [(1, 0, "a"), (1, 1, "b")]


def test_a_refused_row_takes_its_event_and_no_other(store, chunk, read):
    failures = store(
        SHOP,
        chunk(
            '{"id": 1, "total": 5, "lines": [{"sku": "a"}]}',
            '{"id": 2, "total": 5, "lines": [{"sku": "b"}, {"sku": null}]}',
            '{"id": 1, "total": 5}',
            '{"id": 3, "lines": []}',
            '{"id": 4, "total": 5, "lines": "none"}',
            "plain",
            '{"id": 5, "total": 5}',
        ),
    )

    assert failures == [
        (1, "NOT NULL constraint failed: lines.sku"),
        (2, "UNIQUE constraint failed: orders.id"),
        (3, "NOT NULL constraint failed: orders.total"),
        (4, "['lines'] is no array"),
        (5, "not a JSON object, and orders has no column for whole events"),
    ]
    assert read("orders") == [(1, 5.0), (5, 5.0)]
    assert read("lines") == [(1, 0, "a")]


def test_events_delivered_twice_are_stored_once(store, chunk, read):
    first, second = chunk('{"a": 1}', '{"a": 2}'), chunk('{"a": 2}', '{"a": 3}', first=1)

    assert store({"table": "t"}, first, second, first) == []
    assert store({"table": "t"}, second) == []
    assert read("t", "ordinal, a") == [(0, 1), (1, 2), (2, 3)]


def test_only_the_id_excuses_a_row_that_is_there_already(store, chunk, database, read):
    database.execute("CREATE TABLE t (id TEXT PRIMARY KEY, code INTEGER UNIQUE)")
    failures = store({"table": "t"}, chunk('{"code": 1}', '{"code": 1}', '{"code": 2}'))

    assert failures == [(1, "UNIQUE constraint failed: t.code")]
    assert read("t", "code") == [(1,), (2,)]


def test_elements_delivered_twice_are_stored_once(store, chunk, read):
    options = {"tables": {"lines": {"each": "l"}}}
    store(options, chunk('{"l": [{"a": 1}, {"a": 2}]}'))
    store(options, chunk('{"l": [{"a": 1}, {"a": 2}]}'))

    assert read("lines", "position, a") == [(0, 1), (1, 2)]


def test_an_existing_table_is_filled_by_its_own_columns(store, chunk, database, read, caplog):
    database.execute(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, City TEXT, n INTEGER NOT NULL DEFAULT 9, late)"
    )
    store(
        {"table": "t"},
        chunk('{"city": "Oslo", "n": 1}', '{"city": "Bergen", "other": 1}'),
        chunk('{"late": 5}', first=2),
    )

    assert read("t") == [(1, "Oslo", 1, None), (2, "Bergen", 9, None), (3, None, 9, 5)]
    assert "table t has no column for other" in caplog.text


def test_an_existing_table_that_fits_nothing_ends_the_run(store, chunk, database):
    database.execute("CREATE TABLE t (x INTEGER)")

    with pytest.raises(RunError, match="table t has no column for any of the events' keys"):
        store({"table": "t"}, chunk('{"a": 1}'))


def test_an_existing_table_without_a_declared_column_ends_the_run(store, chunk, database):
    database.execute("CREATE TABLE t (x INTEGER)")

    with pytest.raises(RunError, match="table t has no column y"):
        store({"table": "t", "columns": ["x", "y"]}, chunk('{"x": 1}'))


def test_tables_that_must_be_there(store, chunk, database, read):
    database.execute("CREATE TABLE t (a INTEGER)")
    store({"table": "t", "create": "never"}, chunk('{"a": 1}'))

    assert read("t") == [(1,)]
    with pytest.raises(RunError, match="no table u, v; make it"):
        store({"tables": {"t": None, "u": None, "v": None}, "create": "never"})


def test_tables_made_anew(store, chunk, database, read):
    store(SHOP, chunk('{"id": 1, "total": 5, "lines": [{"sku": "a"}]}'))
    store({**SHOP, "create": "replace"}, chunk('{"id": 2, "total": 6, "lines": []}'))

    assert read("orders") == [(2, 6.0)]
    assert read("lines") == []


def test_a_chunk_is_stored_whole_before_the_next(run, chunk, read):
    with Sqlite(url="a.db", table="t").open(run) as write:
        write(chunk('{"a": 1}'))
        assert read("t", "a") == [(1,)]


def test_a_heartbeat_does_nothing(store, chunk, database):
    assert store({"table": "t"}, chunk()) == []
    assert schema(database) == []


def test_a_batching_format_is_refused(run, chunk):
    events = chunk("1", "2").events
    with (
        Sqlite(url="a.db", table="t").open(run) as write,
        pytest.raises(WriteError, match="use `plain` or `json`"),
    ):
        write(Chunk(["[1, 2]"], events))


def test_the_formatted_text_is_stored_not_the_event_s(run, chunk, read):
    (event,) = chunk('{"a":1}').events
    with Sqlite(url="a.db", table="t").open(run) as write:
        write(Chunk(['{"b": 2}'], [event]))

    assert read("t", "b") == [(2,)]


@pytest.mark.parametrize("level", [("full", 2), ("normal", 1), ("off", 0)])
def test_synchronous(run, level):
    name, number = level
    with Sqlite(url="a.db", table="t", synchronous=name).open(run) as write:
        pragma = write.__self__._connection.execute("PRAGMA synchronous").fetchone()

    assert pragma == (number,)


def test_one_plugin_can_be_run_twice(run, chunk, read):
    plugin = Sqlite(url="a.db", table="t")
    for first in (0, 1):
        with plugin.open(run) as write:
            write(chunk('{"a": 1}', first=first))

    assert read("t", "ordinal") == [(0,), (1,)]
