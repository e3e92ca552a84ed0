"""Equal seeds give equal bytes: on every Python, in every mode, an hour later.

The golden files hold the first events of each shipped project and a digest of more of them. They
change only with `seeds.GENERATION`. ``python tests/test_golden.py`` writes them anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from eventum_core import Generator, ScaledClock
from eventum_core.clock import micros

ROOT = Path(__file__).parent.parent
PROJECTS = sorted(path.parent for path in (ROOT / "fixtures" / "projects").glob("*/generator.yml"))
GOLDEN = ROOT / "fixtures" / "golden"
SEED, NOW = 7, "2026-01-05T12:00:00+00:00"
SHOWN, COUNT = 20, 5000
SPEEDS = {"company-audit": 20_000, "telemetry": 30_000}
"""How fast a project's time goes in live mode, where its events are hours apart."""


def project(folder: Path, **settings: Any) -> Generator:
    """Return a shipped project with the golden seed and now, in sample mode."""
    settings = {"seed": SEED, "now": NOW, "live_mode": False, "max_events": COUNT, **settings}
    return Generator.from_file(folder / "generator.yml", **settings)


def digest(texts: list[str]) -> str:
    """Return the digest of texts, a line each."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def golden(folder: Path) -> dict[str, Any]:
    """Return what a golden file says of a project now."""
    texts = [event.text for event in project(folder).events()]
    return {"seed": SEED, "now": NOW, "first": texts[:SHOWN], COUNT: digest(texts)}


def written(folder: Path, tmp_path: Path, clock: Any = None, **settings: Any) -> str:
    """Return the digest of what a run writes to a file."""
    output = [{"file": {"path": str(tmp_path / "out.txt"), "separator": "\n"}}]
    made = project(folder, edit=lambda tree: {**tree, "output": output}, **settings)
    assert made.run_sync(clock).ok
    return hashlib.sha256((tmp_path / "out.txt").read_bytes().removesuffix(b"\n")).hexdigest()


@pytest.mark.parametrize("folder", PROJECTS, ids=lambda folder: folder.name)
def test_bytes_are_golden(folder: Path) -> None:
    expected = json.loads((GOLDEN / f"{folder.name}.json").read_text("utf-8"))
    assert json.loads(json.dumps(golden(folder))) == expected


@pytest.mark.parametrize(
    "settings", [{}, {"batch": {"size": 37}}, {"batch": {"delay": 0.5}, "keep_order": True}]
)
@pytest.mark.parametrize("folder", PROJECTS, ids=lambda folder: folder.name)
def test_neither_batches_nor_modes_change_them(
    folder: Path, settings: dict[str, Any], tmp_path: Path
) -> None:
    expected = json.loads((GOLDEN / f"{folder.name}.json").read_text("utf-8"))[str(COUNT)]
    assert written(folder, tmp_path, **settings) == expected
    fast = ScaledClock(micros(project(folder).now), speed=SPEEDS.get(folder.name, 2_000))
    (tmp_path / "out.txt").unlink()
    assert written(folder, tmp_path, fast, live_mode=True, **settings) == expected


def test_another_seed_changes_them() -> None:
    texts = {digest([e.text for e in project(PROJECTS[0], seed=s).events(100)]) for s in range(3)}
    assert len(texts) == 3


def test_hash_randomisation_changes_nothing_and_the_printed_line_repeats_the_run(
    tmp_path: Path,
) -> None:
    shutil.copytree(ROOT / "fixtures" / "projects" / "web-access", tmp_path / "web-access")
    command = [sys.executable, "-m", "eventum_core"]
    arguments = ["generate", "web-access/generator.yml", "--no-live-mode", "--max-events", "300"]
    env = {**os.environ, "PYTHONHASHSEED": "1"}
    first = subprocess.run(
        [*command, *arguments], cwd=tmp_path, env=env, capture_output=True, text=True, check=True
    )
    (again,) = [line for line in first.stderr.splitlines() if "again: " in line]
    line = shlex.split(again.split("again: eventum ")[1])
    env["PYTHONHASHSEED"] = "2"
    second = subprocess.run(
        [*command, *line], cwd=tmp_path, env=env, capture_output=True, text=True, check=True
    )
    assert first.stdout == second.stdout
    assert first.stdout.count("\n") == 300


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for one in PROJECTS:
        text = json.dumps(golden(one), indent=1, ensure_ascii=False) + "\n"
        (GOLDEN / f"{one.name}.json").write_text(text, "utf-8")
