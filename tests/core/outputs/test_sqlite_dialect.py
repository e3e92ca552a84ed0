from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from eventum_core.outputs.inference import Existing
from eventum_core.outputs.paths import MISSING, JsonPath
from eventum_core.outputs.rows import Column, Table
from eventum_core.outputs.sqlite_dialect import DIALECT, Insert, columns_of
from eventum_core.outputs.statements import create_table


@pytest.fixture
def connection():
    with closing(sqlite3.connect(":memory:")) as connection:
        yield connection


@pytest.fixture
def stored(connection):
    """Store values in a new column of some kind and read them back."""

    def stored(kind, *values):
        table = Table("t", [Column(name="v", source=JsonPath(("v",)), kind=kind)])
        connection.execute(create_table(table, DIALECT))
        Insert(table)(connection, [(value,) for value in values])
        return [value for (value,) in connection.execute("SELECT v FROM t ORDER BY rowid")]

    return stored


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("integer", [1, None, 2**63 - 1, -(2**63)], [1, None, 2**63 - 1, -(2**63)]),
        ("real", [1.5, 2], [1.5, 2.0]),
        ("boolean", [True, False], [1, 0]),
        ("text", ["a", 2**64, "", "007"], ["a", str(2**64), "", "007"]),
        ("timestamp", ["2024-05-01T00:00:00Z"], ["2024-05-01T00:00:00Z"]),
        ("json", [{"a": [1, "é"]}, "x", None, True], ['{"a":[1,"é"]}', '"x"', None, "true"]),
        ("json", [{"big": 2**70}], ['{"big":1180591620717411303424}']),
        ("mixed", [1, "1", 1.5, [1], 2**64, True], [1, "1", 1.5, "[1]", str(2**64), 1]),
        ("integer", [[1], {"a": 2}, "x"], ["[1]", '{"a":2}', "x"]),
    ],
)
def test_values_survive(stored, kind, values, expected):
    assert stored(kind, *values) == expected


def test_a_number_too_large_for_its_column_is_refused(stored):
    with pytest.raises(OverflowError):
        stored("integer", 2**63)


def test_the_database_s_default_stands_for_what_is_missing(connection):
    connection.execute("CREATE TABLE t (a INTEGER, b TEXT NOT NULL DEFAULT 'd')")
    columns = [
        Column(name=there.name, source=JsonPath((there.name,)), defaults=there.defaults)
        for there in columns_of(connection, "t")
    ]
    Insert(Table("t", columns))(connection, [(1, "x"), (2, MISSING), (3, MISSING), (4, "y")])

    assert connection.execute("SELECT a, b FROM t ORDER BY rowid").fetchall() == [
        (1, "x"),
        (2, "d"),
        (3, "d"),
        (4, "y"),
    ]


def test_a_row_may_consist_of_defaults_alone(connection):
    connection.execute("CREATE TABLE t (a TEXT DEFAULT 'd')")
    column = Column(name="a", source=JsonPath(("a",)), defaults=True)
    Insert(Table("t", [column]))(connection, [(MISSING,), ("x",)])

    assert connection.execute("SELECT a FROM t").fetchall() == [("d",), ("x",)]


def test_existing_columns(connection):
    connection.execute(
        'CREATE TABLE "a b" (id VARCHAR(32) PRIMARY KEY, n BIGINT DEFAULT 0, r DOUBLE PRECISION,'
        " b BOOLEAN, j JSON, at DATETIME, u TEXT UNIQUE, x, p TEXT, q TEXT, UNIQUE (p, q))"
    )
    connection.execute('CREATE UNIQUE INDEX part ON "a b" (p) WHERE p IS NOT NULL')

    assert columns_of(connection, "a b") == [
        Existing("id", "text", unique=True),
        Existing("n", "integer", defaults=True),
        Existing("r", "real"),
        Existing("b", "boolean"),
        Existing("j", "json"),
        Existing("at", "timestamp"),
        Existing("u", "text", unique=True),
        Existing("x", "mixed"),
        Existing("p", "text"),
        Existing("q", "text"),
    ]


def test_a_key_of_two_columns_makes_neither_unique(connection):
    connection.execute("CREATE TABLE t (a TEXT, b TEXT, PRIMARY KEY (a, b))")

    assert [column.unique for column in columns_of(connection, "t")] == [False, False]


def test_a_table_that_is_not_there_has_no_columns(connection):
    assert columns_of(connection, "t") == []
