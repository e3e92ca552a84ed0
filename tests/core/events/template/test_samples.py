"""Where samples come from: options, files, and everything that can be wrong with them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from eventum_core.errors import ConfigError, Problem
from eventum_core.events.template.samples import Sample, SampleOptions, Samples, load_samples

OPTIONS: TypeAdapter[dict[str, SampleOptions]] = TypeAdapter(dict[str, SampleOptions])


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Sample]:
    """Return a function that reads one sample, and its file if its content is given."""

    def load(content: Any = None, **options: Any) -> Sample:
        if content is not None:
            data = content if isinstance(content, bytes) else content.encode()
            (tmp_path / options["source"]).write_bytes(data)
        return read({"s": options}, tmp_path)["s"]

    return load


def read(options: Any, base: Path) -> Samples:
    return load_samples(OPTIONS.validate_python(options), base, Random(1))


def problems_of(call: Callable[[], object]) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        call()
    return caught.value.problems


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"type": "items", "source": []}, "source"),
        ({"type": "items", "source": "abc"}, "source"),
        ({"type": "items"}, "source"),
        ({"type": "items", "source": [1], "header": True}, "header"),
        ({"type": "csv"}, "source"),
        ({"type": "csv", "source": "a.CSV"}, "source"),
        ({"type": "csv", "source": "a.txt"}, "source"),
        ({"type": "csv", "source": "a.csv", "delimiter": ""}, "delimiter"),
        ({"type": "csv", "source": "a.csv", "delimiter": ";;"}, "delimiter"),
        ({"type": "csv", "source": "a.csv", "quotechar": ""}, "quotechar"),
        ({"type": "csv", "source": "a.csv", "quotechar": "''"}, "quotechar"),
        ({"type": "json", "source": "a.csv"}, "source"),
        ({"type": "json", "source": "a.json", "header": True}, "header"),
        ({"type": "xml", "source": "a.xml"}, ""),
        ({"source": [1]}, ""),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], place: str) -> None:
    with pytest.raises(ValidationError) as caught:
        OPTIONS.validate_python({"s": options})
    (error,) = caught.value.errors()
    assert error["loc"] == (("s", options["type"], place) if place else ("s",))


def test_options_are_read_leniently() -> None:
    options = OPTIONS.validate_python({"s": {"type": "csv", "source": "a.csv", "header": "yes"}})
    assert options["s"].model_dump() == {
        "type": "csv",
        "source": Path("a.csv"),
        "header": True,
        "delimiter": ",",
        "quotechar": '"',
    }


@pytest.mark.parametrize(
    ("source", "columns", "rows"),
    [
        ([1, 2, "x"], ["_0"], [(1,), (2,), ("x",)]),
        (["one"], ["_0"], [("one",)]),
        ([3, [1, 2]], ["_0"], [(3,), ([1, 2],)]),
        ([None, {"a": 1}], ["_0"], [(None,), ({"a": 1},)]),
        ([[1, 2], [3, 4]], ["_0", "_1"], [(1, 2), (3, 4)]),
        ([{"a": 1, "b": 2}, {"b": 4, "a": 3}], ["a", "b"], [(1, 2), (3, 4)]),
        ([{1: "x"}], ["1"], [("x",)]),
    ],
)
def test_items(load: Callable[..., Sample], source: Any, columns: list[str], rows: Any) -> None:
    sample = load(type="items", source=source)
    assert (sample.columns, list(sample)) == (columns, rows)


def test_items_print_as_rows(load: Callable[..., Sample]) -> None:
    sample = load(type="items", source=[1, 2, "x"])
    assert (str(sample[0]), len(sample), sample.columns) == ("Row(_0=1)", 3, ["_0"])


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ([[1, 2], [3]], "row 1 must be a list of 2 cells, got [3]"),
        ([[1, 2], 3], "row 1 must be a list of 2 cells, got 3"),
        ([{"a": 1}, {"b": 1}], "row 1 must have the keys ['a'] like row 0, got {'b': 1}"),
        ([{"a": 1}, {"a": 1, "b": 2}], "row 1 must have the keys ['a'] like row 0"),
        ([{"a": 1}, 2], "row 1 must have the keys ['a'] like row 0, got 2"),
    ],
)
def test_items_of_different_shapes(load: Callable[..., Sample], source: Any, message: str) -> None:
    (problem,) = problems_of(lambda: load(type="items", source=source))
    assert problem.path == "samples.s.source"
    assert problem.message.startswith(message)


@pytest.mark.parametrize(
    ("content", "options", "columns", "rows"),
    [
        ("a,b\n1, 2 \n", {"header": True}, ["a", "b"], [("1", " 2 ")]),
        ("1,2\n3,4", {}, ["_0", "_1"], [("1", "2"), ("3", "4")]),
        ("a,b\n\n1\n\n", {"header": True}, ["a", "b"], [("1", "")]),
        ("1,2,3\n4\n", {}, ["_0", "_1", "_2"], [("1", "2", "3"), ("4", "", "")]),
        ("a,b\n", {"header": True}, ["a", "b"], []),
        ("", {"header": True}, [], []),
        ("", {}, [], []),
        ('a\n"x\ny,z"\n', {"header": True}, ["a"], [("x\ny,z",)]),
        ('a\nx"y"\n"say ""hi"""\n', {"header": True}, ["a"], [('x"y"',), ('say "hi"',)]),
        ("a;b\n'x;y';z\n", {"header": True, "delimiter": ";", "quotechar": "'"}, ["a", "b"],
         [("x;y", "z")]),
        ("a\tb\n1\t2\n", {"header": True, "delimiter": "\t"}, ["a", "b"], [("1", "2")]),
        ("a\r\n1\r\n", {"header": True}, ["a"], [("1",)]),
        ("\ufeffname\nё\n", {"header": True}, ["\ufeffname"], [("ё",)]),
    ],
)  # fmt: skip
def test_csv(
    load: Callable[..., Sample], content: str, options: Any, columns: list[str], rows: Any
) -> None:
    sample = load(content, type="csv", source="s.csv", **options)
    assert (sample.columns, list(sample)) == (columns, rows)


