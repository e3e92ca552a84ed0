from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from eventum_core.cli.keyring import main

DEFAULT = Path(__file__).parent.parent / "keyrings" / "default-password.cfg"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EVENTUM_KEYRING_PASSWORD", "hunter2")
    return tmp_path / "secrets.cfg"


def call(*args: object, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args], input=stdin, catch_exceptions=False)


def test_set_get_list_remove(path: Path) -> None:
    done = call("set", "db", "s3cret", "--cryptfile", path)
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "Done\n")
    got = call("get", "db", "--cryptfile", path)
    assert (got.exit_code, got.stdout, got.stderr) == (0, "s3cret\n", "")
    assert call("list", "--cryptfile", path).stdout == "db\n"
    removed = call("remove", "db", "--cryptfile", path)
    assert (removed.exit_code, removed.stdout, removed.stderr) == (0, "", "Done\n")
    assert call("list", "--cryptfile", path).stdout == ""


def test_a_value_from_stdin(path: Path) -> None:
    assert call("set", "key", "--cryptfile", path, stdin="line 1\nline 2\n").exit_code == 0
    assert call("get", "key", "--cryptfile", path).stdout == "line 1\nline 2\n"


def test_the_warning_about_the_password_is_not_on_stdout() -> None:
    result = call("get", "db", "--cryptfile", DEFAULT)
    assert (result.exit_code, result.stdout) == (0, "well known\n")
    assert "EVENTUM_KEYRING_PASSWORD is not set" in result.stderr


def test_the_default_file_is_in_the_user_s_folder(path: Path, tmp_path: Path) -> None:
    assert call("list").stdout == ""
    assert call("set", "a", "b").exit_code == 0
    assert call("list").stdout == "a\n"
    assert not path.exists()


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["get", "nope"], 1),
        (["remove", "nope"], 1),
        (["set", " ", "x"], 1),
        (["set", "x", " "], 1),
        (["get"], 2),
        (["nope"], 2),
        (["get", "x", "--cryptfile", "no-such-file"], 2),
        (["remove", "x", "--cryptfile", "no-such-file"], 2),
    ],
)
@pytest.mark.usefixtures("path")
def test_errors(args: list[str], code: int) -> None:
    result = call(*args)
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr
    assert "Traceback" not in result.stderr


def test_a_wrong_password_shows_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call("set", "db", "canary", "--cryptfile", path)
    monkeypatch.setenv("EVENTUM_KEYRING_PASSWORD", "canary-password")
    result = call("get", "db", "--cryptfile", path)
    assert (result.exit_code, "wrong password" in result.stderr) == (1, True)
    assert "canary" not in result.output
