from __future__ import annotations

from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import duckdb
import pytest

from eventum_core.errors import WriteError
from eventum_core.outputs.duckdb_dialect import DIALECT, Insert, columns_of, declared_types
from eventum_core.outputs.inference import Existing
from eventum_core.outputs.paths import MISSING, JsonPath
from eventum_core.outputs.rows import Column, Table
from eventum_core.outputs.statements import create_table

LONG = "12345678901234567890.0123456789"
ID = "c8b5a7a0-0000-4000-8000-000000000000"


@pytest.fixture
def connection():
    with closing(duckdb.connect(":memory:")) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET pandas_analyze_sample = 0")
        yield connection


@pytest.fixture
def stored(connection):
    """Store values in a new column of some kind or type and read them back."""

    def stored(kind, *values, declared=""):
        table = Table("t", [Column(name="v", source=JsonPath(("v",)), kind=kind, type=declared)])
        connection.execute(create_table(table, DIALECT))
        fill = Insert(table, declared_types(connection, "t"))
        fill(connection, [(value,) for value in values])
        return [
            value for (value,) in connection.execute("SELECT v FROM t ORDER BY rowid").fetchall()
        ]

    return stored


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("integer", [1, None, 2**63 - 1, -(2**63)], [1, None, 2**63 - 1, -(2**63)]),
        ("integer", [0, 7], [0, 7]),
        ("integer", [1.0, "12", "-3", "2.0"], [1, 12, -3, 2]),
        ("real", [1.5, 2, 1e300, 0.1], [1.5, 2.0, 1e300, 0.1]),
        ("boolean", [True, False, None], [True, False, None]),
        ("text", ["a", 2**64, "", "007", True, [1]], ["a", str(2**64), "", "007", "true", "[1]"]),
        ("text", ["nul\0byte", "Ø😀", 'quo"te'], ["nul\0byte", "Ø😀", 'quo"te']),
        ("text", [None] * 3_000 + ["late"], [None] * 3_000 + ["late"]),
        ("text", [None], [None]),
        ("timestamp", ["2024-05-01T02:00:00+02:00"], [datetime(2024, 5, 1, tzinfo=UTC)]),
        ("timestamp", ["2024-05-01 00:00"], [datetime(2024, 5, 1, tzinfo=UTC)]),
        ("json", [{"a": [1, "é"]}, "x", None, True], ['{"a":[1,"é"]}', '"x"', None, "true"]),
        ("json", [{"big": 2**70}], ['{"big":1180591620717411303424}']),
        ("mixed", [1, "1", 1.5, [1], True], ["1", '"1"', "1.5", "[1]", "true"]),
    ],
)
def test_values_survive(stored, kind, values, expected):
    assert stored(kind, *values) == expected


@pytest.mark.parametrize(
    ("declared", "value", "expected"),
    [
        ("HUGEINT", 2**100, 2**100),
        ("UBIGINT", 2**64 - 1, 2**64 - 1),
        ("DECIMAL(18,4)", 1.15, Decimal("1.1500")),
        ("DECIMAL(38,10)", LONG, Decimal(LONG)),
        ("FLOAT", 0.5, 0.5),
        ("TIMESTAMP", "2024-05-01T02:00:00+02:00", datetime(2024, 5, 1)),
        ("TIMESTAMP_MS", "2024-05-01T00:00:00Z", datetime(2024, 5, 1)),
        ("TIMESTAMP WITH TIME ZONE", "2024-05-01T00:00:00Z", datetime(2024, 5, 1, tzinfo=UTC)),
        ("DATE", "2024-05-01", date(2024, 5, 1)),
        ("INTERVAL", "90 minutes", timedelta(minutes=90)),
        ("UUID", ID, UUID(ID)),
        ("ENUM('new', 'paid')", "paid", "paid"),
        ("INTEGER[]", [1, 2], [1, 2]),
        ("VARCHAR[]", ["a, b", 'c"d', None], ["a, b", 'c"d', None]),
        ("STRUCT(a INTEGER, b VARCHAR)", {"a": 1, "b": "it's"}, {"a": 1, "b": "it's"}),
        ("MAP(VARCHAR, INTEGER)", {"k": 1}, {"k": 1}),
    ],
)
def test_values_fit_the_types_of_a_table(connection, declared, value, expected):
    connection.execute(f"CREATE TABLE t (v {declared})")
    ((there),) = columns_of(connection, "t")
    table = Table("t", [Column(name="v", source=JsonPath(("v",)), kind=there.kind)])
    Insert(table, declared_types(connection, "t"))(connection, [(value,), (None,)])

    assert connection.execute("SELECT v FROM t ORDER BY rowid").fetchall() == [(expected,), (None,)]


