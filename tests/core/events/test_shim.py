"""What user scripts import: our stand-ins, for as long as needed and for nobody else."""

from __future__ import annotations

import sys
from dataclasses import replace
from threading import Event as Flag
from threading import Thread
from types import ModuleType
from typing import Any

import pytest

from eventum_core import Dropped, Exhausted, ProduceError, RunError
from eventum_core.errors import Signal
from eventum_core.events.shim import COMPATIBLE, importer, loading
from eventum_core.plugin import Run

HOME = "eventum.plugins.event.exceptions"


def executed(source: str, **stand_ins: ModuleType) -> dict[str, Any]:
    names: dict[str, Any] = {"__builtins__": {"__import__": importer(stand_ins), "len": len}}
    exec(source, names)
    return names


@pytest.mark.parametrize(
    ("source", "expression"),
    [
        (f"from {HOME} import PluginEventDroppedError as x", "x"),
        (f"from {HOME} import *", "PluginEventDroppedError"),
        (f"import {HOME}", f"{HOME}.PluginEventDroppedError"),
        (f"import {HOME} as e", "e.PluginEventDroppedError"),
        ("from eventum.plugins.event import exceptions", "exceptions.PluginEventDroppedError"),
        ("from eventum.plugins import event", "event.exceptions.PluginEventDroppedError"),
        ("import eventum", "eventum.plugins.event.exceptions.PluginEventDroppedError"),
        (f"def f():\n    import {HOME} as e\n    return e", "f().PluginEventDroppedError"),
    ],
)
def test_every_way_to_import_the_references_names(source: str, expression: str) -> None:
    names = executed(source)
    assert eval(expression, names) is Dropped


def test_what_the_names_mean() -> None:
    module = COMPATIBLE[HOME]
    assert module.PluginProduceSignal is Signal
    assert module.PluginEventsExhaustedError is Exhausted
    assert issubclass(module.PluginProduceError, ProduceError)


@pytest.mark.parametrize(
    ("arguments", "context", "text"),
    [
        (("no", "luck"), {"why": 1}, "no luck"),
        (("alone",), None, "alone"),
        ((), None, ""),
    ],
)
def test_the_references_produce_error_takes_its_arguments(
    arguments: tuple[str, ...], context: dict[str, object] | None, text: str
) -> None:
    error = COMPATIBLE[HOME].PluginProduceError(*arguments, context=context)
    assert (str(error), error.context) == (text, context or {})


def test_stand_ins_are_given_for_their_names_only() -> None:
    fake = ModuleType("random")
    names = executed("import random, string\nfrom os import path\nimport os.path as p", random=fake)
    assert names["random"] is fake
    assert names["string"] is sys.modules["string"]
    assert names["path"] is names["p"]


def test_an_unknown_name_of_the_reference_is_an_import_error() -> None:
    with pytest.raises(ImportError, match="cannot import name 'Nope'"):
        executed(f"from {HOME} import Nope")
    with pytest.raises(ImportError, match="eventum"):
        executed("import eventum.plugins.input")


def test_modules_are_registered_while_a_script_loads_and_put_back(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = ModuleType("eventum")
    monkeypatch.setitem(sys.modules, "eventum", installed)
    before = dict(sys.modules)
    module = ModuleType("user_module")
    with loading(module, run):
        assert sys.modules["user_module"] is module
        assert sys.modules["eventum"] is COMPATIBLE["eventum"]
        from eventum.plugins.event.exceptions import PluginProduceSignal
    assert PluginProduceSignal is Signal
    assert sys.modules == before
    assert sys.modules["eventum"] is installed


def test_modules_are_put_back_when_a_script_fails(run: Run) -> None:
    with pytest.raises(ZeroDivisionError), loading(ModuleType("user_module"), run):
        _ = 1 / 0
    assert "user_module" not in sys.modules
    assert "eventum" not in sys.modules


def test_scripts_load_one_after_the_other(run: Run) -> None:
    inside, let_go = Flag(), Flag()
    seen: list[bool] = []

    def hold() -> None:
        with loading(ModuleType("user_module"), run):
            inside.set()
            let_go.wait(30)

    def follow(module: ModuleType) -> None:
        with loading(module, run):
            seen.append(sys.modules["user_module"] is module)

    threads = [Thread(target=hold, daemon=True)]
    threads[0].start()
    assert inside.wait(30)
    for _ in range(3):
        module = ModuleType("user_module")
        threads.append(Thread(target=follow, args=[module], daemon=True))
    for thread in threads[1:]:
        thread.start()
    assert seen == []
    let_go.set()
    for thread in threads:
        thread.join(30)
    assert seen == [True] * 3


def test_a_run_that_is_stopped_waits_for_no_other_script(run: Run) -> None:
    inside, let_go, stopping = Flag(), Flag(), Flag()

    def hold() -> None:
        with loading(ModuleType("user_module"), run):
            inside.set()
            let_go.wait(30)

    thread = Thread(target=hold, daemon=True)
    thread.start()
    try:
        assert inside.wait(30)
        stopping.set()
        stopped = replace(run, stopping=stopping)
        with (
            pytest.raises(RunError, match="another script"),
            loading(ModuleType("user_module"), stopped),
        ):
            pass
    finally:
        let_go.set()
        thread.join(30)
