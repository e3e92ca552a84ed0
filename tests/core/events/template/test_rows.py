"""Rows as tuples, and as templates look into them."""

from __future__ import annotations

from typing import Any

import pytest
from jinja2 import Environment

from eventum_core.events.template.rows import Row, make_rows


def one(columns: list[str], *cells: Any) -> Row:
    (row,) = make_rows(columns, [cells])
    return row


def render(text: str, row: Row) -> str:
    return Environment().from_string(text).render(r=row)


def test_a_row_is_a_tuple() -> None:
    row = one(["name", "age"], "John", 5)
    name, age = row
    assert (name, age, len(row), row[0], row[-1]) == ("John", 5, 2, "John", 5)
    assert row == ("John", 5)
    assert hash(row) == hash(("John", 5))
    assert isinstance(row, Row)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ r.name }} {{ r['name'] }} {{ r[0] }} {{ r['0'] is defined }}", "John John John False"),
        ("{{ r }}", "Row(name='John', count='3', two words='x')"),
        ("{{ r.nope is defined }} {{ r['nope'] is defined }} {{ r[9] is defined }}", "False " * 3),
        ("{{ r.nope }}", ""),
        ("{{ r['two words'] }}", "x"),
        ("{{ r.count is callable }} {{ r['count'] is callable }} {{ r[1] }}", "True True 3"),
        ("{{ r.count('John') }}", "1"),
        ("{{ r | tojson }}", '["John", "3", "x"]'),
        ("{{ r | first }} {{ r | length }} {{ r | join('-') }}", "John 3 John-3-x"),
        ("{{ r == ('John', '3', 'x') }}", "True"),
    ],
)
def test_lookups_in_templates(text: str, expected: str) -> None:
    row = one(["name", "count", "two words"], "John", "3", "x")
    assert render(text, row) == expected.strip()


@pytest.mark.parametrize(
    "name", ["count", "index", "__class__", "__len__", "__del__", "__slots__", "__columns__"]
)
def test_a_column_does_not_change_what_a_row_is(name: str) -> None:
    row = one([name, "other"], "cell", 2)
    assert repr(row) == f"Row({name}='cell', other=2)"
    assert (len(row), row[0], type(row).__name__) == (2, "cell", "Row")
    assert render("{{ r.nope is defined }} {{ r.other }}", row) == "False 2"


def test_of_two_columns_with_one_name_the_last_counts() -> None:
    row = one(["a", "a"], 1, 2)
    assert render("{{ r.a }} {{ r }}", row) == "2 Row(a=1, a=2)"


def test_rows_without_columns() -> None:
    assert repr(one([])) == "Row(())"
    assert repr(Row((1, 2))) == "Row((1, 2))"


def test_rows_of_different_tables_do_not_share_columns() -> None:
    first, second = one(["a"], 1), one(["b"], 2)
    assert render("{{ r.a }}{{ r.b }}", first) == "1"
    assert render("{{ r.a }}{{ r.b }}", second) == "2"
