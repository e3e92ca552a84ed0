"""A stranger's path: an input of one's own in one file, run by hand, tested, used in a test."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
from doubles import eventum

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "own-input"
SAME = ["--seed", "7", "--now", "2026-01-05T09:00:00Z"]
FAILS = """
import pytest

@pytest.mark.eventum("tides.yml", count=3, seed=7, now="2026-01-05T09:00:00Z")
def test_it(eventum):
    assert eventum.ledger == []
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the example in a folder that `eventum init` has made."""
    assert eventum(tmp_path, "init", "demo").returncode == 0
    return shutil.copytree(EXAMPLE, tmp_path / "demo", dirs_exist_ok=True)


def test_its_file_is_short() -> None:
    assert len((EXAMPLE / "tide.py").read_text("utf-8").splitlines()) < 80


@pytest.mark.parametrize("name", ["tide.py", "tides.yml", "conftest.py", "test_tide.py"])
def test_the_how_to_shows_the_example(name: str) -> None:
    page = (ROOT / "docs/how-to/plugins.md").read_text("utf-8")
    shown = re.search(
        rf"^```\w+ demo/{re.escape(name)}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE
    )
    assert shown is not None
    assert shown[1] == (EXAMPLE / name).read_text("utf-8")


def test_it_runs_by_hand(folder: Path) -> None:
    own = ["tides.yml", "--plugin", "tide.py", *SAME]
    shown = eventum(folder, "preview", *own, "-n", "5")
    assert (shown.returncode, len(shown.stdout.splitlines())) == (0, 5)
    run = eventum(folder, "generate", *own, "--no-live-mode", "--max-events", "5")
    assert run.returncode == 0, run.stderr
    assert run.stdout == shown.stdout
    assert "--plugin tide.py" in run.stderr


def test_a_mistake_in_it_is_one_line(folder: Path) -> None:
    own = folder / "tide.py"
    own.write_text(own.read_text("utf-8").replace("np.datetime64(", "np.datetime(", 1), "utf-8")
    done = eventum(folder, "preview", "tides.yml", "--plugin", "tide.py", *SAME)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "input[0]: AttributeError: module 'numpy' has no attribute 'datetime'" in done.stderr


def test_a_failed_test_names_the_command_that_shows_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch, pytester: pytest.Pytester
) -> None:
    (folder / "test_fails.py").write_text(FAILS, "utf-8")
    monkeypatch.chdir(folder)
    result = pytester.runpytest_subprocess(str(folder / "test_fails.py"), "-p", "no:randomly")
    (line,) = [line for line in result.outlines if line.startswith("the same events: ")]
    words = shlex.split(line.partition(": eventum ")[2])
    assert words[-2:] == ["--plugin", "conftest.py"]
    shown = eventum(folder, *words).stdout.splitlines()
    assert [list(json.loads(event)) for event in shown] == [["at", "metres"]] * 3
    own = eventum(
        folder, "preview", "tides.yml", "-n", "3", "--plugin", "tide.py", *SAME, "--id", "demo"
    )
    assert shown == own.stdout.splitlines()
