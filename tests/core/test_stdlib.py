"""Stand-ins for modules that draw: complete, and moved by nothing but the run's generator."""

from __future__ import annotations

import random
import secrets
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from random import Random
from types import ModuleType
from typing import Any

import pytest

from eventum_core.plugin import Run
from eventum_core.stdlib import (
    GREGORIAN,
    MICROSECOND,
    random_of,
    secrets_of,
    uuid_of,
)

DRAWS: dict[str, list[Callable[[Any], Any]]] = {
    "random": [
        lambda m: m.random(),
        lambda m: m.randint(1, 10**9),
        lambda m: m.choice("abcdefgh"),
        lambda m: m.sample(range(1000), 3),
        lambda m: m.gauss(0, 1),
        lambda m: m.uniform(0, 1),
        lambda m: m.randbytes(8),
        lambda m: m.getrandbits(64),
        lambda m: m.Random().random(),
        lambda m: m.SystemRandom().random(),
    ],
    "secrets": [
        lambda m: m.token_hex(),
        lambda m: m.token_bytes(16),
        lambda m: m.token_urlsafe(9),
        lambda m: m.randbelow(10**9),
        lambda m: m.randbits(64),
        lambda m: m.choice(range(10**9)),
        lambda m: m.SystemRandom().random(),
    ],
    "uuid": [lambda m: m.uuid1(), lambda m: m.uuid4(), lambda m: m.uuid1(node=1)],
}
CASES = [(name, draw) for name, draws in DRAWS.items() for draw in draws]


@pytest.fixture
def make_run(run: Run) -> Callable[..., Run]:
    """Return a function that makes a run like the given one, with changes."""
    return partial(replace, run, random=Random(1))


@pytest.fixture
def stand_in(make_run: Callable[..., Run]) -> Callable[..., ModuleType]:
    """Return a function that makes a stand-in for a module, of a run with a seed."""

    def make(name: str, seed: int = 1) -> ModuleType:
        run = make_run(random=Random(seed))
        makers = {
            "random": lambda: random_of(run.random),
            "secrets": lambda: secrets_of(run.random),
            "uuid": lambda: uuid_of(run, run.random),
        }
        return makers[name]()

    return make


@pytest.mark.parametrize(("name", "draw"), CASES)
def test_draws_depend_on_the_run_alone(
    stand_in: Callable[..., ModuleType], name: str, draw: Callable[[Any], Any]
) -> None:
    random.seed(1)
    first = draw(stand_in(name))
    random.seed(2)
    assert draw(stand_in(name)) == first
    assert draw(stand_in(name, seed=2)) != first


@pytest.mark.parametrize("module", [random, secrets, uuid], ids=lambda module: module.__name__)
def test_everything_public_is_there_and_the_module_is_untouched(
    stand_in: Callable[..., ModuleType], module: ModuleType
) -> None:
    before = dict(vars(module))
    copy = stand_in(module.__name__)
    assert set(vars(module)) <= set(vars(copy))
    assert vars(module) == before
    assert copy is not module


def test_every_function_of_random_is_replaced(stand_in: Callable[..., ModuleType]) -> None:
    copy = stand_in("random")
    kept = [name for name in random.__all__ if getattr(copy, name) is getattr(random, name)]
    assert kept == []


def test_every_function_of_secrets_but_the_comparison_is_replaced(
    stand_in: Callable[..., ModuleType],
) -> None:
    copy = stand_in("secrets")
    kept = [name for name in secrets.__all__ if getattr(copy, name) is getattr(secrets, name)]
    assert kept == ["compare_digest"]


def test_seeding_moves_the_run_itself() -> None:
    draws = Random(1)
    random_of(draws).seed(7)
    assert draws.random() == Random(7).random()


def test_a_seeded_generator_is_what_it_is_everywhere(stand_in: Callable[..., ModuleType]) -> None:
    derived = stand_in("random").Random(7)
    assert derived.random() == Random(7).random()
    assert isinstance(derived, Random)


def test_tokens_have_their_sizes(stand_in: Callable[..., Any]) -> None:
    copy = stand_in("secrets")
    assert len(copy.token_bytes()) == secrets.DEFAULT_ENTROPY
    assert (len(copy.token_hex(5)), len(copy.token_bytes(0)), len(copy.token_urlsafe(3))) == (
        10,
        0,
        4,
    )
    assert copy.randbelow(1) == 0
    with pytest.raises(ValueError, match="empty range"):
        copy.randbelow(0)


def test_time_based_uuids_tell_the_runs_now(make_run: Callable[..., Run]) -> None:
    run = make_run()
    made = uuid_of(run, run.random).uuid1()
    told = GREGORIAN + made.time // 10 * MICROSECOND
    assert timedelta(0) <= told - run.now < timedelta(seconds=1)
    assert (made.version, made.variant) == (1, uuid.RFC_4122)


def test_the_node_is_one_for_the_run_and_marked_as_invented(make_run: Callable[..., Run]) -> None:
    run = make_run()
    copy = uuid_of(run, run.random)
    assert copy.uuid1().node == copy.uuid1().node == copy.getnode() != uuid.getnode()
    assert copy.getnode() >> 40 & 1
    assert copy.uuid1().clock_seq != copy.uuid1().clock_seq
    made = copy.uuid1(node=5, clock_seq=9)
    assert (made.node, made.clock_seq) == (5, 9)


def test_random_uuids_are_of_version_4(stand_in: Callable[..., Any]) -> None:
    made = stand_in("uuid").uuid4()
    assert (type(made), made.version, made.variant) == (uuid.UUID, 4, uuid.RFC_4122)


@pytest.mark.skipif(not hasattr(uuid, "uuid7"), reason="came with Python 3.14")
def test_newer_uuids_are_drawn_too(make_run: Callable[..., Run]) -> None:
    run = make_run()
    copy = uuid_of(run, run.random)
    assert [copy.uuid6().version, copy.uuid7().version, copy.uuid8().version] == [6, 7, 8]
    assert copy.uuid7().int >> 80 == run.now.timestamp() * 1000 // 1
    assert copy.uuid6().time // 10**7 == copy.uuid1().time // 10**7
