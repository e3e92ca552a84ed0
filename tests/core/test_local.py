"""Plugins of a file or module that somebody names."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from eventum_core import Generator, PluginError, local_plugins
from eventum_core.local import registry_with

OWN = '''
"""An event plugin of one's own."""

from typing import ClassVar

from eventum_core import EventPlugin, Run


class Hello(EventPlugin):
    """Say hello."""

    name: ClassVar[str] = "hello"

    whom: str | None = None
    """Whom to greet."""

    def producer(self, run: Run):
        return lambda moment: [f"hello {self.whom}"]
'''
UNNAMED = "from eventum_core import InputPlugin\nclass Lost(InputPlugin): pass\n"
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes a file and returns its path."""

    def write(text: str, name: str = "own.py") -> Path:
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return write


def test_a_file_offers_the_plugins_that_it_defines(write: Write, tmp_path: Path) -> None:
    write(OWN)
    (hello,) = local_plugins("own.py", tmp_path)
    document = {
        "input": [{"static": {"count": 2}}],
        "event": {"hello": {"whom": "you"}},
        "output": [{"stdout": {}}],
    }
    generator = Generator.from_mapping(document, base=tmp_path, plugins=[hello], live_mode=False)
    assert [event.text for event in generator.events()] == ["hello you"] * 2


def test_a_file_is_imported_once_under_its_path(write: Write, tmp_path: Path) -> None:
    path = write(OWN)
    folder = tmp_path / "below"
    folder.mkdir()
    (one,), (same,) = local_plugins(path), local_plugins("../own.py", folder)
    assert one is same
    assert one.__module__ == str(path)
    registry_with([path, path])


def test_a_function_of_the_file_chooses_what_is_offered(write: Write) -> None:
    offers = "\n\ndef eventum_plugins():\n    return [Hello]\n"
    other = OWN.replace("Hello", "Other").replace("hello", "other")
    path = write(OWN + other + offers)
    assert [offer.__name__ for offer in local_plugins(path)] == ["Hello"]


def test_what_a_file_imports_is_not_its_own(write: Write) -> None:
    path = write("from eventum_core.inputs.timer import Timer\n" + OWN)
    assert [offer.__name__ for offer in local_plugins(path)] == ["Hello"]


def test_a_base_class_without_a_name_is_left_out(write: Write) -> None:
    path = write(UNNAMED + OWN)
    assert [offer.__name__ for offer in local_plugins(path)] == ["Hello"]


def test_a_module_offers_what_lies_below_it(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "acme_own").mkdir()
    write(OWN, "acme_own/hello.py")
    write("from acme_own.hello import Hello\n", "acme_own/__init__.py")
    monkeypatch.syspath_prepend(tmp_path)
    assert [offer.__name__ for offer in local_plugins("acme_own")] == ["Hello"]
    assert registry_with(["acme_own.hello"]).get("event", "hello").__module__ == "acme_own.hello"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", r"own\.py: no plugin in it; derive a class from InputPlugin"),
        (UNNAMED, r"own\.py: Lost has no `name`; derive"),
        ("x = (", r"own\.py: cannot be imported: line 1: '\(' was never closed"),
        ("import surely_not_there", r"own\.py: it needs the module surely_not_there"),
        ("\nraise SystemExit(3)", r"own\.py: cannot be imported: line 2: SystemExit: 3"),
        ("\nx = 1 / 0", r"own\.py: cannot be imported: line 2: ZeroDivisionError"),
        ("def eventum_plugins():\n    return 1 / 0", r"eventum_plugins\(\) failed: line 2: Zero"),
        ("def eventum_plugins():\n    return None", r"eventum_plugins\(\) failed: TypeError"),
        ("def eventum_plugins():\n    return ['x']", r"offers 'x'; it may offer plugin classes"),
        ("def eventum_plugins():\n    return [int]", r"builtins\.int is no plugin"),
        (OWN.replace('"hello"', '"template"'), r"offered twice: by .*own\.py:Hello and by"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(write: Write, text: str, told: str) -> None:
    with pytest.raises(PluginError, match=told):
        registry_with([write(text)])


def test_a_file_may_import_its_neighbours(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", sys.path[:])
    write(OWN, "surely_a_neighbour.py")
    hook = "\ndef eventum_plugins():\n    return [Hello]\n"
    path = write("from surely_a_neighbour import Hello\n" + hook)
    assert [offer.__name__ for offer in local_plugins(path)] == ["Hello"]


def test_half_a_module_does_not_stay(write: Write) -> None:
    path = write("x = 1 / 0")
    with pytest.raises(PluginError):
        local_plugins(path)
    assert str(path) not in sys.modules
    path.write_text(OWN, "utf-8")
    assert len(local_plugins(path)) == 1


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("gone.py", r"gone\.py: there is no such file"),
        ("data.txt", r"data\.txt: not a Python file"),
        ("./folder", r"folder: a folder; name the file in it"),
        ("surely_nowhere", r"there is no module surely_nowhere; a file is named as in path/to/"),
        ("surely_beside", r"there is no module surely_beside; did you mean surely_beside\.py\?"),
        ("surely.nowhere", r"there is no module surely; a file"),
    ],
)
def test_what_is_not_there_is_said(write: Write, tmp_path: Path, source: str, told: str) -> None:
    write("", "data.txt")
    write(OWN, "surely_beside.py")
    (tmp_path / "folder").mkdir()
    with pytest.raises(PluginError, match=told):
        local_plugins(source, tmp_path)
