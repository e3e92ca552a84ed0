from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta

import duckdb
import pytest
from doubles import dated, inline

from eventum_core.errors import RunError
from eventum_core.model import Chunk
from eventum_core.outputs.duckdb import Duckdb

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(run):
    """Write chunks in one run; give the failures of the last."""

    def store(options, *chunks):
        failures = None
        with Duckdb(**{"url": "a.duckdb", **options}).open(run) as write:
            for chunk in chunks:
                failures = write(chunk)
        return [(failure.item, failure.reason) for failure in failures or ()]

    return store


@pytest.fixture
def database(tmp_path):
    """A connection of somebody else's, in the same process."""
    with closing(duckdb.connect(tmp_path / "a.duckdb")) as connection:
        yield connection


@pytest.fixture
def read(database):
    """Read all of a table, or some columns of it, in their order."""

    def read(table, columns="*"):
        return database.execute(f"SELECT {columns} FROM {table} ORDER BY ALL").fetchall()

    return read


@pytest.fixture
def described(database):
    """Return the types of a table's columns by their names."""

    def described(table):
        found = database.execute(f"DESCRIBE {table}").fetchall()
        return {name: declared for name, declared, *_ in found}

    return described


@pytest.mark.parametrize("url", ["duckdb:///deep/er/a.duckdb", "deep/er/a.duckdb"])
def test_relative_files_lie_in_the_generator_s_folder(run, tmp_path, url):
    with Duckdb(url=url, table="t").open(run):
        assert (tmp_path / "deep/er/a.duckdb").is_file()


@pytest.mark.parametrize("options", [{}, {"url": "a"}, {"url": "a", "table": "t", "mode": "wal"}])
def test_wrong_options_are_refused(options):
    with pytest.raises(ValueError, match="Duckdb"):
        Duckdb(**options)


def test_an_inferred_table(run, store, chunk, described, read):
    first = chunk('{"amount": 1, "city": "Bergen"}', '{"amount": 2.5, "tags": ["a"], "n": null}')
    store({"table": "orders"}, first, chunk('{"amount": 3, "late": {"x": 1}}', first=2))

    assert described("orders") == {
        "ordinal": "BIGINT",
        "id": "VARCHAR",
        "amount": "DOUBLE",
        "city": "VARCHAR",
        "tags": "JSON",
        "n": "JSON",
        "extra": "JSON",
    }
    assert read("orders", "ordinal, amount, city, tags, n, extra") == [
        (0, 1.0, "Bergen", None, None, None),
        (1, 2.5, None, '["a"]', None, None),
        (2, 3.0, None, None, None, '{"late":{"x":1}}'),
    ]
    assert read("orders", "ordinal, id")[0] == (0, run.event_id(first.events[0]))


def test_what_differs_from_event_to_event_is_kept_as_json(store, chunk, read):
    store({"table": "t"}, chunk('{"a": 1}', '{"a": "1"}', '{"a": [1]}', '{"a": null}'))

    found = read("t", "ordinal, a")
    assert found == [(0, "1"), (1, '"1"'), (2, "[1]"), (3, None)]


def test_events_that_are_no_json(store, chunk, described, read):
    store({"table": "log"}, chunk("GET /", '"x"'), chunk('{"a": 1}', first=2))

    assert described("log") == {
        "ordinal": "BIGINT",
        "id": "VARCHAR",
        "timestamp": "TIMESTAMP WITH TIME ZONE",
        "event": "VARCHAR",
    }
    assert read("log", "ordinal, timestamp, event") == [
        (0, NOON, "GET /"),
        (1, NOON + timedelta(seconds=1), '"x"'),
        (2, NOON + timedelta(seconds=2), '{"a": 1}'),
    ]


def test_declared_columns(store, chunk, described, read):
    columns = {
        "n": {"event": "ordinal", "primary_key": True},
        "amount": {"path": "$.total", "type": "DECIMAL(12,2)"},
        "big": {"type": "HUGEINT"},
        "city": "address.city",
        "placed": {"type": "timestamp"},
        "day": {"path": "placed", "type": "DATE"},
        "raw": {"path": "$", "type": "json"},
    }
    event = (
        '{"total":7.105,"big":1180591620717411303424,"address":{"city":"Oslo"},'
        '"placed":"2024-01-01T01:00:00+02:00"}'
    )
    store({"table": "orders", "columns": columns}, chunk(event))

    assert list(described("orders").values()) == [
        "BIGINT",
        "DECIMAL(12,2)",
        "HUGEINT",
        "VARCHAR",
        "TIMESTAMP WITH TIME ZONE",
        "DATE",
        "JSON",
    ]
    ((n, amount, big, city, placed, day, raw),) = read("orders")
    assert (n, str(amount), big, city) == (0, "7.11", 2**70, "Oslo")
    assert placed == datetime(2023, 12, 31, 23, tzinfo=UTC)
    assert day.isoformat() == "2024-01-01"
    assert json.loads(raw) == json.loads(event)


def test_described_tables_are_made_before_the_first_event(store, described):
    store({"table": "t", "columns": {"a": {"type": "integer"}}})

    assert described("t") == {"a": "BIGINT"}


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
            '{"id": 5, "total": "much"}',
            '{"id": 6, "total": 5}',
        ),
    )

    reasons = dict(failures)
    assert list(reasons) == [1, 2, 3, 4, 5, 6]
    assert "NOT NULL constraint failed: lines.sku" in reasons[1]
    assert "uplicate key" in reasons[2]
    assert "NOT NULL constraint failed: orders.total" in reasons[3]
    assert reasons[4] == "['lines'] is no array"
    assert reasons[5] == "not a JSON object, and orders has no column for whole events"
    assert "'much'" in reasons[6]
    assert all("LINE 1" not in reason for reason in reasons.values())
    assert read("orders") == [(1, 5.0), (6, 5.0)]
    assert read("lines") == [(1, 0, "a")]


