"""What one generator of a fleet does, and what becomes of its troubles."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from hosts import CANARY, ENDED, FAILED, RUNNING, Gate, Yard, closed, inline, until, write, yard

from eventum_core.fleet import Status
from eventum_core.member import Attempt


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Yard]:
    """A fleet in the test's own folder."""
    with yard(tmp_path) as made:
        yield made


def test_nothing_is_said_of_one_that_was_never_started(here: Yard) -> None:
    member = here.add("web")
    assert (member.id, member.status, member.error) == ("web", Status(), "")
    assert (member.start_time, member.report(), member.join()) == (None, None, True)


def test_a_run_from_start_to_stop(here: Yard) -> None:
    member = here.add("web")
    assert member.start() is True
    assert member.status == RUNNING
    assert member.start_time is not None
    assert str(member.start_time.tzinfo) == "UTC"
    until(lambda: len(here.lines("web")) >= 2)
    report = member.report()
    assert report is not None
    assert (report.ended, report.outputs[0].written >= 1) == ("running", True)
    assert member.stop() is True
    assert member.status == ENDED
    report = member.report()
    assert report is not None
    assert report.ended == "stopped"
    assert report.outputs[0].written == len(here.lines("web"))
    assert member.stop() is True


def test_one_that_ends_by_itself(here: Yard) -> None:
    member = here.add("web", repeat=3, live_mode=False)
    assert member.start() is True
    assert member.join(10) is True
    report = member.report()
    assert report is not None
    assert (report.ended, report.outputs[0].written) == ("complete", 3)
    assert (member.status, member.error) == (ENDED, "")


def test_starting_what_runs_changes_nothing(here: Yard) -> None:
    member = here.add("web")
    assert member.start()
    began = member.start_time
    assert member.start() is True
    assert member.start_time == began


def test_a_restart_reads_the_file_anew_and_counts_from_zero(here: Yard) -> None:
    member = here.add("web", repeat=3, live_mode=False)
    for repeat in (3, 5):
        write(here.folder / "web", repeat=repeat)
        assert member.start()
        assert member.join(10)
        report = member.report()
        assert report is not None
        assert report.outputs[0].written == repeat
    assert len(here.lines("web")) == 8


def test_a_start_during_a_stop_begins_anew_after_it(here: Yard) -> None:
    closed("event")
    member = here.add("web", "gate: {event: event}")
    assert member.start()
    assert Gate.reached["event"].wait(10)
    began = member.start_time
    assert member.stop(timeout=0) is False
    assert member.status == Status(is_running=True, is_stopping=True)
    again = member.begin()
    assert member.status == Status(is_initializing=True)
    Gate.gates["event"].set()
    assert again.initialised() is True
    assert member.status == RUNNING
    assert member.start_time != began


def test_one_that_is_being_loaded_can_be_stopped(here: Yard) -> None:
    closed("load")
    member = here.add("web", "gate: {load: load}")
    starting = Thread(target=member.start, daemon=True)
    starting.start()
    assert Gate.reached["load"].wait(10)
    assert member.status == Status(is_initializing=True)
    assert member.stop(timeout=0) is False
    Gate.gates["load"].set()
    assert member.join(10)
    starting.join(10)
    assert (member.status, member.start_time, member.report()) == (ENDED, None, None)


@pytest.mark.parametrize("seconds", [0.0, 10.0])
def test_a_stop_right_after_the_start_is_heard(here: Yard, seconds: float) -> None:
    for number in range(5):
        member = here.add(f"web{number}")
        member.begin()
        member.stop(timeout=seconds)
        assert member.join(10)


def test_whoever_stops_it_while_its_thread_is_being_made_is_heard(
    here: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[bool] = []
    start = Attempt.start

    def started(attempt: Attempt) -> None:
        other.start()
        other.join(0.1)
        start(attempt)

    monkeypatch.setattr(Attempt, "start", started)
    member = here.add("web")
    other = Thread(target=lambda: stopped.append(member.stop()), daemon=True)
    member.begin()
    other.join(20)
    assert (stopped, member.status) == ([True], ENDED)


def test_one_that_runs_has_a_report_from_the_start(here: Yard) -> None:
    for number in range(20):
        member = here.add(f"web{number}")
        assert member.start()
        assert member.report() is not None
        member.request_stop()


# What goes wrong


@pytest.mark.parametrize(
    ("event", "says"),
    [
        ("gate: {lod: x}", "event.gate.lod: unknown option; did you mean 'load'?"),
        ("gat: {}", "unknown event plugin 'gat'; did you mean 'gate'?"),
        ("broken: {}", "KeyError"),
        ("broken: {exits: true}", "SystemExit"),
    ],
)
def test_what_cannot_be_loaded_does_not_start(here: Yard, event: str, says: str) -> None:
    good, bad = here.add("good"), here.add("bad", event)
    assert good.start() is True
    assert bad.start() is False
    assert says in bad.error
    assert (bad.status, bad.start_time, bad.report()) == (FAILED, None, None)
    assert good.status == RUNNING


def test_an_output_that_cannot_open_ends_the_run(here: Yard) -> None:
    (here.folder / "taken").touch()
    member = here.add("web", output="../taken/out.log")
    assert member.start() is True
    assert member.join(10)
    assert member.status == FAILED
    assert "taken" in member.error


def test_a_new_start_forgets_the_error(here: Yard) -> None:
    member = here.add("web", "nonsense: {}")
    assert member.start() is False
    write(here.folder / "web")
    assert (member.start(), member.error) == (True, "")


def test_errors_show_no_secret(
    here: Yard, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("EVENTUM_SECRET_PW", CANARY)
    member = here.add("web", 'gate: {load: "", "${secrets.pw}": 1}')
    assert member.start() is False
    assert member.error
    assert CANARY not in member.error
    assert CANARY not in "".join(record.getMessage() for record in caplog.records)


def test_logs_tell_of_a_run_in_the_generators_own_logger(
    here: Yard, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    member = here.add("a.b", repeat=3, live_mode=False, params={"password": CANARY}, seed=5)
    member.start()
    member.join(10)
    started, ended = [r.getMessage() for r in caplog.records if r.name == "eventum.a.b"]
    assert started.startswith("started in sample mode, seed 5, now ")
    assert ended == "ended: complete, 3 events, 3 written, 0 lost"
    assert CANARY not in caplog.text


def test_a_loss_is_logged_as_a_warning(here: Yard, caplog: pytest.LogCaptureFixture) -> None:
    member = here.add("web", inline("{{ 1 / 0 }}"), repeat=2, live_mode=False)
    member.start()
    member.join(10)
    last = [record for record in caplog.records if record.name == "eventum.web"][-1]
    assert (last.levelname, last.getMessage()) == (
        "WARNING",
        "ended: complete, 0 events, 0 written, 2 lost",
    )
    assert member.status == ENDED
