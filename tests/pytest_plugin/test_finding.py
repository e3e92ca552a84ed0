from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_eventum import finding
from pytest_eventum.finding import NotFound, find

if TYPE_CHECKING:
    from .conftest import LittleSuite


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def test_first_folder_wins(tmp_path: Path) -> None:
    near, far = touch(tmp_path / "a" / "x.yml"), touch(tmp_path / "b" / "x.yml")
    assert find("x.yml", [near.parent, far.parent]) == near
    assert find("x.yml", [far.parent, near.parent]) == far


@pytest.mark.parametrize("name", ["generator.yml", "generator.yaml"])
def test_folder_of_a_generator(tmp_path: Path, name: str) -> None:
    file = touch(tmp_path / "shop" / name)
    assert find("shop", [tmp_path]) == file


def test_absolute_path(tmp_path: Path) -> None:
    file = touch(tmp_path / "x.yml")
    assert find(str(file), [Path("/nowhere")]) == file


def test_not_found_names_every_place_once(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as caught:
        find("x.yml", [tmp_path, tmp_path])
    assert str(caught.value) == f"no generator 'x.yml'; looked for {tmp_path / 'x.yml'}"


def test_packs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed, checkout = tmp_path / "packs", tmp_path / "projects"
    monkeypatch.setattr(finding, "_SHELVES", (installed, checkout))
    with pytest.raises(NotFound, match="no pack 'orders'; there are: none"):
        find("pack:orders", [])
    file = touch(checkout / "orders" / "generator.yml")
    assert find("pack:orders", []) == file
    ours = touch(installed / "orders" / "generator.yml")
    assert find("pack:orders", []) == ours
    with pytest.raises(NotFound, match="no pack 'order'; there are: orders"):
        find("pack:order", [])


def test_relative_to_the_test_file_then_to_the_root(suite: LittleSuite) -> None:
    text = (suite.path / "shop/orders.yml").read_text()
    suite.write("deep/shop/near.yml", text)
    suite.test(
        """
        @pytest.mark.eventum("shop/orders.yml")
        @pytest.mark.eventum("shop/near.yml")
        def test_it(eventum): assert set(eventum._siblings) == {"near", "orders"}
        """,
        "deep/test_deep.py",
    )
    suite.passes()