@pytest.mark.parametrize("header", [True, False])
def test_csv_cells_are_columns_only_under_a_header(
    load: Callable[..., Sample], header: bool
) -> None:
    sample = load("name,age\nJohn,5\n", type="csv", source="s.csv", header=header)
    assert str(sample[-1]) == ("Row(name='John', age='5')" if header else "Row(_0='John', _1='5')")


def test_a_cell_under_the_name_count_is_read_by_position(load: Callable[..., Sample]) -> None:
    row = load("name,count\na,3\n", type="csv", source="s.csv", header=True)[0]
    assert row.count("a") == 1
    assert row[1] == "3"


@pytest.mark.parametrize(
    ("content", "options", "message", "fix"),
    [
        ("a,b\n1,2,3\n", {"header": True}, "a row has 3 cells instead of 2", "put quotes"),
        ("1,2\n1,2,3\n", {}, "a row has 3 cells instead of 2", "put quotes"),
        (b"a\n\xff\n", {}, "the sample cannot be read: 'utf-8' codec can't decode", ""),
        ("x" * 200_000, {}, "the sample cannot be read: field larger than", ""),
    ],
)
def test_unusable_csv(
    load: Callable[..., Sample], content: Any, options: Any, message: str, fix: str
) -> None:
    (problem,) = problems_of(lambda: load(content, type="csv", source="s.csv", **options))
    assert problem.path == "samples.s.source"
    assert problem.message.startswith(message)
    assert problem.fix.startswith(fix)


