from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Thread
from zoneinfo import ZoneInfo

import anyio
import pytest

from eventum_core.lane import Abandoned, Lane
from eventum_core.model import Chunk, Event

pytestmark = pytest.mark.anyio
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def chunk(ordinal: int, size: int = 10) -> Chunk:
    text = str(ordinal).rjust(size, "0")
    return Chunk([text], [Event(NOON, text, ("t",), ordinal, 0)])


async def drained(lane: Lane) -> list[int]:
    lane.close()
    found = []
    while (taken := await lane.take()) is not None:
        found.append(taken.events[0].ordinal)
    return found


async def test_order_holds_through_memory_and_file() -> None:
    lane = Lane(most_events=2, most_bytes=1000, spill=100_000)
    for ordinal in range(5):
        assert lane.put(chunk(ordinal), wait=False)
    first = await lane.take()
    assert first is not None
    lane.put(chunk(5), wait=False)  # memory has room again, but the file comes first
    assert [first.events[0].ordinal, *await drained(lane)] == [0, 1, 2, 3, 4, 5]
    assert lane.spilled == 4


async def test_events_come_back_from_the_file_as_they_were() -> None:
    lane = Lane(most_events=1, most_bytes=1000, spill=100_000)
    sent = [chunk(0), chunk(1)]
    for one in sent:
        lane.put(one, wait=False)
    back = [await lane.take(), await lane.take()]
    assert [b and (b.texts, b.events) for b in back] == [(s.texts, s.events) for s in sent]
    await drained(lane)


async def test_the_file_gives_its_room_back() -> None:
    lane = Lane(most_events=1, most_bytes=1000, spill=700)
    for round_ in range(50):
        assert lane.put(chunk(0), wait=False), round_
        assert lane.put(chunk(1), wait=False), round_
        await lane.take()
        await lane.take()
    await drained(lane)


@pytest.mark.parametrize("bounds", [(3, 1000), (1000, 30)])
async def test_full_is_full_by_events_and_by_bytes(bounds: tuple[int, int]) -> None:
    lane = Lane(most_events=bounds[0], most_bytes=bounds[1], spill=0)
    assert [lane.put(chunk(n), wait=False) for n in range(4)] == [True, True, True, False]


async def test_a_chunk_larger_than_the_lane_passes() -> None:
    lane = Lane(most_events=1, most_bytes=5, spill=0)
    assert lane.put(chunk(0, size=100), wait=False)
    assert await drained(lane) == [0]


async def test_a_thread_waits_for_room() -> None:
    lane = Lane(most_events=1, most_bytes=1000, spill=0)

    def fill() -> None:
        for n in range(20):
            lane.put(chunk(n), wait=True)

    Thread(target=fill, daemon=True).start()
    with anyio.fail_after(10):
        taken = [await lane.take() for _ in range(20)]
    assert [t and t.events[0].ordinal for t in taken] == list(range(20))


async def test_an_abandoned_lane_lets_the_waiting_thread_go_and_tells_what_was_left() -> None:
    lane = Lane(most_events=1, most_bytes=1000, spill=900)
    ended: list[type[BaseException]] = []

    def fill() -> None:
        try:
            for n in range(10):
                lane.put(chunk(n), wait=True)
        except Abandoned as error:
            ended.append(type(error))

    thread = Thread(target=fill, daemon=True)
    thread.start()
    with anyio.fail_after(5):
        while not lane.spilled:
            await anyio.sleep(0)
    left = [c.events[0].ordinal for c in lane.abandon()]
    await anyio.to_thread.run_sync(thread.join, 10)
    assert left == list(range(len(left)))
    assert len(left) >= 2
    assert ended == [Abandoned]


@pytest.mark.parametrize("text", ["grüße", "half of a pair: \ud800"])
async def test_any_text_in_any_zone_passes_through_the_file(text: str) -> None:
    lane = Lane(most_events=1, most_bytes=1000, spill=100_000)
    event = Event(NOON.astimezone(ZoneInfo("Europe/Berlin")), text, ("t",), 1, 0)
    for one in (chunk(0), Chunk([text], [event])):
        assert lane.put(one, wait=False)
    await lane.take()
    back = await lane.take()
    assert back is not None
    assert (back.texts, back.events) == ([text], [event])
    assert back.events[0].timestamp.tzinfo is event.timestamp.tzinfo
    await drained(lane)


@contextmanager
def no_room_on_disk(limit: int) -> Iterator[None]:
    """Let this process write no file beyond so many bytes."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.skipif(sys.platform == "win32", reason="limits on file sizes are POSIX")
async def test_a_full_disk_is_a_full_lane_and_loses_nothing() -> None:
    lane = Lane(most_events=1, most_bytes=1000, spill=100_000)
    with no_room_on_disk(700):
        taken = [n for n in range(20) if lane.put(chunk(n), wait=False)]
        assert 1 < len(taken) < 20
        first = await lane.take()
        assert first is not None
    assert [first.events[0].ordinal, *await drained(lane)] == taken
