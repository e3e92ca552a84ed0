from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from eventum_core import ConfigError
from eventum_core.application import Application, read_application
from eventum_core.config import Settings
from eventum_core.startup import (
    Entry,
    laid_over,
    placed,
    read_startup,
    warn_of_outsiders,
)

FOLDER = Path(__file__).parents[2] / "fixtures" / "invalid-app"
CANARY = "Canary-3f9c-Of-The-Mine"
EXPECTED: dict[str, list[dict[str, str]]] = yaml.safe_load(
    (FOLDER / "expected.yml").read_text("utf-8")
)


def application(folder: Path, text: str = "") -> Application:
    path = folder / "eventum.yml"
    path.write_text(text, "utf-8")
    return read_application(path)


def entries(folder: Path, startup: str, text: str = "") -> list[Entry]:
    (folder / "startup.yml").write_text(startup, "utf-8")
    return read_startup(application(folder, text))


@pytest.mark.parametrize("text", ["", "# nothing\n", "[]", "---\n"])
def test_a_file_may_be_empty(tmp_path: Path, text: str) -> None:
    assert entries(tmp_path, text) == []


def test_an_entry_has_settings_and_says_whether_it_starts(tmp_path: Path) -> None:
    text = """
    - {id: web, path: web/generator.yml, live_mode: off, params: {host: a, port: 5}}
    - id: shop
      path: /srv/shop/generator.yml
      autostart: no
      scenarios: [busy-day, night]
      queue.max_event_batches: 3
      seed: 7
    """
    web, shop = entries(tmp_path, text)
    assert (web.settings.id, web.settings.live_mode) == ("web", False)
    assert web.settings.path == tmp_path / "generators/web/generator.yml"
    assert web.settings.params == {"host": "a", "port": 5}
    assert (web.autostart, web.scenarios) == (True, ())
    assert type(web.settings) is Settings
    assert (shop.autostart, shop.scenarios) == (False, ("busy-day", "night"))
    assert shop.settings.path == Path("/srv/shop/generator.yml")
    assert (shop.settings.queue.max_event_batches, shop.settings.seed) == (3, 7)


@pytest.mark.parametrize(
    ("generation", "entry", "size", "delay"),
    [
        ("{}", "{}", 10_000, 1.0),
        ("{}", "{batch.size: 50}", 50, 1.0),
        ("{}", "{batch: {size: 50, delay: null}}", 50, None),
        ("{}", "{batch.delay: 3}", 10_000, 3.0),
        ("{batch.size: 500}", "{}", 500, None),
        ("{batch.size: 500}", "{batch.delay: 3}", 500, 3.0),
        ("{batch: {size: 500, delay: 2}}", "{batch: {size: 5}}", 5, 2.0),
        ("{batch: {size: 500, delay: 2}}", "{batch: null}", 10_000, 1.0),
    ],
)
def test_an_entry_is_laid_over_what_all_inherit_leaf_by_leaf(
    tmp_path: Path, generation: str, entry: str, size: int | None, delay: float | None
) -> None:
    own = yaml.safe_load(entry)
    startup = yaml.safe_dump([{"id": "web", "path": "web", **own}])
    (found,) = entries(tmp_path, startup, f"generation: {generation}")
    assert (found.settings.batch.size, found.settings.batch.delay) == (size, delay)


def test_other_settings_are_inherited_too(tmp_path: Path) -> None:
    general = "generation: {timezone: Europe/Berlin, queue.max_event_batches: 3, keep_order: on}"
    own = "- {id: web, path: web, queue.max_timestamp_batches: 4, keep_order: off}"
    (found,) = entries(tmp_path, own, general)
    queue = found.settings.queue
    assert (queue.max_timestamp_batches, queue.max_event_batches) == (4, 3)
    assert (found.settings.timezone, found.settings.keep_order) == ("Europe/Berlin", False)


def test_laid_over_leaves_both_as_they_were() -> None:
    below, above = {"a": {"b": 1, "c": {"d": 2}}}, {"a": {"c": {"e": 3}}, "f": {}}
    assert laid_over(below, above) == {"a": {"b": 1, "c": {"d": 2, "e": 3}}, "f": {}}
    assert (below, above) == ({"a": {"b": 1, "c": {"d": 2}}}, {"a": {"c": {"e": 3}}, "f": {}})


