"""The projects *company-audit* and *telemetry* are what their README says, in numbers too."""

from __future__ import annotations

import ipaddress
import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from doubles import eventum

from eventum_core import Generator

ROOT = Path(__file__).parent.parent
NAMES = ["company-audit", "telemetry"]
MONDAY = "2026-01-05T09:00:00Z"
DAY = timedelta(days=1)


def project(name: str, **settings: Any) -> Generator:
    path = ROOT / "fixtures" / "projects" / name / "generator.yml"
    return Generator.from_file(path, **{"live_mode": False, "seed": 7, "now": MONDAY, **settings})


def made(generator: Generator, count: int | None = None) -> list[dict[str, Any]]:
    return [json.loads(event.text) for event in generator.events(count)]


@pytest.mark.parametrize("name", NAMES)
def test_the_project_passes_the_check(name: str) -> None:
    done = eventum(ROOT, "check", f"fixtures/projects/{name}/generator.yml")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", NAMES)
def test_no_template_fails_and_both_policies_give_the_same(name: str) -> None:
    failures: list[str] = []
    texts = {
        policy: [
            event.text
            for event in project(name, policy=policy).events(
                10_000, lambda ordinal, error: failures.append(str(error))
            )
        ]
        for policy in ("trusted", "restricted")
    }
    assert failures == []
    assert len(texts["trusted"]) == 10_000
    assert texts["restricted"] == texts["trusted"]


@cache
def audit(count: int = 10_000, **params: Any) -> list[dict[str, Any]]:
    return made(project("company-audit", params=params), count)


def of(events: list[dict[str, Any]], *actions: str) -> list[dict[str, Any]]:
    return [event for event in events if event["event"]["action"] in actions]


