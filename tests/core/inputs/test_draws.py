from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, localcontext
from hashlib import blake2b
from math import ulp

import numpy as np
import pytest
from goodness import KS_AT_1_PERCENT, chi_square, ks
from hypothesis import given
from hypothesis import strategies as st

from eventum_core.inputs.draws import exp, hashed, key, log, positive, uniform

PUBLISHED = [
    6457827717110365317,
    3203168211198807973,
    9817491932198370423,
    4593380528125082431,
    16408922859458223821,
]
"""The first numbers of SplitMix64 with the seed 1234567, as implementations of it print them."""


def test_a_stream_is_that_of_splitmix64():
    assert hashed(1234567, np.arange(5)).tolist() == PUBLISHED


def test_draws_are_found_by_their_number():
    assert hashed(1234567, np.array([3, 0, 3])).tolist() == [PUBLISHED[i] for i in (3, 0, 3)]


def test_keys_and_counters_are_broadcast():
    keys = hashed(1, np.arange(3))
    table = hashed(keys[:, np.newaxis], np.arange(4))
    assert table.shape == (3, 4)
    assert table[2].tolist() == hashed(int(keys[2]), np.arange(4)).tolist()
    assert hashed(keys, np.arange(3)).tolist() == table.diagonal().tolist()


@pytest.mark.parametrize("counters", [[0], [2**62], [-1], []])
@pytest.mark.parametrize("stream", [0, 1, 2**64 - 1])
def test_no_number_overflows_with_a_warning(stream, counters):
    assert len(hashed(stream, np.array(counters, np.int64))) == len(counters)


def test_a_key_depends_on_seed_role_and_path(make_run):
    run = replace(make_run(), role="input[0]")
    keys = {
        key(run),
        key(run, "gaps"),
        key(run, "gaps", 1),
        key(replace(run, role="input[1]"), "gaps"),
        key(replace(make_run(seed=8), role="input[0]"), "gaps"),
    }
    assert len(keys) == 5
    assert all(0 <= k < 2**64 for k in keys)
    assert key(run, "gaps") == key(replace(make_run(), role="input[0]"), "gaps")


def test_numbers_are_uniform():
    sample = uniform(hashed(7, np.arange(100_000)))
    assert ks(sample, lambda x: x) < KS_AT_1_PERCENT


def test_first_draws_of_neighbouring_streams_are_uniform():
    sample = uniform(hashed(hashed(7, np.arange(100_000)), np.zeros(100_000, int)))
    assert ks(sample, lambda x: x) < KS_AT_1_PERCENT


def test_pairs_of_draws_fill_the_square():
    a, b = (uniform(hashed(3, 2 * np.arange(160_000) + i)) for i in (0, 1))
    cells = np.bincount((a * 40).astype(int) * 40 + (b * 40).astype(int), minlength=1600)
    assert chi_square(cells, [100] * 1600) < 2.6


def test_the_ends_of_the_unit_interval():
    ends = np.array([0, 2**64 - 1], np.uint64)
    assert uniform(ends).tolist() == [0, 1 - 2**-53]
    assert positive(ends).tolist() == [2**-53, 1 - 2**-53]


def off(got: float, exact: Decimal) -> float:
    """Return how far a result is off, in units in the last place."""
    return float(abs(Decimal(got) - exact) / Decimal(ulp(float(exact))))


@given(st.floats(2.3e-308, 1.7e308) | st.floats(0.5, 2))
def test_logarithms_are_exact_to_the_last_place_but_one(x):
    with localcontext(prec=60):
        exact = Decimal(x).ln()
    assert off(float(log(np.array([x]))[0]), exact) <= 2 if exact else x == 1


@given(st.floats(-700, 709))
def test_powers_are_exact_to_the_last_place_but_one(x):
    with localcontext(prec=60):
        exact = Decimal(x).exp()
    assert off(float(exp(np.array([x]))[0]), exact) <= 2


def test_powers_neither_overflow_nor_warn():
    low, high, far = exp(np.array([-1e300, 1e300, -750.0])).tolist()
    assert (low, far) == (0, 0)
    assert 8e307 < high < float("inf")


def test_logarithms_and_powers_have_the_same_bits_on_every_machine():
    x = positive(hashed(11, np.arange(1000)))
    results = np.concatenate([log(x), exp(40 * x - 20)]).astype("<f8").tobytes()
    assert blake2b(results, digest_size=8).hexdigest() == "1a8e8e4d3cde3b94"
