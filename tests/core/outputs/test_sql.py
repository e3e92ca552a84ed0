from __future__ import annotations

import pytest
from pydantic import ValidationError

from eventum_core.errors import RunError
from eventum_core.outputs.inference import Existing
from eventum_core.outputs.paths import JsonPath
from eventum_core.outputs.sql import SqlOutput
from eventum_core.outputs.statements import Dialect, create_table, drop_table, insert


class Ansi(SqlOutput):
    """An output in a dialect of its own."""

    name = "ansi"
    dialect = Dialect(
        types={
            "boolean": "BOOL",
            "integer": "BIGINT",
            "real": "DOUBLE",
            "text": "TEXT",
            "timestamp": "TIMESTAMPTZ",
            "json": "JSONB",
            "mixed": "JSONB",
        },
        kind=lambda declared: "real" if "NUM" in declared.upper() else "text",
        keep_first=lambda key: f"ON CONFLICT ({key}) DO NOTHING",
        placeholder="%s",
        quotes="`",
    )


def created(output, *documents):
    mapping = output.mapping(documents)
    return [create_table(table, Ansi.dialect) for table in mapping.tables]


def inserted(output, *documents):
    mapping = output.mapping(documents)
    return [insert(table, table.columns, Ansi.dialect) for table in mapping.tables]


def test_columns_may_be_written_shortly():
    long = Ansi(table="t", columns={"a": {"path": "a"}, "b": {"path": "x.y"}, "c": {}})
    short = Ansi(table="t", columns={"a": "a", "b": "x.y", "c": None})

    assert short.mapping([]).tables[0].columns == long.mapping([]).tables[0].columns


def test_columns_may_be_a_list_of_keys():
    listed = Ansi(table="t", columns=["a", "b"]).mapping([]).tables[0].columns

    assert [(column.name, column.source) for column in listed] == [
        ("a", JsonPath(("a",))),
        ("b", JsonPath(("b",))),
    ]


def test_tables_may_be_a_mapping_or_a_list():
    mapping = Ansi(tables={"a": None, "b": {"each": "l"}})
    listed = Ansi(tables=[{"table": "a"}, {"table": "b", "each": "l"}])

    assert mapping.specs == listed.specs


def test_types_come_from_the_options_then_from_the_events():
    columns = {
        "own": {"type": "numeric(10, 2)"},
        "ours": {"path": "a", "type": "timestamp"},
        "seen": "$.b",
        "unseen": None,
        "ordinal": {"event": "ordinal"},
    }
    assert created(Ansi(table="t", columns=columns), {"b": True}) == [
        "CREATE TABLE IF NOT EXISTS `t` (`own` numeric(10, 2), `ours` TIMESTAMPTZ, `seen` BOOL,"
        " `unseen` JSONB, `ordinal` BIGINT)"
    ]


def test_constraints():
    columns = {
        "id": {"event": "id", "primary_key": True},
        "code": {"type": "text", "unique": True, "not_null": True},
        "user": {"type": "integer", "references": "main.users.id"},
    }
    assert created(Ansi(table="t", columns=columns)) == [
        "CREATE TABLE IF NOT EXISTS `t` (`id` TEXT PRIMARY KEY NOT NULL, `code` TEXT NOT NULL"
        " UNIQUE, `user` BIGINT, FOREIGN KEY (`user`) REFERENCES `main.users` (`id`))"
    ]


def test_a_key_of_several_columns():
    columns = {
        "a": {"type": "integer", "primary_key": True},
        "b": {"type": "text", "primary_key": True},
    }
    assert created(Ansi(table="t", columns=columns)) == [
        "CREATE TABLE IF NOT EXISTS `t` (`a` BIGINT, `b` TEXT NOT NULL, PRIMARY KEY (`a`, `b`))"
    ]


def test_names_are_quoted():
    assert created(Ansi(table="o`Neil", columns={"a b": {"type": "text"}})) == [
        "CREATE TABLE IF NOT EXISTS `o``Neil` (`a b` TEXT)"
    ]
    assert drop_table("o`Neil", Ansi.dialect) == "DROP TABLE IF EXISTS `o``Neil`"