@pytest.mark.parametrize(
    ("content", "columns", "rows"),
    [
        ('[{"a": 1, "b": null}, {"b": [1], "a": true}]', ["a", "b"], [(1, None), (True, [1])]),
        ('[[1, "x"], [2.5, {}]]', ["_0", "_1"], [(1, "x"), (2.5, {})]),
        ("[]", [], []),
        ("[{}, {}]", [], [(), ()]),
        ('[{"name": "\\u0451"}]', ["name"], [("ё",)]),
    ],
)
def test_json(load: Callable[..., Sample], content: str, columns: list[str], rows: Any) -> None:
    sample = load(content, type="json", source="s.json")
    assert (sample.columns, list(sample)) == (columns, rows)
    assert [[type(cell) for cell in row] for row in sample] == [
        [type(cell) for cell in row] for row in rows
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"a": 1}', "the file must hold a list"),
        ('"text"', "the file must hold a list"),
        ("[1, 2]", "rows must be objects or lists, got 1"),
        ('[{"a": 1}, {"c": 1}]', "row 1 must have the keys ['a']"),
        ('[{"a": 1}, {"a": 1, "b": 2}]', "row 1 must have the keys ['a']"),
        ('[{"a": 1}, {}]', "row 1 must have the keys ['a']"),
        ('[{"a": 1}, [1]]', "row 1 must have the keys ['a']"),
        ("[[1], [1, 2]]", "row 1 must be a list of 1 cells"),
        ('[[1], {"a": 1}]', "row 1 must be a list of 1 cells"),
        ("[1,", "the sample cannot be read: Expecting value: line 1 column 4"),
        ("", "the sample cannot be read: Expecting value"),
        (b'["\xff"]', "the sample cannot be read: 'utf-8' codec"),
        ("[" * 100_000, "the sample cannot be read: maximum recursion depth"),
    ],
)
def test_unusable_json(load: Callable[..., Sample], content: Any, message: str) -> None:
    (problem,) = problems_of(lambda: load(content, type="json", source="s.json"))
    assert problem.path == "samples.s.source"
    assert problem.message.startswith(message)


def test_large_rows_are_cut_short_in_problems(load: Callable[..., Sample]) -> None:
    content = json.dumps([{"a": 1}, {"b": "x" * 100_000}])
    (problem,) = problems_of(lambda: load(content, type="json", source="s.json"))
    assert len(problem.message) < 300


def test_every_sample_is_read_and_every_problem_is_told(tmp_path: Path) -> None:
    (tmp_path / "good.json").write_text("[[1]]", encoding="utf-8")
    (tmp_path / "folder.csv").mkdir()
    options = {
        "gone": {"type": "csv", "source": "gone.csv"},
        "good": {"type": "json", "source": "good.json"},
        "folder": {"type": "csv", "source": "folder.csv"},
        "ragged": {"type": "items", "source": [[1], [1, 2]]},
    }
    problems = problems_of(lambda: read(options, tmp_path))
    assert [(problem.path, problem.value) for problem in problems] == [
        ("samples.gone.source", "gone.csv"),
        ("samples.folder.source", "folder.csv"),
        ("samples.ragged.source", ""),
    ]
    assert problems[0].message == "the sample cannot be read: No such file or directory"


def test_files_are_found_below_the_base_or_by_their_absolute_path(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    file = folder / "s.csv"
    file.write_text("1\n", encoding="utf-8")
    for source, base in (("data/s.csv", tmp_path), (str(file), tmp_path / "elsewhere")):
        samples = read({"s": {"type": "csv", "source": source}}, base)
        assert list(samples["s"]) == [("1",)]


def test_no_samples_are_fine(tmp_path: Path) -> None:
    assert len(read({}, tmp_path)) == 0


def test_all_samples_draw_from_the_one_generator(tmp_path: Path) -> None:
    options = {name: {"type": "items", "source": list(range(100))} for name in "ab"}
    random = Random(4)
    samples = load_samples(OPTIONS.validate_python(options), tmp_path, random)
    drawn = [samples["a"].pick()[0], samples["b"].pick()[0]]
    random.seed(4)
    assert drawn == [int(random.random() * 100), int(random.random() * 100)]


@pytest.mark.parametrize(
    ("options", "content"),
    [
        ({"type": "csv", "source": "s.csv"}, "a\nb,c\n"),
        ({"type": "json", "source": "s.json"}, '[{"a": 1}, {}]'),
        ({"type": "json", "source": "s.json"}, "[1]"),
        ({"type": "json", "source": "s.json"}, "{"),
        ({"type": "csv", "source": "none.csv"}, None),
    ],
)
def test_a_problem_names_the_file(load: Callable[..., Sample], options: Any, content: Any) -> None:
    (problem,) = problems_of(lambda: load(content, **options))
    assert (problem.path, problem.value) == ("samples.s.source", options["source"])
