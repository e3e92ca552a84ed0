from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
import yaml
from pydantic import TypeAdapter, ValidationError

from eventum_core.inputs.profiles import Daily, Weekly, at, by_minute

daily = TypeAdapter(Daily).validate_python
weekly = TypeAdapter(Weekly).validate_python
DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def factor(profile: object, text: str) -> float:
    """Return the factor at a local ISO time."""
    local = int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
    return float(at(profile, np.array([local]))[0])


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{'08:30': 2, '18:00': 0.5}", {"08:30": 2, "18:00": 0.5}),
        ("{'8:30': 2}", {"08:30": 2}),
        ("{8: 2, 17: 1}", {"08:00": 2, "17:00": 1}),
        ("{'08': 2, '17': 1}", {"08:00": 2, "17:00": 1}),
        ("{08: 2, 0: 1}", {"08:00": 2, "00:00": 1}),
        # what YAML 1.1 makes numbers of
        ("{9:30: 2, 12:30: 3, 23:59: 1, 1:00: 4}",
         {"09:30": 2, "12:30": 3, "23:59": 1, "01:00": 4}),
        ("{09:30: 2}", {"09:30": 2}),
        (str(list(range(24))), {f"{hour:02}:00": hour for hour in range(24)}),
    ],
)  # fmt: skip
def test_times_of_day_as_people_write_them(written, expected):
    assert daily(yaml.safe_load(written)) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("[1, 2, 3, 4, 5, 6, 7]", [1, 2, 3, 4, 5, 6, 7]),
        ("{mon-fri: 2, sat-sun: 0.5}", [2, 2, 2, 2, 2, 0.5, 0.5]),
        ("{Saturday: 0, SUN: 0}", [1, 1, 1, 1, 1, 0, 0]),
        ("{sat-tue: 3}", [3, 3, 1, 1, 1, 3, 3]),
        ("{mon - wednesday: 3, sun: 2}", [3, 3, 3, 1, 1, 1, 2]),
        ("{thu-thu: 3}", [1, 1, 1, 3, 1, 1, 1]),
    ],
)
def test_days_as_people_write_them(written, expected):
    assert weekly(yaml.safe_load(written)) == dict(zip(DAYS, expected, strict=True))


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ([1] * 23, "24 factors"),
        ([], "24 factors"),
        ({}, "24 factors"),
        (5, "24 factors"),
        ("08:30", "24 factors"),
        ({"24:00": 1}, "'24:00' is no time of day"),
        ({"08:60": 1}, "'08:60' is no time of day"),
        ({"noon": 1}, "'noon' is no time of day"),
        ({30: 1}, "'30' is no time of day"),
        ({1440: 1}, "'1440' is no time of day"),
        ({True: 1}, "'True' is no time of day"),
        ({-1: 1}, "'-1' is no time of day"),
        ({8: 1, "08:00": 2}, "08:00 is given twice"),
        ({"08:00": -1}, r"(?s)08:00.*greater than or equal to 0"),
        ({"08:00": "often"}, r"(?s)08:00.*number"),
        ([float("inf")] * 24, r"(?s)00:00.*finite"),
        ([0] * 24, "all factors are 0"),
    ],
)
def test_what_is_no_daily_profile(value, complaint):
    with pytest.raises(ValidationError, match=complaint):
        daily(value)


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ([1] * 6, "7 factors"),
        ({}, "7 factors"),
        (None, "7 factors"),
        ({"mo": 1}, "'mo' is no day"),
        ({"mon-": 1}, "'mon-' is no day"),
        ({"mon-tue-wed": 1}, "is no day"),
        ({1: 1}, "'1' is no day"),
        ({"mon-fri": 1, "wed": 2}, "wednesday is given twice"),
        ({"monday": -0.1}, r"(?s)monday.*greater than or equal to 0"),
        ([0] * 7, "all factors are 0"),
    ],
)
def test_what_is_no_weekly_profile(value, complaint):
    with pytest.raises(ValidationError, match=complaint):
        weekly(value)


@pytest.mark.parametrize("check", [daily, weekly])
def test_a_profile_reads_back(check):
    profile = check([1] * (24 if check is daily else 7))
    assert check(profile) == profile


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2025-06-16T00:00", 0.5),  # the last factor of the day holds past midnight
        ("2025-06-16T08:29:59", 0.5),
        ("2025-06-16T08:30", 2),
        ("2025-06-16T17:59:59", 2),
        ("2025-06-16T18:00", 0.5),
        ("1955-11-05T12:00", 2),
    ],
)
def test_a_factor_holds_until_the_next(time, expected):
    assert factor(by_minute(daily({"08:30": 2, "18:00": 0.5}), None), time) == expected


def test_a_lone_factor_holds_all_day():
    assert set(by_minute(daily({"12:00": 3}), None)) == {3}


def test_both_profiles_multiply():
    profile = by_minute(daily(list(range(24))), weekly([10, 20, 30, 40, 50, 60, 70]))
    days = ["2025-06-16", "2025-06-19", "2025-06-22", "1969-12-29"]
    assert [factor(profile, f"{day}T07:30") for day in days] == [70, 280, 490, 70]


def test_no_profile_is_a_factor_of_1():
    assert set(by_minute(None, None)) == {1}