def test_rows_are_inserted_once_by_the_id_that_is_the_key():
    columns = {"id": {"event": "id", "primary_key": True}, "a": None}

    assert inserted(Ansi(table="t", columns=columns)) == [
        "INSERT INTO `t` (`id`, `a`) VALUES (%s, %s) ON CONFLICT (`id`) DO NOTHING"
    ]
    assert inserted(Ansi(table="t", columns=["a"])) == ["INSERT INTO `t` (`a`) VALUES (%s)"]
    assert inserted(Ansi(table="t"), {"a": 1})[0].endswith("ON CONFLICT (`id`) DO NOTHING")


def test_an_existing_table_completes_the_declared_columns():
    output = Ansi(table="t", columns={"id": {"event": "id"}, "a": {"type": "integer"}})
    there = [Existing("ID", "text", unique=True), Existing("a", "json", defaults=True)]
    (table,) = output.mapping([], {"t": there}).tables

    assert table.keyed.name == "id"
    assert [(column.kind, column.defaults) for column in table.columns] == [
        ("text", False),
        ("json", True),
    ]


def test_an_existing_table_without_a_declared_column_ends_the_run():
    with pytest.raises(RunError, match="table t has no column b, c"):
        Ansi(table="t", columns=["a", "b", "c"]).mapping([], {"t": [Existing("a", "text")]})


@pytest.mark.parametrize(
    ("options", "described"),
    [
        ({"table": "t"}, False),
        ({"table": "t", "columns": ["a"]}, False),
        ({"table": "t", "columns": {"a": {"type": "text"}, "n": {"event": "ordinal"}}}, True),
        ({"tables": {"t": {"columns": {"a": {"type": "text"}}}, "u": None}}, False),
    ],
)
def test_whether_options_alone_describe_the_tables(options, described):
    assert Ansi(**options).described is described


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({}, "name one `table`, or several `tables`"),
        ({"table": "t", "tables": {"u": None}}, "name one `table`, or several `tables`"),
        ({"columns": ["a"], "tables": {"u": None}}, "`columns` belong below each of them"),
        ({"table": "t", "columns": ["a", "A"]}, "t has columns with the same name: a"),
        ({"tables": {"t": None, "T": None}}, "there are tables with the same name: t"),
        ({"table": "t", "columns": {}}, "at least 1 item"),
        ({"table": ""}, "not a name for a table or column"),
        ({"table": "a\nb"}, "not a name for a table or column"),
        ({"table": "x" * 64}, "not a name for a table or column"),
        ({"table": "t", "columns": {" a": None}}, "not a name for a table or column"),
        ({"table": "t", "columns": {"a": "x..y"}}, "cannot read the path"),
        ({"table": "t", "columns": {"a": {"path": "a", "event": "id"}}}, "not both"),
        ({"table": "t", "columns": {"a": {"event": "nope"}}}, "ordinal"),
        ({"table": "t", "columns": {"a": {"type": "text); DROP TABLE x"}}}, "pattern"),
        ({"table": "t", "columns": {"a": {"references": "users"}}}, "write table.column"),
        ({"table": "t", "columns": {"a": {"tipe": "text"}}}, "tipe"),
        ({"tables": {"t": {"each": "["}}}, "cannot read the path"),
        ({"tables": {"t": 5}}, "tables"),
        ({"table": "t", "create": "always"}, "if_missing"),
        ({"table": "t", "drop": True}, "drop"),
    ],
)
def test_wrong_options_are_refused(options, problem):
    with pytest.raises(ValidationError) as refused:
        Ansi(**options)

    assert problem in str(refused.value)


def test_problems_come_together():
    with pytest.raises(ValidationError) as refused:
        Ansi(table="", columns={"a": "[", "b": {"type": ";"}}, create="no")

    assert refused.value.error_count() == 4
