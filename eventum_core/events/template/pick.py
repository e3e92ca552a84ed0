"""Which templates a timestamp gets: one picker for each mode.

A picker gives the items of one pick and moves on at once, whatever becomes of them. Items are
whatever the caller deals in; every draw is one ``random()``.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate, cycle
from random import Random
from typing import TypeAlias, TypeVar

from eventum_core.events.template.rules import Check, Situation

T = TypeVar("T")
Picker: TypeAlias = Callable[[], tuple[T, ...]]
Moves: TypeAlias = Mapping[str, Sequence[tuple[Check, str]]]
"""State → its transitions in order, each with the state it leads to."""


def pick_all(items: Iterable[T]) -> Picker[T]:
    """Return every item, each time."""
    everything = tuple(items)
    return lambda: everything


def pick_any(items: Iterable[T], random: Random) -> Picker[T]:
    """Return one item, each as likely as the others."""
    singles = [(item,) for item in items]
    size, draw = len(singles), random.random
    return lambda: singles[int(draw() * size)]


def pick_by_chance(items: Iterable[T], chances: Sequence[float], random: Random) -> Picker[T]:
    """Return one item with a probability in proportion to its chance (positive, finite)."""
    singles = [(item,) for item in items]
    largest = max(chances)  # scaled by it, not even huge chances sum to infinity
    bounds = list(accumulate(chance / largest for chance in chances))
    total, last, draw = bounds[-1], len(bounds) - 1, random.random
    return lambda: singles[bisect(bounds, draw() * total, 0, last)]


def pick_in_turn(items: Iterable[T]) -> Picker[T]:
    """Return one item after the other, over and over."""
    return cycle([(item,) for item in items]).__next__


def pick_by_state(
    items: Mapping[str, T], initial: str, moves: Moves, situation: Situation
) -> Picker[T]:
    """Return the item of the present state, after at most one transition.

    The first pick is the initial state; each later one follows the first transition whose
    condition is true for `situation` as it is then.
    """
    ways = {alias: ((item,), moves[alias]) for alias, item in items.items()}
    state = ""

    def pick() -> tuple[T, ...]:
        nonlocal state
        if not state:
            state = initial
        else:
            for check, to in ways[state][1]:
                if check(situation):
                    state = to
                    break
        return ways[state][0]

    return pick
