"""The files under ``keyrings`` were written by keyrings.cryptfile of the version they name."""

from __future__ import annotations

import logging
import shutil
import stat
import sys
from pathlib import Path
from threading import Thread

import pytest

from eventum_core.cryptfile import Keyring, SecretError, _derived, default_path

FILES = Path(__file__).parent / "keyrings"
PASSWORD = "hunter2"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "secrets.cfg"


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """Return a copy of a file that the other library made."""
    return Path(shutil.copy(FILES / "cryptfile-1.3.9.cfg", tmp_path / "foreign.cfg"))


@pytest.fixture
def with_default_password(tmp_path: Path) -> Path:
    return Path(shutil.copy(FILES / "default-password.cfg", tmp_path / "default.cfg"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("db", 'pa"ss: #1'),
        ("MySec", "öpen sesame"),
        ("mysec", "öpen sesame"),
        ("MYSEC", "öpen sesame"),
        ("my-api_key.ü", "line1\nline2"),
    ],
)
def test_reads_what_the_library_wrote(name: str, value: str) -> None:
    assert Keyring(FILES / "cryptfile-1.3.9.cfg", PASSWORD).get(name) == value


@pytest.mark.parametrize("name", ["Old", "old"])
def test_reads_the_other_header_of_older_versions(name: str) -> None:
    assert Keyring(FILES / "cryptfile-1.3.8.cfg", PASSWORD).get(name) == "from 1.3.8"


def test_names_need_no_password() -> None:
    assert Keyring(FILES / "cryptfile-1.3.9.cfg", "wrong").names() == [
        "db",
        "my-api_key.ü",
        "mysec",
    ]


def test_what_is_set_is_got(path: Path) -> None:
    keyring = Keyring(path, PASSWORD)
    values = {"token": "first", "a-b_c.d e": "sécond\n%(line)s", "ключ 100%": "[eventum]\nx = 1"}
    for name, value in values.items():
        keyring.set(name, value)
    assert {name: keyring.get(name) for name in keyring.names()} == values


def test_a_value_is_replaced(path: Path) -> None:
    keyring = Keyring(path, PASSWORD)
    keyring.set("token", "first")
    keyring.set("token", "second")
    assert (keyring.get("token"), keyring.names()) == ("second", ["token"])


def test_the_spelling_is_kept_and_any_case_finds_it(path: Path) -> None:
    keyring = Keyring(path, PASSWORD)
    keyring.set("MySec", "value")
    assert (keyring.names(), keyring.get("mYsEC")) == (["MySec"], "value")


def test_two_names_may_not_differ_in_case_alone(path: Path) -> None:
    keyring = Keyring(path, PASSWORD)
    keyring.set("MySec", "value")
    with pytest.raises(SecretError, match="'mysec' and 'MySec' differ in case alone"):
        keyring.set("mysec", "other")
    assert keyring.get("MySec") == "value"


def test_a_lower_cased_name_of_the_library_regains_its_spelling(foreign: Path) -> None:
    keyring = Keyring(foreign, PASSWORD)
    keyring.set("MySec", "new")
    assert keyring.names() == ["MySec", "db", "my-api_key.ü"]
    assert keyring.get("MySec") == "new"


def test_other_services_in_the_file_stay(foreign: Path) -> None:
    Keyring(foreign, PASSWORD).remove("db")
    assert "[other]\nthing =" in foreign.read_text("utf-8")
    assert "db" not in Keyring(foreign).names()


@pytest.mark.skipif(sys.platform == "win32", reason="no such modes there")
def test_only_the_owner_may_read_the_file(path: Path) -> None:
    Keyring(path, PASSWORD).set("a", "b")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_stays_a_link(path: Path, tmp_path: Path) -> None:
    Keyring(path, PASSWORD).set("a", "b")
    link = tmp_path / "link.cfg"
    link.symlink_to(path)
    Keyring(link, PASSWORD).set("c", "d")
    assert link.is_symlink()
    assert Keyring(path).names() == ["a", "c"]


def test_a_wrong_password_is_told_as_such(foreign: Path) -> None:
    before = foreign.read_bytes()
    keyring = Keyring(foreign, "wrong")
    for call in (lambda: keyring.get("db"), lambda: keyring.remove("db")):
        with pytest.raises(SecretError, match="wrong password"):
            call()
    with pytest.raises(SecretError, match="wrong password"):
        keyring.set("db", "x")
    assert foreign.read_bytes() == before


