from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest
from doubles import generator, linspace

from eventum_core import Dropped, Event, Exhausted, ProduceError, Run
from eventum_core.clock import micros
from eventum_core.render import aware
from eventum_core.seeds import BLOCK, Seeds


def called(function: Any) -> dict[str, Any]:
    return {"called": {"function": function}}


def texts(base: Path, function: Any, count: int = 10, **settings: Any) -> list[str]:
    made = generator(base, event=called(function), count=count, **settings)
    return [event.text for event in made.events(on_error=lambda *_: None)]


def test_randomness_is_derived_anew_at_each_block(tmp_path: Path) -> None:
    draws = texts(tmp_path, lambda m, run: [str(run.random.random())], count=2 * BLOCK + 1)
    for block in range(3):
        expected = Seeds(7, "test").random("event", block).random()
        assert draws[block * BLOCK] == str(expected)


def test_a_failing_timestamp_costs_itself_only(tmp_path: Path) -> None:
    def produce(moment: Any, run: Any) -> list[str]:
        return [str(1 // (moment.ordinal - 3))]

    failures: list[tuple[int, str]] = []
    made = generator(tmp_path, event=called(produce))
    events = list(made.events(on_error=lambda n, e: failures.append((n, str(e)))))
    assert [event.ordinal for event in events] == [0, 1, 2, 4, 5, 6, 7, 8, 9]
    assert failures == [(3, "ZeroDivisionError: integer division or modulo by zero")]
    with pytest.raises(ProduceError, match="ZeroDivisionError"):
        list(made.events())


def test_several_events_of_one_timestamp_share_its_ordinal(tmp_path: Path) -> None:
    made = generator(tmp_path, event=called(lambda m, run: ["a", "b"] if m.ordinal else []))
    found = [(e.ordinal, e.index, e.text) for e in made.events(limit=3)]
    assert found == [(1, 0, "a"), (1, 1, "b"), (2, 0, "a")]


def test_dropped_and_exhausted_are_no_errors(tmp_path: Path) -> None:
    def produce(moment: Any, run: Any) -> list[str]:
        if moment.ordinal == 2:
            raise Dropped
        if moment.ordinal == 5:
            raise Exhausted
        return [str(moment.ordinal)]

    assert texts(tmp_path, produce) == ["0", "1", "3", "4"]
    report = generator(tmp_path, event=called(produce)).run_sync()
    assert (report.ended, report.ok, report.timestamps) == ("exhausted", True, 5)
    assert (report.event.produced, report.event.dropped) == (4, 1)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York"])
def test_timestamps_are_aware_in_the_zone(tmp_path: Path, zone: str) -> None:
    event: Event = next(generator(tmp_path, timezone=zone).events())
    assert str(event.timestamp.tzinfo) == zone
    assert event.timestamp.timestamp() == 1767614400


def test_both_hours_of_an_autumn_night_are_told_apart(tmp_path: Path) -> None:
    span = {"start": "2026-10-25T00:30:00Z", "end": "2026-10-25T01:30:00Z", "count": 2}
    made = generator(tmp_path, inputs=[{"linspace": span}], timezone="Europe/Berlin")
    stamps = [event.timestamp for event in made.events()]
    assert [s.isoformat() for s in stamps] == [
        "2026-10-25T02:30:00+02:00",
        "2026-10-25T02:30:00+01:00",
    ]


def test_tags_are_those_of_the_input_that_gave_the_instant(tmp_path: Path) -> None:
    one, two = linspace(2), linspace(2)
    one["linspace"]["tags"] = ["x", "y"]
    made = generator(tmp_path, inputs=[one, two])
    assert [event.tags for event in made.events()] == [("x", "y"), (), ("x", "y"), ()]


def test_a_shape_changes_events_before_they_are_formatted(tmp_path: Path) -> None:
    from eventum_core import Generator

    made = generator(tmp_path, count=6)
    shaped = Generator(made.config, made.settings, shape=lambda events: events[::2])
    assert [event.ordinal for event in shaped.events()] == [0, 2, 4]


def test_a_run_that_only_fails_and_has_no_end_is_given_up(tmp_path: Path) -> None:
    endless = [{"timer": {"seconds": 1, "count": 1}}]
    made = generator(
        tmp_path, event=called(lambda m, run: 1 / 0), inputs=endless, max_events=3, count=1
    )
    report = made.run_sync()
    assert report.ended == "failed"
    assert report.event.produce_failed == 1000
    assert any("each of the first 1,000 timestamps failed" in cause for cause in report.errors)


def test_a_schedule_with_an_end_may_fail_to_it(tmp_path: Path) -> None:
    report = generator(tmp_path, event=called(lambda m, run: 1 / 0), count=1500).run_sync()
    assert (report.ended, report.event.produce_failed) == ("complete", 1500)


@pytest.mark.parametrize(
    "key", ["UTC", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu"]
)
@pytest.mark.parametrize("step", [timedelta(minutes=7), timedelta(hours=5), timedelta(days=20)])
def test_instants_become_what_the_zone_s_clock_shows(key: str, step: timedelta) -> None:
    zone = ZoneInfo(key)
    run = cast(Run, SimpleNamespace(zone=zone))
    first = datetime(2026, 1, 1, tzinfo=UTC)
    expected = [(first + step * k).astimezone(zone) for k in range(3000)]
    instants = np.array([micros(stamp) for stamp in expected], "datetime64[us]")
    found = [stamp for at in range(0, 3000, 100) for stamp in aware(instants[at : at + 100], run)]
    assert [(s.isoformat(), s.fold) for s in found] == [(s.isoformat(), s.fold) for s in expected]
    assert all(stamp.tzinfo is zone for stamp in found)
    assert list(aware(instants[:0], run)) == []


def outcome(made: Any) -> tuple[list[Any], list[Any], Any]:
    """Return the events of a run, its failures, and what its report says."""
    failures: list[Any] = []
    events = list(made.events(on_error=lambda n, e: failures.append((n, str(e)))))
    report = made.run_sync()
    return events, failures, (report.ended, report.timestamps, report.event, report.lost)


@pytest.mark.parametrize(
    "raised",
    [
        {},
        {0: ValueError("no")},
        {31: Dropped(), 32: ValueError("no"), 33: ProduceError("neither")},
        {255: Dropped(), 256: Dropped(), 1023: ValueError("last"), 1024: ValueError("first")},
        {1500: Exhausted()},
        {0: Exhausted()},
    ],
)
@pytest.mark.parametrize("limit", [None, 1, 33, 256, 1025])
def test_one_event_each_is_the_same_as_a_list_of_one(
    tmp_path: Path, raised: dict[int, Exception], limit: int | None
) -> None:
    def text(number: int) -> str:
        if number in raised:
            raise raised[number]
        return f"{number} " + "x" * (300_000 if number == 5 else 1)

    settings = {"count": 3 * BLOCK, "max_events": limit, "batch": {"size": 700}}
    lists = generator(tmp_path, event=called(lambda m, run: [text(m.ordinal)]), **settings)
    ones = generator(tmp_path, event={"one": {"function": text}}, **settings)
    events, failures, (ended, timestamps, report, lost) = outcome(ones)
    expected = outcome(lists)
    assert (events, failures) == expected[:2]
    same = msgspec.structs.replace(report, name="called")
    assert (ended, timestamps, same, lost) == expected[2]


@pytest.mark.parametrize("given", [None, 7, b"bytes", ["a list"]])
def test_what_is_no_text_costs_itself_only(tmp_path: Path, given: Any) -> None:
    ones = generator(tmp_path, event={"one": {"function": lambda n: given if n == 3 else str(n)}})
    events, failures, (_, _, report, lost) = outcome(ones)
    assert [event.ordinal for event in events] == [0, 1, 2, 4, 5, 6, 7, 8, 9]
    assert [number for number, _ in failures] == [3]
    assert "TypeError" in failures[0][1]
    assert (report.produced, report.produce_failed, lost) == (9, 1, 1)
