"""Plugins from a pip-installed package and from a conftest.py, tried as a user would."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path("examples") / "plugin-package"


@pytest.fixture(scope="module")
def installed(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the example package with pip, into a folder of its own."""
    target = tmp_path_factory.mktemp("site")
    source = shutil.copytree(root / PACKAGE, tmp_path_factory.mktemp("package") / "source")
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(target)]
    subprocess.run([*command, str(source)], check=True)
    return target


def eventum(*arguments: str, site: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-m", "eventum_core", *arguments],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_installed_package_brings_input_format_and_output(
    installed: Path, root: Path, tmp_path: Path
) -> None:
    file = shutil.copy(root / PACKAGE / "generator.yml", tmp_path)
    command = ["generate", str(file), "--no-live-mode", "--seed", "7", "--now", "2026-01-05"]
    first = eventum(*command, site=installed)
    assert first.returncode == 0, first.stderr
    files = sorted((tmp_path / "events").iterdir())
    assert [file.name for file in files] == sorted(f"{n}-0.txt" for n in range(10))
    texts = {file.name: file.read_text() for file in files}
    assert texts["0-0.txt"].startswith('at="2026-01-05T00:00:0')
    assert texts["9-0.txt"].endswith('tag="load"')
    eventum(*command, site=installed)
    assert texts == {file.name: file.read_text() for file in files}, "equal seeds, equal bytes"


def test_its_plugins_are_listed_and_checked_like_any(installed: Path, tmp_path: Path) -> None:
    assert "burst" in eventum("plugins", site=installed).stdout
    bad = tmp_path / "generator.yml"
    bad.write_text(
        (Path(__file__).parent.parent / PACKAGE / "generator.yml")
        .read_text()
        .replace("bursts: 2", "bursts: 0")
    )
    checked = eventum("check", str(bad), site=installed)
    assert checked.returncode == 2
    assert "input[0].burst.bursts" in checked.stdout + checked.stderr


CONFTEST = """
from eventum_core import hookimpl
from eventum_acme.burst import Burst
from eventum_acme.directory import Directory
from eventum_acme.logfmt import Logfmt

@hookimpl
def eventum_plugins():
    return [Burst, Directory, Logfmt]
"""

SUITE = """
import pytest

@pytest.mark.eventum("generator.yml", backend="own", seed=7, now="2026-01-05")
def test_files(eventum):
    assert len(eventum.ledger) == 10
    assert eventum.ledger[0]["tag"] == "load"
"""


def test_a_conftest_brings_them_too(
    pytester: pytest.Pytester, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.copy_example(str(root / PACKAGE / "generator.yml"))
    below = pytester.mkdir("below")
    (pytester.path / "generator.yml").rename(below / "generator.yml")
    (below / "conftest.py").write_text(CONFTEST)
    (below / "test_files.py").write_text(SUITE)
    (pytester.path / "test_outside.py").write_text(
        SUITE.replace('"generator.yml"', '"below/generator.yml"')
    )
    monkeypatch.setenv("PYTHONPATH", str(root / PACKAGE))
    result = pytester.runpytest_subprocess("-p", "no:randomly")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*unknown input plugin 'burst'*"])
