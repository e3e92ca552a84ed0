from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from doubles import Given, times
from hypothesis import given
from hypothesis import strategies as st

from eventum_core.plugin import InputPlugin, Run
from eventum_core.schedule import ENOUGH, Bounds, Span, batched, bounded, merged, until
from eventum_core.seeds import Seeds

START = datetime(1970, 1, 1, tzinfo=UTC)


class Flood(InputPlugin):
    """Gives what an iterator gives."""

    name: ClassVar[str] = "flood"
    flood: Any

    def timestamps(self, run: Run) -> Any:
        return self.flood


RUN = Run(
    generator="g", now=START, start=START, zone=ZoneInfo("UTC"), seeds=Seeds(0, "g"), base=Path()
)


def merge(*inputs: Sequence[Any]) -> tuple[list[tuple[float, int]], dict[int, str]]:
    """Return the merged (second, input) pairs and the failures by input."""
    failures: dict[int, str] = {}
    plugins = [(i, Given(arrays=list(arrays)), RUN) for i, arrays in enumerate(inputs)]
    spans = merged(plugins, lambda position, error: failures.update({position: str(error)}))
    pairs = [
        (float(t) / 1e6, int(s))
        for span in spans
        for t, s in zip(span.times.astype("int64"), span.sources, strict=True)
    ]
    return pairs, failures


def spans(*arrays: Any) -> Any:
    return iter([Span(array, np.zeros(len(array), np.uint16)) for array in arrays])


def pieces(*arguments: Any) -> list[Any]:
    return list(chain.from_iterable(batched(*arguments)))


def sizes(batches: list[Any]) -> list[int]:
    """Return the number of instants of each batch, checking that the numbering has no gap."""
    result, filled, ordinal = [], 0, 0
    for batch in batches:
        assert batch.first == ordinal
        ordinal += len(batch.times)
        filled += len(batch.times)
        if batch.closes is not None:
            result.append(filled)
            filled = 0
    assert filled == 0, "the last batch closes"
    return result


def test_equal_instants_come_in_configuration_order() -> None:
    pairs, _ = merge([times(0, 60, 120)], [times(0, 60, 120)])
    assert pairs == [(0, 0), (0, 1), (60, 0), (60, 1), (120, 0), (120, 1)]


def test_ties_do_not_depend_on_where_arrays_end() -> None:
    pairs, _ = merge([times(0, 60), times(60, 60), times(90)], [times(60), times(60, 100)])
    assert pairs == [(0, 0), (60, 0), (60, 0), (60, 0), (60, 1), (60, 1), (90, 0), (100, 1)]


streams = st.lists(st.lists(st.lists(st.integers(0, 5), max_size=4), max_size=4), max_size=4)


@given(streams)
def test_merging_is_a_stable_sort(inputs: list[list[list[int]]]) -> None:
    ordered = []
    for arrays in inputs:
        values = iter(sorted(v for array in arrays for v in array))
        ordered.append([times(*[next(values) for _ in array]) for array in arrays])
    pairs, failures = merge(*ordered)
    expected = sorted((float(v), i) for i, arrays in enumerate(inputs) for a in arrays for v in a)
    assert pairs == expected
    assert not failures


def test_a_flood_of_one_instant_does_not_have_to_end_first() -> None:
    flood = (times(1, 1) for _ in range(10**9))
    spans = merged([(0, Flood(flood=flood), RUN), (1, Given(arrays=[times(1, 2)]), RUN)], print)
    first = next(spans)
    assert first.sources.tolist() == [0, 0]


def test_an_input_that_fails_ends_and_the_others_go_on() -> None:
    pairs, failures = merge([times(1), ValueError("gone")], [times(2), times(3)])
    assert pairs == [(1, 0), (2, 1), (3, 1)]
    assert failures == {0: "gone"}


@pytest.mark.parametrize("arrays", [[times(2, 1)], [times(1, 3), times(2)]])
def test_an_input_that_goes_backwards_fails(arrays: list[Any]) -> None:
    _, failures = merge(arrays)
    assert failures == {0: "its timestamps go backwards"}


def test_bounds_are_inclusive_and_end_an_endless_stream() -> None:
    def endless() -> Any:
        for second in range(10**9):
            yield Span(times(second), np.zeros(1, np.uint16))

    kept = [
        float(t)
        for s in bounded(endless(), Bounds(2_000_000, 4_000_000))
        for t in s.times.astype("int64")
    ]
    assert kept == [2e6, 3e6, 4e6]