@pytest.mark.parametrize("value", [1.5, "1.5", -0.25])
def test_what_would_be_rounded_is_refused(stored, value):
    with pytest.raises(WriteError, match="is no integer"):
        stored("integer", 1, value)


@pytest.mark.parametrize("value", [2**63, "many", True, [1]])
def test_what_is_no_integer_of_its_column_is_refused(stored, value):
    with pytest.raises((duckdb.DataError, WriteError)):
        stored("integer", value)


def test_the_database_s_default_stands_for_what_is_missing(connection):
    connection.execute("CREATE TABLE t (a INTEGER, b VARCHAR NOT NULL DEFAULT 'd')")
    columns = [
        Column(name=there.name, source=JsonPath((there.name,)), defaults=there.defaults)
        for there in columns_of(connection, "t")
    ]
    rows = [(1, '"x"'), (2, MISSING), (3, MISSING), (4, None)]
    Insert(Table("t", columns), {})(connection, rows[:3])

    assert connection.execute("SELECT a, b FROM t ORDER BY rowid").fetchall()[1:] == [
        (2, "d"),
        (3, "d"),
    ]
    with pytest.raises(duckdb.ConstraintException):
        Insert(Table("t", columns), {})(connection, rows[3:])


def test_a_row_may_consist_of_defaults_alone(connection):
    connection.execute("CREATE TABLE t (a VARCHAR DEFAULT 'd')")
    column = Column(name="a", source=JsonPath(("a",)), kind="text", defaults=True)
    Insert(Table("t", [column]), {})(connection, [(MISSING,), ("x",), (MISSING,)])

    assert connection.execute("SELECT a FROM t ORDER BY 1").fetchall() == [("d",), ("d",), ("x",)]


def test_existing_columns(connection):
    connection.execute(
        'CREATE TABLE "a b" (id VARCHAR(32) PRIMARY KEY, n BIGINT DEFAULT 0, r DOUBLE,'
        " d DECIMAL(9,2), b BOOLEAN, j JSON, moment TIMESTAMPTZ, day DATE, u TEXT UNIQUE,"
        " l INTEGER[], i INTERVAL, p VARCHAR, q VARCHAR, h UHUGEINT, UNIQUE (p, q))"
    )
    connection.execute('CREATE UNIQUE INDEX whole ON "a b" (h)')
    connection.execute('CREATE UNIQUE INDEX pair ON "a b" (r, d)')

    assert columns_of(connection, "A B") == [
        Existing("id", "text", unique=True),
        Existing("n", "integer", defaults=True),
        Existing("r", "real"),
        Existing("d", "real"),
        Existing("b", "boolean"),
        Existing("j", "json"),
        Existing("moment", "timestamp"),
        Existing("day", "timestamp"),
        Existing("u", "text", unique=True),
        Existing("l", "json"),
        Existing("i", "text"),
        Existing("p", "text"),
        Existing("q", "text"),
        Existing("h", "integer", unique=True),
    ]


def test_a_unique_index_on_a_column_with_an_odd_name(connection):
    connection.execute('CREATE TABLE t ("odd name" VARCHAR, "select" VARCHAR)')
    connection.execute('CREATE UNIQUE INDEX a ON t ("odd name")')
    connection.execute('CREATE UNIQUE INDEX b ON t ("select")')

    assert [column.unique for column in columns_of(connection, "t")] == [True, True]


def test_tables_of_other_schemas_are_others(connection):
    connection.execute("CREATE SCHEMA other; CREATE TABLE other.t (a INTEGER PRIMARY KEY)")
    assert columns_of(connection, "t") == []
    connection.execute("CREATE TABLE t (a VARCHAR)")
    assert columns_of(connection, "t") == [Existing("a", "text")]
