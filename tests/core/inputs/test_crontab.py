from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from random import Random

import pytest

from eventum_core.inputs.crontab import read

EPOCH = date(1970, 1, 1)


def days(expression: str, first: str, last: str, seed: int = 1) -> list[str]:
    """Return the days of an expression, as ISO texts."""
    bounds = ((date.fromisoformat(day) - EPOCH).days for day in (first, last))
    found = read(expression, Random(seed)).days(*bounds)
    return [(EPOCH + timedelta(days=int(day))).isoformat() for day in found]


def times(expression: str, seed: int = 1) -> list[str]:
    """Return the times of day of an expression."""
    return [str(timedelta(seconds=int(s))) for s in read(expression, Random(seed)).seconds]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 0 * * *", ["0:00:00"]),
        ("0,30 6 * * *", ["6:00:00", "6:30:00"]),
        ("0 22-2 * * *", ["0:00:00", "1:00:00", "2:00:00", "22:00:00", "23:00:00"]),
        ("50/5 9 * * *", ["9:50:00", "9:55:00"]),
        ("0 8-17/4 * * *", ["8:00:00", "12:00:00", "16:00:00"]),
        ("59/15 0 * * *", ["0:59:00"]),
        ("0 0 * * * */20", ["0:00:00", "0:00:20", "0:00:40"]),
        ("1 2 * * * 3", ["2:01:03"]),
        ("@daily", ["0:00:00"]),
    ],
)
def test_times_of_day(expression, expected):
    assert times(expression) == expected


@pytest.mark.parametrize(
    ("expression", "first", "last", "expected"),
    [
        ("0 0 1 * *", "2025-01-01", "2025-03-31", ["2025-01-01", "2025-02-01", "2025-03-01"]),
        ("0 0 L * *", "2024-01-01", "2024-03-30", ["2024-01-31", "2024-02-29"]),
        ("0 0 1,L * *", "2025-02-01", "2025-02-28", ["2025-02-01", "2025-02-28"]),
        ("0 0 * * 0", "2025-06-01", "2025-06-14", ["2025-06-01", "2025-06-08"]),
        ("0 0 * * 7", "2025-06-01", "2025-06-14", ["2025-06-01", "2025-06-08"]),
        ("0 0 * * Sat-Mon", "2025-06-01", "2025-06-07", ["2025-06-01", "2025-06-02", "2025-06-07"]),
        ("0 0 * * L5", "2025-05-01", "2025-06-30", ["2025-05-30", "2025-06-27"]),
        ("0 0 * * sun#2", "2025-05-01", "2025-06-30", ["2025-05-11", "2025-06-08"]),
        ("0 0 * * sun#5", "2025-05-01", "2025-08-31", ["2025-06-29", "2025-08-31"]),
        ("0 0 15W * *", "2025-06-01", "2025-06-30", ["2025-06-16"]),
        ("0 0 1W * *", "2025-02-01", "2025-03-31", ["2025-02-03", "2025-03-03"]),
        ("0 0 31W * *", "2025-05-01", "2025-08-31",
         ["2025-05-30", "2025-06-30", "2025-07-31", "2025-08-29"]),
        ("0 0 29 FEB *", "2023-01-01", "2029-01-01", ["2024-02-29", "2028-02-29"]),
        ("0 0 30 2 *", "2000-01-01", "2100-01-01", []),
        ("0 0 1 nov-jan/2 ?", "2025-01-01", "2025-12-31", ["2025-01-01", "2025-11-01"]),
        ("0 0 1 1 * 0 2027", "2025-01-01", "2035-01-01", ["2027-01-01"]),
        # both restricted: either is enough
        ("0 0 3 * mon", "2025-06-01", "2025-06-09", ["2025-06-02", "2025-06-03", "2025-06-09"]),
        ("0 0 3 * mon#2", "2025-06-01", "2025-06-30", ["2025-06-03", "2025-06-09"]),
        ("0 0 15W * mon#2", "2025-06-01", "2025-06-30", ["2025-06-09", "2025-06-16"]),
        # a list of all days beside a star restricts nothing
        ("0 0 */2 * */1", "2025-06-01", "2025-06-04", ["2025-06-01", "2025-06-03"]),
        ("0 0 1-31 * 1", "2025-06-01", "2025-06-03", ["2025-06-01", "2025-06-02", "2025-06-03"]),
    ],
)  # fmt: skip
def test_days(expression, first, last, expected):
    assert days(expression, first, last) == expected


