from datetime import UTC, datetime, timedelta

import anyio
import pytest

from eventum_core.clock import ManualClock, NoWaitClock, ScaledClock, WallClock, micros, moment

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "when",
    [
        datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(2026, 1, 5, 12, 0, 0, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999998, tzinfo=UTC),
    ],
)
def test_instants_are_exact(when: datetime) -> None:
    assert moment(micros(when)) == when


async def test_manual_clock_wakes_those_whose_time_has_come() -> None:
    clock = ManualClock(0)
    woken: list[int] = []

    async def sleeper(instant: int) -> None:
        await clock.sleep_until(instant)
        woken.append(instant)

    async with anyio.create_task_group() as group:
        for instant in (1_000_000, 3_000_000):
            group.start_soon(sleeper, instant)
        await anyio.wait_all_tasks_blocked()
        clock.advance(timedelta(seconds=2))
        await anyio.wait_all_tasks_blocked()
        assert woken == [1_000_000]
        clock.advance(timedelta(seconds=1))
    assert woken == [1_000_000, 3_000_000]
    assert clock.now() == 3_000_000


async def test_scaled_clock_starts_where_told_and_runs_faster() -> None:
    clock = ScaledClock(5_000_000, speed=10_000)
    assert 5_000_000 <= clock.now() < 3_600_000_000
    await clock.sleep_until(clock.now() + 60_000_000)  # a minute in six milliseconds
    assert clock.now() >= 65_000_000


def test_speed_must_be_positive() -> None:
    with pytest.raises(ValueError, match="positive"):
        ScaledClock(0, speed=0)


async def test_sample_mode_never_waits() -> None:
    await NoWaitClock().sleep_until(micros(datetime(9000, 1, 1, tzinfo=UTC)))


async def test_the_wall_clock_is_the_time_of_day_and_past_instants_pass() -> None:
    clock = WallClock()
    await clock.sleep_until(clock.now() - 1)
    assert abs(moment(clock.now()) - datetime.now(UTC)) < timedelta(seconds=5)
