from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Call = Callable[..., Result]


@pytest.fixture
def made(tmp_path: Path, call: Call) -> Path:
    folder = tmp_path / "new one"
    assert call("init", folder).exit_code == 0
    return folder


def test_makes_a_generator_that_can_be_checked_and_previewed(made: Path, call: Call) -> None:
    assert {path.name for path in made.iterdir()} == {
        "generator.yml",
        "samples",
        "templates",
        "test_events.py",
    }
    assert call("check", made).exit_code == 0
    assert len(call("preview", made, "-n", 3).stdout.splitlines()) == 3


def test_its_test_is_green(made: Path) -> None:
    done = subprocess.run(
        # pytest-asyncio warns of its own default where it happens to be installed.
        [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:asyncio", str(made)],
        capture_output=True,
        text=True,
        cwd=made.parent,
    )
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_nothing_is_overwritten_unless_forced(made: Path, call: Call) -> None:
    config, test = made / "generator.yml", made / "test_events.py"
    config.write_text("mine", "utf-8")
    test.unlink()
    result = call("init", made)
    assert (result.exit_code, "generator.yml" in result.stderr) == (2, True)
    assert (config.read_text("utf-8"), test.exists()) == ("mine", False)
    assert call("init", made, "--force").exit_code == 0
    assert config.read_text("utf-8") != "mine"


def test_the_folder_may_exist(tmp_path: Path, call: Call) -> None:
    (tmp_path / "other.txt").touch()
    assert call("init", tmp_path).exit_code == 0
    assert (tmp_path / "other.txt").exists()


def test_a_file_in_its_place_is_an_error(tmp_path: Path, call: Call) -> None:
    (tmp_path / "file").touch()
    assert call("init", tmp_path / "file").exit_code == 2


def test_a_folder_that_cannot_be_made_is_a_usage_error(tmp_path: Path, call: Call) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    done = call("init", tmp_path / "file" / "shop")
    assert done.exit_code == 2
    assert f"Error: Cannot write {tmp_path / 'file' / 'shop'}" in done.stderr
    assert "Traceback" not in done.stderr
