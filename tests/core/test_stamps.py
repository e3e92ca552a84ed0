from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventum_core.stamps import writer

ZONES = [
    *("UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu"),
    *("Africa/Casablanca", "Pacific/Apia", "America/Sao_Paulo", "Asia/Tehran", "Africa/Monrovia"),
]
FORMATS = [
    None,
    *("%d/%b/%Y:%H:%M:%S %z", "%Y-%m-%dT%H:%M:%S.%f%z", "%H:%M", "%b %e %T", "%s", "%c", "%Z"),
    *("%%H {0} %H }{", "%Y", "plain", "", "%", "%H%", "%-d %H", "%j %U %W %V %G %u %w %a %A %B"),
    *("%%H:%M:%S", "%H:%M:%S", "%H:%M:%S %H:%M:%S", "%d %H:%M:%S%z%%", "%S %H:%M:%S", "%H:%M:%S%"),
    *("ü %H", "%I:%M %p", "%y %H", "%:z %H"),
]
INSTANTS = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29))  # as UTC, without a zone


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("format", FORMATS)
@given(start=INSTANTS, steps=st.lists(st.integers(0, 40 * 3600 * 10**6), max_size=8))
def test_the_text_is_that_of_datetime(
    zone: str, format: str | None, start: datetime, steps: list[int]
) -> None:
    write, stamp = writer(format), start.replace(tzinfo=UTC)
    for step in [0, *steps]:
        stamp = min(stamp + timedelta(microseconds=step), datetime(9999, 12, 29, tzinfo=UTC))
        local = stamp.astimezone(ZoneInfo(zone))
        expected = local.isoformat() if format is None else local.strftime(format)
        assert write(local) == expected


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("format", [None, "%d %H:%M:%S.%f %z %Z"])
def test_around_every_change_of_the_clocks(zone: str, format: str | None) -> None:
    write = writer(format)
    stamp, end = datetime(2010, 12, 1, tzinfo=UTC), datetime(2013, 2, 1, tzinfo=UTC)
    while stamp < end:
        local = stamp.astimezone(ZoneInfo(zone))
        expected = local.isoformat() if format is None else local.strftime(format)
        assert write(local) == expected
        stamp += timedelta(minutes=29, seconds=59, microseconds=1)


def test_zones_may_take_turns() -> None:
    write = writer(None)
    stamp = datetime(2026, 7, 1, 12, tzinfo=UTC)
    for zone in [*ZONES, *ZONES]:
        local = stamp.astimezone(ZoneInfo(zone))
        assert write(local) == local.isoformat()


@pytest.mark.parametrize("day", [datetime.min, datetime.max])
def test_the_first_and_the_last_day_there_is(day: datetime) -> None:
    for zone in (UTC, ZoneInfo("UTC"), ZoneInfo("Asia/Tokyo")):
        stamp = day.replace(tzinfo=zone)
        for format in (None, "%d %H:%M:%S %z"):
            expected = stamp.isoformat() if format is None else stamp.strftime(format)
            assert writer(format)(stamp) == expected