@pytest.mark.parametrize(
    ("ticks", "size", "delay", "expected"),
    [
        ([0.4 * n for n in range(1, 9)], None, 1.0, [3, 3, 2]),
        ([0.5, 1.0, 1.5], None, 1.0, [3]),
        ([0.5 * n for n in range(1, 9)], None, 1.0, [2, 2, 2, 2]),
        ([1, 2, 3, 4, 5], 2, None, [2, 2, 1]),
        ([1, 2, 3, 4], 2, None, [2, 2]),
        ([0, 0.1, 0.2, 5, 5.1], 2, 1.0, [2, 1, 2]),
        ([7] * 5, None, 0.1, [5]),
        ([], 10, 1.0, []),
    ],
)
def test_batches_end_by_size_and_by_delay(
    ticks: list[float], size: int | None, delay: float | None, expected: list[int]
) -> None:
    assert sizes(pieces(spans(times(*ticks)), size, delay)) == expected
    one_by_one = spans(*[times(tick) for tick in ticks])
    assert sizes(pieces(one_by_one, size, delay)) == expected


@given(
    st.lists(st.integers(0, 30), max_size=30),
    st.none() | st.integers(1, 5),
    st.none() | st.floats(0.1, 10),
    st.lists(st.integers(1, 7), min_size=30, max_size=30),
)
def test_batches_do_not_depend_on_how_inputs_slice(
    ticks: list[int], size: int | None, delay: float | None, slices: list[int]
) -> None:
    whole = times(*sorted(ticks))
    parts, rest = [], whole
    for length in slices:
        parts.append(rest[:length])
        rest = rest[length:]
    cut = sizes(pieces(spans(*parts), size, delay))
    assert cut == sizes(pieces(spans(whole), size, delay))
    assert sum(cut) == len(ticks)


def test_a_batch_closes_at_its_deadline_or_at_the_instant_that_fills_it() -> None:
    by_delay = [b.closes for b in pieces(spans(times(1, 1.5, 9)), None, 2.0)]
    assert [c for c in by_delay if c is not None] == [3_000_000, 9_000_000]
    by_size = [b.closes for b in pieces(spans(times(1, 2, 3)), 2, None)]
    assert [c for c in by_size if c is not None] == [2_000_000, 3_000_000]


@pytest.mark.parametrize("most", [1, 3, 10_000])
def test_small_batches_travel_in_groups(most: int) -> None:
    groups = list(batched(spans(times(*range(3000)), times(3000)), 1, None, most))
    assert sizes(list(chain.from_iterable(groups))) == [1] * 3001
    assert max(map(len, groups)) == min(most, ENOUGH)
    assert len(groups[-1]) == 1, "what one array gave does not wait for the next"


def test_instants_of_another_precision_are_understood(tmp_path: Path) -> None:
    seconds = np.array([1, 2], "datetime64[s]")
    pairs, failures = merge([seconds, times(3)], [np.array([1_500_000_000], "datetime64[ns]")])
    assert pairs == [(1, 0), (1.5, 1), (2, 0), (3, 0)]
    assert failures == {}


def test_a_stop_ends_a_schedule_whose_instants_are_all_dropped() -> None:
    given = (Span(times(n), np.zeros(1, np.uint16)) for n in count())
    wanted = until(given, iter([False] * 9 + [True]).__next__)
    assert list(bounded(wanted, Bounds(first=10**12))) == []


def test_a_stopped_schedule_is_the_beginning_of_the_whole_one() -> None:
    inputs = [(i, Flood(flood=iter([times(1 + i, 3), times(5)])), RUN) for i in range(2)]
    spans = merged(inputs, lambda position, error: None)
    found = [time for span in until(spans, iter([False, True]).__next__) for time in span.times]
    assert [int(time.astype("int64")) // 10**6 for time in found] == [1, 2, 3]


def test_what_waits_at_a_deadline_makes_no_batch_too_large() -> None:
    found = pieces(spans(times(0, 1, 1, 1, 1)), 2, 1.0)
    assert [(len(piece.times), piece.closes) for piece in found] == [
        (1, None),
        (1, 1_000_000),
        (2, 1_000_000),
        (1, 1_000_000),
    ]
