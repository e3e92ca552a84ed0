from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from eventum_core.cli.options import (
    Command,
    as_arguments,
    file_argument,
    params_from,
    settings_from,
    settings_options,
)
from eventum_core.config import Settings
from eventum_core.errors import ConfigError

seen: list[Settings] = []


@click.command(cls=Command)
@file_argument
@settings_options()
def command(file: Path | None, **values: Any) -> None:
    seen.append(settings_from(file, values))


@pytest.fixture(autouse=True)
def _fresh() -> None:
    seen.clear()


def settings(*args: str) -> Settings:
    result = CliRunner().invoke(command, args, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return seen[-1]


EVERY_SETTING = [
    ("id", ["--id", "x"], "x"),
    ("path", ["--path", "a.yml"], Path("a.yml")),
    ("live_mode", ["--no-live-mode"], False),
    ("skip_past", ["--skip-past", "off"], False),
    ("speed", ["--speed", "2.5"], 2.5),
    ("params", ["--params", '{"a": {"b": 1}}'], {"a": {"b": 1}}),
    ("timezone", ["--timezone", "Europe/Berlin"], "Europe/Berlin"),
    ("batch.size", ["--batch.size", "5000"], 5000),
    ("batch.delay", ["--batch.delay", "0.5"], 0.5),
    ("queue.max_timestamp_batches", ["--queue.max-timestamp-batches", "3"], 3),
    ("queue.max_event_batches", ["--queue.max-event-batches", "4"], 4),
    ("queue.max_event_bytes", ["--queue.max-event-bytes", "1MiB"], 1024 * 1024),
    ("keep_order", ["--keep-order"], True),
    ("max_concurrency", ["--max-concurrency", "7"], 7),
    ("write_timeout", ["--write-timeout", "8"], 8),
    ("seed", ["--seed", "42"], 42),
    ("now", ["--now", "2026-01-01T00:00:00Z"], "2026-01-01T00:00:00Z"),
    ("max_events", ["--max-events", "9"], 9),
    ("duration", ["--duration", "10m"], "10m"),
    ("since", ["--since", "2026-01-01"], "2026-01-01"),
    ("until", ["--until", "+1h"], "+1h"),
    ("policy", ["--policy", "restricted"], "restricted"),
]


@pytest.mark.parametrize(
    ("name", "args", "value"), EVERY_SETTING, ids=[name for name, *_ in EVERY_SETTING]
)
def test_every_option_reaches_its_setting(name: str, args: list[str], value: object) -> None:
    result: Any = settings(*(args if name == "path" else ["g.yml", *args]))
    for part in name.split("."):
        result = getattr(result, part)
    assert result == value


def test_the_table_above_is_complete() -> None:
    flat = {
        f"{name}.{inner}"
        for name in ("batch", "queue")
        for inner in getattr(Settings(path=Path("x")), name).__class__.model_fields
    }
    assert {name for name, *_ in EVERY_SETTING} == set(Settings.model_fields) - {
        "batch",
        "queue",
    } | flat


@pytest.mark.parametrize(
    ("args", "value"),
    [
        ([], True),
        (["--live-mode"], True),
        (["--no-live-mode"], False),
        (["--live-mode=false"], False),
        (["--live-mode=TRUE"], True),
        (["--live-mode", "--no-live-mode"], False),
        (["--no-live-mode", "--live-mode"], True),
        *((["--live-mode", word], True) for word in ("true", "1", "yes", "on", "t", "y", "True")),
        *((["--live-mode", word], False) for word in ("false", "0", "no", "off", "f", "n", "OFF")),
    ],
)
@pytest.mark.parametrize("last", [True, False], ids=["file last", "file first"])
def test_every_way_to_write_a_boolean(args: list[str], value: bool, last: bool) -> None:
    given = settings(*([*args, "g.yml"] if last else ["g.yml", *args]))
    assert (given.live_mode, given.path) == (value, Path("g.yml"))


def test_a_boolean_takes_no_file_for_its_value(tmp_path: Path) -> None:
    assert settings("--live-mode", str(tmp_path)).path == tmp_path


@pytest.mark.parametrize("args", [["--live-mode", "maybe"], ["--live-mode=maybe"]])
def test_an_unknown_boolean_is_a_problem(args: list[str]) -> None:
    with pytest.raises(ConfigError, match=r"--live-mode: .*boolean.*'maybe'"):
        settings(*args, "--path", "g.yml")


def test_what_follows_a_double_dash_is_no_option() -> None:
    assert settings("--keep-order", "--", "--no-live-mode").path == Path("--no-live-mode")


def test_no_value_goes_with_the_negative_form() -> None:
    result = CliRunner().invoke(command, ["g.yml", "--no-live-mode=true"])
    assert (result.exit_code, "No such option" in result.stderr) == (2, True)


def test_every_problem_is_told_at_once_by_its_option() -> None:
    with pytest.raises(ConfigError) as caught:
        settings("g.yml", "--batch.size", "0", "--timezone", "Nowhere", "--seed", "x")
    assert [problem.path for problem in caught.value.problems] == [
        "--timezone",
        "--batch.size",
        "--seed",
    ]


def test_one_bound_of_a_batch_leaves_the_other_open() -> None:
    assert settings("g.yml", "--batch.size", "5").batch.delay is None
    assert settings("g.yml").batch.size == 10_000


@pytest.mark.parametrize("args", [[], ["g.yml", "--path", "h.yml"]])
def test_the_file_is_given_exactly_once(args: list[str]) -> None:
    assert CliRunner().invoke(command, args).exit_code == 2


@pytest.mark.parametrize("name", ["generator.yml", "generator.yaml"])
def test_a_folder_stands_for_the_file_in_it(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert settings(str(tmp_path)).path == tmp_path / name


def test_single_params_win_and_nest() -> None:
    given = settings(
        "g.yml", "--params", '{"a": 1, "b": {"c": 2}}', "--param", "a=x=y", "--param", "b.d=3"
    )
    assert given.params == {"a": "x=y", "b": {"c": 2, "d": "3"}}


@pytest.mark.parametrize(
    ("text", "pairs"),
    [('{"password": "canary"', ()), ('["canary"]', ()), (None, ["canary"]), (None, ["=canary"])],
)
def test_broken_params_are_refused_and_not_repeated(text: str | None, pairs: list[str]) -> None:
    with pytest.raises(click.BadParameter) as caught:
        params_from(text, pairs)
    assert "canary" not in caught.value.format_message()


def test_settings_turn_into_the_arguments_that_give_them() -> None:
    args = ["g.yml", "--no-live-mode", "--params", '{"a": 1}', "--batch.size", "5", "--seed", "4"]
    first = settings(*args, "--keep-order", "--timezone", "Asia/Tokyo")
    assert settings(*as_arguments(first)) == first
    assert "--seed" not in as_arguments(first, without=["seed"])


def test_help_says_what_the_docstrings_say() -> None:
    text = " ".join(CliRunner().invoke(command, ["--help"]).output.split())
    assert "--live-mode / --no-live-mode [BOOLEAN]" in text
    assert "IANA name of the zone in which schedules are meant" in text
    assert "[default: UTC]" in text
    assert "[trusted|restricted]" in text


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("since", date(2026, 1, 5), "2026-01-05"),
        ("now", datetime(2026, 1, 5, 9, tzinfo=UTC), "2026-01-05T09:00:00+00:00"),
        ("duration", 90, "90"),
    ],
)
def test_what_yaml_makes_of_a_text_is_text_again(name: str, value: object, text: str) -> None:
    assert getattr(Settings.model_validate({"path": "x", name: value}), name) == text
