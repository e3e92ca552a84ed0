from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from eventum_core.inputs.arrays import merged

streams = st.lists(st.lists(st.integers(0, 50), max_size=30).map(sorted), max_size=5)


@given(streams, st.integers(1, 7))
def test_merged_streams_ascend_and_lose_nothing(streams, size):
    def cut(numbers):
        for begin in range(0, len(numbers), size):
            yield np.array(numbers[begin : begin + size], np.int64)
            yield np.empty(0, np.int64)

    numbers = [int(i) for array in merged(map(cut, streams)) for i in array]
    assert numbers == sorted(i for stream in streams for i in stream)


def test_nothing_is_pulled_before_it_is_needed():
    def endless(step):
        for begin in range(0, 10**9, 10 * step):
            pulled.append(begin)
            yield np.arange(begin, begin + 10 * step, step)

    pulled: list[int] = []
    arrays = [array for array, _ in zip(merged([endless(1), endless(100)]), range(5), strict=False)]
    assert len(pulled) <= 7
    assert all(a[-1] <= b[0] for a, b in pairwise(arrays))
