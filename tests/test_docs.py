"""Every block in the docs runs.

Blocks of one page share a folder and run in their order. After the language may stand the name of
the file that the block is. Output is compared where a console block shows any; ``...`` in it stands
for any text, ``[exit N]`` says that the command fails. A command that ends with ``&`` runs
until the page ends. The ports 8080 and 9474 are others each time.
"""

from __future__ import annotations

import fnmatch
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import httpx
import pytest
import yaml
from docpages import PAGES, ROOT, Block, blocks, environment, shell

from eventum_core import Generator, Report, TriggerPlugin, local_plugins
from eventum_core.application import Application, read_application
from eventum_core.startup import read_startup

DEFAULTS: dict[str, Any] = {
    "input": [{"static": {"count": 1}}],
    "event": {"template": {"mode": "all", "templates": [{"event": {"inline": '{"a": 1}'}}]}},
    "output": [{"stdout": {}}],
}
NOW = "2026-01-05T09:00:00Z"
JOB = re.compile(r"(?P<what>kill|wait) %(?P<number>\d+)")
UNCHECKED = {"text", "jinja", "csv", "sql", "ini", ""}
CURL = "silent\nretry = 10\nretry-connrefused\nnoproxy = *\n"
"""Options for curl: wait for a server that was started just now."""


class Place(NamedTuple):
    """Where the blocks of a page run."""

    folder: Path
    started: list[subprocess.Popen[bytes]]
    """What runs until the page ends."""
    plugins: list[str]
    """Files with plugins that the page's commands name."""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    folder = tmp_path / "page"
    folder.mkdir()
    (tmp_path / ".curlrc").write_text(CURL, "utf-8")
    monkeypatch.setenv("CURL_HOME", str(tmp_path))
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", [*sys.path])
    place = Place(folder, [], [])
    yield place
    for process in place.started:
        process.terminate()
        process.wait(30)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_block_runs(page: Path, place: Place) -> None:
    if page.parent.parent.name == "projects":
        shutil.copytree(page.parent, place.folder, dirs_exist_ok=True)
    parts = list(blocks(page))
    # A reader writes a file again where it is shown again: first of all stands the first version.
    for block in reversed(parts):
        write(block, place.folder)
    commands = " ".join(block.text for block in parts if block.language == "console")
    if "curl " in commands and shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    place.plugins.extend(sorted(set(re.findall(r"--plugin (\S+)", commands))))
    for block in parts:
        try:
            write(block, place.folder)
            if not (block.title and f"pytest -q {block.title}" in commands):
                run(block, place)
        except Exception as error:  # only to say where the block stands; raised again
            error.add_note(f"in {page.name}, line {block.line}")
            raise


def write(block: Block, folder: Path) -> None:
    """Save a block that is a file."""
    if block.title:
        path = folder / block.title
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, "utf-8")


def run(block: Block, place: Place) -> None:
    """Do with a block what a reader would do with it."""
    if block.language == "yaml":
        run_yaml(block, place)
    elif block.language == "python":
        run_python(block)
    elif block.language == "console":
        run_console(block.text, place)
    elif block.language == "toml":
        tomllib.loads(block.text)
    else:
        assert block.language in UNCHECKED, f"what is {block.language}?"


def run_yaml(block: Block, place: Place) -> None:
    """Run a generator, or read what else a file may be."""
    tree = yaml.safe_load(block.text)
    path = place.folder / (block.title or "block.yml")
    sections = {key.partition(".")[0] for key in tree} if isinstance(tree, dict) else {""}
    if sections <= DEFAULTS.keys():
        path.write_text(block.text, "utf-8")
        run_generator(path, place.plugins)
    elif sections <= Application.model_fields.keys():
        path.write_text(block.text, "utf-8")
        read_application(path)
    elif path.name == "startup.yml":
        assert read_startup(read_application(path.with_name("eventum.yml")))


def run_generator(path: Path, sources: list[str]) -> None:
    """Run a generator, completed where a block shows a part of one, in a copy of its folder."""
    with TemporaryDirectory() as scratch:
        folder = shutil.copytree(path.parent, Path(scratch, path.parent.name))
        generator = Generator.from_file(
            folder / path.name,
            edit=lambda document: {**DEFAULTS, **document},
            secrets={"ingest": "swordfish"},
            plugins=[plugin for source in sources for plugin in local_plugins(source)],
            live_mode=False,
            seed=1,
            now=NOW,
            max_events=5,
        )
        if any(sink.plugin.name == "http" for sink in generator.outputs):
            return  # nobody listens there
        report = asked(generator) if has_triggers(generator) else generator.run_sync()
    assert report.timestamps > 0
    assert report.ok or "not JSON" in path.read_text("utf-8"), report.errors


