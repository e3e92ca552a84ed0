from __future__ import annotations

import pytest

from eventum_core.errors import RunError
from eventum_core.outputs.inference import Existing, adopt, infer, kind_of, values_at
from eventum_core.outputs.paths import MISSING, JsonPath


def described(table):
    return {
        column.name: (
            column.source if isinstance(column.source, str) else str(column.source),
            column.kind,
        )
        for column in table.columns
    }


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2], "integer"),
        ([1, 2.5], "real"),
        (["a", None], "text"),
        ([True, False], "boolean"),
        ([True, 1], "mixed"),
        ([1, "a"], "mixed"),
        ([{}, []], "json"),
        ([{}, "a"], "mixed"),
        ([None], "mixed"),
        ([], "mixed"),
        ([2**63 - 1, -(2**63)], "integer"),
        ([2**63], "text"),
        ([1, 2**63], "mixed"),
    ],
)
def test_kinds(values, kind):
    assert kind_of(values) == kind


def test_a_table_has_a_column_for_each_key_and_three_of_ours():
    table = infer("t", None, [{"b": 1}, {"a": "x", "b": 2.5}])

    assert described(table) == {
        "ordinal": ("ordinal", "integer"),
        "id": ("id", "text"),
        "b": ("['b']", "real"),
        "a": ("['a']", "text"),
        "extra": ("extra", "json"),
    }
    assert table.keyed.name == "id"


def test_our_columns_give_way_to_keys_of_the_same_name():
    names = list(described(infer("t", None, [{"id": 1, "_id": 2, "Extra": 3, "ordinal": 4}])))

    assert names == ["_ordinal", "__id", "id", "_id", "Extra", "ordinal", "_extra"]


def test_keys_that_no_database_tells_apart_or_takes_go_to_extra():
    documents = [{"Name": 1, "name": 2, "": 3, "a\nb": 4, "x" * 64: 5, "ok key": 6}]

    assert list(described(infer("t", None, documents)))[2:-1] == ["Name", "ok key"]


def test_there_is_an_end_to_columns():
    assert len(infer("t", None, [{str(n): n for n in range(9999)}]).columns) == 503


@pytest.mark.parametrize("documents", [[MISSING, MISSING], [1, [2]], []])
def test_events_that_are_no_objects_are_kept_whole(documents):
    assert described(infer("t", None, documents)) == {
        "ordinal": ("ordinal", "integer"),
        "id": ("id", "text"),
        "timestamp": ("timestamp", "timestamp"),
        "event": ("text", "text"),
    }


def test_the_elements_of_an_array():
    table = infer(
        "t", JsonPath(("l",)), [{"l": [{"a": 1}]}, {"l": None}, MISSING, {"l": [{"b": 2}]}]
    )

    assert list(described(table)) == ["ordinal", "id", "position", "a", "b", "extra"]


def test_elements_that_are_no_objects():
    table = infer("t", JsonPath(("l",)), [{"l": ["a", "b"]}])

    assert described(table) == {
        "ordinal": ("ordinal", "integer"),
        "id": ("id", "text"),
        "position": ("position", "integer"),
        "value": (".", "mixed"),
    }


def test_existing_columns_take_the_keys_of_their_names():
    there = [Existing("A", "text"), Existing("later", "real", defaults=True)]
    table = adopt("t", None, [{"a": 1, "z": 2}], there)

    assert described(table) == {"A": ("['a']", "text"), "later": ("['later']", "real")}
    assert [column.defaults for column in table.columns] == [False, True]
    assert table.ignored == ("z",)


def test_existing_columns_prefer_the_very_same_name():
    there = [Existing("a", "text"), Existing("b", "text")]

    assert described(adopt("t", None, [{"A": 1, "a": 2}], there))["a"] == ("['a']", "text")


def test_our_columns_are_filled_where_they_are_there_and_fit():
    there = [
        Existing("a", "integer"),
        Existing("ordinal", "integer"),
        Existing("id", "text", unique=True),
        Existing("timestamp", "timestamp"),
        Existing("extra", "json"),
    ]
    table = adopt("t", None, [{"a": 1, "z": 2}], there)

    assert [column.source for column in table.columns[1:]] == [
        "ordinal",
        "id",
        "timestamp",
        "extra",
    ]
    assert table.keyed.name == "id"
    assert table.ignored == ()


def test_an_existing_id_that_numbers_itself_is_left_to_the_database():
    table = adopt("t", None, [{"a": 1}], [Existing("id", "integer"), Existing("a", "integer")])

    assert described(table)["id"] == ("['id']", "integer")


def test_a_key_called_like_our_column_keeps_it():
    there = [Existing("id", "text"), Existing("_id", "text")]
    table = adopt("t", None, [{"id": "x"}], there)

    assert described(table) == {"id": ("['id']", "text"), "_id": ("id", "text")}


def test_events_that_are_no_objects_go_into_the_column_event():
    there = [Existing("id", "text"), Existing("event", "text")]

    assert described(adopt("t", None, [MISSING], there))["event"] == ("text", "text")


def test_a_table_that_would_stay_empty_ends_the_run():
    with pytest.raises(RunError, match=r"keys \(a, b\); its columns are x, id"):
        adopt("t", None, [{"a": 1, "b": 2}], [Existing("x", "text"), Existing("id", "text")])
    with pytest.raises(RunError, match="they are no JSON objects"):
        adopt("t", None, [MISSING], [Existing("x", "text")])


def test_values_at_a_path():
    documents = [{"a": 1, "l": [{"b": 2}, {}]}, MISSING]

    assert values_at(None, documents, JsonPath.parse("a")) == [1]
    assert values_at(JsonPath(("l",)), documents, JsonPath.parse("b")) == [2]
    assert values_at(JsonPath(("l",)), documents, JsonPath.parse("$.a")) == [1]
