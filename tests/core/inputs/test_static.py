from __future__ import annotations

import pytest
from pydantic import ValidationError

from eventum_core.inputs.static import Static


@pytest.mark.parametrize("skip", [True, False])
def test_all_instants_are_the_start_of_the_run(make_run, local, skip):
    assert local(Static(count=3), make_run(skip=skip)) == ["2025-06-15T12:00:00"] * 3


def test_a_large_count_is_given_in_pieces(make_run):
    first, *_ = arrays = list(Static(count=200_000).timestamps(make_run()))
    assert len(first) == 65_536
    assert sum(map(len, arrays)) == 200_000


def test_it_ends():
    assert not Static(count=1).endless()


@pytest.mark.parametrize("count", [0, -1, None, 1.5, "many"])
def test_count_must_be_a_positive_whole_number(count):
    with pytest.raises(ValidationError, match="count"):
        Static(count=count)


def test_tags_are_kept_in_order_with_duplicates():
    assert Static(count=1, tags=["b", "a", "b"]).tags == ("b", "a", "b")


def test_unknown_options_are_refused():
    with pytest.raises(ValidationError, match="every"):
        Static(count=1, every=2)


def test_a_count_beyond_all_numbers_is_given_bit_by_bit(make_run, local):
    assert local(Static(count=10**20), make_run(), 2) == ["2025-06-15T12:00:00"] * 2
