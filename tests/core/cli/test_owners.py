from __future__ import annotations

import sys
from pathlib import Path

import pytest

from eventum_core.cli.owners import rivals


def installed(folder: Path, name: str, entry_points: str, files: list[str]) -> None:
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(entry_points)
    (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))
    for file in files:  # newer Pythons leave out what is recorded and not there
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).touch()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return tmp_path


def test_we_are_no_rival_of_ours() -> None:
    assert rivals() == []


def test_another_owner_of_the_script_is_named(site: Path) -> None:
    installed(site, "Rival_One", "[console_scripts]\neventum = rival:main\n", ["rival.py"])
    (line,) = rivals()
    assert "rival-one also installs the script `eventum`" in line
    assert "python -m eventum_core" in line
    assert "pip uninstall rival-one" in line


def test_another_owner_of_the_folder_is_named(site: Path) -> None:
    installed(site, "rival-two", "[other]\neventum = x:y\n", ["eventum_core/__init__.py"])
    (line,) = rivals()
    assert "rival-two also installs the folder `eventum_core`" in line


def test_a_distribution_without_a_name_is_no_owner(site: Path) -> None:
    installed(site, "half", "[console_scripts]\neventum = x:y\n", ["eventum_core/__init__.py"])
    (site / "half-1.0.dist-info" / "METADATA").unlink()
    assert rivals() == []
