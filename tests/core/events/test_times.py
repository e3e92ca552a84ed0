"""Times in log files: standard ones, given formats, years and dates left out, changing clocks."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from eventum_core.clock import micros
from eventum_core.events.times import instants, readable

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
SYSLOG = "%b %d %H:%M:%S"


def read(format: str | None, *texts: str, zone: ZoneInfo | None = None) -> list[str | None]:
    """Return what the texts mean, as UTC in ISO 8601."""
    instant_of = instants(format, NOW, zone or ZoneInfo("UTC"))
    found = [instant_of(text) for text in texts]
    return [None if instant is None else shown(instant) for instant in found]


def shown(instant: int) -> str:
    moment = datetime.fromtimestamp(instant // 10**6, UTC)
    return moment.replace(microsecond=instant % 10**6, tzinfo=None).isoformat()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-01T12:30:00Z", "2024-05-01T12:30:00"),
        ("2024-05-01 12:30:00,250", "2024-05-01T12:30:00.250000"),
        ("2024-05-01T12:30:00.123456789+02:00", "2024-05-01T10:30:00.123456"),
        ("2024-05-01T12:30", "2024-05-01T12:30:00"),
        ("2024-05-01", "2024-05-01T00:00:00"),
        ("20240501", "2024-05-01T00:00:00"),
        ("0", "1970-01-01T00:00:00"),
        ("-1", "1969-12-31T23:59:59"),
        ("1714566600", "2024-05-01T12:30:00"),
        ("1714566600.25", "2024-05-01T12:30:00.250000"),
        ("1714566600.123456789", "2024-05-01T12:30:00.123456"),
        ("1714566600250", "2024-05-01T12:30:00.250000"),
        ("1714566600250.5", "2024-05-01T12:30:00.250500"),
        ("1714566600250001", "2024-05-01T12:30:00.250001"),
        ("1714566600250001999", "2024-05-01T12:30:00.250001"),
        ("yesterday", None),
        ("", None),
        ("2024-13-01", None),
        ("9" * 40, None),
        ("1e5", None),
    ],
)
def test_without_a_format(text: str, expected: str | None) -> None:
    assert read(None, text) == [expected]


@pytest.mark.parametrize(
    ("format", "text", "expected"),
    [
        ("%d/%b/%Y:%H:%M:%S %z", "10/Oct/2000:13:55:36 -0700", "2000-10-10T20:55:36"),
        ("%Y%m%d%H%M%S", "20240501123000", "2024-05-01T12:30:00"),
        ("%d.%m.%y %I:%M %p", "01.05.24 01:30 PM", "2024-05-01T13:30:00"),
        ("%Y-%j", "2024-060", "2024-02-29T00:00:00"),
        ("%Y-%m-%d", "2024-05-01 tail", None),
        ("%c", "Wed May  1 12:30:00 2024", "2024-05-01T12:30:00"),
    ],
)
def test_with_a_format(format: str, text: str, expected: str | None) -> None:
    assert read(format, text) == [expected]


def test_naive_times_are_in_the_zone() -> None:
    assert read(None, "2024-05-01 12:00", "2024-05-01 12:00Z", zone=BERLIN) == [
        "2024-05-01T10:00:00",
        "2024-05-01T12:00:00",
    ]


def test_the_hour_that_comes_twice() -> None:
    texts = [
        "2025-10-26 02:30:00",
        "2025-10-26 02:59:00",
        "2025-10-26 02:01:00",
        "2025-10-26 03:00",
    ]
    assert read(None, *texts, zone=BERLIN) == [
        "2025-10-26T00:30:00",
        "2025-10-26T00:59:00",
        "2025-10-26T01:01:00",
        "2025-10-26T02:00:00",
    ]


def test_lines_in_slight_disorder_are_no_second_hour() -> None:
    texts = ("02:30:05", "02:30:03", "02:30:06")
    assert read(None, *(f"2025-10-26 {text}" for text in texts), zone=BERLIN) == [
        "2025-10-26T00:30:05",
        "2025-10-26T00:30:03",
        "2025-10-26T00:30:06",
    ]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["Mar 10 11:59:59", "Mar 10 12:00:01"], ["2026-03-10T11:59:59", "2026-03-10T12:00:01"]),
        (["Mar 11 00:00:00"], ["2025-03-11T00:00:00"]),
        (
            ["Dec 31 23:59:58", "Jan  1 00:00:02", "Dec 31 23:59:59", "Jan  1 00:00:03"],
            [
                "2025-12-31T23:59:58",
                "2026-01-01T00:00:02",
                "2025-12-31T23:59:59",
                "2026-01-01T00:00:03",
            ],
        ),
        (
            ["Nov 1 00:00:00", "Oct 30 00:00:00", "Apr 1 00:00:00", "Dec 1 00:00:00"],
            [
                "2025-11-01T00:00:00",
                "2025-10-30T00:00:00",
                "2026-04-01T00:00:00",
                "2026-12-01T00:00:00",
            ],
        ),
        (["Jan 1 00:00:00", "Dec 31 00:00:00"], ["2026-01-01T00:00:00", "2026-12-31T00:00:00"]),
        (
            ["Feb 28 12:00:00", "Feb 29 12:00:00", "Mar 1 12:00:00"],
            ["2026-02-28T12:00:00", "2026-03-01T12:00:00", "2026-03-02T12:00:00"],
        ),
        (["Feb 30 12:00:00", "Feb 28 12:00:00"], [None, "2026-02-28T12:00:00"]),
    ],
)
def test_times_without_a_year(texts: list[str], expected: list[str | None]) -> None:
    assert read(SYSLOG, *texts) == expected


def test_a_leap_day_of_a_leap_year_is_itself() -> None:
    instant_of = instants(SYSLOG, NOW.replace(year=2024), ZoneInfo("UTC"))
    found = [instant_of(text) for text in ("Feb 29 10:00:00", "Mar 1 10:00:00")]
    assert found == [
        micros(datetime(2024, month, day, 10, tzinfo=UTC)) for month, day in ((2, 29), (3, 1))
    ]


def test_times_without_a_date() -> None:
    assert read("%H:%M:%S", "23:59:58", "00:00:02", "23:59:59", "00:00:03", "12:30:00") == [
        "2026-03-10T23:59:58",
        "2026-03-11T00:00:02",
        "2026-03-10T23:59:59",
        "2026-03-11T00:00:03",
        "2026-03-11T12:30:00",
    ]


def test_an_offset_counts_where_the_year_is_left_out() -> None:
    assert read("%b %d %H:%M:%S %z", "Mar 01 12:00:00 +0100") == ["2026-03-01T11:00:00"]


@pytest.mark.parametrize(
    ("format", "verdict"),
    [
        ("%Y-%m-%dT%H:%M:%S.%f%z", True),
        (SYSLOG, True),
        ("%H:%M", True),
        ("%c", True),
        ("at %H o'clock", True),
        ("%Y %Q", False),
        ("%s", False),
        ("%b %e %H:%M:%S", False),
        ("100%", False),
        ("no directive", True),
    ],
)
def test_formats_that_can_be_read(format: str, verdict: bool) -> None:
    assert readable(format) is verdict
