"""Broken configurations are reported completely, briefly, and without secrets.

``fixtures/invalid`` holds one broken file each; its ``expected.yml`` says which problems it has.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from eventum_core import ConfigError, Generator
from eventum_core.cli.main import main

FOLDER = Path(__file__).parents[2] / "fixtures" / "invalid"
CANARY = "Canary-3f9c-Of-The-Mine"
EXPECTED: dict[str, list[dict[str, str]]] = yaml.safe_load(
    (FOLDER / "expected.yml").read_text("utf-8")
)
each = pytest.mark.parametrize("name", EXPECTED)


def problems(name: str) -> tuple[Any, ...]:
    with pytest.raises(ConfigError) as caught:
        Generator.from_file(FOLDER / f"{name}.yml", secrets={"canary": CANARY})
    assert CANARY not in str(caught.value)
    return caught.value.problems


def check(*names: str) -> Result:
    files = [str(FOLDER / f"{name}.yml") for name in names]
    return CliRunner().invoke(main, ["check", *files], env={"EVENTUM_SECRET_CANARY": CANARY})


@each
def test_every_problem_is_reported_with_its_path(name: str) -> None:
    found = problems(name)
    assert [problem.path for problem in found] == [item["path"] for item in EXPECTED[name]]


@each
def test_every_problem_says_what_is_wrong(name: str) -> None:
    for problem, item in zip(problems(name), EXPECTED[name], strict=True):
        assert item["says"] in str(problem)


@each
def test_every_problem_names_the_file(name: str) -> None:
    assert {Path(problem.file).name for problem in problems(name)} == {f"{name}.yml"}


@each
def test_check_reports_the_same_and_exits_with_2(name: str) -> None:
    result = check(name)
    assert result.exit_code == 2, result.output
    for item in EXPECTED[name]:
        assert item["path"] in result.output
        assert item["says"] in result.output
    assert "Traceback" not in result.output
    assert CANARY not in result.output


def test_every_file_is_expected_to_fail() -> None:
    files = {path.stem for path in FOLDER.glob("*.yml")} - {"expected"}
    assert files == set(EXPECTED)
    assert len(files) >= 45


def test_every_shipped_plugin_has_a_broken_configuration() -> None:
    from eventum_core import Registry

    said = " ".join(item["path"] for items in EXPECTED.values() for item in items)
    texts = said + " ".join(path.read_text("utf-8", "replace") for path in FOLDER.glob("*.yml"))
    shipped = {ref.name for ref in Registry().refs() if ref.target.startswith("eventum_core.")}
    assert {name for name in shipped if name not in texts} == set()