def test_events_delivered_twice_are_stored_once(store, chunk, read):
    first, second = chunk('{"a": 1}', '{"a": 2}'), chunk('{"a": 2}', '{"a": 3}', first=1)

    assert store({"table": "t"}, first, second, first) == []
    assert store({"table": "t"}, second) == []
    assert read("t", "ordinal, a") == [(0, 1), (1, 2), (2, 3)]


def test_the_first_of_those_with_a_key_stays_and_the_others_are_passed_over(store, chunk, read):
    options = {"table": "t", "columns": ["a", "b"], "key": "a"}
    texts = [json.dumps({"a": n % 3, "b": n}) for n in range(100)]

    assert store(options, chunk(*texts[:50]), chunk(*texts[50:])) == []
    assert read("t") == [(0, 0), (1, 1), (2, 2)]


def test_only_the_id_excuses_a_row_that_is_there_already(store, chunk, database, read):
    database.execute("CREATE TABLE t (id VARCHAR PRIMARY KEY, code INTEGER UNIQUE)")
    ((item, reason),) = store({"table": "t"}, chunk('{"code": 1}', '{"code": 1}', '{"code": 2}'))

    assert item == 1
    assert "uplicate key" in reason
    assert read("t", "code") == [(1,), (2,)]


def test_a_row_may_refer_to_another_of_its_chunk_and_of_its_event(store, chunk, read):
    options = {
        "tables": {
            "posts": {
                "each": "posts",
                "columns": {
                    "id": {"type": "integer", "primary_key": True},
                    "answers": {"type": "integer", "references": "posts.id"},
                },
            }
        }
    }
    failures = store(
        options,
        chunk(
            '{"posts": [{"id": 1}, {"id": 2, "answers": 1}]}',
            '{"posts": [{"id": 3, "answers": 2}]}',
            '{"posts": [{"id": 4, "answers": 9}]}',
        ),
    )

    assert [item for item, _ in failures] == [2]
    assert read("posts") == [(1, None), (2, 1), (3, 2)]


def test_an_existing_table_is_filled_by_its_own_columns(store, chunk, database, read):
    database.execute("CREATE SEQUENCE numbers")
    database.execute(
        "CREATE TABLE t (id BIGINT DEFAULT nextval('numbers') PRIMARY KEY, City VARCHAR,"
        " n INTEGER NOT NULL DEFAULT 9)"
    )
    store({"table": "T"}, chunk('{"city": "Oslo", "n": 1}', '{"city": "Bergen"}', '{"n": 3}', "{}"))

    assert read("t", "City, n") == [("Bergen", 9), ("Oslo", 1), (None, 3), (None, 9)]


@pytest.mark.skipif(
    int(duckdb.__version__.split(".")[0]) < 2, reason="earlier ones do not tell what is generated"
)
def test_a_column_that_the_database_computes_takes_no_key(store, chunk, database, read):
    database.execute("CREATE TABLE t (n INTEGER, twice INTEGER GENERATED ALWAYS AS (n + n))")
    assert store({"table": "t"}, chunk('{"n": 3, "twice": 0}')) == []

    assert read("t") == [(3, 6)]


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


def test_tables_made_anew(store, chunk, read):
    store(SHOP, chunk('{"id": 1, "total": 5, "lines": [{"sku": "a"}]}'))
    store({**SHOP, "create": "replace"}, chunk('{"id": 2, "total": 6, "lines": []}'))

    assert read("orders") == [(2, 6.0)]
    assert read("lines") == []


def test_a_chunk_is_stored_whole_before_the_next(run, chunk, read):
    with Duckdb(url="a.duckdb", table="t").open(run) as write:
        write(chunk('{"a": 1}'))
        assert read("t", "a") == [(1,)]


def test_the_formatted_text_is_stored_not_the_event_s(run, chunk, read):
    (event,) = chunk('{"a":1}').events
    with Duckdb(url="a.duckdb", table="t").open(run) as write:
        write(Chunk(['{"b": 2}'], [event]))

    assert read("t", "b") == [(2,)]


def test_many_events_are_read_back_equal(store, chunk, read):
    said = [
        {
            "n": n,
            "r": n / 7,
            "b": n % 3 == 0,
            "t": None if n % 5 else f"Ø{n}",
            "j": [n, {"k": str(n)}],
        }
        for n in range(3_000)
    ]
    texts = [json.dumps(event) for event in said]
    for first in range(0, 3_000, 1_000):
        assert store({"table": "t"}, chunk(*texts[first : first + 1_000], first=first)) == []

    found = read("t", "ordinal, n, r, b, t, j")
    assert [dict(zip("nrbt", row[1:5], strict=True)) for row in found] == [
        {key: event[key] for key in "nrbt"} for event in said
    ]
    assert [json.loads(row[5]) for row in found] == [event["j"] for event in said]


def test_a_run_that_is_repeated_adds_nothing(tmp_path, read):
    output = {"duckdb": {"url": "a.duckdb", "table": "t", "formatter": {"format": "json"}}}
    event = inline('{"a": {{ range(9) | random }}}')
    for _ in range(2):
        report = dated(tmp_path, output, event=event, max_events=500).run_sync()
        assert (report.ok, report.outputs[0].written) == (True, 500)

    assert read("t", "ordinal")[-1] == (499,)
    assert read("(SELECT count(*) FROM t)") == [(500,)]
