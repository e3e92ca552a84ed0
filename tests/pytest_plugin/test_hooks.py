"""Every hook, seen from a conftest.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_eventum import hookspecs

if TYPE_CHECKING:
    from .conftest import LittleSuite

PLUGIN = """
from eventum_core import EventPlugin, hookimpl

class {name}(EventPlugin):
    name = "{name}"

    def producer(self, run):
        return lambda moment: ["{text}"]

@hookimpl
def eventum_plugins():
    return [{name}]
"""
USES = """
input:
  - static: {{count: 1}}
event:
  {name}: {{}}
output:
  - stdout: {{}}
"""


def test_every_hook_is_tested_here() -> None:
    with open(__file__, encoding="utf-8") as file:
        text = file.read()
    hooks = [name for name in vars(hookspecs) if name.startswith("pytest_eventum_")]
    assert len(hooks) == 6
    # the ready hook has its test beside the sqlite backend
    assert [name for name in hooks if f"def {name}" not in text] == ["pytest_eventum_ready"]


def test_configure(suite: LittleSuite) -> None:
    suite.write(
        "conftest.py",
        """
        def pytest_eventum_configure(config):
            return {"generators": {"sales": {"path": "shop/orders.yml", "count": 2}}}
        """,
    )
    suite.test(
        '@pytest.mark.eventum("sales")\ndef test_it(eventum): assert len(eventum.ledger) == 2'
    )
    suite.passes()


def test_generator(suite: LittleSuite) -> None:
    suite.write(
        "conftest.py",
        """
        def pytest_eventum_generator(config, document, path):
            print("edited", path.name)
            if path.name == "orders.yml":
                document["input"][0]["timer"]["repeat"] = 2
            else:
                return {**document, "input": [{"static": {"count": 3}}]}
        """,
    )
    suite.test(
        """
        @pytest.mark.eventum("shop/lines.yml")
        @pytest.mark.eventum("shop/orders.yml")
        @pytest.mark.parametrize("n", range(3))
        def test_it(eventum, n):
            assert (len(eventum.ledger), len(eventum["lines"].ledger)) == (2, 3)
        """
    )
    result = suite.passes("-s", passed=3)
    assert result.stdout.str().count("edited orders.yml") == 1


def test_seed(suite: LittleSuite) -> None:
    suite.write(
        "conftest.py",
        """
        def pytest_eventum_seed(item, generator, role, root):
            return 77 if (item.name, generator, role, root) == (
                "test_it", "orders", "stream", 4
            ) else None
        """,
    )
    suite.test(
        """
        @pytest.mark.eventum("shop/orders.yml")
        def test_it(eventum, eventum_factory):
            assert eventum.seed == 77
            assert eventum_factory("shop/orders.yml").seed != 77

        @pytest.mark.eventum("shop/orders.yml", seed=5)
        def test_pinned(eventum):
            assert eventum.seed == 5
        """
    )
    suite.passes("--eventum-seed=4", passed=2)


def test_delivered(suite: LittleSuite) -> None:
    suite.write(
        "conftest.py",
        """
        def pytest_eventum_delivered(item, stream):
            item.told = [*getattr(item, "told", []), (stream.name, len(stream.ledger))]
        """,
    )
    suite.test(
        """
        @pytest.mark.eventum("shop/orders.yml", autostart=False)
        def test_it(eventum, request):
            eventum.deliver(2)
            eventum.deliver()
            assert request.node.told == [("orders", 2), ("orders", 5)]
        """
    )
    suite.passes()


def test_report(suite: LittleSuite) -> None:
    suite.write(
        "conftest.py",
        """
        def pytest_eventum_report(item, stream, lines):
            lines.append(f"broker: {stream.name} of {item.name}")
        """,
    )
    suite.test('@pytest.mark.eventum("shop/orders.yml")\ndef test_it(): assert False')
    suite.run().stdout.fnmatch_lines(["broker: orders of test_it"])


def test_plugins_of_a_conftest_serve_the_tests_below_it(suite: LittleSuite) -> None:
    for folder, name in (("a", "alpha"), ("b", "beta")):
        suite.write(f"{folder}/conftest.py", PLUGIN.format(name=name, text=f"from {name}"))
        suite.write(f"{folder}/gen.yml", USES.format(name=name))
        body = f'assert eventum.ledger == ["from {name}"]'
        suite.test(
            f'@pytest.mark.eventum("gen.yml")\ndef test_{name}(eventum): {body}',
            f"{folder}/test_{name}.py",
        )
    suite.write("b/other.yml", USES.format(name="alpha"))
    suite.test(
        """
        @pytest.mark.eventum("other.yml")
        def test_stranger(): pass
        """,
        "b/test_stranger.py",
    )
    result = suite.run("--import-mode=importlib")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*unknown event plugin 'alpha'*"])


def test_plugins_of_a_pytest_plugin_serve_all(suite: LittleSuite) -> None:
    suite.write("extras.py", PLUGIN.format(name="gamma", text="from gamma"))
    suite.write("gen.yml", USES.format(name="gamma"))
    suite.test(
        '@pytest.mark.eventum("gen.yml")\n'
        'def test_it(eventum): assert eventum.ledger == ["from gamma"]'
    )
    suite.pytester.syspathinsert()
    suite.passes("-p", "extras")
