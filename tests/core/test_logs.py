from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest

from eventum_core import ConfigError
from eventum_core.application import Application, read_application
from eventum_core.logs import (
    file_name,
    generator_file,
    main_file,
    owner,
    server_file,
    written,
)
from eventum_core.secrets import remember

CANARY = 'Canary "of" the mine'


def application(folder: Path, text: str = "") -> Application:
    path = folder / "eventum.yml"
    path.write_text(text, "utf-8")
    return read_application(path)


def log(name: str, text: str = "hello", level: int = logging.INFO, **options: Any) -> None:
    logging.getLogger(name).log(level, text, **options)


def texts(folder: Path) -> dict[str, str]:
    """Return the log files' texts by name."""
    return {path.name: path.read_text("utf-8") for path in sorted((folder / "logs").iterdir())}


def test_each_record_is_in_one_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app = application(tmp_path)
    with written(app, {"shop", "shop.eu", "server.access", "audit"}):
        for name in (
            *(
                "",
                "eventum_core.fleet",
                "eventum_core.secrets",
                "eventum_core.server.audit",
                "eventum.unknown",
            ),
            *("eventum.shop", "eventum.shop.plugin", "eventum.shop.eu", "eventum.shop.eu.a.b"),
            *("eventum_core.server.access", "eventum_core.server.error"),
        ):
            log(name, f"from <{name}>")
    found = {name: re.findall("from <(.*?)>", text) for name, text in texts(tmp_path).items()}
    assert found == {
        "main.log": [
            *(
                "",
                "eventum_core.fleet",
                "eventum_core.secrets",
                "eventum_core.server.audit",
                "eventum.unknown",
            )
        ],
        "generator_shop.log": ["eventum.shop", "eventum.shop.plugin"],
        "generator_shop.eu.log": ["eventum.shop.eu", "eventum.shop.eu.a.b"],
        "server_access.log": ["eventum_core.server.access"],
        "server_error.log": ["eventum_core.server.error"],
    }
    shown = re.findall("from <(.*?)>", capsys.readouterr().err)
    assert set(shown) == {name for names in found.values() for name in names} - {
        "eventum_core.server.access"
    }


@pytest.mark.parametrize(
    ("logger", "known", "id"),
    [
        ("eventum.a", {"a"}, "a"),
        ("eventum.a.b", {"a"}, "a"),
        ("eventum.a.b", {"a", "a.b"}, "a.b"),
        ("eventum.a.b.c", {"a", "a.b"}, "a.b"),
        ("eventum.ab", {"a"}, ""),
        ("eventum.b", {"a"}, ""),
        ("eventum", {"eventum"}, ""),
        ("other.a", {"a", "other.a", "other"}, ""),
        ("eventum..", {"."}, "."),
    ],
)
def test_the_longest_id_owns_a_logger(logger: str, known: set[str], id: str) -> None:
    assert owner(logger, known) == id


@pytest.mark.parametrize(
    ("id", "name"),
    [
        ("shop", "shop"),
        ("shop.eu-1_a", "shop.eu-1_a"),
        ("магазин", "магазин"),
        ("../../etc/passwd", "..%2F..%2Fetc%2Fpasswd"),
        ("a/b", "a%2Fb"),
        ("a%2Fb", "a%252Fb"),
        ("a\\b:c", "a%5Cb%3Ac"),
        ("two words", "two words"),
        ("line\nbreak\0", "line%0Abreak%00"),
    ],
)
def test_ids_as_names_of_files(tmp_path: Path, id: str, name: str) -> None:
    assert file_name(id) == name
    path = generator_file(application(tmp_path), id)
    assert path == tmp_path / "logs" / f"generator_{name}.log"
    path.parent.mkdir()
    path.touch()


def test_long_ids_have_short_names_that_differ() -> None:
    names = {file_name("я" * 500 + end) for end in ("", "a", "b")}
    assert len(names) == 3
    assert max(len(f"generator_{name}.json.10".encode()) for name in names) < 200


def test_names_of_the_files(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    plain = application(tmp_path)
    assert main_file(plain) == folder / "main.log"
    assert generator_file(plain, "a") == folder / "generator_a.log"
    as_json = application(tmp_path, "log.format: json")
    assert main_file(as_json) == folder / "main.json"
    assert generator_file(as_json, "a") == folder / "generator_a.json"
    assert server_file(as_json, "access") == folder / "server_access.log"
    assert server_file(as_json, "error") == folder / "server_error.log"


def test_a_plain_line_has_time_level_message_logger_and_context(tmp_path: Path) -> None:
    with written(application(tmp_path), {"shop"}):
        logging.getLogger("eventum.shop").warning("%d of %d", 2, 3, extra={"host": "a b"})
    (line,) = texts(tmp_path)["generator_shop.log"].splitlines()
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \[warning\s*\] 2 of 3\s+\[eventum\.shop\]"
        r" generator_id=shop host='a b'",
        line,
    )


