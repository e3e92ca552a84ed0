from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
import yaml

from eventum_core import ConfigError, redact
from eventum_core.application import (
    Application,
    Generation,
    Server,
    is_loopback,
    read_application,
)
from eventum_core.config import Settings
from eventum_core.describe import json_schema, option_docs

FOLDER = Path(__file__).parents[2] / "fixtures" / "invalid-app"
CANARY = "Canary-3f9c-Of-The-Mine"
EXPECTED: dict[str, list[dict[str, str]]] = yaml.safe_load(
    (FOLDER / "expected.yml").read_text("utf-8")
)
FULL = """\
server:
  ui_enabled: off
  api_enabled: yes
  host: 127.0.0.1
  port: "9475"
  ssl:
    enabled: false
    verify_mode: optional
    ca_cert: /etc/ssl/ca.pem
    cert: /etc/ssl/cert.pem
    cert_key: /etc/ssl/key.pem
  auth: {user: joe, password: not-the-default}
  mcp: {enabled: true, allow_write: true, path: /, allowed_hosts: [localhost, "localhost:9474"]}
generation:
  timezone: Europe/Berlin
  batch.size: 500
  queue: {max_timestamp_batches: 5, max_event_batches: 6}
  keep_order: true
  max_concurrency: 7
  write_timeout: 8
log: {level: debug, format: json, max_bytes: 2048, backups: 1}
path:
  logs: /var/log/eventum
  startup: /etc/eventum/startup.yml
  generators_dir: /srv/generators
  keyring_cryptfile: /etc/eventum/cryptfile.cfg
  generator_config_filename: config.yaml
"""


def application(folder: Path, text: str = "") -> Application:
    path = folder / "eventum.yml"
    path.write_text(text, "utf-8")
    return read_application(path)


@pytest.mark.parametrize("text", ["", "# nothing\n", "server:\nlog:\npath: {}\n", "server.auth:\n"])
def test_an_empty_file_is_enough(tmp_path: Path, text: str) -> None:
    app = application(tmp_path, text)
    assert app.file == tmp_path / "eventum.yml"
    assert (app.server.port, app.server.api_enabled, app.server.ui_enabled) == (9474, True, True)
    assert (app.log.level, app.log.format, app.log.backups) == ("info", "plain", 5)
    assert app.log.max_bytes == 10_485_760
    assert app.path.logs == tmp_path / "logs"
    assert app.path.startup == tmp_path / "startup.yml"
    assert app.path.generators_dir == tmp_path / "generators"
    assert app.path.keyring_cryptfile is None
    assert app.path.generator_config_filename == "generator.yml"
    assert app.policy == "trusted"


def test_everything_can_be_said(tmp_path: Path) -> None:
    app = application(tmp_path, FULL)
    server, ssl = app.server, app.server.ssl
    assert (server.ui_enabled, server.api_enabled, server.port) == (False, True, 9475)
    assert (ssl.verify_mode, ssl.cert) == ("optional", Path("/etc/ssl/cert.pem"))
    assert (server.auth.user, server.auth.password.get_secret_value()) == ("joe", "not-the-default")
    assert (server.mcp.path, server.mcp.allowed_hosts) == ("/", ("localhost", "localhost:9474"))
    assert app.generation.timezone == "Europe/Berlin"
    assert (app.log.level, app.log.max_bytes) == ("debug", 2048)
    assert app.path.generators_dir == Path("/srv/generators")
    assert app.path.keyring_cryptfile == Path("/etc/eventum/cryptfile.cfg")


def test_paths_belong_to_the_folder_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("conf").mkdir()
    Path("conf/eventum.yml").write_text("path: {logs: ../logs, startup: ~/s.yml}", "utf-8")
    app = read_application(Path("conf/eventum.yml"))
    assert app.path.logs == tmp_path / "conf/../logs"
    assert app.path.startup == Path("~/s.yml").expanduser()
    assert app.file == tmp_path / "conf/eventum.yml"


@pytest.mark.parametrize("name", [name for name in EXPECTED if name.startswith("app-")])
def test_every_problem_is_told_with_file_path_and_reason(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_application(FOLDER / f"{name}.yml")
    found = caught.value.problems
    assert [problem.path for problem in found] == [item["path"] for item in EXPECTED[name]]
    for problem, item in zip(found, EXPECTED[name], strict=True):
        assert item["says"] in str(problem)
        assert problem.file == str(FOLDER / f"{name}.yml")
        assert problem.line or not problem.path
    assert CANARY not in str(caught.value)
    assert "739184" not in str(caught.value)


def test_every_broken_file_is_expected() -> None:
    assert {path.stem for path in FOLDER.glob("*.yml")} == {*EXPECTED, "expected"}


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: None, "cannot be read: No such file"),
        (lambda path: path.mkdir(), "this is a folder, not a file"),
        (lambda path: path.write_bytes(b"log: \xff"), "not UTF-8 text"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, make: Any, says: str) -> None:
    path = tmp_path / "eventum.yml"
    make(path)
    with pytest.raises(ConfigError, match=says):
        read_application(path)


