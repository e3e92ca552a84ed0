"""Draws: equal for equal seeds on every Python, spread as promised, strict about arguments."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from math import inf, nan
from random import Random
from typing import Any

import pytest
from jinja2 import Environment

from eventum_core.events.template.rand import CACHED, Rand

GOLDEN = [
    ("rand.shuffle([1, 2, 3, 4, 5])", [4, 2, 1, 5, 3]),
    ("rand.shuffle('abcdef')", "eafbdc"),
    ("rand.choice(['a', 'b', 'c'])", "b"),
    ("rand.choices('xyz', 5)", ["y", "z", "x", "z", "y"]),
    ("rand.weighted_choice(['a', 'b', 'c'], [1, 2, 3])", "b"),
    ("rand.weighted_choice({'a': 5, 'b': 1})", "a"),
    ("rand.weighted_choices({'a': 1, 'b': 1}, 4)", ["a", "b", "a", "b"]),
    ("rand.weighted_choices('ab', [1, 3], 4)", ["b", "b", "b", "b"]),
    ("rand.chance(0.5)", True),
    ("rand.number.integer(1, 6)", 3),
    ("rand.number.integer(-5, 5)", 0),
    ("rand.number.integer(0, 2**80)", 484048167717713954663996),
    ("rand.number.floating(1.5, 2.5)", 1.9700907184310705),
    ("rand.number.gauss(10, 2)", 9.693132018264704),
    ("rand.number.lognormal(0, 1)", 0.8577573821507206),
    ("rand.number.exponential(2)", 0.31752472696888173),
    ("rand.number.pareto(3, 2)", 2.4715125505749387),
    ("rand.number.triangular(0, 10, 3)", 3.909544375843047),
    ("rand.string.letters_lowercase(8)", "mshxksgg"),
    ("rand.string.letters_uppercase(8)", "MSHXKSGG"),
    ("rand.string.letters(8)", "yLpUvLnm"),
    ("rand.string.digits(8)", "47384722"),
    ("rand.string.punctuation(8)", ":\\*{.[)("),
    ("rand.string.hex(9)", "27857dd86"),
    ("rand.string.pattern('%a%A%l%d%n%h%H%p%w-%%{2}')", "mSp84b4(Y-%%"),
    ("rand.network.ip_v4()", "120.87.221.134"),
    ("rand.network.ip_v4_private()", "172.27.166.248"),
    ("rand.network.ip_v4_private_a()", "10.120.87.221"),
    ("rand.network.ip_v4_private_b()", "172.23.133.125"),
    ("rand.network.ip_v4_private_c()", "192.168.120.87"),
    ("rand.network.ip_v4_public()", "186.153.104.161"),
    ("rand.network.ip_v4_in_subnet('10.1.2.0/24')", "10.1.2.120"),
    ("rand.network.ip_v6()", "940e:ee3c:ba6f:875c:2e84:496e:7857:dd86"),
    ("rand.network.ip_v6_global()", "3281:ddc7:ba6f:875c:2e84:496e:7857:dd86"),
    ("rand.network.ip_v6_link_local()", "fea5:3bb:ba6f:875c:2e84:496e:7857:dd86"),
    ("rand.network.ip_v6_ula()", "fd28:1ddc:ba6f:875c:2e84:496e:7857:dd86"),
    ("rand.network.mac()", "2e:84:78:57:dd:86"),
    ("rand.network.mac(oui='AA-bb-01')", "aa:bb:01:78:57:dd"),
    ("rand.network.mac(vendor='Cisco')", "00:01:42:ba:6f:87"),
    ("rand.crypto.uuid4()", "940eee3c-ba6f-475c-ae84-496e7857dd86"),
    ("rand.crypto.md5()", "940eee3cba6f875c2e84496e7857dd86"),
    ("rand.crypto.sha1()", "4dc2a627940eee3cba6f875c2e84496e7857dd86"),
    ("rand.crypto.sha256()", "b938451ee325faa633406bc44dc2a627940eee3cba6f875c2e84496e7857dd86"),
    (
        "rand.datetime.timestamp(datetime(2024, 1, 1), datetime(2024, 12, 31))",
        datetime(2024, 6, 20, 13, 59, 40, 896442),
    ),
]
"""What a fresh `Random(2024)` gives. A change here is a new generation, see `seeds.GENERATION`."""


@pytest.fixture
def rand() -> Rand:
    return Rand(Random(2024))


@pytest.mark.parametrize(("call", "expected"), GOLDEN, ids=[call for call, _ in GOLDEN])
def test_equal_seeds_give_these_draws(rand: Rand, call: str, expected: Any) -> None:
    drawn = eval(call, {"rand": rand, "datetime": datetime})
    assert drawn == (pytest.approx(expected, rel=1e-12) if type(expected) is float else expected)
    assert type(drawn) is type(expected)


def test_every_function_has_a_golden_draw(rand: Rand) -> None:
    spaces = {"": rand, **{f"{name}.": getattr(rand, name) for name in Rand.__slots__[2:]}}
    functions = {
        f"rand.{space}{name}("
        for space, owner in spaces.items()
        for name in dir(owner)
        if not name.startswith("_") and callable(getattr(owner, name))
    }
    called = {call.partition("(")[0] + "(" for call, _ in GOLDEN}
    assert functions - called == {"rand.number.clamp("}


def test_a_reseeded_generator_begins_again() -> None:
    random = Random(5)
    rand = Rand(random)
    first = [rand.number.gauss(0, 1), rand.crypto.uuid4(), rand.choice("abc")]
    random.seed(5)
    assert [rand.number.gauss(0, 1), rand.crypto.uuid4(), rand.choice("abc")] == first


def test_shuffle_leaves_the_original_alone(rand: Rand) -> None:
    items = (1, 2, 3, 4)
    shuffled = rand.shuffle(items)
    assert isinstance(shuffled, list)
    assert sorted(shuffled) == [1, 2, 3, 4]
    assert rand.shuffle([]) == []


def test_shuffle_gives_every_order_equally_often(rand: Rand) -> None:
    orders = Counter(rand.shuffle("abc") for _ in range(6000))
    assert len(orders) == 6
    assert all(850 < times < 1150 for times in orders.values())


@pytest.mark.parametrize("items", [[], "", ()])
def test_choice_of_nothing_is_an_index_error(rand: Rand, items: Any) -> None:
    with pytest.raises(IndexError, match="empty sequence"):
        rand.choice(items)


def test_choices_are_drawn_with_replacement(rand: Rand) -> None:
    assert rand.choices("ab", 0) == []
    assert Counter(rand.choices("ab", 1000)).keys() == {"a", "b"}
    with pytest.raises(IndexError):
        rand.choices([], 1)
    with pytest.raises(TypeError):
        rand.choices("ab", 1.5)  # type: ignore[arg-type] # what this is about


@pytest.mark.parametrize(
    "arguments",
    [
        ({"a": 1, "b": 3, "c": 0},),
        ({"a": 1, "b": 3, "c": 0}, [9, 9, 9]),
        (["a", "b", "c"], [1, 3, 0]),
        ("abc", (0.25, 0.75, 0.0)),
    ],
)
def test_weighted_choice_heeds_the_weights(rand: Rand, arguments: Any) -> None:
    drawn = Counter(rand.weighted_choice(*arguments) for _ in range(8000))
    assert drawn.keys() == {"a", "b"}
    assert 1850 < drawn["a"] < 2150


def test_weighted_choice_without_weights_is_uniform(rand: Rand) -> None:
    drawn = Counter(rand.weighted_choice("abcd") for _ in range(8000))
    assert all(1850 < times < 2150 for times in drawn.values())


@pytest.mark.parametrize(
    ("items", "weights"),
    [
        ("ab", [1]),
        ("ab", [1, 2, 3]),
        ("ab", [0, 0]),
        ("ab", [-1, 0]),
        ("ab", [inf, 1]),
        ("ab", [nan, 1]),
        ([], []),
        ({}, None),
        ({"a": 0}, None),
    ],
)
def test_unusable_weights_are_a_value_error(rand: Rand, items: Any, weights: Any) -> None:
    with pytest.raises(ValueError, match="weights"):
        rand.weighted_choice(items, weights)


def test_weights_known_from_a_longer_list_are_still_checked(rand: Rand) -> None:
    rand.weighted_choice("abc", [1, 2, 3])
    with pytest.raises(ValueError, match="2 items need as many weights, got 3"):
        rand.weighted_choice("ab", [1, 2, 3])


def test_equal_weights_of_other_types_share_their_sums_harmlessly(rand: Rand) -> None:
    assert rand.weighted_choice({1: 1}) == 1
    assert rand.weighted_choice({True: True}) is True
    assert rand.weighted_choice({1.0: 1.0}) == 1.0


def test_remembered_weights_do_not_grow_for_ever(rand: Rand) -> None:
    for weight in range(1, 2 * CACHED):
        rand.weighted_choice("ab", [weight, 1])
    assert len(rand._cumulated) <= CACHED


def test_weighted_choices_take_a_mapping_or_a_sequence(rand: Rand) -> None:
    assert Counter(rand.weighted_choices({"a": 1, "b": 0}, 20)) == {"a": 20}
    assert Counter(rand.weighted_choices(["a", "b"], [0, 2], 20)) == {"b": 20}
    assert rand.weighted_choices({"a": 1}, 0) == []


@pytest.mark.parametrize(
    "arguments", [({"a": 1}, [1], 3), ({"a": 1}, "x"), ("ab", [1, 2]), ("ab",), ({"a": 1},)]
)
def test_other_forms_of_weighted_choices_are_a_type_error(rand: Rand, arguments: Any) -> None:
    with pytest.raises(TypeError):
        rand.weighted_choices(*arguments)


def test_a_mapping_takes_its_number_by_position_only(rand: Rand) -> None:
    with pytest.raises(TypeError):
        rand.weighted_choices({"a": 1}, n=3)  # type: ignore[call-arg] # what this is about


@pytest.mark.parametrize(
    ("probability", "least", "most"),
    [(-1, 0, 0), (0, 0, 0), (0.25, 900, 1100), (1, 4000, 4000), (7, 4000, 4000)],
)
def test_chance_is_true_as_often_as_told(
    rand: Rand, probability: float, least: int, most: int
) -> None:
    hits = [rand.chance(probability) for _ in range(4000)]
    assert least <= hits.count(True) <= most
    assert set(hits) <= {True, False}


def test_templates_reach_the_functions(rand: Rand) -> None:
    template = Environment().from_string(
        "{{ r.choice(['a']) }} {{ r.weighted_choice({'x': 1}) }} {{ r.number.integer(3, 3) }}"
        " {{ r.nope is defined }}"
    )
    assert template.render(r=rand) == "a x 3 False"
