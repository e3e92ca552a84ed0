"""What holds of any schedule: merged, bounded and batched, it is a sort cut into pieces."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain, pairwise
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from doubles import Given
from hypothesis import given, settings
from hypothesis import strategies as st

from eventum_core.model import TimestampBatch
from eventum_core.plugin import Run
from eventum_core.schedule import ENOUGH, Bounds, batched, bounded, merged
from eventum_core.seeds import Seeds

START = datetime(2026, 1, 5, tzinfo=UTC)
RUN = Run(
    generator="g", now=START, start=START, zone=ZoneInfo("UTC"), seeds=Seeds(0, "g"), base=Path()
)
TENTH = 100_000
"""Microseconds; instants are whole tenths of a second, so that many are equal."""

Instants = list[tuple[int, int]]
"""Instant in microseconds and position of the input, in their order."""


class Case(NamedTuple):
    """Inputs as arrays of tenths of a second, and what is to be done with them."""

    inputs: list[list[list[int]]]
    first: int | None
    last: int | None
    size: int | None
    delay: float | None
    most: int


@st.composite
def sliced(draw: st.DrawFn) -> list[list[int]]:
    """Draw one input: ascending tenths of a second, cut into arrays anywhere."""
    ticks = sorted(draw(st.lists(st.integers(-20, 60), max_size=25)))
    cuts = sorted(draw(st.lists(st.integers(0, len(ticks)), max_size=6)))
    return [ticks[a:b] for a, b in pairwise([0, *cuts, len(ticks)])]


cases = st.builds(
    Case,
    inputs=st.lists(sliced(), max_size=4),
    first=st.none() | st.integers(-25, 65),
    last=st.none() | st.integers(-25, 65),
    size=st.none() | st.integers(1, 7),
    delay=st.none() | st.integers(1, 40).map(lambda tenths: tenths / 10),
    most=st.integers(1, 6),
)


def scheduled(case: Case) -> Iterator[list[TimestampBatch]]:
    """Do as the engine does."""
    plugins = [
        (
            i,
            Given(arrays=[np.array(a, "int64").astype("datetime64[us]") for a in scaled(arrays)]),
            RUN,
        )
        for i, arrays in enumerate(case.inputs)
    ]
    spans = bounded(merged(plugins, failed), Bounds(tenths(case.first), tenths(case.last)))
    return batched(spans, case.size, case.delay, case.most)


def scaled(arrays: list[list[int]]) -> list[list[int]]:
    return [[tick * TENTH for tick in array] for array in arrays]


def tenths(bound: int | None) -> int | None:
    return None if bound is None else bound * TENTH


def failed(position: int, error: Exception) -> None:
    raise error


def expected(case: Case) -> Instants:
    """Return what is wanted, the simple way."""
    every = [
        (tick * TENTH, position)
        for position, arrays in enumerate(case.inputs)
        for tick in chain.from_iterable(arrays)
    ]
    return [
        (instant, position)
        for instant, position in sorted(every)
        if (case.first is None or instant >= case.first * TENTH)
        and (case.last is None or instant <= case.last * TENTH)
    ]


def expected_batches(case: Case) -> list[tuple[Instants, int]]:
    """Return the batches and when each is complete, deciding instant by instant."""
    batches: list[tuple[Instants, int]] = []
    open_one: Instants = []
    deadline = 0
    wanted = expected(case)
    for instant, position in wanted:
        # At the very deadline an instant still belongs to the batch if nothing comes later.
        late = instant > deadline or (instant == deadline < wanted[-1][0])
        if open_one and case.delay is not None and late:
            batches.append((open_one, deadline))
            open_one = []
        if not open_one and case.delay is not None:
            deadline = instant + round(case.delay * 10) * TENTH
        open_one.append((instant, position))
        if len(open_one) == case.size:
            batches.append((open_one, instant))
            open_one = []
    if open_one:
        batches.append((open_one, open_one[-1][0]))
    return batches


def instants(piece: TimestampBatch) -> Instants:
    return list(zip(piece.times.astype("int64").tolist(), piece.sources.tolist(), strict=True))


def together(pieces: list[TimestampBatch]) -> list[tuple[Instants, int]]:
    """Return the batches that these pieces make up."""
    batches: list[tuple[Instants, int]] = []
    filling: Instants = []
    for piece in pieces:
        filling += instants(piece)
        if piece.closes is not None:
            batches.append((filling, piece.closes))
            filling = []
    assert filling == [], "every batch closes"
    return batches


@settings(deadline=None, max_examples=400)
@given(cases)
def test_nothing_is_lost_doubled_or_out_of_order(case: Case) -> None:
    pieces = list(chain.from_iterable(scheduled(case)))
    assert [one for piece in pieces for one in instants(piece)] == expected(case)


@settings(deadline=None, max_examples=400)
@given(cases)
def test_ordinals_follow_without_gaps(case: Case) -> None:
    ordinal = 0
    for piece in chain.from_iterable(scheduled(case)):
        assert piece.first == ordinal
        ordinal += len(piece.times)


@settings(deadline=None, max_examples=600)
@given(cases)
def test_batches_are_those_of_the_simple_way(case: Case) -> None:
    pieces = list(chain.from_iterable(scheduled(case)))
    if case.size is None and case.delay is None:
        assert all(piece.closes is None for piece in pieces[:-1])
    else:
        assert together(pieces) == expected_batches(case)


@settings(deadline=None, max_examples=200)
@given(cases)
def test_no_group_is_larger_than_it_may_be(case: Case) -> None:
    for group in scheduled(case):
        assert 1 <= len(group) <= case.most
        assert sum(len(piece.times) for piece in group[:-1]) < ENOUGH


@settings(deadline=None, max_examples=200)
@given(cases)
def test_how_inputs_slice_does_not_matter(case: Case) -> None:
    again = case._replace(inputs=[[list(chain.from_iterable(a))] for a in case.inputs])
    one, other = (list(chain.from_iterable(scheduled(c))) for c in (case, again))
    assert [i for p in one for i in instants(p)] == [i for p in other for i in instants(p)]
    assert [p.closes for p in one if p.closes] == [p.closes for p in other if p.closes]
