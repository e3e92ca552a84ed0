"""An HTTP sink that is killed and restarted beside a database: a real server, really killed."""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Any

import pytest
from network import free_port

from eventum_core import Generator, Silent

pytestmark = pytest.mark.integration
COUNT = 20_000
SERVER = """
import http.server, sys

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        log.write(body + b"\\n")
        log.flush()
        self.send_response(201)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass

log = open(sys.argv[2], "ab")
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


class Server:
    """A server process that logs each body; it can be killed and started again."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self.port = free_port()
        self.start()

    def start(self) -> None:
        """Start, and return when it answers."""
        command = [sys.executable, "-c", SERVER, str(self.port), str(self._log)]
        self._process = subprocess.Popen(command)
        for _ in range(2000):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.005)
        raise AssertionError("the server did not start")

    def kill(self) -> None:
        """End it without giving it a chance to finish anything."""
        self._process.kill()
        self._process.wait()

    def received(self) -> list[int]:
        """Return the ordinals of all logged events, one by one."""
        lines = self._log.read_text().splitlines()
        return [row["n"] for line in lines for row in json.loads(line)]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Start a server and see to it that it ends."""
    server = Server(tmp_path / "received.log")
    yield server
    server.kill()


class Watch(Silent):
    """Says when the sink has taken its first events and when the database has them all."""

    def __init__(self) -> None:
        self.begun, self.complete = Flag(), Flag()
        self._stored = 0

    def delivered(self, output: int, events: Any, attempts: int) -> None:
        """Count what the second output has."""
        if output == 0:
            self.begun.set()
        else:
            self._stored += len(events)
            if self._stored == COUNT:
                self.complete.set()


def test_a_killed_sink_loses_nothing_and_delays_nobody(server: Server, tmp_path: Path) -> None:
    document = {
        "input": [{"linspace": {"start": "2026-01-05", "end": "2026-01-06", "count": COUNT}}],
        "event": {"template": {"mode": "all", "templates": [{"a": {"inline": INLINE}}]}},
        "output": [
            {
                "http": {
                    "url": f"http://127.0.0.1:{server.port}/",
                    "retry": {"attempts": 1000, "initial_delay": 0.01, "max_delay": 0.05},
                }
            },
            {"sqlite": {"url": "events.db", "table": "events"}},
        ],
    }
    made = Generator.from_mapping(
        document,
        base=tmp_path,
        seed=7,
        live_mode=False,
        batch={"size": 200},
        queue={"max_event_bytes": 50_000},
        max_concurrency=4,
    )
    watch = Watch()
    alone: list[bool] = []

    def strike() -> None:
        watch.begun.wait(30)
        server.kill()
        # The database must complete while the sink is down: it does not wait for it.
        alone.append(watch.complete.wait(60))
        server.start()

    striker = Thread(target=strike, daemon=True)
    striker.start()
    try:
        report = made.run_sync(observer=watch)
    finally:
        watch.begun.set()
        watch.complete.set()
        striker.join()

    assert alone == [True]
    sink, database = report.outputs
    assert report.ok, report.errors
    assert sink.written == database.written == COUNT
    assert sink.retries > 0
    assert sink.spilled > COUNT / 2, "what waits lies on disk, not in memory"
    assert set(server.received()) == set(range(COUNT))
    with sqlite3.connect(tmp_path / "events.db") as connection:
        rows = connection.execute("SELECT n FROM events ORDER BY n").fetchall()
    connection.close()
    assert [n for (n,) in rows] == list(range(COUNT))


INLINE = """\
{%- set n = shared.get("n", 0) -%}
{%- do shared.set("n", n + 1) -%}
{"n": {{ n }}, "text": "{{ module.rand.string.letters(50) }}"}"""
