from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from doubles import Given, Kept

from eventum_core import PluginError, PluginRef, Registry, hookimpl
from eventum_core.plugin import InputPlugin
from eventum_core.registry import NO_AUTOLOAD


def door(name: str, *offers: Any, path: str = "") -> types.ModuleType:
    """Return a module that implements the hook."""
    module = types.ModuleType(name)
    module.__file__ = path or None
    module.eventum_plugins = hookimpl(specname="eventum_plugins")(lambda: offers)
    return module


def test_shipped_plugins_are_found_and_only_the_named_are_imported() -> None:
    before = set(sys.modules)
    assert Registry().get("output", "file").name == "file"
    assert "eventum_core.outputs.http" not in set(sys.modules) - before


def test_every_shipped_reference_leads_to_its_plugin() -> None:
    registry = Registry()
    for ref in registry.refs():
        plugin = registry.get(ref.kind, ref.name)
        assert (plugin.kind, plugin.name) == (ref.kind, ref.name)


def test_classes_references_and_modules_are_doors() -> None:
    reference = PluginRef("output", "kept", "doubles:Kept")
    registry = Registry(Given, reference, door("mine", PluginRef("event", "n", "doubles:Numbered")))
    assert registry.get("input", "given") is Given
    assert registry.get("output", "kept") is Kept
    assert registry.get("event", "n").__name__ == "Numbered"


def test_two_modules_of_one_name_are_two_doors() -> None:
    one = door("conftest", Given, path="a/conftest.py")
    two = door("conftest", Kept, path="b/conftest.py")
    registry = Registry(one, two)
    assert registry.get("input", "given") is Given
    assert registry.get("output", "kept") is Kept


def test_an_installed_package_is_a_door(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "acme.py").write_text(
        "from eventum_core import PluginRef, hookimpl\n"
        "@hookimpl\n"
        "def eventum_plugins():\n"
        "    return [PluginRef('input', 'acme', 'doubles:Given')]\n"
    )
    info = tmp_path / "acme-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[eventum]\nacme = acme\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert "acme" in Registry().names("input")
    monkeypatch.setenv(NO_AUTOLOAD, "1")
    assert "acme" not in Registry().names("input")


@pytest.mark.parametrize(
    ("kind", "name", "hint"),
    [
        ("output", "stdot", "did you mean 'stdout'?"),
        ("input", "zzz", "there are: cron"),
        ("format", "jsn", "did you mean 'json'?"),
    ],
)
def test_unknown_names_get_a_hint(kind: str, name: str, hint: str) -> None:
    with pytest.raises(PluginError, match=f"unknown {kind} plugin '{name}'") as error:
        Registry().get(kind, name)
    assert hint in str(error.value)


def test_a_name_offered_twice_is_an_error() -> None:
    with pytest.raises(PluginError, match="offered twice"):
        Registry(PluginRef("input", "cron", "doubles:Given")).get("input", "cron")


def test_a_missing_dependency_names_the_package(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "needy.py").write_text("import surely_not_installed\n")
    monkeypatch.syspath_prepend(tmp_path)
    registry = Registry(PluginRef("output", "needy", "needy:Needy"))
    with pytest.raises(PluginError, match="pip install surely_not_installed"):
        registry.get("output", "needy")


def test_a_module_that_fails_to_import_says_why(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "broken_door.py").write_text("from json import surely_not_there\n")
    monkeypatch.syspath_prepend(tmp_path)
    registry = Registry(PluginRef("output", "broken", "broken_door:Broken"))
    with pytest.raises(PluginError, match=r"'broken' cannot be imported: .*surely_not_there"):
        registry.get("output", "broken")


def test_a_module_that_is_not_there_is_said_to_be_missing() -> None:
    registry = Registry(PluginRef("output", "lost", "nowhere.at_all:Lost"))
    with pytest.raises(PluginError, match="there is no module nowhere"):
        registry.get("output", "lost")


def test_a_class_of_another_kind_is_refused() -> None:
    with pytest.raises(PluginError, match="must be a subclass of InputPlugin or TriggerPlugin"):
        Registry(PluginRef("input", "odd", "doubles:Kept")).get("input", "odd")


def test_options_that_hide_a_method_are_refused() -> None:
    with pytest.warns(UserWarning, match="shadows an attribute"):

        class Shadow(InputPlugin):
            name: ClassVar[str] = "shadow"
            copy: str = ""

            def timestamps(self, run: Any) -> Iterator[Any]:
                yield from ()

    with pytest.raises(PluginError, match="options may not be named copy"):
        Registry(Shadow).get("input", "shadow")


def test_a_misspelt_hook_is_an_error() -> None:
    module = types.ModuleType("typo")
    module.eventum_plugin = hookimpl(lambda: [])  # type: ignore[attr-defined] # the misspelling
    with pytest.raises(PluginError, match="eventum_plugin"):
        Registry(module)