@pytest.mark.parametrize(
    ("alias", "expression"),
    [
        ("@hourly", "0 * * * *"),
        ("@daily", "0 0 * * *"),
        ("@midnight", "0 0 * * *"),
        ("@weekly", "0 0 * * 0"),
        ("@monthly", "0 0 1 * *"),
        ("@yearly", "0 0 1 1 *"),
        (" @ANNUALLY ", "0 0 1 1 *"),
    ],
)
def test_aliases(alias, expression):
    year = ("2025-01-01", "2025-12-31")
    assert times(alias) == times(expression)
    assert days(alias, *year) == days(expression, *year)


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("R 0 * * *", range(60)),
        ("R(10-19) 0 * * *", range(10, 20)),
        ("R(0-1) 0 * * *", range(2)),
    ],
)
def test_a_random_field_is_one_value_of_its_range(expression, allowed):
    drawn = {int(times(expression, seed)[0].split(":")[1]) for seed in range(500)}
    assert drawn == set(allowed)


@pytest.mark.parametrize(
    ("expression", "steps"),
    [("R/15 0 * * *", 15), ("R(30-59)/10 0 * * *", 10), ("R/45 0 * * *", 45)],
)
def test_a_random_field_with_a_step_begins_within_the_first(expression, steps):
    low = 30 if "30" in expression else 0
    for seed in range(50):
        minutes = [int(time.split(":")[1]) for time in times(expression, seed)]
        assert low <= minutes[0] < low + steps
        assert minutes == list(range(minutes[0], 60, steps))


def test_random_weekdays_may_name_sunday_twice():
    drawn = {days("0 0 * * R(6-7)", "2025-06-01", "2025-06-07", seed)[0] for seed in range(20)}
    assert drawn == {"2025-06-01", "2025-06-07"}


def test_equal_seeds_draw_equal_values():
    assert times("R R * * * R") == times("R R * * * R") == ["20:08:45"]


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("60 * * * *", r"minute '60' .*0-59"),
        ("* 24 * * *", r"hour '24' .*0-23"),
        ("* * 0 * *", r"day of month '0' .*1-31"),
        ("* * * 13 *", r"month '13' .*1-12 or names"),
        ("* * * foo *", "month 'foo'"),
        ("* * * * 8", r"day of week '8' .*0-7 or names"),
        ("* * * * * 60", "second '60'"),
        ("* * * * * * 1969", "year '1969'"),
        ("* * * * 5L", "day of week '5l'"),
        ("* * * * mon,sun#2", "day of week"),
        ("*/0 * * * *", "minute"),
        ("-5 * * * *", "minute"),
        ("? * * * *", "minute"),
        ("H * * * *", "minute 'h'"),
        ("1,R * * * *", "minute '1,r'"),
        ("R(5-2) * * * *", "minute 'r"),
        ("R(50-70) * * * *", "minute 'r"),
        ("R/0 * * * *", "minute 'r"),
        ("@reboot", "has 1"),
        ("", "has 0"),
        ("* * * *", "has 4"),
        ("* * * * * * * *", "has 8"),
        ("* * 9-17 * * MON-FRI", r"second comes last: '\* 9-17 \* \* MON-FRI \*'"),
        ("0 30 9 * * mon", r"second comes last: '30 9 \* \* MON 0'"),
    ],
)
def test_what_is_wrong_is_named(expression, complaint):
    with pytest.raises(ValueError, match=complaint):
        read(expression, Random(1))


def test_plain_expressions_do_not_load_croniter():
    code = (
        "import sys; from random import Random; from eventum_core.inputs.crontab import read;"
        "plain = '*/5 8-17 1,15 jan-mar mon', '* * * * * *', '@daily', 'R R * * 7';"
        "[read(expression, Random(1)) for expression in plain];"
        "sys.exit('croniter' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
