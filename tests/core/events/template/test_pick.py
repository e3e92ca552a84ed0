"""The six pickers, each by itself."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import islice
from random import Random

import pytest

from eventum_core.events.template.pick import (
    pick_all,
    pick_any,
    pick_by_chance,
    pick_by_state,
    pick_in_turn,
)
from eventum_core.events.template.rules import Situation
from eventum_core.state import SharedState, State


@pytest.fixture
def situation():
    return Situation(datetime(2024, 1, 1, tzinfo=UTC), (), State(), State(), SharedState())


def take(pick, count):
    return [item for picked in islice(iter(pick, None), count) for item in picked]


def test_all_gives_everything_in_order_each_time():
    pick = pick_all("AB")
    assert [pick(), pick()] == [("A", "B"), ("A", "B")]


def test_any_is_uniform():
    counts = Counter(take(pick_any("ABC", Random(7)), 6000))
    assert set(counts) == set("ABC")
    assert all(abs(count - 2000) < 150 for count in counts.values())


def test_any_draws_one_number_a_pick():
    random, twin = Random(7), Random(7)
    take(pick_any("ABC", random), 5)
    [twin.random() for _ in range(5)]
    assert random.random() == twin.random()


def test_chance_is_proportional_to_the_weights():
    counts = Counter(take(pick_by_chance("ABC", [1, 2.5, 6.5], Random(7)), 10_000))
    assert abs(counts["A"] - 1000) < 150
    assert abs(counts["B"] - 2500) < 200
    assert abs(counts["C"] - 6500) < 200


@pytest.mark.parametrize("scale", [5e-324, 1e-300, 1e300, 1.7e308])
def test_chance_bears_weights_whose_sum_is_no_float(scale):
    counts = Counter(take(pick_by_chance("AB", [scale, scale], Random(7)), 1000))
    assert abs(counts["A"] - 500) < 60


def test_chance_never_passes_the_last_item():
    class Almost(Random):
        def random(self):
            return 1 - 2**-53

    assert take(pick_by_chance("ABC", [0.1, 0.2, 0.3], Almost()), 1) == ["C"]


def test_equal_seeds_pick_equally():
    picks = [take(pick_by_chance("ABCD", [1, 2, 3, 4], Random(5)), 12) for _ in range(2)]
    assert picks[0] == picks[1] == list("DDDDDDACDDDB")


def test_in_turn_wraps():
    assert "".join(take(pick_in_turn("AB"), 5)) == "ABABA"


def test_in_turn_may_repeat_an_item():
    assert "".join(take(pick_in_turn("BAB"), 5)) == "BABBA"


def test_the_first_pick_is_the_initial_state_whatever_its_transitions(situation):
    moves = {"a": [(lambda _: True, "b")], "b": []}
    assert "".join(take(pick_by_state({"a": "A", "b": "B"}, "a", moves, situation), 3)) == "ABB"


def test_the_first_true_transition_wins(situation):
    moves = {"a": [(lambda _: False, "b"), (lambda _: True, "c"), (lambda _: True, "b")]}
    moves |= {"b": [], "c": [(lambda _: True, "c")]}
    pick = pick_by_state({"a": "A", "b": "B", "c": "C"}, "a", moves, situation)
    assert "".join(take(pick, 3)) == "ACC"


def test_one_pick_makes_one_transition_at_most(situation):
    moves = {"a": [(lambda _: True, "b")], "b": [(lambda _: True, "a")]}
    assert "".join(take(pick_by_state({"a": "A", "b": "B"}, "a", moves, situation), 4)) == "ABAB"


def test_transitions_look_at_the_situation_of_their_pick(situation):
    moves = {"a": [(lambda now: "go" in now.tags, "b")], "b": []}
    pick = pick_by_state({"a": "A", "b": "B"}, "a", moves, situation)
    states = take(pick, 2)
    situation.tags = ("go",)
    assert "".join([*states, *take(pick, 1)]) == "AAB"


def test_a_failing_condition_leaves_the_machine_where_it_was(situation):
    situation.tags = ("bad",)
    moves = {"a": [(lambda now: 1 / (now.tags != ("bad",)) > 0, "b")], "b": []}
    pick = pick_by_state({"a": "A", "b": "B"}, "a", moves, situation)
    assert pick() == ("A",)
    with pytest.raises(ZeroDivisionError):
        pick()
    situation.tags = ()
    assert pick() == ("B",)