def test_a_json_line_is_one_object(tmp_path: Path) -> None:
    with written(application(tmp_path, "log.format: json"), {"shop"}):
        log("eventum.shop", "two\nlines", extra={"count": 2, "path": Path("é")})
        log("eventum_core.server.access", "GET /")
        try:
            raise ValueError("wrong")
        except ValueError:
            logging.getLogger("main").exception("failed")
    found = texts(tmp_path)
    record = json.loads(found["generator_shop.json"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", record.pop("timestamp"))
    assert record == {
        "event": "two\nlines",
        "level": "info",
        "logger": "eventum.shop",
        "generator_id": "shop",
        "count": 2,
        "path": "é",
    }
    failed = json.loads(found["main.json"])
    assert (failed["event"], failed["level"]) == ("failed", "error")
    assert "ValueError: wrong" in failed["exception"]
    assert "[info" in found["server_access.log"]


@pytest.mark.parametrize("format", ["plain", "json"])
def test_no_handler_shows_a_secret(
    tmp_path: Path, format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    remember(CANARY)
    with written(application(tmp_path, f"log: {{format: {format}, level: debug}}"), {"shop"}):
        for name in (
            "main",
            "eventum.shop",
            "eventum_core.server.access",
            "eventum_core.server.error",
        ):
            log(name, f"it is {CANARY}", extra={"context": CANARY, "deep": {"list": [CANARY]}})
            try:
                raise ValueError(CANARY)
            except ValueError:
                logging.getLogger(name).exception("to http://joe:hunter2@db/: %s", CANARY)
    everything = "".join(texts(tmp_path).values()) + capsys.readouterr().err
    assert everything.count("***") > 20
    assert "Canary" not in everything
    assert "hunter2" not in everything


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error", "critical"])
def test_the_level_counts_everywhere(tmp_path: Path, level: str) -> None:
    names = ["debug", "info", "warning", "error", "critical"]
    with written(application(tmp_path, f"log.level: {level}"), {"shop"}):
        for logger in ("main", "eventum.shop", "eventum_core.server.error"):
            for name in names:
                log(logger, name, getattr(logging, name.upper()))
    for text in texts(tmp_path).values():
        assert re.findall(r"Z \[(\w+)", text) == names[names.index(level) :]


def test_libraries_that_tell_everything_are_only_heard_when_they_warn(tmp_path: Path) -> None:
    with written(application(tmp_path, "log.level: debug")):
        log("httpx", "request")
        log("httpx", "trouble", logging.WARNING)
    assert re.findall("request|trouble", texts(tmp_path)["main.log"]) == ["trouble"]
    assert logging.getLogger("httpx").level == logging.NOTSET


def test_a_full_file_is_put_aside(tmp_path: Path) -> None:
    with written(application(tmp_path, "log: {max_bytes: 1024, backups: 2}"), {"shop"}):
        for number in range(60):
            log("eventum.shop", f"number {number}")
    found = texts(tmp_path)
    names = ["generator_shop.log", "generator_shop.log.1", "generator_shop.log.2", "main.log"]
    assert list(found) == names
    assert all(len(found[name]) <= 1024 for name in names)
    assert "number 59" in found["generator_shop.log"]
    assert "number 0" not in "".join(found.values())


def test_afterwards_everything_is_as_before(tmp_path: Path) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with pytest.raises(KeyError), written(application(tmp_path, "log.level: debug")):
        raise KeyError
    assert (root.handlers, root.level) == (handlers, level)


def test_a_later_run_appends(tmp_path: Path) -> None:
    for text in ("first", "second"):
        with written(application(tmp_path)):
            log("main", text)
    assert len(texts(tmp_path)["main.log"].splitlines()) == 2


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    app = application(tmp_path, "path.logs: file/logs")
    before = logging.getLogger().handlers[:]
    with (
        pytest.raises(ConfigError, match=r"eventum\.yml: path\.logs: no logs can be written"),
        written(app),
    ):
        pass
    assert logging.getLogger().handlers == before


def test_files_of_generators_that_are_gone_are_closed(tmp_path: Path) -> None:
    known = {"stays"}
    with written(application(tmp_path), known):
        log("eventum.stays", "one")
        for number in range(20):
            known.add(id := f"web{number}")
            log(f"eventum.{id}")
            known.remove(id)
        log("eventum.stays", "two")
        assert len(open_files(tmp_path)) <= 3  # with the main file, and that of the last one
        known.add("web7")
        log("eventum.web7", "again")
    found = texts(tmp_path)
    assert found["generator_stays.log"].count("\n") == 2
    assert found["generator_web7.log"].count("\n") == 2


def open_files(folder: Path) -> list[str]:
    """Return the log files in a folder that are open."""
    made = [getattr(handler, "_open", {}) for handler in logging.getLogger().handlers]
    return [str(path) for files in made for path in files if path.is_relative_to(folder)]
