"""The pages of the documentation, their blocks, and how commands are run for them."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from network import free_port

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "docs/reference/examples"
"""Taken over into the pages of the reference, as they are."""
PAGES = [
    ROOT / "README.md",
    *(page for page in sorted((ROOT / "docs").rglob("*.md")) if page.parent != EXAMPLES),
    *sorted((ROOT / "fixtures/projects").glob("*/README.md")),
]
FENCE = re.compile(r"^```(\w+)?[ ]*([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PORTS = re.compile(r"\b(8080|9474)\b")


class Block(NamedTuple):
    """One fenced block of a page."""

    language: str
    title: str
    text: str
    line: int


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text("utf-8")
    ports = {port: str(free_port()) for port in set(PORTS.findall(text))}
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        content = PORTS.sub(lambda found: ports[found[0]], match[3])
        yield Block(match[1] or "", match[2].strip(), content, line)


def environment() -> dict[str, str]:
    scripts = str(Path(sys.executable).parent)
    return {
        **os.environ,
        "PATH": scripts + os.pathsep + os.environ["PATH"],
        "PYTHONUTF8": "1",
        "PYTHONPATH": "",
        # What stands beside us in the test environment would speak up in the output.
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_ADDOPTS": "-p eventum",
        "COLUMNS": "80",
    }


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    assert shlex.split(command), "an empty command"
    return subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
