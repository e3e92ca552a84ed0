"""What is kept on disk is found again, is nobody else's, and is never needed."""

from __future__ import annotations

import logging
import os
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from errno import ENOSPC
from pathlib import Path

import pytest

from eventum_core import secrets
from eventum_core.templating import cache

VALUE = ("text", 1, -0.0, None, {"a": (True, b"x")}, compile("1 + 1", "a.jinja", "eval"))
needs_rights = pytest.mark.skipif(sys.platform == "win32", reason="no such rights of files")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where values are kept."""
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "kept"))
    return tmp_path / "kept"


def only_file(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file


def test_a_value_is_found_by_its_parts(folder):
    cache.put(VALUE, "a", 1, None)
    assert cache.get("a", 1, None) == VALUE
    assert repr(cache.get("a", 1, None)[2]) == "-0.0"
    for other in [("a", "1", None), ("a", 1), ("a", 1, None, None), ("a", 1, "")]:
        assert cache.get(*other) is None
    cache.put("new", "a", 1, None)
    assert cache.get("a", 1, None) == "new"


@needs_rights
def test_folder_and_files_are_the_users_alone(tmp_path, monkeypatch):
    before = os.umask(0)
    try:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home" / "caches"))
        cache.put(VALUE, "a")
    finally:
        os.umask(before)
    kept = tmp_path / "home" / "caches" / "eventum" / "templates"
    for path in (kept, kept.parent, kept.parent.parent, only_file(kept)):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077


@needs_rights
@pytest.mark.parametrize("mode", [0o777, 0o720, 0o702])
def test_a_folder_that_others_may_write_in_is_left_alone(folder, mode, caplog):
    cache.put(VALUE, "a")
    folder.chmod(mode)
    cache._cache.cache_clear()
    with caplog.at_level(logging.DEBUG):
        assert cache.get("a") is None
        cache.put(VALUE, "b")
    only_file(folder)
    assert [record.message for record in caplog.records] == [
        f"no template cache: others may write in {folder}"
    ]


@needs_rights
def test_a_file_that_others_may_write_is_made_again(folder):
    cache.put(VALUE, "a")
    only_file(folder).chmod(0o666)
    assert cache.get("a") is None
    cache.put(VALUE, "a")
    assert cache.get("a") == VALUE


@needs_rights
def test_what_belongs_to_someone_else_is_left_alone(folder, monkeypatch):
    cache.put(VALUE, "a")
    cache._cache.cache_clear()
    owner = folder.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert cache.get("a") is None
    cache.put(VALUE, "b")
    only_file(folder)


@needs_rights
def test_no_link_and_no_pipe_is_followed(folder, tmp_path):
    cache.put(VALUE, "a")
    file = only_file(folder)
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    assert cache.get("a") is None
    file.unlink()
    os.mkfifo(file)
    assert cache.get("a") is None


def test_damaged_files_are_made_again(folder):
    cache.put(VALUE, "a")
    file = only_file(folder)
    whole = file.read_bytes()
    parts = [whole[:size] for size in range(0, len(whole), 7)]
    flips = [whole[:n] + bytes([whole[n] ^ 255]) + whole[n + 1 :] for n in range(0, len(whole), 3)]
    for damaged in [*parts, *flips, whole + b"x", os.urandom(200)]:
        file.write_bytes(damaged)
        assert cache.get("a") is None
    cache.put(VALUE, "a")
    assert file.read_bytes()[:32] == whole[:32]
    assert cache.get("a") == VALUE


def test_a_file_under_the_name_of_another_is_not_taken_for_it(folder):
    cache.put("of a", "a")
    first = only_file(folder)
    content = first.read_bytes()
    first.unlink()
    cache.put("of b", "b")
    only_file(folder).write_bytes(content)
    assert cache.get("b") is None


@pytest.mark.parametrize(
    "change",
    [
        lambda patch: patch.setattr(sys, "version", "4.0"),
        lambda patch: patch.setattr(cache, "MAGIC_NUMBER", b"none"),
        lambda patch: patch.setattr(cache, "_jinja", lambda: "9"),
        lambda patch: patch.setattr(cache, "_sources", lambda: [Path(__file__)]),
    ],
    ids=["python", "bytecode", "jinja2", "sources"],
)
def test_other_versions_have_their_own(folder, monkeypatch, change):
    cache.put(VALUE, "a")
    with monkeypatch.context() as patch:
        change(patch)
        cache.makers.cache_clear()
        assert cache.get("a") is None
    cache.makers.cache_clear()
    assert cache.get("a") == VALUE


def test_without_sources_nothing_is_kept(folder, monkeypatch):
    monkeypatch.setattr(cache, "_sources", lambda: [Path("nowhere.py")])
    cache.makers.cache_clear()
    cache.put(VALUE, "a")
    assert cache.get("a") is None
    assert not folder.exists()
    monkeypatch.undo()
    cache.makers.cache_clear()


def test_the_sources_that_decide_are_there():
    names = {path.name for path in cache._sources()}
    assert {"cache.py", "environment.py", "expressions.py", "knowledge.py", "state.py"} <= names


@pytest.mark.parametrize("given", ["0", "false", "no", " off "])
def test_it_can_be_turned_off(monkeypatch, given):
    monkeypatch.setenv(cache.VARIABLE, given)
    assert cache.folder() is None
    cache.put(VALUE, "a")
    assert cache.get("a") is None


def test_where_it_lies(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    assert cache.folder() == tmp_path / "caches" / "eventum" / "templates"
    monkeypatch.setenv(cache.VARIABLE, "1")
    assert cache.folder() == tmp_path / "caches" / "eventum" / "templates"
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "mine"))
    assert cache.folder() == tmp_path / "mine"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(cache.VARIABLE, "here")
    assert cache.folder() == tmp_path / "here"


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {}, "home/.cache"),
        ("linux", {"XDG_CACHE_HOME": "relative"}, "home/.cache"),
        ("darwin", {}, "home/Library/Caches"),
        ("win32", {"LOCALAPPDATA": "local"}, "local"),
        ("win32", {}, "home/AppData/Local"),
    ],
)
def test_each_system_has_its_place(monkeypatch, tmp_path, platform, variables, expected):
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(Path, "home", lambda: Path("home"))
    monkeypatch.setattr(sys, "platform", platform)
    assert cache.folder() == Path(expected, "eventum", "templates")


def test_without_a_home_there_is_none(monkeypatch):
    def home():
        raise RuntimeError("no home")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", home)
    assert cache.folder() is None
    assert cache.get("a") is None


def test_a_folder_that_cannot_be_made(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    for wanted in (tmp_path / "file", tmp_path / "file" / "folder"):
        monkeypatch.setenv(cache.VARIABLE, str(wanted))
        cache.put(VALUE, "a")
        assert cache.get("a") is None


def test_a_full_disk_leaves_nothing_behind(folder, monkeypatch):
    def replace(*_):
        raise OSError(ENOSPC, "no space left")

    monkeypatch.setattr(Path, "replace", replace)
    cache.put(VALUE, "a")
    assert [*folder.iterdir()] == []


def test_what_cannot_be_written_is_not_kept(folder):
    cache.put(object(), "a")
    assert cache.get("a") is None


def test_the_oldest_go(tmp_path):
    (tmp_path / "notes.txt").write_text("x" * 5000)
    left_behind = tmp_path / f"{'0' * 64}.0f.tmpl"  # by a process that was killed
    left_behind.write_text("half")
    os.utime(left_behind, (0, 0))
    kept = cache.Cache(tmp_path, most=2000)
    keys = [f"{n:064x}" for n in range(1, 30)]
    for age, key in enumerate(keys, 1):
        kept.put(key, "y" * 300)
        os.utime(tmp_path / f"{key}.tmpl", (age, age))
        sizes = [file.stat().st_size for file in tmp_path.glob("*.tmpl")]
        assert sum(sizes) <= 2000
    assert kept.get(keys[-1]) == "y" * 300
    assert kept.get(keys[0]) is None
    assert (tmp_path / "notes.txt").exists()
    assert not left_behind.exists()


@pytest.mark.parametrize(
    ("secret", "value"),
    [
        ("hunter-2-hunter", "say hunter-2-hunter twice"),
        ("hunter-2-hunter", {"a": ("hunter-2-hunter",)}),
        ("hunter-2-hunter", compile("f'{x} hunter-2-hunter {x}'", "a", "eval")),
        ("hunter-2-hunter", compile("def f():\n return 'hunter-2-hunter'", "a", "exec")),
        ("hunter-2-hunter", b"a hunter-2-hunter"),
        ("874512", (874512,)),
        ("8745.25", compile("x + 8745.25", "a", "eval")),
    ],
)
def test_what_holds_a_secret_is_not_kept(folder, secret, value):
    secrets.remember(secret)
    cache.put(value, "a")
    cache.put("fine", "b", value)
    assert not folder.exists()
    cache.put("fine", "b")
    assert cache.get("b") == "fine"


def test_threads_at_once(folder):
    def work(number):
        for n in range(60):
            cache.put(("x" * 2000, n % 5), n % 5)
            assert cache.get((number + n) % 5) in (None, ("x" * 2000, (number + n) % 5))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert len([*folder.iterdir()]) == 5
