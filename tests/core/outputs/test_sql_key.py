"""The option `key`: parents that come again with each child are there once."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from doubles import dated, inline

from eventum_core import ConfigError

EVENT = """\
{"customer": {"id": {{ range(3) | random }}, "name": "Ada"},
 "order": {{ shared.get('n', 0) }},
 "lines": [{"sku": "TEA"}, {"sku": "MUG"}]}{% do shared.set('n', shared.get('n', 0) + 1) %}"""
TABLES = {
    "customers": {"key": "id", "columns": {"id": "customer.id", "name": "customer.name"}},
    "orders": {
        "key": "id",
        "columns": {
            "id": "order",
            "customer": {"path": "customer.id", "references": "customers.id"},
        },
    },
    "lines": {
        "each": "lines",
        "key": ["number", "sku"],
        "columns": {"number": {"path": "$.order", "references": "orders.id"}, "sku": "sku"},
    },
}


def run(folder: Path, count: int = 40, **options: Any) -> Any:
    output = {"sqlite": {"url": "shop.db", **options}}
    return dated(folder, output, event=inline(EVENT), max_events=count).run_sync()


def counts(folder: Path, *tables: str) -> list[int]:
    with closing(sqlite3.connect(folder / "shop.db")) as database:
        return [database.execute(f"SELECT COUNT(*) FROM {t}").fetchone()[0] for t in tables]


def test_a_parent_that_comes_again_is_passed_over(tmp_path: Path) -> None:
    assert run(tmp_path, tables=TABLES).ok
    assert counts(tmp_path, *TABLES) == [3, 40, 80]


def test_a_run_that_is_repeated_adds_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        assert run(tmp_path, tables=TABLES).ok
    assert counts(tmp_path, *TABLES) == [3, 40, 80]


def test_without_a_key_a_second_parent_is_refused(tmp_path: Path) -> None:
    customers = {"columns": {"id": {"path": "customer.id", "primary_key": True}}}
    report = run(tmp_path, tables={**TABLES, "customers": customers})
    assert report.outputs[0].write_failed == 37
    assert "UNIQUE" in report.errors[0]


def test_the_key_is_the_primary_key_of_a_new_table(tmp_path: Path) -> None:
    run(tmp_path, tables=TABLES)
    with closing(sqlite3.connect(tmp_path / "shop.db")) as database:
        found = database.execute("PRAGMA table_info(lines)").fetchall()
    assert [(name, position) for _, name, _, _, _, position in found] == [("number", 1), ("sku", 2)]


def test_a_single_table_has_a_key_too(tmp_path: Path) -> None:
    columns = {"id": "customer.id", "name": "customer.name"}
    assert run(tmp_path, table="customers", columns=columns, key="id").ok
    assert counts(tmp_path, "customers") == [3]


@pytest.mark.parametrize(
    "options, says",
    [
        ({"table": "orders", "key": "id"}, "the key of orders is none of its columns: id"),
        ({"tables": TABLES, "key": "id"}, "a `key` belongs below each"),
        ({"table": "orders", "columns": ["order"], "key": [1]}, "valid string"),
    ],
)
def test_a_key_that_makes_no_sense(tmp_path: Path, options: Any, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        run(tmp_path, **json.loads(json.dumps(options)))


def test_the_event_s_id_is_the_key_where_none_is_named(tmp_path: Path) -> None:
    columns = {"id": {"event": "id"}, "number": "order"}
    for _ in range(2):
        assert run(tmp_path, table="orders", columns=columns).ok
    assert counts(tmp_path, "orders") == [40]


def test_the_event_s_id_is_no_key_where_another_column_is_one(tmp_path: Path) -> None:
    columns = {"id": {"event": "id"}, "number": {"path": "order", "primary_key": True}}
    assert run(tmp_path, table="orders", columns=columns).ok
    with closing(sqlite3.connect(tmp_path / "shop.db")) as database:
        info = database.execute("PRAGMA table_info(orders)").fetchall()
    assert [(name, bool(key)) for _, name, _, _, _, key in info] == [
        ("id", False),
        ("number", True),
    ]
