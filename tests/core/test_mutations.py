"""A thousand broken configurations: each is refused with reasons or gives events, and no crash."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

import pytest
from mutate import mutated

from eventum_core import ConfigError, DataError, EventumError, Generator, local_plugins

ROOT = Path(__file__).parents[2]
PARTS = 20
EACH = 50
LONGEST = 20
"""Seconds that one configuration may take, on a busy machine."""
ENOUGH = 10
"""Failed timestamps after which nobody waits for an event any more."""
FOLDERS = ("fixtures/projects", "fixtures/seed", "examples")
WHOLE = ("a generator is a mapping", "not UTF-8 text", "not valid YAML", "cannot be read", "${")
"""What may be said of a file as a whole."""
KITCHEN = """\
# Many plugins, with files of their own.
input:
- cron: {expression: "*/5 * * * * */20", count: 2, start: now, end: +1h, tags: [a, b]}
- timer: {seconds: 1.5, count: 1, repeat: 10}
- linspace: {start: 2026-01-05, end: 2026-01-06, count: 5, endpoint: false}
- static: {count: 3}
- timestamps: {source: [2026-01-05 09:30:00, 1767700000]}
- poisson: {rate: 3, unit: minute, end: +1h, weekly: {mon-fri: 1, sat: 0.5}}
- time_patterns: {patterns: [pattern.yml]}
- http: {host: 127.0.0.1, port: 8123, max_pending_requests: 5}
event:
  template:
    mode: fsm
    params: {low: 1, high: 9, names: [x, y]}
    samples:
      letters: {type: items, source: [[a, 1], [b, 2]]}
      table: {type: csv, source: table.csv, header: true}
    templates:
    - first:
        initial: true
        inline: "{{ samples.letters.pick()[0] }} {{ params.low }} {{ shared.set('n', 3) }}"
        transitions:
        - {to: second, when: {or: [{eq: {shared.n: 3}}, {has_tags: [a]}]}}
    - second: {inline: "{{ module.faker.locale.en_US.name() }}", transitions: []}
output:
- stdout: {formatter: {format: json, indent: 2}, encoding: utf_8, stream: stderr}
- file: {path: out/a.log, write_mode: append, file_mode: 640, separator: ";"}
- http: {url: "https://host.invalid/x", headers: {A: b}, username: u, password: p}
- sqlite: {url: a.db, table: t, columns: {n: n, id: {event: id, primary_key: true}}}
- sqlite:
    url: b.db
    tables: {orders: {columns: {id: id}}, lines: {each: lines, columns: {sku: sku}}}
    retry: {attempts: 3, initial_delay: 0.5}
    on_failure: dead_letter
    lane: {spill: 10MB, when_full: drop}
"""
if find_spec("duckdb"):
    KITCHEN += "- duckdb: {url: a.duckdb, table: t, create: replace}\n"
SCRIPTED = """\
input: [{static: {count: 3}}]
event: {script: {path: own.py}}
output: [{stdout: {formatter: {format: template, template: "<{{ '{{' }} event }}>"}}}]
"""
REPLAYED = r"""
input: [{timer: {seconds: 1, count: 1}}]
event:
  replay: {path: table.csv, timestamp_pattern: '(?P<timestamp>\S+)', repeat: true, pace: schedule}
output: [{stdout: {formatter: {format: eventum-http-input}}}]
"""
FILES = {
    "kitchen.yml": KITCHEN,
    "scripted.yml": SCRIPTED,
    "replayed.yml": REPLAYED,
    "table.csv": "name,n\nx,1\ny,2\n",
    "own.py": "def produce(params):\n    return str(params['timestamp'])\n",
    "pattern.yml": "label: p\noscillator: {period: 1, unit: hours, start: now, end: +9h}\n"
    "multiplier: {ratio: 5}\nrandomizer: {deviation: 0, direction: mixed}\n"
    "spreader: {distribution: uniform, parameters: {low: 0, high: 1}}\n",
}


OWN = ["own-input/tide.py"]
OWN += [f"plugin-package/eventum_acme/{name}.py" for name in ("burst", "directory", "logfmt")]
SETTINGS: dict[str, Any] = {
    "live_mode": False,
    "seed": 1,
    "now": "2026-01-05T09:00:00Z",
    "params": {"failing": 5},
    "duration": "1h",
}
OUTCOMES = ("fine", "failed", "ended", "refused")


class Hanging(BaseException):
    """It takes too long; nothing that catches exceptions may swallow that."""


@contextmanager
def bounded(seconds: float) -> Iterator[None]:
    """Raise `Hanging` in what takes longer, where the platform can."""

    def ring(*_: object) -> None:
        raise Hanging

    if not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Copies of all configurations that we have, with the files they need."""
    home = tmp_path_factory.mktemp("mutations")
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, home / folder)
    (home / "kitchen").mkdir()
    for name, text in FILES.items():
        (home / "kitchen" / name).write_text(text, "utf-8")
    known = {"generator.yml", "tides.yml", "kitchen.yml", "scripted.yml", "replayed.yml"}
    return sorted(path for path in home.rglob("*.yml") if path.name in known)


def outcome(path: Path) -> str:
    """Load a configuration and make a few events; return how that went."""
    plugins = [offer for file in OWN for offer in local_plugins(file, ROOT / "examples")]
    try:
        generator = Generator.from_file(path, plugins=plugins, **SETTINGS)
    except ConfigError as error:
        check(error, path)
        return "refused"
    failures: list[DataError] = []

    def failed(ordinal: int, error: DataError) -> None:
        failures.append(error)
        if len(failures) == ENOUGH:
            raise error

    try:
        list(generator.events(3, failed))
    except EventumError as error:
        return "ended" if str(error).strip() else "ended without a word"
    return "failed" if failures else "fine"


def check(error: ConfigError, path: Path) -> None:
    """See that every problem says where it is."""
    assert error.problems
    for problem in error.problems:
        told = str(problem)
        assert problem.message.strip()
        assert problem.file == str(path), told
        assert problem.path or problem.line or any(word in told for word in WHOLE), told
        assert "Traceback" not in told
        assert len(told) < 1500, "too long to read"


@pytest.mark.parametrize("part", range(PARTS))
def test_whatever_is_broken_is_said(part: int, originals: list[Path]) -> None:
    random = Random(part)
    for number in range(EACH):
        original = originals[(part * EACH + number) % len(originals)]
        path = original.with_name("mutated.yml")
        content = mutated(original.read_text("utf-8"), random)
        path.write_bytes(content)
        try:
            with bounded(LONGEST):
                assert outcome(path) in OUTCOMES
        except BaseException as error:  # only to say what it was; raised again
            error.add_note(f"number {number} of part {part}, from {original.name}:\n{content!r}")
            raise


def test_what_is_not_broken_gives_events(originals: list[Path]) -> None:
    assert len(originals) >= 15
    assert {outcome(path) for path in originals} == {"fine"}


def test_what_hangs_is_seen() -> None:
    def hang() -> None:
        while True:
            pass

    with pytest.raises(Hanging), bounded(0.01):
        hang()
