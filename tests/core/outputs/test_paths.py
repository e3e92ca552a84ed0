from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from eventum_core.outputs.paths import MISSING, JsonPath, PathText

DOCUMENT = {"a": {"b": [1, {"c": None}]}, "x.y": 2, "it's": 3, "": 4}


@pytest.mark.parametrize(
    ("text", "steps", "from_root"),
    [
        ("total", ("total",), False),
        ("a.b", ("a", "b"), False),
        ("a[0].b", ("a", 0, "b"), False),
        ("[2]", (2,), False),
        (".", (), False),
        ("$", (), True),
        ("$.a", ("a",), True),
        ("$[1][2]", (1, 2), True),
        ("$['a.b'].c", ("a.b", "c"), True),
        ('["it\'s"]', ("it's",), False),
        ("user name", ("user name",), False),
        ("größe", ("größe",), False),
    ],
)
def test_paths_are_read(text, steps, from_root):
    assert JsonPath.parse(text) == JsonPath(steps, from_root)


@pytest.mark.parametrize("text", ["", "a..b", "$a", "a[", "a[x]", "a[-1]", "a.", "..", "a]", "$."])
def test_what_is_no_path_is_refused(text):
    with pytest.raises(ValueError, match="cannot read the path"):
        JsonPath.parse(text)
    with pytest.raises(ValidationError):
        TypeAdapter(PathText).validate_python(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$", DOCUMENT),
        ("a.b[0]", 1),
        ("a.b[1].c", None),
        ("a.b[2]", MISSING),
        ("a.b.c", MISSING),
        ("a[0]", MISSING),
        ("z", MISSING),
        ("['x.y']", 2),
        ("x.y", MISSING),
    ],
)
def test_paths_find_values_or_nothing(text, found):
    assert JsonPath.parse(text).find(DOCUMENT) == found


@pytest.mark.parametrize("text", ["$['a'][0]", ".", "['a']['b.c']", "$"])
def test_a_path_is_spelled_as_it_may_be_written(text):
    assert str(JsonPath.parse(text)) == text
    assert JsonPath.parse(str(JsonPath.parse(text))) == JsonPath.parse(text)
