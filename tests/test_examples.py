"""Every folder in ``examples`` runs, and the projects that ship are what they claim to be."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from doubles import eventum

from eventum_core import Generator

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted(path for path in (ROOT / "examples").iterdir() if path.is_dir())
SUITES = [folder for folder in EXAMPLES if list(folder.glob("test_*.py"))]
NOW = "2026-01-05T09:00:00Z"
COMBINED = re.compile(
    r"(?P<address>[\d.]+) - (?P<user>-|c\d{5}) \[05/Jan/2026:\d\d:\d\d:\d\d \+0000\] "
    r'"(?P<method>GET|POST|HEAD) (?P<path>/\S*) HTTP/1\.1" (?P<status>\d{3}) \d+ '
    r'"(?P<referrer>\S+)" "(?P<agent>[^"]+)"'
)


def run(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", folder.relative_to(ROOT).as_posix()],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTEST_ADDOPTS": "-p eventum",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("folder", SUITES, ids=lambda path: path.name)
def test_the_example_is_green(folder: Path) -> None:
    done = run(folder)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_example_is_run_by_some_test() -> None:
    tests = "".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert [path.name for path in EXAMPLES if path not in SUITES and path.name not in tests] == []


def test_the_quickstart_finds_the_bug() -> None:
    done = run(ROOT / "examples/quickstart", SHOP_BUG="1")
    assert done.returncode == 1
    assert "2 failed" in done.stdout
    refunds = [e for e in orders(500) if e["order"]["status"] == "refunded"]
    assert f"missing ({len(refunds)}):" in done.stdout
    assert f"#{refunds[0]['ordinal']} " in done.stdout
    assert "--eventum-seed" in done.stdout


def project(name: str, **settings: Any) -> Generator:
    path = ROOT / "fixtures" / "projects" / name / "generator.yml"
    return Generator.from_file(path, **{"live_mode": False, "seed": 7, "now": NOW, **settings})


def orders(count: int) -> list[dict[str, Any]]:
    events = project("orders").events(count)
    return [{**json.loads(event.text), "ordinal": event.ordinal} for event in events]


@pytest.mark.parametrize("name", ["orders", "web-access"])
def test_the_project_passes_the_check(name: str) -> None:
    done = eventum(ROOT, "check", f"fixtures/projects/{name}/generator.yml")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["orders", "web-access"])
def test_no_template_fails(name: str) -> None:
    failures: list[str] = []
    generator = project(name)
    events = list(generator.events(20_000, lambda ordinal, error: failures.append(str(error))))
    assert failures == []
    assert len(events) == 20_000


def test_orders_add_up() -> None:
    for order in orders(5_000):
        assert order["order"]["total"] == sum(x["qty"] * x["price"] for x in order["lines"])
        assert 1 <= len(order["lines"]) <= 5


def test_customers_come_back_as_they_were() -> None:
    found = orders(5_000)
    customers: dict[int, Any] = {}
    for order in found:
        assert customers.setdefault(order["customer"]["id"], order["customer"]) == order["customer"]
    assert len(customers) < len(found) / 2
    assert len({customer["email"] for customer in customers.values()}) == len(customers)


def test_refunds_take_back_an_earlier_order() -> None:
    paid: dict[int, Any] = {}
    found = orders(5_000)
    for order in found:
        if order["order"]["status"] == "refunded":
            before = paid.pop(order["order"]["refund_of"])
            assert order["customer"] == before["customer"]
            assert 0 < -order["order"]["total"] <= before["order"]["total"]
        elif order["order"]["status"] == "paid":
            paid[order["order"]["id"]] = order
    statuses = Counter(order["order"]["status"] for order in found)
    assert min(statuses["cancelled"], statuses["refunded"]) > 200


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """The database that a run of the project itself makes."""
    url = str(tmp_path / "orders.db")
    report = project("orders", params={"database": url}, max_events=2_000).run_sync()
    assert report.ok, report.errors
    with closing(sqlite3.connect(url)) as database:
        yield database


def test_orders_fill_three_tables(shop: sqlite3.Connection) -> None:
    found = orders(2_000)
    counts = {
        "customers": len({order["customer"]["id"] for order in found}),
        "orders": len(found),
        "order_lines": sum(len(order["lines"]) for order in found),
    }
    for table, count in counts.items():
        assert shop.execute(f"SELECT COUNT(*) FROM {table}").fetchone() == (count,)


def test_the_tables_agree_with_the_documents(shop: sqlite3.Connection) -> None:
    by_lines = "SELECT order_id, SUM(qty * price) FROM order_lines GROUP BY order_id ORDER BY 1"
    by_order = "SELECT id, total FROM orders ORDER BY 1"
    assert shop.execute(by_lines).fetchall() == shop.execute(by_order).fetchall()


def test_the_schema_by_hand_takes_the_same_events(tmp_path: Path) -> None:
    url = tmp_path / "by-hand.db"
    with closing(sqlite3.connect(url)) as database:
        schema = ROOT / "fixtures/projects/orders/schema.sql"
        database.executescript(schema.read_text("utf-8"))
        report = project("orders", params={"database": str(url)}, max_events=2_000).run_sync()
        assert report.ok, report.errors
        assert database.execute("SELECT COUNT(*) FROM orders").fetchone() == (2_000,)
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []


def access_log(count: int) -> list[re.Match[str]]:
    lines = [event.text for event in project("web-access").events(count)]
    matches = [COMBINED.fullmatch(line) for line in lines]
    assert None not in matches, lines[matches.index(None)]
    return [match for match in matches if match]


def test_the_access_log_has_visitors_bots_and_scanners() -> None:
    log = access_log(5_000)
    statuses = Counter(line["status"] for line in log)
    assert statuses["200"] > statuses["304"] > statuses["404"] > statuses["401"] > 0
    assert sum("compatible;" in line["agent"] for line in log) > 50
    assert sum(line["user"] != "-" for line in log) > 50
    visitors = Counter(line["address"] for line in log)
    assert 100 < len(visitors) < 2_000


def test_a_scan_is_a_burst_of_refusals_from_one_address() -> None:
    by_address: dict[str, list[str]] = {}
    for line in access_log(5_000):
        by_address.setdefault(line["address"], []).append(line["status"])
    scans = [seen for seen in by_address.values() if set(seen) <= {"400", "403", "404"}]
    assert max(map(len, scans)) >= 15


def test_visitors_walk_from_page_to_page() -> None:
    last: dict[str, str] = {}
    followed = 0
    for line in access_log(2_000):
        before = last.get(line["address"])
        followed += before is not None and line["referrer"] == f"https://shop.example{before}"
        if line["method"] == "GET" and "." not in line["path"] and "/api/" not in line["path"]:
            last[line["address"]] = line["path"]
    assert followed > 500
