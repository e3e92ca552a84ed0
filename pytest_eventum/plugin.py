"""The entry point that pytest loads: it imports nothing heavy."""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import Any

import pytest

from pytest_eventum import hookspecs, options
from pytest_eventum.fixtures import (
    eventum,
    eventum_backend,
    eventum_factory,
    eventum_seed,
    eventum_server,
    eventum_streams,
    eventum_workshop,
)
from pytest_eventum.seed import SERVER, iso
from pytest_eventum.session import MARKER, SESSION, STREAMS, Session, of

__all__ = [
    "eventum",
    "eventum_backend",
    "eventum_factory",
    "eventum_seed",
    "eventum_server",
    "eventum_streams",
    "eventum_workshop",
]

_STREAMS = "_eventum_streams"
_USERS = frozenset({"eventum_backend", "eventum_factory"})
"""Fixtures that need a backend with or without a marker."""
_HELP = (
    "(generator=None, *, backend=None, mode='sample', params=None, secrets=None, seed=None,"
    " now=None, count=None, duration=None, speed=None, clock='wall', overrides=None, faults=(),"
    " isolation='auto', autostart=True): deliver a generator's events before the test, and"
    " remember them in eventum.ledger"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    options.declare(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the hooks."""
    pluginmanager.add_hookspecs(hookspecs)


def pytest_configure(config: pytest.Config) -> None:
    """Settle what a whole run has in common: the root seed and now."""
    config.addinivalue_line("markers", MARKER + _HELP)
    config.stash[SESSION] = Session(config)
    scope = config.getini("eventum_seed_scope")
    if scope and scope not in ("test", "generator"):
        raise pytest.UsageError(f"eventum_seed_scope: expected test or generator, got {scope!r}")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started."""
    if session := config.stash.get(SESSION, None):
        session.close()


def pytest_report_header(config: pytest.Config) -> str:
    """Say what repeats this run."""
    session = of(config)
    return f"eventum: seed {session.root}, now {iso(session.now)}"


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist what all of them have in common."""
    node.workerinput["eventum"] = of(node.config).to_worker()


@pytest.hookimpl(wrapper=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, Any, Any]:
    """Keep a plan in this process: pytest-xdist would collect elsewhere."""
    if options.setting(config, "plan"):
        for name, alone in {"numprocesses": 0, "dist": "no", "tx": []}.items():
            if hasattr(config.option, name):
                setattr(config.option, name, alone)
    return (yield)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Check a test's markers, and give it an id for each of its backends."""
    marked = of(metafunc.config).marks(metafunc.definition)
    if not marked and _USERS.isdisjoint(metafunc.fixturenames):
        return
    from pytest_eventum.marks import MarkError

    try:
        targets = of(metafunc.config).plan(metafunc.definition).targets
    except MarkError as error:
        name = metafunc.definition.nodeid
        raise pytest.Collector.CollectError(f"{name}: eventum: {error}") from None
    if targets:
        if SERVER not in metafunc.fixturenames:
            metafunc.fixturenames.append(SERVER)
        ids = [target.label for target in targets]
        metafunc.parametrize(SERVER, targets, indirect=True, ids=ids, scope="session")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let a marker alone be enough: its streams are delivered after the test's own fixtures."""
    session = of(config)
    for item in items:
        if (
            session.marks(item)
            and isinstance(item, pytest.Function)
            and _STREAMS not in item.fixturenames
        ):
            # A list of its own: the items of one function share theirs, and not always their marks.
            item.fixturenames = [*item.fixturenames, _STREAMS]


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Print who gets which stream instead of running anything, if that is wanted."""
    if not options.setting(session.config, "plan") or session.testsfailed:
        return None
    from pytest_eventum.report import table

    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    for line in table(session.items) if reporter else ():
        reporter.write_line(line)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what a failed test's streams were, and let go of them after its tear-down."""
    report = yield
    streams = item.stash.get(STREAMS, [])
    if report.failed and streams:
        from pytest_eventum.report import section

        report.sections.append(("eventum", section(item, streams)))
        for stream in streams:
            stream.backend.keep = True
    if report.when == "teardown":
        for stream in streams:
            stream.close()
        item.stash[STREAMS] = []
    return report


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Explain how rows differ from a ledger."""
    loaded = sys.modules.get("pytest_eventum.ledger")
    sides = (left, right)
    if op != "==" or loaded is None or not any(isinstance(s, loaded.Ledger) for s in sides):
        return None
    from pytest_eventum.expect import explain

    return explain(left, right)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Keep the root seed for the option's value ``last``."""
    config = session.config
    if session.testscollected and not hasattr(config, "workerinput") and SESSION in config.stash:
        of(config).remember_root()