def at(event: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(event["@timestamp"])


def test_every_kind_of_event_is_there() -> None:
    assert set(Counter(event["event"]["action"] for event in audit())) == {
        *("user-login", "user-logout", "user-locked-out", "mfa-challenge", "sudo"),
        *("file-opened", "file-modified", "file-deleted", "password-changed", "password-reset"),
        *("added-member-to-group", "removed-member-from-group"),
        *("vpn-connected", "vpn-disconnected"),
    }


def test_documents_have_the_fields_of_ecs() -> None:
    for event in audit():
        assert {"@timestamp", "ecs", "event", "host", "message", "related", "source", "user"} <= (
            event.keys()
        )
        assert event["event"]["kind"] == "event"
        assert event["event"]["outcome"] in ("success", "failure")
        assert event["event"]["category"]
        assert event["event"]["type"]
        assert event["user"]["name"] in event["related"]["user"]
        assert event["host"]["name"] in event["related"]["hosts"]
        assert {event["source"]["ip"], *event["host"]["ip"]} == set(event["related"]["ip"])
        ipaddress.ip_address(event["source"]["ip"])
    identities = [event["event"]["id"] for event in audit()]
    assert len(set(identities)) == len(identities)


def test_users_hosts_and_places_stay_what_they_are() -> None:
    known: dict[tuple[str, str], Any] = {}
    for event in audit():
        facts = {
            ("user", event["user"]["name"]): event["user"]["id"],
            ("host", event["host"]["name"]): event["host"]["ip"],
        }
        if geo := event["source"].get("geo"):
            facts["address", event["source"]["ip"]] = geo["city_name"]
        for what, value in facts.items():
            assert known.setdefault(what, value) == value
    assert 40 < sum(what == "user" for what, _ in known) <= 60


def test_every_logout_ends_a_session_that_a_login_began() -> None:
    began: dict[str, dict[str, Any]] = {}
    for event in of(audit(), "user-login", "user-logout"):
        if event["event"]["action"] == "user-login":
            if event["event"]["outcome"] == "success":
                began[event["labels"]["session"]] = event
            continue
        login = began.pop(event["labels"]["session"])
        assert (event["user"], event["host"], event["source"]) == (
            (login["user"], login["host"], login["source"])
        )
        lasted = at(event) - at(login)
        assert timedelta(microseconds=event["event"]["duration"] / 1000) == lasted
    assert len(began) < 60


def test_work_is_done_in_a_session_of_its_user() -> None:
    present: dict[str, str] = {}
    administrators = set()
    for event in audit():
        action, session = event["event"]["action"], event.get("labels", {}).get("session")
        if action == "user-logout":
            del present[session]
        elif action == "user-login" and event["event"]["outcome"] == "success":
            present[session] = event["user"]["name"]
        elif session:
            assert present[session] == event["user"]["name"]
        if action in ("sudo", "password-reset", "added-member-to-group"):
            administrators.add(event["user"]["name"])
    assert 0 < len(administrators) <= 12


@pytest.mark.parametrize("params", [(), (("lockout_after", 3), ("lockout_minutes", 2))])
def test_an_account_is_locked_by_so_many_wrong_passwords_in_a_row(params: Any) -> None:
    events = audit(**dict(params))
    limit, minutes = dict(params).get("lockout_after", 5), dict(params).get("lockout_minutes", 15)
    row: Counter[str] = Counter()
    locked: dict[str, datetime] = {}
    locks = 0
    for before, event in zip([None, *events], events, strict=False):
        name, what = event["user"]["name"], event["event"]
        if what["action"] == "user-locked-out":
            assert before is not None
            assert (before["user"]["name"], before["event"]["reason"]) == (name, "wrong password")
            assert row.pop(name) == limit
            locked[name] = at(event) + timedelta(minutes=minutes)
            locks += 1
        elif what["action"] == "password-reset":
            row.pop(event["user"]["target"]["name"], None)
            locked.pop(event["user"]["target"]["name"], None)
        elif what["action"] == "user-login":
            is_locked = name in locked and at(event) < locked[name]
            assert (what.get("reason") == "account locked") == is_locked
            row[name] = row[name] + 1 if what.get("reason") == "wrong password" else row[name]
            if what["outcome"] == "success":
                row.pop(name, None)
        assert row[name] <= limit
    assert locks >= 5


def test_an_attack_is_a_burst_from_one_address_abroad() -> None:
    abroad = {"Almaty", "Recife", "Hanoi", "Tallinn", "Phoenix"}
    attempts: dict[str, list[int]] = defaultdict(list)
    for position, event in enumerate(audit()):
        logging_in = event["event"]["action"] == "user-login"
        if logging_in and event["source"].get("geo", {}).get("city_name") in abroad:
            attempts[event["source"]["ip"]].append(position)
    bursts = [seen for seen in attempts.values() if len(seen) >= 20]
    assert len(bursts) >= 3
    for burst in bursts:
        share = (len(burst) - 1) / (burst[-1] - burst[0])
        assert 0.4 < share < 0.8


def test_attacks_can_be_made_rare_and_always_fail() -> None:
    quiet = audit(2_000, attacks=1e-9)
    assert not [e for e in of(quiet, "user-login") if "geo" in e["source"]]
    vain = audit(2_000, attack_success=0)
    assert not [
        event
        for event in of(vain, "user-login")
        if event["event"]["outcome"] == "success" and "geo" in event["source"]
    ]


def test_the_tunnels_of_a_user_open_and_close_in_turn() -> None:
    open_: dict[str, datetime] = {}
    for event in of(audit(), "vpn-connected", "vpn-disconnected"):
        name = event["user"]["name"]
        if event["event"]["action"] == "vpn-disconnected":
            lasted = timedelta(microseconds=event["event"]["duration"] / 1000)
            assert at(event) - open_.pop(name) == lasted
        elif event["event"]["outcome"] == "success":
            assert name not in open_
            open_[name] = at(event)


def test_the_company_works_by_day_and_sleeps_by_night_and_at_the_weekend() -> None:
    settings = {"now": "2026-01-09T18:50:00Z", "duration": "2h"}
    events = made(project("company-audit", params={"attacks": 1e-9}, **settings))
    evening = [event for event in events if at(event).hour >= 19]
    assert len(events) - len(evening) == pytest.approx(600 / 2 + 600 / 30, rel=0.02)
    assert len(evening) == pytest.approx(110 * 2, abs=2)
    saturday = made(project("company-audit", now="2026-01-10T10:00:00Z", duration="1h"))
    assert len(saturday) == pytest.approx(120, abs=2)
    assert len({event["user"]["name"] for event in of(saturday, "file-opened")}) < 20


@cache
def telemetry(days: int = 4, **params: Any) -> list[dict[str, Any]]:
    generator = project(
        "telemetry",
        params={"poll": "*/10 * * * *", **params},
        now="2026-01-05T00:00:00Z",
        duration=f"{days}d",
    )
    return made(generator)


def kind(name: str, events: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    return [e for e in (telemetry() if events is None else events) if e["type"] == name]


def days_of(text: str) -> float:
    return (datetime.fromisoformat(text) - datetime.fromisoformat("2026-01-05T00:00:00Z")) / DAY


def test_every_type_is_there_and_each_sensor_has_its_turn() -> None:
    counts = Counter(event["type"] for event in telemetry())
    assert set(counts) == {"reading", "alarm", "calibration", "gap", "status"}
    readings = Counter(event["sensor"] for event in kind("reading"))
    assert len(readings) == 20
    missed = Counter(
        {
            sensor: sum(e["missed"] for e in kind("gap") if e["sensor"] == sensor)
            for sensor in readings
        }
    )
    turns = {sensor: count + missed[sensor] for sensor, count in readings.items()}
    assert max(turns.values()) == 4 * 144
    assert min(turns.values()) > 4 * 144 - 12  # one may be silent when the time is up


def test_numbers_have_the_digits_of_their_sensor() -> None:
    event = next(project("telemetry").events(1)).text
    assert '"value": -19.' in event
    for reading in kind("reading"):
        if reading["quantity"] in ("co2", "illuminance"):
            assert isinstance(reading["value"], int)
        assert len(f"{reading['value']}".partition(".")[2]) <= 3


def test_the_drift_can_be_recovered_by_least_squares() -> None:
    """Fit cycle, level and drift since the calibration to what was measured."""
    events = telemetry(8, calibrate_after=1_000_000, spike_chance=0, stuck_chance=0)
    sensors = (ROOT / "fixtures/projects/telemetry/samples/sensors.csv").read_text("utf-8")
    header, *lines = (line.split(",") for line in sensors.splitlines())
    for line in lines:
        sensor = dict(zip(header, line, strict=True))
        mine = [e for e in kind("reading", events) if e["sensor"] == sensor["id"]]
        days = np.array([days_of(e["at"]) for e in mine])
        error = np.array([e["value"] - e["truth"] for e in mine])
        design = np.column_stack([np.ones_like(days), days])
        (_, slope), *_ = np.linalg.lstsq(design, error, rcond=None)
        spread = float(sensor["noise"]) / (np.std(days) * np.sqrt(len(days)))
        rounding = 10 ** -int(sensor["digits"]) / (np.std(days) * np.sqrt(len(days)))
        assert abs(slope - float(sensor["drift"])) < 4 * (spread + rounding), sensor["id"]


def test_the_daily_cycle_peaks_in_the_afternoon() -> None:
    mine = [e for e in kind("reading") if e["sensor"] == "gh-t1"]
    hours = np.array([days_of(e["at"]) % 1 * 24 for e in mine])
    truth = np.array([e["truth"] for e in mine])
    turn = hours / 12 * np.pi
    design = np.column_stack([np.ones_like(turn), np.cos(turn), np.sin(turn)])
    (level, cos, sin), *_ = np.linalg.lstsq(design, truth, rcond=None)
    assert level == pytest.approx(22.5, abs=0.5)
    assert np.hypot(cos, sin) == pytest.approx(4.5, abs=0.4)
    assert np.arctan2(sin, cos) / np.pi * 12 % 24 == pytest.approx(15, abs=0.5)


def test_a_calibration_takes_the_drift_away() -> None:
    events = telemetry(8)
    calibrations = kind("calibration", events)
    assert len(calibrations) >= 40
    assert {event["days"] for event in calibrations} <= {3.0, 3.01, 3.02}
    mine = [event for event in events if event["sensor"] == "gh-h1"]
    (first, *_), before, after = kind("calibration", mine), [], []
    for reading in kind("reading", mine):
        if reading["fault"] is None:
            away = days_of(reading["at"]) - days_of(first["at"])
            (before if -0.5 < away <= 0 else after if 0 < away < 0.5 else []).append(
                reading["value"] - reading["truth"]
            )
    assert np.mean(before) == pytest.approx(-0.7 * 2.75, abs=0.4)
    assert np.mean(after) == pytest.approx(-0.7 * 0.25, abs=0.4)
    assert first["offset"] == pytest.approx(-2.1, abs=0.8)


def test_faults_are_told() -> None:
    last: dict[str, float] = {}
    faults = Counter(event["fault"] for event in kind("reading"))
    assert faults[None] > 0.97 * sum(faults.values())
    assert min(faults["stuck"], faults["spike"]) > 5
    for reading in kind("reading"):
        if reading["fault"] == "stuck":
            assert reading["value"] == last[reading["sensor"]]
        last[reading["sensor"]] = reading["value"]


def test_nothing_comes_in_a_gap() -> None:
    gaps = kind("gap")
    assert len(gaps) >= 2
    for gap in gaps:
        begin, end = days_of(gap["from"]), days_of(gap["to"])
        mine = [days_of(e["at"]) for e in kind("reading") if e["sensor"] == gap["sensor"]]
        assert begin in mine
        assert end in mine
        assert not [moment for moment in mine if begin < moment < end]
        assert round((end - begin) * 144) == gap["missed"] + 1


def test_an_alarm_is_raised_and_cleared_in_turn() -> None:
    raised: dict[str, str | None] = {}
    for alarm in kind("alarm"):
        over = alarm["value"] > alarm["threshold"]
        if alarm["state"] == "raised":
            assert over == (alarm["limit"] == "high")
            raised[alarm["sensor"]] = alarm["limit"]
        else:
            assert raised.pop(alarm["sensor"]) == alarm["limit"]
            assert over == (alarm["limit"] == "low")
    assert len(kind("alarm")) >= 10


@pytest.fixture
def table(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """The database that a run of the project itself makes."""
    paths = {"path": str(tmp_path / "t.jsonl"), "database": str(tmp_path / "t.db")}
    report = project("telemetry", params=paths, max_events=2_000).run_sync()
    assert report.ok, report.errors
    with closing(sqlite3.connect(tmp_path / "t.db")) as database:
        yield database


def test_the_file_and_the_table_hold_the_same(table: sqlite3.Connection, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in (tmp_path / "t.jsonl").read_text("utf-8").splitlines()]
    rows = table.execute("SELECT type, sensor, value, details FROM telemetry ORDER BY rowid")
    assert [
        (type_, sensor, value, json.loads(details)) for type_, sensor, value, details in rows
    ] == [(line["type"], line["sensor"], line.get("value"), line) for line in lines]


def test_the_audit_file_holds_a_document_a_line(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "audit.jsonl"
    report = project("company-audit", params={"path": str(path)}, max_events=500).run_sync()
    assert report.ok, report.errors
    lines = path.read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == audit(500)