@pytest.mark.parametrize(
    ("files", "given", "found"),
    [
        ([], "web/generator.yml", "generators/web/generator.yml"),
        (["generators/web/generator.yml"], "web/generator.yml", "generators/web/generator.yml"),
        (["generators/web/generator.yml"], "web", "generators/web/generator.yml"),
        (
            ["generators/web/generator.yml"],
            "generators/web/generator.yml",
            "generators/web/generator.yml",
        ),
        (["web/generator.yml"], "web/generator.yml", "web/generator.yml"),
        (["web/generator.yml"], "web", "web/generator.yml"),
        (["generators/a.yml", "a.yml"], "a.yml", "generators/a.yml"),
    ],
)
def test_relative_paths_belong_to_the_generators_or_else_to_the_startup_file(
    tmp_path: Path, files: list[str], given: str, found: str
) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert placed(application(tmp_path), Path(given)) == tmp_path / found


@pytest.mark.parametrize("path", ["x" * 5000, "~nobody-of-this-name/x", "a\0b"])
def test_a_path_that_cannot_be_is_none_that_exists(tmp_path: Path, path: str) -> None:
    assert placed(application(tmp_path), Path(path)) == tmp_path / "generators" / path


def test_the_files_name_in_a_folder_is_the_applications(tmp_path: Path) -> None:
    (tmp_path / "generators/web").mkdir(parents=True)
    app = application(tmp_path, "path.generator_config_filename: config.yaml")
    assert placed(app, Path("web")) == tmp_path / "generators/web/config.yaml"


def test_of_equal_ids_the_first_counts_and_the_others_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found = entries(tmp_path, "[{id: a, path: x}, {id: b, path: y}, {id: a, path: z}]")
    assert [entry.settings.path.name for entry in found] == ["x", "y"]
    assert [(r.levelname, r.args) for r in caplog.records] == [("ERROR", ("a",))]


@pytest.mark.parametrize("name", [name for name in EXPECTED if name.startswith("startup-")])
def test_every_problem_is_told_with_file_path_and_reason(tmp_path: Path, name: str) -> None:
    path = FOLDER / f"{name}.yml"
    with pytest.raises(ConfigError) as caught:
        read_startup(application(tmp_path, f"path.startup: '{path}'"))
    found = caught.value.problems
    assert [problem.path for problem in found] == [item["path"] for item in EXPECTED[name]]
    for problem, item in zip(found, EXPECTED[name], strict=True):
        assert item["says"] in str(problem)
        assert problem.file == str(path)
        assert problem.line or not problem.path
    assert CANARY not in str(caught.value)


def test_a_missing_file_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"startup\.yml: cannot be read.*with \[\] in it"):
        read_startup(application(tmp_path))


def test_a_restricted_application_trusts_nobody(tmp_path: Path) -> None:
    restricted = "policy: restricted"
    (found,) = entries(tmp_path, "[{id: a, path: x}]", restricted)
    assert found.settings.policy == "restricted"
    with pytest.raises(ConfigError, match=r"\[0\]\.policy: not allowed \(got trusted\)"):
        entries(tmp_path, "[{id: a, path: x, policy: trusted}]", restricted)


def test_a_trusting_application_may_have_restricted_entries(tmp_path: Path) -> None:
    found = entries(tmp_path, "[{id: a, path: x, policy: restricted}, {id: b, path: y}]")
    assert [entry.settings.policy for entry in found] == ["restricted", "trusted"]


def test_generators_outside_of_the_folder_are_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = f"[{{id: in, path: x}}, {{id: out, path: '{tmp_path}/x.yml'}}]"
    found = entries(tmp_path, text)
    warn_of_outsiders(application(tmp_path), found)
    assert ["'out'" in record.getMessage() for record in caplog.records] == [True]


def test_params_are_kept_as_they_are(tmp_path: Path) -> None:
    params: dict[str, Any] = {"deep": {"list": [1, {"x": None}]}, "on": True}
    (found,) = entries(tmp_path, yaml.safe_dump([{"id": "a", "path": "x", "params": params}]))
    assert found.settings.params == params