@pytest.mark.parametrize(
    ("host", "password", "address", "local"),
    [
        (None, "eventum", "127.0.0.1", True),
        ("localhost", "eventum", "localhost", True),
        ("::1", "eventum", "::1", True),
        (None, "of-our-own", "0.0.0.0", False),
        ("10.0.0.5", "of-our-own", "10.0.0.5", False),
        ("127.0.0.1", "of-our-own", "127.0.0.1", True),
    ],
)
def test_without_a_password_of_its_own_the_server_stays_local(
    tmp_path: Path, host: str | None, password: str, address: str, local: bool
) -> None:
    text = f"server: {{auth.password: {password}}}\n"
    text += f"server.host: '{host}'\n" if host else ""
    server = application(tmp_path, text).server
    assert (server.address, server.local) == (address, local)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "eventum.example"])
@pytest.mark.parametrize("user", ["eventum", "joe"])
def test_the_default_password_is_never_open_to_others(tmp_path: Path, host: str, user: str) -> None:
    text = f"server: {{host: '{host}', auth.user: {user}}}\n"
    with pytest.raises(ConfigError, match=r"server\.host: .*set server\.auth\.password"):
        application(tmp_path, text)
    assert application(tmp_path, text + "server.api_enabled: false\n").server.host == host


@pytest.mark.parametrize(
    ("host", "verdict"),
    [
        *[(host, True) for host in ("127.0.0.1", "127.9.9.9", "::1", "[::1]", "LocalHost")],
        *[(host, False) for host in ("0.0.0.0", "::", "localhost.example", "192.168.0.1", "x")],
    ],
)
def test_loopback(host: str, verdict: bool) -> None:
    assert is_loopback(host) is verdict


def test_the_password_is_never_shown(tmp_path: Path) -> None:
    app = application(tmp_path, f"server.auth.password: {CANARY}")
    assert CANARY not in repr(app) + str(app.model_dump()) + app.model_dump_json()
    assert redact(f"it is {CANARY}") == "it is ***"


def test_the_default_password_is_an_ordinary_word(tmp_path: Path) -> None:
    application(tmp_path, "server.auth: {user: joe, password: eventum}")
    assert redact("eventum") == "eventum"


def test_certificates_must_be_there(tmp_path: Path) -> None:
    text = "server.ssl: {enabled: true, cert: cert.pem, cert_key: key.pem}"
    with pytest.raises(ConfigError, match=r"server\.ssl\.cert: there is no such file"):
        application(tmp_path, text)
    for name in ("cert.pem", "key.pem"):
        (tmp_path / name).touch()
    assert application(tmp_path, text).server.ssl.cert == tmp_path / "cert.pem"


@pytest.mark.parametrize(
    ("text", "inherited"),
    [
        ("", {"batch": {"size": 10_000, "delay": 1.0}}),
        ("generation: {batch.size: 5}", {"batch": {"size": 5, "delay": None}}),
        (
            "generation: {keep_order: on, queue.max_event_batches: 3, batch: {delay: 2}}",
            {
                "keep_order": True,
                "queue": {"max_event_batches": 3},
                "batch": {"size": None, "delay": 2.0},
            },
        ),
        (
            "generation: {seed: 7, live_mode: false}",
            {"seed": 7, "live_mode": False, "batch": {"size": 10_000, "delay": 1.0}},
        ),
    ],
)
def test_entries_inherit_what_is_said_and_a_batch(
    tmp_path: Path, text: str, inherited: dict[str, Any]
) -> None:
    assert application(tmp_path, text).generation.inherited == inherited


def test_generation_offers_all_settings_but_an_entrys_own() -> None:
    own = {"id", "path", "params", "policy"}
    schema = json_schema(Generation)["properties"]
    assert set(schema) == set(Settings.model_fields) - own
    assert set(Generation().model_dump()) == set(schema)


def test_every_option_is_explained() -> None:
    schema = json_schema(Application)
    for name in ("Server", "Ssl", "Auth", "Mcp", "Log", "Paths", "Generation"):
        for option, said in schema["$defs"][name]["properties"].items():
            assert "description" in said or "$ref" in said, f"{name}.{option}"
    assert "default" not in option_docs(Server)["port"].lower()


def test_reading_says_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    application(tmp_path, FULL)
    assert caplog.text == ""
