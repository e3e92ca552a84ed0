"""The allow-list: harmless names, and no way from them to a module."""

from __future__ import annotations

import math
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
from jinja2.sandbox import ImmutableSandboxedEnvironment, SecurityError

from eventum_core.events.template.names import ALLOWED, Names, Only, names_of

LISTED = [(module, name) for module, names in ALLOWED.items() for name in sorted(names)]
SYSTEM = [
    *("builtins", "code", "ctypes", "functools", "gc", "importlib", "inspect", "io", "marshal"),
    *("multiprocessing", "operator", "os", "pathlib", "pickle", "shutil", "signal", "socket"),
    *("subprocess", "sys", "tempfile", "threading", "types"),
]
NEWER = {("uuid", "uuid6"), ("uuid", "uuid7"), ("uuid", "uuid8")}


@pytest.mark.parametrize(("module", "name"), LISTED)
def test_a_listed_name_exists_and_leads_to_no_module(module: str, name: str) -> None:
    if (module, name) in NEWER and not hasattr(import_module(module), name):
        pytest.skip("came with Python 3.14")
    value = getattr(import_module(module), name)
    assert not isinstance(value, ModuleType)
    public = [attribute for attribute in dir(value) if not attribute.startswith("_")]
    assert not any(isinstance(getattr(value, attribute), ModuleType) for attribute in public)


@pytest.mark.parametrize(
    "module",
    SYSTEM,
)
def test_modules_that_reach_the_system_are_not_listed(module: str) -> None:
    assert module not in ALLOWED
    assert f"{module}.path" not in ALLOWED


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("string", "Formatter"),
        ("string", "Template"),
        ("collections", "namedtuple"),
        ("json", "load"),
        ("random", "Random"),
        ("random", "SystemRandom"),
        ("itertools", "count"),
        ("math", "factorial"),
        ("calendar", "sys"),
    ],
)
def test_names_that_do_more_than_they_seem_are_not_listed(module: str, name: str) -> None:
    assert name not in ALLOWED[module]


def test_the_table_cannot_be_changed() -> None:
    table: Any = ALLOWED
    with pytest.raises(TypeError):
        table["os"] = frozenset({"system"})


def test_names_of_a_module() -> None:
    names: Any = names_of(math, ["pi", "floor", "no_such_name"])
    assert (names.pi, names["floor"](1.5), repr(names)) == (math.pi, 1, "Names(floor, pi)")
    assert not hasattr(names, "no_such_name")


def test_names_are_read_only() -> None:
    names = Names({"pi": 3})
    with pytest.raises(AttributeError, match="read-only"):
        names.pi = 4  # type: ignore[assignment] # what this is about
    with pytest.raises(AttributeError):
        del names.pi
    assert names["pi"] == 3


def test_no_method_of_these_objects_takes_a_name() -> None:
    assert [name for name in dir(Names({})) if not name.startswith("_")] == []
    assert [name for name in dir(Only(object(), [])) if not name.startswith("_")] == []


def test_only_gives_only_what_is_allowed() -> None:
    only: Any = Only("text", ["upper", "__class__"], extra=1)
    assert (only.upper(), only.extra) == ("TEXT", 1)
    for name in ("lower", "__doc2__", "nope"):
        assert not hasattr(only, name)


@pytest.mark.parametrize("path", ["o._target", "o._allowed", "o.__class__", "n.__dict__"])
def test_a_sandboxed_template_cannot_look_behind(path: str) -> None:
    template = ImmutableSandboxedEnvironment().from_string(f"{{{{ {path}.x }}}}")
    with pytest.raises(SecurityError):
        template.render(o=Only("text", ["upper"]), n=Names({"pi": 3}))
