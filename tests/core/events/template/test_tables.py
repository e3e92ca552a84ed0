"""Samples: as sequences, as columns, to pick from and to filter, in Python and in Jinja."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import pytest
from jinja2 import Environment

from eventum_core.errors import ProduceError
from eventum_core.events.template.rand import Rand
from eventum_core.events.template.rows import Row, make_rows
from eventum_core.events.template.tables import Sample, Samples, Table

COLUMNS = ("name", "kind", "weight")
CELLS = [("a", "x", "1"), ("b", "y", " 3 "), ("c", "x", "0")]


def sample(columns: tuple[str, ...] = COLUMNS, cells: Any = CELLS, *, named: bool = True) -> Sample:
    return Sample(Table(columns, make_rows(columns, cells), named), Random(21))


def empty() -> Sample:
    return sample(cells=[])


def unnamed() -> Sample:
    return sample(("_0", "_1"), [("a", 1), ("b", 2)], named=False)


def render(text: str, **names: Any) -> str:
    return Environment().from_string(text).render(**names)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ s | length }} {{ s[0].name }} {{ s[-1]['name'] }}", "3 a c"),
        ("{{ s[3] is defined }} {{ s[-4] is defined }}", "False False"),
        ("{{ s[0:2] }}", "[('a', 'x', '1'), ('b', 'y', ' 3 ')]"),
        ("{{ s.name }} {{ s['kind'] }}", "['a', 'b', 'c'] ['x', 'y', 'x']"),
        ("{{ s.nope is defined }} {{ s['nope'] is defined }}", "False False"),
        ("{{ s.columns }}", "['name', 'kind', 'weight']"),
        ("{% for row in s %}{{ row.name }}{% endfor %}", "abc"),
        ("{{ (s | first).name }} {{ (s | last).name }} {{ (s | list)[1].name }}", "a c b"),
        (
            "{{ s | selectattr('kind', 'equalto', 'x') | map(attribute='name') | list }}",
            "['a', 'c']",
        ),
        ("{{ (s | sort(attribute='weight') | first).name }}", "b"),
        ("{{ ('a', 'x', '1') in s }}", "True"),
        ("{{ s.where(kind='x').where(name='c') | list }}", "[Row(name='c', kind='x', weight='0')]"),
        ("{{ s.pick() in s }} {{ s.pick_n(2) | length }}", "True 2"),
        ("{{ s.weighted_pick('weight').name in 'ab' }}", "True"),
        ("{{ s }}", "Sample(3 rows, columns=['name', 'kind', 'weight'])"),
    ],
)
def test_samples_in_templates(text: str, expected: str) -> None:
    assert render(text, s=sample()) == expected


def test_a_method_hides_the_column_of_its_name_in_dotted_form_only() -> None:
    picks = sample(("pick", "columns"), [("p", "q")])
    text = "{{ s.pick() }} {{ s['pick'] }} {{ s.columns }} {{ s['columns'] }}"
    assert render(text, s=picks) == "Row(pick='p', columns='q') ['p'] ['pick', 'columns'] ['q']"


def test_a_sample_is_a_sequence_to_choose_from() -> None:
    assert Rand(Random(1)).choice(sample()) in CELLS  # type: ignore[arg-type] # a sequence by its methods
    with pytest.raises(IndexError):
        sample()[3]


def test_columns_with_one_name() -> None:
    doubled = sample(("a", "a"), [(1, 2)])
    assert (doubled["a"], doubled[0].a) == ([1], 2)  # type: ignore[attr-defined] # a column


def test_columns_without_names_are_no_columns() -> None:
    assert render("{{ s['_0'] is defined }} {{ s._0 is defined }}", s=unnamed()) == "False False"
    assert unnamed().columns == ["_0", "_1"]


def test_a_template_cannot_change_a_sample_through_its_answers() -> None:
    picks = sample()
    picks.columns.append("more")
    picks["name"].append("more")
    assert (picks.columns, picks["name"]) == (list(COLUMNS), ["a", "b", "c"])


def test_picks_are_uniform() -> None:
    picks = sample()
    drawn = Counter(row[0] for row in picks.pick_n(6000))
    assert all(1850 < times < 2150 for times in drawn.values())
    assert len(drawn) == 3
    assert isinstance(picks.pick(), Row)


def test_weighted_picks_follow_the_column() -> None:
    drawn = Counter(row[0] for row in sample().weighted_pick_n("weight", 8000))
    assert drawn.keys() == {"a", "b"}
    assert 1850 < drawn["a"] < 2150


def test_equal_seeds_give_these_picks() -> None:
    picks = sample()
    assert "".join(row[0] for row in picks.pick_n(12)) == "acbbaccbbaab"
    drawn = picks.weighted_pick_n("weight", 12)
    assert "".join(row[0] for row in drawn) == "babaaabbbbab"


@pytest.mark.parametrize("default", [None, 0, "x"])
def test_an_empty_sample_gives_the_default(default: Any) -> None:
    assert empty().pick(default) is default
    assert empty().pick(default=default) is default
    assert empty().weighted_pick("weight", default) is default


def test_an_empty_sample_without_a_default_is_an_error() -> None:
    for pick in (empty().pick, lambda: empty().weighted_pick("weight")):
        with pytest.raises(ProduceError, match="empty sample"):
            pick()


@pytest.mark.parametrize("n", [0, -2, 3])
def test_several_picks_of_nothing_are_none(n: int) -> None:
    assert empty().pick_n(n) == empty().weighted_pick_n("weight", n) == []
    assert len(sample().pick_n(n)) == len(sample().weighted_pick_n("weight", n)) == max(n, 0)


@pytest.mark.parametrize(
    ("weights", "column", "complaint"),
    [
        (["1", "2"], "nope", "no column 'nope'"),
        (["1", "heavy"], "w", "got 'heavy'"),
        (["1", None], "w", "got None"),
        (["1", "-2"], "w", "got '-2'"),
        (["1", "nan"], "w", "got 'nan'"),
        (["0", 0], "w", "total above zero"),
        (["inf", 1], "w", "finite"),
    ],
)
def test_unusable_weights_are_an_error(weights: list[Any], column: str, complaint: str) -> None:
    picks = sample(("w",), [(weight,) for weight in weights])
    for _ in range(2):
        with pytest.raises(ProduceError, match=complaint):
            picks.weighted_pick(column)


def test_a_sample_without_names_cannot_be_weighted() -> None:
    with pytest.raises(ProduceError, match="without named columns"):
        unnamed().weighted_pick("_1")


@pytest.mark.parametrize(
    ("conditions", "names"),
    [
        ({}, "abc"),
        ({"kind": "x"}, "ac"),
        ({"kind": "x", "name": "c"}, "c"),
        ({"kind": "z"}, ""),
        ({"kind": None}, ""),
        ({"kind": ["x"]}, ""),
        ({"weight": 1}, ""),
    ],
)
def test_where_keeps_equal_rows_in_order(conditions: dict[str, Any], names: str) -> None:
    picks = sample()
    for _ in range(2):
        found = picks.where(**conditions)
        assert "".join(row[0] for row in found) == names
        assert found.columns == list(COLUMNS)


def test_where_without_conditions_is_the_sample_itself() -> None:
    picks = sample()
    assert picks.where() is picks
    assert picks.where(kind="x") is picks.where(kind="x")


@pytest.mark.parametrize("value", [1, True, 1.0])
def test_where_compares_as_python_does(value: Any) -> None:
    picks = sample(("v", "n"), [(1, "a"), (True, "b"), (1.0, "c"), ("1", "d"), (None, "e")])
    assert [row[1] for row in picks.where(v=value)] == ["a", "b", "c"]
    assert [row[1] for row in picks.where(v=None)] == ["e"]


def test_where_finds_cells_that_cannot_be_keys() -> None:
    picks = sample(("v", "n"), [([1], "a"), ({"k": 1}, "b"), ("s", "c"), ([1], "d")])
    assert [row[1] for row in picks.where(v=[1])] == ["a", "d"]
    assert [row[1] for row in picks.where(v={"k": 1})] == ["b"]
    assert [row[1] for row in picks.where(v="s")] == ["c"]


def test_where_never_finds_what_equals_nothing() -> None:
    nan = float("nan")
    assert len(sample(("v",), [(nan,), (1.0,)]).where(v=nan)) == 0


def test_where_on_an_unknown_column_is_an_error() -> None:
    for picks in (sample(), empty()):
        with pytest.raises(ProduceError, match="no column 'nope'") as caught:
            picks.where(nope=1)
        assert caught.value.context == {"columns": list(COLUMNS)}


def test_where_keeps_the_columns_of_a_sample_without_names() -> None:
    none = unnamed().where(_0="z")
    assert [len(none), len(none.where(_1=2)), len(unnamed().where(_1=2))] == [0, 0, 1]


def test_a_filtered_sample_picks_and_weighs_its_own_rows() -> None:
    part = sample().where(kind="x")
    assert {row[0] for row in part.pick_n(50)} == {"a", "c"}
    assert {row[0] for row in part.weighted_pick_n("weight", 50)} == {"a"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ samples.users | length }} {{ samples['users'] | length }}", "3 3"),
        ("{{ samples.nope is defined }} {{ samples['nope'] is defined }}", "False False"),
        ("{{ samples['__class__'] | length }}", "0"),
        ("{{ 'users' in samples }} {{ samples | list }} {{ samples | length }}", ""),
    ],
)
def test_samples_by_name(text: str, expected: str) -> None:
    samples = Samples({"users": sample(), "__class__": empty()})
    assert render(text, samples=samples) == (expected or "True ['users', '__class__'] 2")


def test_using_an_unknown_sample_names_it() -> None:
    with pytest.raises(Exception, match="'nope'"):
        render("{{ samples.nope.pick() }}", samples=Samples({}))


def test_samples_show_what_they_hold() -> None:
    assert str(Samples({"e": empty()})) == (
        "Samples({'e': Sample(0 rows, columns=['name', 'kind', 'weight'])})"
    )