def has_triggers(generator: Generator) -> bool:
    return any(isinstance(plugin, TriggerPlugin) for plugin in generator.config.inputs)


def asked(generator: Generator) -> Report:
    """Run a generator that waits for requests: ask each input for an event, then for its end."""
    with ThreadPoolExecutor(1) as pool, httpx.Client(trust_env=False) as client:
        result = pool.submit(generator.run_sync)
        try:
            for plugin in generator.config.inputs:
                if isinstance(plugin, TriggerPlugin):
                    url = f"http://127.0.0.1:{plugin.port}"  # type: ignore[attr-defined] # http has
                    while not (result.done() or listens(plugin.port)):  # type: ignore[attr-defined]
                        pass
                    assert client.post(f"{url}/generate", json={"count": 1}).status_code == 201
                    assert client.post(f"{url}/stop").status_code == 200
            return result.result(30)
        finally:
            generator.stop()  # the pool waits for the run, even where an assertion failed


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def run_python(block: Block) -> None:
    """Run a test module under pytest, another file as a script, anything else as it stands."""
    if "def test_" not in block.text:
        if not block.title:
            exec(compile(block.text, f"block at line {block.line}", "exec"), {})
            return
        done = shell(f"python {block.title}", Path.cwd())
        assert done.returncode == 0, done.stdout + done.stderr
        return
    path = Path(block.title or "test_block.py")
    if not block.title:
        path.write_text(block.text, "utf-8")
    done = shell(f"pytest -q -p no:cacheprovider {path}", Path.cwd())
    assert done.returncode == 0, done.stdout + done.stderr


def run_console(text: str, place: Place) -> None:
    """Run each command and compare its output and exit code with what the block shows."""
    for part in re.split(r"^\$ ", text.replace(".venv/bin/", ""), flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        command = command.split("&&")[-1].strip() if "pip install" in command else command
        job = JOB.fullmatch(command)
        if command in ("pytest", "tox") or command.startswith("pip install"):
            continue  # that is us
        elif command.endswith("&"):
            place.started.append(begun(command.removesuffix("&"), place.folder))
        elif job:
            code = told(place.started[int(job["number"]) - 1], job["what"])
            assert shown == (f"[exit {code}]\n" if code else ""), f"{command}: exit {code}"
        else:
            compare(command, shown, ROOT if "examples/" in command else place.folder)


def compare(command: str, shown: str, folder: Path) -> None:
    """Run a command that ends by itself."""
    expected, code = re.subn(r"^\[exit (\d+)\]\n", "", shown, flags=re.MULTILINE)
    done = shell(command, folder)
    output = (done.stdout + done.stderr).replace(".venv/bin/", "")
    assert (done.returncode != 0) == bool(code), f"{command}\n{output}"
    assert matches(output, expected), f"{command}\n--- shown:\n{shown}\n--- real:\n{output}"


def begun(command: str, folder: Path) -> subprocess.Popen[bytes]:
    """Start a command in the background, without a shell: a signal is to reach it."""
    nowhere = subprocess.DEVNULL
    parts = shlex.split(command)
    return subprocess.Popen(parts, cwd=folder, env=environment(), stdout=nowhere, stderr=nowhere)


def told(process: subprocess.Popen[bytes], what: str) -> int:
    """Do to a command in the background what the shell's ``kill`` and ``wait`` do."""
    if what == "kill":
        process.terminate()
        return 0
    return process.wait(30)


def matches(output: str, shown: str) -> bool:
    """Tell whether the output is as shown; times and temporary folders may differ."""
    if not shown.strip():
        return True
    shown = re.sub(r"\d+\.\d+s", "…s", shown).rstrip("\n")
    output = re.sub(r"\d+\.\d+s", "…s", output).rstrip("\n")
    if "..." not in shown:
        return output == shown
    pattern = re.sub(r"([\[\]?*])", lambda match: f"[{match[1]}]", shown).replace("...", "*")
    return fnmatch.fnmatchcase(output, pattern)


@pytest.mark.parametrize(
    "output, shown, verdict",
    [
        ("a\nb\n", "a\nb\n", True),
        ("a\nb\n", "a\n", False),
        ("a [1]\nb\nc\n", "a [1]\n...\n", True),
        ("a\n2 passed in 0.12s\n", "a\n2 passed in 3.40s\n", True),
        ("b\n", "a\n...\n", False),
    ],
)
def test_the_comparison_itself(output: str, shown: str, verdict: bool) -> None:
    assert matches(output, shown) is verdict
