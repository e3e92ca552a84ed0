"""Beside other plugins, in processes of their own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import LittleSuite

SUITE = """
import random

@pytest.mark.eventum("shop/orders.yml", backend=["memory", "sqlite"])
@pytest.mark.parametrize("n", range(4))
def test_it(eventum, n, request):
    print()
    for entry in eventum.ledger:
        print("seen", request.node.name, eventum.now.isoformat(), entry.text)
"""
FIXED = ("--eventum-now=2026-01-01", "-s")


@pytest.fixture
def neighbours(suite: LittleSuite, monkeypatch: pytest.MonkeyPatch) -> LittleSuite:
    """A suite that is run with every plugin that is installed."""
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    suite.test(SUITE)
    return suite


def alone(suite: LittleSuite, *args: str) -> pytest.RunResult:
    """Run pytest in a process of its own, any warning being an error."""
    options = ["-W", "error", "-o", "asyncio_default_fixture_loop_scope=function"]
    return suite.pytester.runpytest_subprocess(*options, *args)


def events(result: pytest.RunResult) -> set[str]:
    return set(re.findall(r"seen .*}", result.stdout.str()))


def test_equal_serial_and_distributed(neighbours: LittleSuite) -> None:
    neighbours.write(
        "conftest.py",
        """
        def pytest_eventum_delivered(item, stream):
            path = item.config.rootpath / f"{item.name}.out"
            path.write_text(stream.now.isoformat() + " ".join(e.text for e in stream.ledger))
        """,
    )

    def delivered(*args: str) -> dict[str, str]:
        alone(neighbours, *args).assert_outcomes(passed=8)
        return {path.name: path.read_text() for path in neighbours.path.glob("*.out")}

    one = delivered("--eventum-now=2026-01-01", "-n0")
    two = delivered("--eventum-now=2026-01-01", "-n2")
    assert one == two
    assert len(one) == 8


def test_one_now_and_one_root_for_all_workers(neighbours: LittleSuite) -> None:
    neighbours.write(
        "conftest.py",
        """
        def pytest_eventum_seed(item, generator, role, root):
            path = item.config.rootpath / f"{item.name}.out"
            path.write_text(f"{item.config.workerinput['workerid']} {root}")

        def pytest_eventum_delivered(item, stream):
            path = item.config.rootpath / f"{item.name}.now"
            path.write_text(stream.now.isoformat())
        """,
    )
    result = alone(neighbours, "-n2", "--dist=each", "--tx=2*popen", "--eventum-seed=random")
    result.assert_outcomes(passed=16)
    roots = {path.read_text().split()[1] for path in neighbours.path.glob("*.out")}
    moments = {path.read_text() for path in neighbours.path.glob("*.now")}
    assert len(roots) == len(moments) == 1
    (shown,) = [line for line in result.outlines if line.startswith("eventum: seed")]
    now = moments.pop().replace("+00:00", "Z")
    assert shown == f"eventum: seed {roots.pop()}, now {now}"


def test_independent_of_order_and_selection(neighbours: LittleSuite) -> None:
    first, second = (alone(neighbours, *FIXED, f"--randomly-seed={n}") for n in (1, 2))
    assert events(first) == events(second)
    some = alone(neighbours, *FIXED, "-k", "2")
    assert events(some) < events(first)
    assert len(events(some)) == 10


def test_global_random_is_untouched(neighbours: LittleSuite) -> None:
    neighbours.test(
        """
        import random

        def test_it(eventum_factory):
            state = random.getstate()
            eventum_factory(template="{{ module.rand.number.integer(1, 9) }}", count=5)
            assert random.getstate() == state
        """
    )
    alone(neighbours).assert_outcomes(passed=1)


def test_reruns(neighbours: LittleSuite) -> None:
    neighbours.test(
        """
        texts = []

        @pytest.mark.eventum("shop/orders.yml", backend="sqlite")
        def test_it(eventum, eventum_backend):
            texts.append([entry.text for entry in eventum.ledger])
            assert eventum_backend.read() == eventum.ledger
            assert len(texts) == 3
            assert texts[0] == texts[1] == texts[2]
        """
    )
    result = alone(neighbours, "--reruns=2", "-rR", "-p", "no:randomly")
    result.assert_outcomes(passed=1)
    assert "2 rerun" in result.stdout.str()


def test_plan_with_workers(neighbours: LittleSuite) -> None:
    result = alone(neighbours, "-n2", "--eventum-plan")
    assert result.ret == 0
    assert len([line for line in result.outlines if " seed=" in line]) == 8
    result.assert_outcomes()


def test_frozen_clocks(neighbours: LittleSuite) -> None:
    neighbours.test(
        """
        import time_machine
        from freezegun import freeze_time

        @pytest.fixture(params=["freezegun", "time-machine"])
        def frozen(request):
            if request.param == "freezegun":
                with freeze_time("2001-01-01"):
                    yield
            else:
                with time_machine.travel("2001-01-01", tick=False):
                    yield

        @pytest.mark.eventum("shop/orders.yml", backend=["memory", "sqlite"])
        def test_it(frozen, eventum, eventum_backend):
            assert eventum_backend.read() == eventum.ledger
            assert eventum.now.year > 2001
        """
    )
    alone(neighbours, "-p", "no:randomly").assert_outcomes(passed=4)


@pytest.mark.parametrize("kind", ["asyncio", "anyio"])
def test_async_tests(neighbours: LittleSuite, kind: str) -> None:
    neighbours.test(
        f"""
        @pytest.mark.{kind}
        @pytest.mark.eventum("shop/orders.yml", autostart=False)
        async def test_it(eventum, eventum_factory):
            assert len(await eventum.adeliver(count=2)) == 2
            assert len(eventum.deliver()) == 5
            assert len(eventum_factory("shop/orders.yml").ledger) == 5
        """
    )
    result = alone(neighbours)
    result.assert_outcomes(passed={"asyncio": 1, "anyio": 2}[kind])


def test_plugin_can_be_left_out(neighbours: LittleSuite) -> None:
    neighbours.test(
        "def test_it(request): assert 'eventum' not in request.config.getini('markers')"
    )
    alone(neighbours, "-p", "no:eventum").assert_outcomes(passed=1)
    assert (
        alone(neighbours, "-p", "no:eventum", "--eventum-plan").ret == pytest.ExitCode.USAGE_ERROR
    )


HEAVY = (
    "anyio",
    "click",
    "croniter",
    "cryptography",
    "dateparser",
    "eventum_core",
    "faker",
    "httpx",
    "jinja2",
    "keyring",
    "mimesis",
    "msgspec",
    "numpy",
    "pydantic",
    "rich",
    "sqlalchemy",
    "sqlite3",
    "yaml",
)


def test_start_up_is_light(suite: LittleSuite) -> None:
    """An unmarked suite loads nothing but the plugin's own light modules."""
    suite.write(
        "conftest.py",
        f"""
        import sys

        def pytest_unconfigure(config):
            loaded = sorted(set({HEAVY!r}) & set(sys.modules))
            ours = sorted(name for name in sys.modules if name.startswith("pytest_eventum"))
            print("loaded:", *loaded)
            print("ours:", *ours)
        """,
    )
    suite.test("def test_it(): pass")
    result = suite.pytester.runpytest_subprocess("-p", "pytest_eventum.plugin", "-s")
    result.assert_outcomes(passed=1)
    assert [line for line in result.outlines if line.startswith("loaded:")] == ["loaded:"]
    (ours,) = [line for line in result.outlines if line.startswith("ours:")]
    names = {name.removeprefix("pytest_eventum.") for name in ours.split()[2:]}
    assert names == {"fixtures", "hookspecs", "options", "plugin", "seed", "session", "spec"}


def test_collecting_marked_tests_is_light(suite: LittleSuite) -> None:
    suite.write(
        "conftest.py",
        f"""
        import sys

        def pytest_unconfigure(config):
            print("loaded:", *sorted(set({HEAVY!r}) & set(sys.modules)))
        """,
    )
    suite.test('@pytest.mark.eventum("x", backend=["sqlite", "file"])\ndef test_it(): pass')
    result = suite.pytester.runpytest_subprocess(
        "-p", "pytest_eventum.plugin", "-s", "--collect-only", "-q"
    )
    assert [line for line in result.outlines if line.startswith("loaded:")] == ["loaded:"]
