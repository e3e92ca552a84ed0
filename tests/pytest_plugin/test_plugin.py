"""What a marker does to a test, seen from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import LittleSuite


def test_delivered_before_the_body(suite: LittleSuite) -> None:
    suite.test(
        """
        @pytest.mark.eventum("shop/orders.yml", seed=7)
        def test_it(eventum, eventum_backend):
            assert len(eventum.ledger) == 5
            assert eventum.seed == 7
            assert eventum.name == "orders"
            assert eventum_backend.read("orders") == eventum.ledger
        """
    )
    suite.passes()


def test_the_marker_alone_is_enough(suite: LittleSuite) -> None:
    suite.write(
        "conftest.py",
        """
        def pytest_eventum_delivered(item, stream):
            print("delivered", item.name, len(stream.ledger))
        """,
    )
    suite.test(
        """
        @pytest.mark.eventum("shop/orders.yml")
        def test_it(request):
            assert "eventum" not in request.fixturenames

        @pytest.mark.eventum("shop/orders.yml", backend=["memory", "file"])
        @pytest.mark.parametrize("n", [1, 2])
        def test_many(n): pass
        """
    )
    result = suite.passes("-s", passed=5)
    result.stdout.fnmatch_lines(["*delivered test_it 5*", "*delivered test_many[[]memory-1[]] 5*"])


def test_set_up_after_the_fixtures_of_the_test(suite: LittleSuite) -> None:
    suite.test(
        """
        @pytest.fixture
        def before(eventum_backend):
            assert eventum_backend.read() == []

        @pytest.mark.eventum("shop/orders.yml")
        def test_it(before, eventum_backend):
            assert len(eventum_backend.read()) == 5
        """
    )
    suite.passes()


def test_class_marker_gives_each_test_a_stream_of_its_own(suite: LittleSuite) -> None:
    suite.test(
        """
        seen = []

        @pytest.mark.eventum("shop/orders.yml")
        class TestIt:
            def test_one(self, eventum):
                seen.append(eventum)

            def test_two(self, eventum):
                assert seen[0] is not eventum
                assert seen[0].seed != eventum.seed

            @pytest.mark.eventum("shop/orders.yml", seed=3)
            def test_closer(self, eventum):
                assert eventum.seed == 3
        """
    )
    suite.passes(passed=3)


def test_stacked_markers(suite: LittleSuite) -> None:
    suite.test(
        """
        @pytest.mark.eventum("shop/lines.yml")
        @pytest.mark.eventum("shop/orders.yml")
        def test_it(eventum, eventum_backend):
            assert eventum.name == "orders"
            assert eventum["lines"].ledger[0]["event"].startswith("GET")
            assert eventum["orders"] is eventum
            assert eventum_backend.read("lines") == eventum["lines"].ledger
            with pytest.raises(KeyError, match="there are: orders, lines"):
                eventum["nope"]
        """
    )
    suite.passes()


@pytest.mark.parametrize(
    "markers, line",
    [
        (
            '@pytest.mark.eventum("shop/orders.yml", sed=1)',
            "test_it.py::test_it: eventum: unknown argument 'sed'; did you mean 'seed'?",
        ),
        (
            '@pytest.mark.eventum("shop/orders.yml", backend="oracle")',
            "test_it.py::test_it: eventum: unknown backend 'oracle'",
        ),
        (
            '@pytest.mark.eventum("shop/orders.yml", mode="live")',
            "test_it.py::test_it: eventum: mode: 'live' is not available yet",
        ),
        (
            '@pytest.mark.eventum("shop/orders.yml")\n@pytest.mark.eventum("shop/orders.yml")',
            "test_it.py::test_it: eventum: two markers make a stream 'orders'",
        ),
        (
            '@pytest.mark.eventum("shop/orders.yml", backend="file")\n'
            '@pytest.mark.eventum("shop/lines.yml", backend="memory")',
            "stacked markers must name the same backends, these name memory and file",
        ),
    ],
)
def test_checked_at_collection(suite: LittleSuite, markers: str, line: str) -> None:
    suite.write("test_it.py", f"import pytest\n\n{markers}\ndef test_it(): pass\n")
    result = suite.run()
    result.assert_outcomes(errors=1)
    assert len([out for out in result.outlines if line in out]) == 1
    assert "Traceback" not in result.stdout.str()


@pytest.mark.parametrize(
    "arguments, line",
    [
        ('"shop/nope.yml"', "no generator 'shop/nope.yml'; looked for *shop/nope.yml"),
        ('"pack:nope"', "no pack 'nope'; there are: *"),
        ('"shop/endless.yml"', "stream 'endless' never ends: give the marker a count= or a *"),
        ('"shop/broken.yml"', "*'nobody' is undefined*"),
        (
            '"shop/orders.yml", backend=backend("memory", colour=1)',
            "backend 'memory': colour: unknown option",
        ),
        ('"shop/lines.yml", overrides={"a": 1}', "overrides need JSON objects; event #0 is none"),
    ],
)
def test_error_of_set_up(suite: LittleSuite, arguments: str, line: str) -> None:
    suite.test(
        f"""
        @pytest.mark.eventum({arguments})
        def test_it(): assert False, "the body must not run"
        """
    )
    result = suite.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([line])
    assert "Traceback" not in result.stdout.str()
    assert "pytest_eventum/" not in result.stdout.str()


@pytest.mark.parametrize("limit", ["count=3", 'duration="3s"', "count=3, duration=60"])
def test_endless_with_a_limit(suite: LittleSuite, limit: str) -> None:
    suite.test(
        f"""
        @pytest.mark.eventum("shop/endless.yml", {limit})
        def test_it(eventum): assert len(eventum.ledger) in (2, 3)
        """
    )
    suite.passes()


def test_the_fixture_needs_a_marker(suite: LittleSuite) -> None:
    suite.test("def test_it(eventum): pass")
    result = suite.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["the fixture 'eventum' needs @pytest.mark.eventum(generator)"])


def test_backend_and_factory_need_no_marker(suite: LittleSuite) -> None:
    suite.test(
        """
        def test_it(eventum_factory, eventum_backend):
            stream = eventum_factory("shop/orders.yml")
            assert eventum_backend.read() == stream.ledger
        """
    )
    suite.passes()


def test_marker_of_a_parameter(suite: LittleSuite) -> None:
    suite.test(
        """
        @pytest.mark.parametrize(
            "n", [pytest.param(1, marks=pytest.mark.eventum("shop/orders.yml", count=1)), 2]
        )
        def test_it(n, request):
            names = request.fixturenames
            assert ("_eventum_streams" in names) == (n == 1)
        """
    )
    suite.passes(passed=2)


def test_unittest_classes(suite: LittleSuite) -> None:
    suite.test(
        """
        import unittest

        @pytest.mark.eventum("shop/orders.yml", seed=1)
        class TestIt(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def stream(self, eventum): self.stream = eventum

            def test_it(self): assert len(self.stream.ledger) == 5
        """
    )
    suite.passes()


def test_autostart(suite: LittleSuite) -> None:
    suite.test(
        """
        import asyncio

        @pytest.mark.eventum("shop/orders.yml", autostart=False)
        def test_it(eventum, eventum_backend):
            assert eventum.ledger == [] == eventum_backend.read()
            first = eventum.deliver(2)
            assert len(first) == 2
            assert len(asyncio.run(eventum.adeliver(count=1))) == 3
            assert len(eventum.deliver()) == 5
            assert eventum_backend.read() == eventum.ledger
            assert eventum.deliver() == eventum.ledger

        @pytest.mark.eventum("shop/orders.yml", autostart=False)
        def test_in_a_loop(eventum):
            async def within(): return eventum.deliver()
            assert len(asyncio.run(within())) == 5
        """
    )
    suite.passes(passed=2)


def test_params_and_secrets(suite: LittleSuite) -> None:
    suite.write(
        "shop/told.yml",
        """
input:
  - static: {count: 1}
event:
  template:
    mode: all
    templates:
      - it: {inline: '{"who": "${params.who}", "key": "${secrets.key}"}'}
output:
  - http: {url: "${params.nowhere_needed}"}
""",
    )
    suite.test(
        """
        @pytest.mark.eventum(
            "shop/told.yml",
            params={"who": "me", "nowhere_needed": "x"},
            secrets={"key": "hunter2-canary"},
        )
        def test_it(eventum):
            assert eventum.ledger[0]["who"] == "me"
            assert eventum.ledger[0]["key"] == "hunter2-canary"
            assert eventum.ledger == [{"who": "you", "key": "hunter2-canary"}]
        """
    )
    result = suite.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["E * #0 who is 'you', not 'me'", '  #0 {"who": "me", "key": "***"}']
    )
    # pytest itself shows the lines of the test; nothing else may tell.
    shown = [
        line for line in result.outlines if not line.lstrip("> ").startswith(("assert", "sec"))
    ]
    left = [path.read_text() for path in (suite.path / ".pytest_cache").rglob("*.jsonl")]
    assert left
    assert not [text for text in shown + left if "hunter2-canary" in text]


def test_own_backend_keeps_the_outputs(suite: LittleSuite) -> None:
    text = (suite.path / "shop/orders.yml").read_text()
    suite.write("shop/filed.yml", text.replace("- stdout: {}", "- file: {path: out.jsonl}"))
    suite.test(
        """
        from pathlib import Path

        @pytest.mark.eventum("shop/filed.yml", backend="own")
        def test_it(eventum, eventum_backend):
            lines = Path("shop/out.jsonl").read_text().splitlines()
            eventum.ledger.assert_delivered(lines)
            assert eventum.ledger == lines
            with pytest.raises(LookupError, match="read those yourself"):
                eventum_backend.read()
        """
    )
    suite.passes("--eventum-backend", "memory")


def test_strangers_are_left_alone(suite: LittleSuite) -> None:
    suite.test("def test_it(request): assert request.fixturenames == ['request']")
    suite.passes()


def test_collection_is_offline(suite: LittleSuite) -> None:
    """Nothing is opened: the generators need not even exist."""
    suite.test(
        """
        @pytest.mark.eventum("shop/nope.yml", backend=["memory", "sqlite"])
        def test_it(): pass
        """
    )
    result = suite.run("--collect-only", "-q")
    result.stdout.fnmatch_lines(
        ["test_it.py::test_it[[]memory[]]", "test_it.py::test_it[[]sqlite[]]"]
    )
    assert result.ret == 0


def test_header(suite: LittleSuite) -> None:
    suite.test("def test_it(): pass")
    result = suite.run("--eventum-seed", "5", "--eventum-now", "2026-01-01")
    result.stdout.fnmatch_lines(["eventum: seed 5, now 2026-01-01T00:00:00Z"])


def test_fixtures_and_markers_are_documented(suite: LittleSuite) -> None:
    suite.run("--markers").stdout.fnmatch_lines(["@pytest.mark.eventum(generator=None, *"])
    shown = suite.run("--fixtures").stdout
    for name in ("eventum", "eventum_backend", "eventum_factory", "eventum_seed"):
        shown.re_match_lines([rf"{name} --", r"    \w.+"])
