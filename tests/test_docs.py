"""Every block in the docs runs, and every name that users write is documented.

Blocks of one page share a folder and run in their order. After the language may stand the name of
the file that the block is. Output is compared where a console block shows any; ``...`` in it stands
for any text, ``[exit N]`` says that the command fails.
"""

from __future__ import annotations

import fnmatch
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from eventum_core import Generator, Registry

ROOT = Path(__file__).parent.parent
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "fixtures/projects").glob("*/README.md")),
]
FENCE = re.compile(r"^```(\w+)?[ ]*([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DEFAULTS: dict[str, Any] = {
    "input": [{"static": {"count": 1}}],
    "event": {"template": {"mode": "all", "templates": [{"event": {"inline": '{"a": 1}'}}]}},
    "output": [{"stdout": {}}],
}
NOW = "2026-01-05T09:00:00Z"
UNCHECKED = {"text", "jinja", "csv", "sql", "ini", ""}


class Block(NamedTuple):
    """One fenced block of a page."""

    language: str
    title: str
    text: str
    line: int


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text("utf-8")
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        yield Block(match[1] or "", match[2].strip(), match[3], line)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of a page's blocks."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_block_runs(page: Path, folder: Path) -> None:
    if page.parent.parent.name == "projects":
        shutil.copytree(page.parent, folder, dirs_exist_ok=True)
    # A reader writes a file again where it is shown again: first of all stands the first version.
    for block in reversed(list(blocks(page))):
        write(block, folder)
    commands = " ".join(block.text for block in blocks(page) if block.language == "console")
    for block in blocks(page):
        try:
            write(block, folder)
            if not (block.title and f"pytest -q {block.title}" in commands):
                run(block, folder)
        except Exception as error:  # only to say where the block stands; raised again
            error.add_note(f"in {page.name}, line {block.line}")
            raise


def write(block: Block, folder: Path) -> None:
    """Save a block that is a file."""
    if block.title:
        path = folder / block.title
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, "utf-8")


def run(block: Block, folder: Path) -> None:
    """Do with a block what a reader would do with it."""
    if block.language == "yaml":
        run_yaml(block.text, (folder / block.title).parent if block.title else folder)
    elif block.language == "python":
        run_python(block)
    elif block.language == "console":
        run_console(block.text, folder)
    elif block.language == "toml":
        tomllib.loads(block.text)
    else:
        assert block.language in UNCHECKED, f"what is {block.language}?"


def run_yaml(text: str, base: Path) -> None:
    """Run a generator, completed where a block shows a part of one."""
    tree = yaml.safe_load(text.replace("${secrets.ingest | default('change-me')}", "secret"))
    if not isinstance(tree, dict) or not tree.keys() <= DEFAULTS.keys():
        return
    whole = {**DEFAULTS, **tree}
    settings: dict[str, Any] = {"live_mode": False, "seed": 1, "now": NOW, "max_events": 5}
    generator = Generator.from_mapping(whole, base=base, **settings)
    if any("http" in item for item in whole["output"]):
        return  # nobody listens there
    report = generator.run_sync()
    assert report.timestamps > 0
    assert report.ok or "not JSON" in text, report.errors


def run_python(block: Block) -> None:
    """Run a test module under pytest, anything else as it stands."""
    if "def test_" not in block.text:
        exec(compile(block.text, f"block at line {block.line}", "exec"), {})
        return
    path = Path(block.title or "test_block.py")
    if not block.title:
        path.write_text(block.text, "utf-8")
    done = shell(f"pytest -q -p no:cacheprovider {path}", Path.cwd())
    assert done.returncode == 0, done.stdout + done.stderr


def run_console(text: str, folder: Path) -> None:
    """Run each command and compare its output and exit code with what the block shows."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        command = command.split("&&")[-1].strip() if "pip install" in command else command
        command = command.replace(".venv/bin/", "")
        if command in ("pytest", "tox") or command.startswith("pip install"):
            continue  # that is us
        where = ROOT if "examples/" in command else folder
        shown = shown.replace(".venv/bin/", "")
        expected, code = re.subn(r"^\[exit (\d+)\]\n", "", shown, flags=re.MULTILINE)
        done = shell(command, where)
        output = (done.stdout + done.stderr).replace(".venv/bin/", "")
        assert (done.returncode != 0) == bool(code), f"{command}\n{output}"
        assert matches(output, expected), f"{command}\n--- shown:\n{shown}\n--- real:\n{output}"


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    scripts = str(Path(sys.executable).parent)
    environment = {
        **os.environ,
        "PATH": scripts + os.pathsep + os.environ["PATH"],
        "PYTHONUTF8": "1",
        "PYTHONPATH": "",
        # What stands beside us in the test environment would speak up in the output.
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_ADDOPTS": "-p eventum",
        "COLUMNS": "80",
    }
    assert shlex.split(command), "an empty command"
    return subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


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


# Names

DOCS = "\n".join(page.read_text("utf-8") for page in PAGES[:1] + sorted(ROOT.glob("docs/**/*.md")))


def missing(names: list[str]) -> list[str]:
    """Return the names that no page mentions as code."""
    spoken = set(re.findall(r"[\w.-]+", DOCS))
    return sorted(name for name in names if name not in spoken)


def shipped() -> list[tuple[str, str]]:
    return [
        (ref.kind, ref.name) for ref in Registry().refs() if ref.target.startswith("eventum_core.")
    ]


def test_every_plugin_is_documented() -> None:
    assert missing([name for _, name in shipped()]) == []


@pytest.mark.parametrize("kind, name", shipped())
def test_every_option_of_a_plugin_is_documented(kind: str, name: str) -> None:
    assert missing(list(Registry().get(kind, name).model_fields)) == []


def test_every_delivery_option_is_documented() -> None:
    from eventum_core.config import Delivery, Lane, Retry

    assert missing([name for model in (Delivery, Lane, Retry) for name in model.model_fields]) == []


def test_every_command_and_option_is_documented() -> None:
    import click

    from eventum_core.cli.keyring import main as keyring
    from eventum_core.cli.main import main

    names = []
    for group in (main, keyring):
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            options = [
                part for p in command.params if isinstance(p, click.Option) for part in p.opts
            ]
            names += [name, *(option for option in options if option.startswith("--"))]
    spoken = set(re.findall(r"--[\w.-]+|[\w-]+", DOCS))
    assert sorted(set(names) - spoken) == []


def test_every_pytest_option_fixture_and_marker_argument_is_documented() -> None:
    done = shell("pytest --help; pytest --fixtures -q", ROOT / "docs")
    options = set(re.findall(r"--eventum-[\w-]+|(?<= )eventum_\w+(?= \()", done.stdout))
    fixtures = set(re.findall(r"^(eventum\w*)", done.stdout, re.MULTILINE))
    assert {"--eventum-seed", "eventum_paths"} <= options
    assert {"eventum", "eventum_backend"} <= fixtures
    spoken = set(re.findall(r"--[\w-]+|\w+", DOCS))
    assert sorted((options | fixtures) - spoken) == []


def test_no_link_is_broken() -> None:
    broken = [
        f"{page.name}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_ci_runs_the_command_of_the_readme() -> None:
    extract = next(
        line for line in (ROOT / ".ci/run").read_text("utf-8").splitlines() if "sed -n" in line
    )
    script = f'{extract}; printf "%s" "$tests"'
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("python3 -m venv .venv && ")
    assert done.stdout.endswith(".venv/bin/pytest")
    assert f"$ {done.stdout}\n" in (ROOT / "README.md").read_text("utf-8")
