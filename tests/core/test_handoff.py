from __future__ import annotations

from collections.abc import Generator
from threading import Event as Flag
from threading import Thread

import anyio
import pytest

from eventum_core.handoff import Handoff, Idle, Pull, Refused

pytestmark = pytest.mark.anyio


async def test_a_thread_takes_all_in_order_and_learns_of_the_end() -> None:
    handoff, taken = Handoff[int](3), list[int | None]()

    def take() -> None:
        while (item := handoff.take(60)) is not None:
            taken.append(item)

    thread = Thread(target=take, daemon=True)
    thread.start()
    for item in range(1000):
        await handoff.put(item)
    handoff.close()
    await anyio.to_thread.run_sync(thread.join)
    assert taken == list(range(1000))


async def test_weights_bound_what_waits_but_let_any_item_through_alone() -> None:
    handoff = Handoff[str](3)
    await handoff.put("heavy", 10)
    with anyio.move_on_after(0) as scope:
        await handoff.put("light", 1)
    assert scope.cancelled_caught
    assert handoff.take(0) == "heavy"
    for item in ("two", "one"):
        await handoff.put(item, len(item) - 2)
    assert [handoff.take(0), handoff.take(0)] == ["two", "one"]


async def test_nothing_comes_for_a_while() -> None:
    with pytest.raises(Idle):
        Handoff[int](1).take(0)


async def test_a_taker_that_has_gone_lets_the_waiting_putter_go() -> None:
    handoff = Handoff[int](1)
    await handoff.put(0)
    Thread(target=handoff.refuse, daemon=True).start()
    with anyio.fail_after(10), pytest.raises(Refused):
        await handoff.put(1)


async def test_a_generator_is_read_when_an_item_is_wanted_and_not_before() -> None:
    read: list[int] = []

    def items() -> Generator[int, None, None]:
        for item in range(3):
            read.append(item)
            yield item

    pull = Pull(items())
    for item in range(3):
        assert await pull.take() == item
        assert read == list(range(item + 1))
    assert [await pull.take(), await pull.take()] == [None, None]


async def test_what_a_generator_raises_is_raised_again() -> None:
    def items() -> Generator[int, None, None]:
        yield 1
        raise KeyError("lost")

    pull = Pull(items())
    assert await pull.take() == 1
    with pytest.raises(KeyError, match="lost"):
        await pull.take()


async def test_who_leaves_has_the_generator_closed() -> None:
    closed, pulled = Flag(), list[int]()

    def items() -> Generator[int, None, None]:
        try:
            for item in range(2):
                pulled.append(item)
                yield item
        finally:
            closed.set()

    pull = Pull(items())
    assert await pull.take() == 0
    pull.leave()
    assert await anyio.to_thread.run_sync(closed.wait, 10)
    assert pulled == [0]


async def test_waiting_for_a_generator_that_waits_can_be_cancelled() -> None:
    let_go = Flag()

    def items() -> Generator[int, None, None]:
        yield let_go.wait(60)

    pull = Pull(items())
    with anyio.move_on_after(0.01) as scope:
        await pull.take()
    assert scope.cancelled_caught
    pull.leave()
    let_go.set()
