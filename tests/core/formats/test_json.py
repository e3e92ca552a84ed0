from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from eventum_core.formats.json import Json, JsonBatch
from eventum_core.model import Event

LAYOUTS = [
    ('{"a":1,"b":[1,2]}', 0, '{"a": 1, "b": [1, 2]}'),
    ('{"a":1,"b":[1,2]}', 2, '{\n  "a": 1,\n  "b": [\n    1,\n    2\n  ]\n}'),
    ('{ "b" : 1 ,\n "a" : 2 }', 0, '{"b": 1, "a": 2}'),
    ('{"a":1,"a":2}', 0, '{"a": 1, "a": 2}'),
    ("[1e5,1E+5,-0,1.50,123456789012345678901]", 0, "[1e5, 1E+5, -0, 1.50, 123456789012345678901]"),
    (r'"\u00e9\/\n é 漢"', 0, r'"\u00e9\/\n é 漢"'),
    ('"a,b:c  d"', 0, '"a,b:c  d"'),
    ('{"a":{ },"b":[ ]}', 0, '{"a": {}, "b": []}'),
    ('{"a":{ },"b":[ ]}', 1, '{\n "a": {},\n "b": []\n}'),
    (" \n null\t", 0, "null"),
    ("true", 4, "true"),
]
INVALID = ["", "  ", "NaN", "Infinity", '{"a":NaN}', "1 2", '{"a":1}x', "01", "[1,]", "'a'", "nul"]
UNFIT = [*INVALID, "1, 2", '"\ud800"', "[" * 100_000 + "]" * 100_000]

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"])), inner
    ),
)  # fmt: skip


def laid_out(text: str, indent: int) -> str:
    event = Event(datetime(2024, 1, 1, tzinfo=UTC), text, (), 0, 0)
    (result,) = Json(indent=indent).encoder(None)([event]).texts
    return result


@pytest.mark.parametrize(("text", "indent", "expected"), LAYOUTS)
def test_only_the_blanks_change(encode, text, indent, expected):
    assert encode(Json(indent=indent), text).texts == [expected]


@pytest.mark.parametrize("text", UNFIT)
def test_what_is_not_json_is_rejected_alone(encode, text):
    chunk = encode(Json(), "1", text, "2")

    assert chunk.texts == ["1", "2"]
    assert [event.ordinal for event in chunk.events] == [0, 2]
    (rejected,) = chunk.rejected
    assert rejected.event.text == text
    assert rejected.reason.startswith("not valid JSON: ")


@given(values, st.integers(0, 5), st.booleans(), st.sampled_from([None, 3]))
def test_the_value_survives_every_layout(value, indent, ascii_only, written_with):
    text = json.dumps(value, ensure_ascii=ascii_only, indent=written_with)

    assert json.loads(laid_out(text, indent)) == value
    assert "".join(laid_out(text, indent).split()) == "".join(text.split())


@given(values)
def test_without_indent_it_is_python_s_default_layout(value):
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    assert laid_out(text, 0) == json.dumps(value, ensure_ascii=False)


@given(values)
def test_laying_out_twice_changes_nothing(value):
    once = laid_out(json.dumps(value), 2)

    assert laid_out(once, 2) == once


def test_a_batch_is_one_array(encode):
    chunk = encode(JsonBatch(), '{"a":1}', "2", ' "x" ')

    assert chunk.texts == ['[{"a": 1}, 2, "x"]']
    assert len(chunk.events) == 3
    assert chunk.carried(0) == chunk.events


def test_a_batch_is_indented_as_a_whole(encode):
    chunk = encode(JsonBatch(indent=2), '{"a":[]}', "2")

    assert chunk.texts == ['[\n  {\n    "a": []\n  },\n  2\n]']


@pytest.mark.parametrize("text", UNFIT)
def test_a_batch_leaves_out_what_is_not_json(encode, text):
    chunk = encode(JsonBatch(), "1", text)

    assert chunk.texts == ["[1]"]
    assert [event.ordinal for event in chunk.events] == [0]
    assert [rejected.event.ordinal for rejected in chunk.rejected] == [1]


def test_a_batch_without_valid_events_sends_nothing(encode):
    chunk = encode(JsonBatch(), "x", "y")

    assert (chunk.texts, chunk.events, len(chunk.rejected)) == ([], [], 2)


@pytest.mark.parametrize("formatter", [Json, JsonBatch])
@pytest.mark.parametrize("options", [{"indent": -1}, {"indent": "a"}, {"ident": 2}])
def test_wrong_options_are_refused(formatter, options):
    with pytest.raises(ValidationError):
        formatter(**options)


def test_the_batching_format_says_so():
    assert (Json.batching, JsonBatch.batching) == (False, True)
    assert (Json.name, JsonBatch.name) == ("json", "json-batch")
