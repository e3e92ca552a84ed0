"""Every shipped plugin keeps the contract of its kind."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

import anyio
import httpx
import pytest
from network import free_port

from eventum_core import Registry
from pytest_eventum.contracts import (
    Contract,
    EventContract,
    FormatterContract,
    InputContract,
    OutputContract,
    TriggerContract,
)

SHIPPED = Registry()
WEEK = ("2025-12-29", "2026-01-12T12:00")
PATTERN = """
label: office
oscillator: {period: 8, unit: hours, start: "2026-01-01", end: %s}
multiplier: {ratio: 40}
randomizer: {deviation: 0.4, direction: mixed, sampling: 64}
spreader: {distribution: beta, parameters: {a: 2, b: 5}}
"""
MOMENTS = ["2026-01-05T13:00:00", "2026-01-04", 1_767_700_000, "2026-01-05T13:00:00+02:00"]
REPLAYED = "".join(f"2024-02-03T04:05:{n:02} line {n} é\n" for n in range(60))
FACTORS = [0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 8, 7, 6, 7, 8, 7, 5, 4, 3, 2, 2, 1, 1, 0]


class TestCron(InputContract):
    plugin = SHIPPED.get("input", "cron")
    options = [
        {"expression": "*/7 9-17 * * MON-FRI", "count": 3},
        {"expression": "R R * * *", "count": 1, "start": WEEK[0]},
        {"expression": "30 2 29 2 * 15", "count": 2, "end": "+9y"},
    ]
    invalid = [{"expression": "61 * * * *"}, {"expression": ...}, {"count": 0}, {"start": "after"}]


class TestLinspace(InputContract):
    plugin = SHIPPED.get("input", "linspace")
    options = [
        {"start": WEEK[0], "end": WEEK[1], "count": 997},
        {"start": "now", "end": "+1s", "count": 7, "endpoint": False},
    ]
    invalid = [{"count": 0}, {"end": ...}, {"start": "never"}, {"end": "2025-01-01"}]


class TestPoisson(InputContract):
    plugin = SHIPPED.get("input", "poisson")
    options = [
        {"rate": 90, "unit": "minute"},
        {"rate": 50, "unit": "hour", "start": WEEK[0], "end": "+2w", "daily": FACTORS},
        {"rate": 2, "unit": "hour", "weekly": {"mon-fri": 1, "sat": 0.2}},
    ]
    invalid = [{"rate": 0}, {"rate": ...}, {"unit": "year"}, {"daily": [1, 2]}]
    seeded = True


class TestStatic(InputContract):
    plugin = SHIPPED.get("input", "static")
    options = {"count": 1500}
    invalid = [{"count": 0}, {"count": ...}]


class TestTimePatterns(InputContract):
    plugin = SHIPPED.get("input", "time_patterns")
    options = [{"patterns": ["office.yml"]}, {"patterns": ["ending.yml", "office.yml"]}]
    invalid = [{"patterns": []}, {"patterns": ["gone.yml"]}, {"patterns": ...}]
    seeded = True

    def prepare(self, folder: Path) -> None:
        (folder / "office.yml").write_text(PATTERN % "never", "utf-8")
        (folder / "ending.yml").write_text(PATTERN % "2026-01-20", "utf-8")


class TestTimer(InputContract):
    plugin = SHIPPED.get("input", "timer")
    options = [
        {"seconds": 1.5, "count": 2},
        {"seconds": 600, "count": 1, "start": WEEK[0], "repeat": 2000},
    ]
    invalid = [{"seconds": 0}, {"count": 0}, {"repeat": 0}, {"seconds": ...}]


class TestTimestamps(InputContract):
    plugin = SHIPPED.get("input", "timestamps")
    options = [{"source": MOMENTS}, {"source": "moments.txt"}]
    invalid = [{"source": ["soon"]}, {"source": "gone.txt"}, {"source": ...}]

    def prepare(self, folder: Path) -> None:
        lines = "\n".join(str(moment) for moment in MOMENTS if isinstance(moment, str))
        (folder / "moments.txt").write_text(lines, "utf-8")


class TestHttpInput(TriggerContract):
    plugin = SHIPPED.get("input", "http")
    options = {"host": "127.0.0.1", "port": 1}
    invalid = [{"port": 0}, {"port": ...}, {"max_pending_requests": 0}]

    def prepare(self, folder: Path) -> dict[str, int]:
        self.port = free_port()
        return {"port": self.port}

    async def ask(self, folder: Path) -> int:
        async with httpx.AsyncClient(trust_env=False) as client:
            for count in (3, 1):
                await self._posted(client, {"count": count})
        return 4

    async def _posted(self, client: httpx.AsyncClient, body: dict[str, int]) -> None:
        while True:
            try:
                answer = await client.post(f"http://127.0.0.1:{self.port}/generate", json=body)
            except httpx.ConnectError:
                await anyio.sleep(0.01)
            else:
                answer.raise_for_status()
                return


def templates(*texts: str, **options: Any) -> dict[str, Any]:
    """Return options of a template plugin."""
    items = [{f"t{number}": {"inline": text}} for number, text in enumerate(texts)]
    return {"mode": "all", "templates": items, **options}


RANDOM = (
    "{{ timestamp.isoformat() }} {{ tags }} {{ module.rand.number.integer(1, 9) }}"
    " {{ module.faker.locale.en_US.name() }} {{ module.mimesis.locale.en.person.email() }}"
    " {{ [1, 2, 3] | random }} {{ module.uuid.uuid4() }} {{ samples.letters.pick()[0] }}"
    " {{ locals.get('n', 0) }}{% do locals.set('n', locals.get('n', 0) + 1) %}"
    " {{ shared.get('n', 0) }}{% do shared.set('n', shared.get('n', 0) + 1) %}"
)


class TestTemplate(EventContract):
    plugin = SHIPPED.get("event", "template")
    letters: ClassVar[Any] = {"letters": {"type": "items", "source": ["a", "b", "c"]}}
    options = [
        templates(RANDOM, samples=letters),
        templates(RANDOM, "two", mode="any", samples=letters),
        templates("one {{ params.p }}", "two", mode="spin", params={"p": {"q": [1]}}),
    ]
    invalid = [{"mode": "odd"}, {"mode": ...}, {"templates": []}, {"params": 1}]
    failing = [templates("{{ 1 / (timestamp.minute % 7) }}")]
    seeded = True


class TestScript(EventContract):
    plugin = SHIPPED.get("event", "script")
    options = {"path": "own.py"}
    invalid = [{"path": "gone.py"}, {"path": "own.txt"}, {"path": ...}]
    failing = [{"path": "broken.py"}]
    seeded = True

    def prepare(self, folder: Path) -> None:
        own = """
            import random, uuid
            seen = []
            def produce(params):
                seen.append(1)
                return [f"{params['timestamp']} {params['tags']} {len(seen)}", str(uuid.uuid4())]
        """
        text = "\n".join(line[12:] for line in own.splitlines())
        (folder / "own.py").write_text(text, "utf-8")
        broken = text.replace("uuid.uuid4()", "1 / (len(seen) % 5)")
        (folder / "broken.py").write_text(broken, "utf-8")


class TestReplay(EventContract):
    plugin = SHIPPED.get("event", "replay")
    options = [
        {"path": "old.log"},
        {"path": "old.log", "repeat": True, "timestamp_pattern": r"(?P<timestamp>\S+)"},
        {"path": "old.log", "pace": "original", "timestamp_pattern": r"(?P<timestamp>\S+)"},
    ]
    invalid = [{"path": ...}, {"path": "gone.log"}, {"chunk_size": -1}, {"timestamp_pattern": "("}]
    failing = [{"path": "broken.log"}]

    def prepare(self, folder: Path) -> None:
        (folder / "old.log").write_text(REPLAYED, "utf-8")
        (folder / "broken.log").write_bytes(b"fine\nbroken \xff\nfine\n")


class TestPlain(FormatterContract):
    plugin = SHIPPED.get("format", "plain")
    accepted = ["", "text", '{"n": 1}', "two\nlines \U0001d11e"]


class TestJson(FormatterContract):
    plugin = SHIPPED.get("format", "json")
    options = [{}, {"indent": 2}]
    invalid = [{"indent": -1}]
    refused = ["", "{", "1, 2", "NaN"]


class TestJsonBatch(TestJson):
    plugin = SHIPPED.get("format", "json-batch")


class TestTemplateFormat(FormatterContract):
    plugin = SHIPPED.get("format", "template")
    options = [
        {"template": "<{{ event.text if event.text is defined else event }}>"},
        {"template_path": "layout.jinja"},
    ]
    invalid = [{"template": "{{"}, {"template": ...}, {"template": ""}]

    def prepare(self, folder: Path) -> None:
        (folder / "layout.jinja").write_text("<{{ event }}>", "utf-8")


class TestTemplateBatch(FormatterContract):
    plugin = SHIPPED.get("format", "template-batch")
    options = {"template": "{{ events | length }} {{ events | join(';') }}"}
    invalid = [{"template": "{{"}, {"template": ...}]


class TestEventumHttpInput(FormatterContract):
    plugin = SHIPPED.get("format", "eventum-http-input")


class TestFile(OutputContract):
    plugin = SHIPPED.get("output", "file")
    options = [
        {"path": "out/events.log"},
        {"path": "out/events.log", "write_mode": "overwrite", "encoding": "utf_16_le"},
    ]
    invalid = [{"path": ...}, {"encoding": "morse"}, {"write_mode": "odd"}, {"file_mode": 9}]
    unreachable = [{"path": "."}]

    @pytest.fixture(autouse=True)
    def _remember(self, request: pytest.FixtureRequest) -> None:
        call = getattr(request.node, "callspec", None)
        self.encoding = call.params.get("given", {}).get("encoding", "utf-8") if call else "utf-8"

    def read(self, folder: Path) -> list[str]:
        path = folder / "out" / "events.log"
        return path.read_bytes().decode(self.encoding).splitlines() if path.exists() else []


class TestFileWithoutUnicode(TestFile):
    options = {"path": "out/events.log", "encoding": "ascii"}
    invalid = ()
    texts = ["one", "two"]
    refused = ["drei für drei", "\u2713"]


class TestStdout(OutputContract):
    plugin = SHIPPED.get("output", "stdout")
    options = [{}, {"stream": "stderr"}]
    invalid = [{"stream": "stdin"}, {"flush_interval": -1}, {"encoding": "morse"}]

    @pytest.fixture(autouse=True)
    def _captured(self, capfd: pytest.CaptureFixture[str]) -> None:
        self.captured = capfd

    def read(self, folder: Path) -> list[str]:
        streams = self.captured.readouterr()
        return (streams.out + streams.err).splitlines()


class SqlContract(OutputContract):
    """What both embedded databases have in common."""

    options: ClassVar[Any] = {
        "url": "data/events.db",
        "table": "events",
        "columns": {
            "id": {"event": "id", "primary_key": True},
            "n": "n",
            "text": {"path": "text", "not_null": True},
        },
    }
    invalid: ClassVar[Any] = [{"url": ...}, {"create": "often"}, {"columns": 7}, {"key": "gone"}]
    refused = ['{"n": 4}', "no JSON"]

    def read(self, folder: Path) -> list[str]:
        if not (folder / "data" / "events.db").exists():
            return []
        rows = self.rows(str(folder / "data" / "events.db"))
        return [json.dumps({"n": n, "text": t}, ensure_ascii=False) for n, t in rows]

    def rows(self, path: str) -> list[Any]:
        raise NotImplementedError


class TestSqlite(SqlContract):
    plugin = SHIPPED.get("output", "sqlite")
    unreachable = [{"url": "."}]

    def rows(self, path: str) -> list[Any]:
        with closing(sqlite3.connect(path)) as database:
            tables = database.execute("SELECT 1 FROM sqlite_master").fetchall()
            return database.execute("SELECT n, text FROM events").fetchall() if tables else []


@pytest.mark.skipif(find_spec("duckdb") is None, reason="duckdb is not installed")
class TestDuckdb(SqlContract):
    plugin = SHIPPED.get("output", "duckdb")
    ordered = False  # its row numbers do not follow the inserts once one was undone
    unreachable = [{"url": "."}]

    def rows(self, path: str) -> list[Any]:
        import duckdb

        with duckdb.connect(path) as database:
            tables = database.execute("SHOW TABLES").fetchall()
            query = "SELECT n, text FROM events ORDER BY rowid"
            return database.execute(query).fetchall() if tables else []


class TestHttpOutput(OutputContract):
    plugin = SHIPPED.get("output", "http")
    options = {"url": "http://127.0.0.1/", "formatter": {"format": "plain"}}
    invalid = [{"url": "ftp://x"}, {"url": ...}, {"method": "GRAB"}, {"success_code": 1}]
    refused = ["refuse me"]

    @pytest.fixture(autouse=True)
    def _serving(self) -> Iterator[None]:
        """Listen until the test is over."""
        bodies = self.bodies = []

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                if accepted := body not in TestHttpOutput.refused:
                    bodies.append(body)
                self.send_response(201 if accepted else 400)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
            self.port = server.server_port
            thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
            thread.start()
            yield
            server.shutdown()
            thread.join()

    def prepare(self, folder: Path) -> dict[str, str]:
        return {"url": f"http://127.0.0.1:{self.port}/"}

    def read(self, folder: Path) -> list[str]:
        return list(self.bodies)


def test_every_shipped_plugin_has_its_contract() -> None:
    contracts = [c for c in globals().values() if isinstance(c, type) and issubclass(c, Contract)]
    tested = {contract.plugin for contract in contracts if hasattr(contract, "plugin")}
    shipped = [ref for ref in SHIPPED.refs() if ref.target.startswith("eventum_core.")]
    assert [r.target for r in shipped if SHIPPED.get(r.kind, r.name) not in tested] == []
