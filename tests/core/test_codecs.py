from __future__ import annotations

import codecs

import pytest
from pydantic import TypeAdapter, ValidationError

from eventum_core.codecs import ENCODINGS, Encoding, mark, shifts, unmarked

option = TypeAdapter(Encoding)


@pytest.mark.parametrize("name", ENCODINGS)
def test_every_name_is_an_encoding_that_python_knows(name):
    assert option.validate_python(name) == name
    assert codecs.lookup(name)


def test_the_list_is_complete():
    assert len(ENCODINGS) == len(set(ENCODINGS)) == 97


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("utf-8", "write utf_8"),
        ("UTF_16", "write utf_16"),
        ("utf8", "write utf_8"),
        ("Latin1", "write latin_1"),
        ("ISO-8859-2", "write iso8859_2"),
        ("nope", "known are ascii, big5"),
    ],
)
def test_another_spelling_is_refused_with_the_right_one(name, hint):
    with pytest.raises(ValidationError, match=hint):
        option.validate_python(name)


def test_the_schema_lists_the_names():
    assert option.json_schema()["enum"] == list(ENCODINGS)


@pytest.mark.parametrize("name", ENCODINGS)
def test_mark_and_unmarked_text_make_the_whole(name):
    assert mark(name) + "ab".encode(unmarked(name)) == "ab".encode(name)


@pytest.mark.parametrize(
    "name", [name for name in ENCODINGS if not shifts(name) and not mark(name)]
)
def test_encodings_without_modes_can_be_joined(name):
    letter = bytes(range(0xB0, 0xC0)).decode(name, "ignore")[:1] if name != "ascii" else "x"
    texts = ["a\n", f"{letter}\n", "b\n"]

    assert "".join(texts).encode(name) == b"".join(text.encode(name) for text in texts)
