from __future__ import annotations

import pytest

from eventum_core.errors import WriteError
from eventum_core.outputs.paths import MISSING, JsonPath
from eventum_core.outputs.rows import Column, RowMapping, Table, parsed


def column(name, source, **more):
    path = JsonPath.parse(source[1:]) if source.startswith("=") else source
    return Column(name=name, source=path, **more)


@pytest.fixture
def rows(chunk):
    """Map one text, the event number 3, to rows of tables."""

    def rows(text, *tables):
        (event,) = chunk(text, first=3).events
        return RowMapping(tables).rows(event, text, lambda event: f"id{event.ordinal}")

    return rows


def test_values_come_from_paths(rows):
    table = Table("t", [column("a", "=total"), column("b", "=user.name"), column("c", "=$.l[1]")])

    assert rows('{"total": 1.5, "user": {"name": "ann"}, "l": [1, {"x": 2}]}', table) == [
        [(1.5, "ann", {"x": 2})]
    ]


def test_what_is_missing_is_null_unless_the_database_has_a_default(rows):
    table = Table("t", [column("a", "=a"), column("b", "=b", defaults=True), column("c", "=c.d")])

    assert rows('{"c": 1}', table) == [[(None, MISSING, None)]]
    assert rows('{"b": null}', table) == [[(None, None, None)]]


def test_facts_of_the_event(rows):
    facts = ["ordinal", "index", "id", "timestamp", "text", "tags", "position"]
    table = Table("t", [column(fact, fact) for fact in facts])

    assert rows("plain", table) == [
        [(3, 0, "id3", "2024-05-01T12:00:03+00:00", "plain", ["web"], None)]
    ]


def test_the_id_is_asked_for_only_if_a_column_holds_it(chunk):
    (event,) = chunk("{}").events

    def never(event):
        raise AssertionError("nobody needs it")

    assert RowMapping([Table("t", [column("n", "ordinal")])]).rows(event, "{}", never) == [[(0,)]]


@pytest.mark.parametrize(
    ("text", "extra"),
    [
        ('{"a": 1}', None),
        ('{"a": 1, "b": 2, "c": [3]}', {"b": 2, "c": [3]}),
        ("{}", None),
        ("[1]", [1]),
        ("plain", "plain"),
    ],
)
def test_extra_is_all_that_no_column_takes(rows, text, extra):
    assert rows(text, Table("t", [column("a", "=a"), column("e", "extra")]))[0][0][1] == extra


def test_each_element_of_an_array_gives_a_row(rows):
    columns = [column("sku", "=sku"), column("order", "=$.id"), column("n", "position")]
    table = Table("lines", [*columns, column("id", "id")], JsonPath.parse("lines"))

    assert rows('{"id": 7, "lines": [{"sku": "x"}, {"sku": "y"}]}', table) == [
        [("x", 7, 0, "id3.0"), ("y", 7, 1, "id3.1")]
    ]


def test_elements_may_be_plain_values(rows):
    table = Table("tags", [column("tag", "=.")], JsonPath.parse("$.tags"))

    assert rows('{"tags": ["a", null, [1]]}', table) == [[("a",), (None,), ([1],)]]


@pytest.mark.parametrize("text", ["{}", '{"lines": null}', '{"lines": []}'])
def test_without_an_array_there_are_no_rows(rows, text):
    assert rows(text, Table("t", [column("a", "=a")], JsonPath.parse("lines"))) == [[]]


@pytest.mark.parametrize(("text", "reason"), [('{"lines": 1}', "is no array"), ("x", "not JSON")])
def test_what_should_be_an_array_and_is_none_is_refused(rows, text, reason):
    with pytest.raises(WriteError, match=reason):
        rows(text, Table("t", [column("a", "=a")], JsonPath.parse("lines")))


@pytest.mark.parametrize("text", ["plain", "[1]", "5", ""])
def test_an_event_that_leaves_no_trace_is_refused(rows, text):
    with pytest.raises(WriteError, match="no column for whole events"):
        rows(text, Table("t", [column("n", "ordinal"), column("a", "=a")]))


def test_what_is_not_json_is_no_whole_event_either(rows):
    with pytest.raises(WriteError, match="no column for whole events"):
        rows("plain", Table("t", [column("a", "=$")]))


def test_an_array_as_event_is_fine_where_a_path_reaches_into_it(rows):
    assert rows("[5, 6]", Table("t", [column("a", "=$[1]")])) == [[(6,)]]


def test_several_tables_at_once(rows):
    tables = [Table("a", [column("x", "=x")]), Table("b", [column("y", "=y")])]

    assert rows('{"x": 1, "y": 2}', *tables) == [[(1,)], [(2,)]]


def test_rows_by_name(chunk):
    mapping = RowMapping([Table("t", [column("a", "=a"), column("b", "=b", defaults=True)])])
    (event,) = chunk('{"a": 1}').events

    assert mapping.named(event, event.text, str) == {"t": [{"a": 1}]}


@pytest.mark.parametrize(
    ("columns", "keyed"),
    [
        ([("id", "id", {"primary_key": True})], "id"),
        ([("key", "id", {"unique": True})], "key"),
        ([("id", "id", {})], None),
        ([("id", "id", {"primary_key": True}), ("n", "ordinal", {"primary_key": True})], None),
        ([("id", "=id", {"primary_key": True})], None),
    ],
)
def test_a_lone_unique_id_tells_what_was_delivered_twice(columns, keyed):
    found = Table("t", [column(name, source, **more) for name, source, more in columns]).keyed

    assert (found and found.name) == keyed


@pytest.mark.parametrize("text", ["", "x", "{", '"\ud800"', "[" * 100_000, "1e999"])
def test_what_is_not_json_is_missing(text):
    assert parsed(text) is MISSING