def test_a_file_without_reference_is_not_written_under_another_password(foreign: Path) -> None:
    section = foreign.read_text("utf-8").partition("[eventum]")
    foreign.write_text("".join(section[1:]), "utf-8")
    with pytest.raises(SecretError, match="opens none of the secrets"):
        Keyring(foreign, "wrong").set("db", "x")
    Keyring(foreign, PASSWORD).set("db", "x")
    assert Keyring(foreign, PASSWORD).get("mysec") == "öpen sesame"


def test_the_default_password_reads_with_a_warning(
    with_default_password: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "eventum_core.secrets"):
        assert Keyring(with_default_password).get("db") == "well known"
    assert "EVENTUM_KEYRING_PASSWORD is not set" in caplog.text


def test_the_default_password_never_writes(path: Path, with_default_password: Path) -> None:
    with pytest.raises(SecretError, match="set EVENTUM_KEYRING_PASSWORD"):
        Keyring(path).set("a", "b")
    with pytest.raises(SecretError, match="set EVENTUM_KEYRING_PASSWORD"):
        Keyring(with_default_password).remove("db")
    assert not path.exists()


def test_the_password_comes_from_the_environment(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENTUM_KEYRING_PASSWORD", PASSWORD)
    Keyring(path).set("a", "b")
    assert Keyring(path, PASSWORD).get("a") == "b"


def test_a_blank_password_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTUM_KEYRING_PASSWORD", " ")
    with pytest.raises(SecretError, match="blank"):
        Keyring(path)


@pytest.mark.parametrize("name, value", [("", "x"), (" ", "x"), ("x", ""), ("x", "\n")])
def test_blanks_are_refused(path: Path, name: str, value: str) -> None:
    with pytest.raises(SecretError, match="must not be blank"):
        Keyring(path, PASSWORD).set(name, value)


def test_a_missing_secret_says_how_to_add_it_and_makes_no_file(path: Path) -> None:
    with pytest.raises(SecretError, match="eventum-keyring set nope"):
        Keyring(path, PASSWORD).get("nope")
    assert not path.exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no ini", "no keyring"),
        ("[eventum]\ndb = ???", "damaged"),
        ("[eventum]\ndb = e30=", "damaged"),
        ("[keyring_2Dsetting]\nscheme = [PBKDF2] AES256.CFB", "encrypted as"),
    ],
)
def test_what_is_no_keyring_is_told(path: Path, text: str, message: str) -> None:
    path.parent.mkdir()
    path.write_text(text, "utf-8")
    with pytest.raises(SecretError, match=message):
        Keyring(path, PASSWORD).get("db")


def test_a_folder_is_no_keyring(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match="cannot be read"):
        Keyring(tmp_path, PASSWORD).names()


def test_the_default_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_path() == tmp_path / "python_keyring" / "cryptfile_pass.cfg"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert default_path().parts[-4:-1] == (".local", "share", "python_keyring")


def test_the_library_reads_what_we_write(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = pytest.importorskip("keyrings.cryptfile.cryptfile")
    Keyring(path, PASSWORD).set("MySec", "öpen")
    theirs = library.CryptFileKeyring()
    # The path first: setting the key opens the file.
    theirs.file_path = str(path)
    theirs.keyring_key = PASSWORD
    assert theirs.get_password("eventum", "MySec") == "öpen"
    theirs.set_password("eventum", "Theirs", "back")
    assert Keyring(path, PASSWORD).get("Theirs") == "back"


def test_the_warning_about_the_default_password_comes_once(
    foreign: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(SecretError, match="wrong password"):
        Keyring(foreign).get("db")
    assert caplog.text.count("EVENTUM_KEYRING_PASSWORD is not set") == 1


def test_the_way_to_add_a_secret_names_a_file_that_is_not_the_default(
    foreign: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "none"))
    with pytest.raises(SecretError) as elsewhere:
        Keyring(foreign, PASSWORD).get("a b")
    with pytest.raises(SecretError) as default:
        Keyring(password=PASSWORD).get("a b")
    assert elsewhere.value.fix == f"add it with: eventum-keyring set 'a b' --cryptfile {foreign}"
    assert default.value.fix == "add it with: eventum-keyring set 'a b'"


def test_threads_may_read_at_the_same_time(foreign: Path) -> None:
    """Derivations that overlap inside of OpenSSL would wait for each other for ever."""
    names = ["db", "MySec"]
    found: dict[str, str] = {}

    def read(name: str) -> None:
        found[name] = Keyring(foreign, PASSWORD).get(name)

    threads = [Thread(target=read, args=(name,), daemon=True) for name in names]
    _derived.cache_clear()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == {"db": 'pa"ss: #1', "MySec": "öpen sesame"}
