from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_eventum.marks import MarkError
from pytest_eventum.spec import BackendSpec
from pytest_eventum.suite import Suite, read

if TYPE_CHECKING:
    from .conftest import LittleSuite


def written(path: Path, text: str) -> Suite:
    file = path / "suite.yml"
    file.write_text(text, encoding="utf-8")
    return read(file, [])


def test_everything(tmp_path: Path) -> None:
    suite = written(
        tmp_path,
        """
        defaults: {count: 9, timezone: Europe/Berlin, params: {a: 1}}
        generators:
          orders: shop/orders.yml
          clicks: {path: shop/clicks.yml, count: 5, table: hits, timezone: UTC}
          packed: pack:orders
        backends:
          warehouse: {type: sqlite, table: facts}
          sqlite: {create: never}
          quick: memory
        """,
    )
    assert suite.defaults.count == 9
    assert suite.timezone == "Europe/Berlin"
    assert suite.generators["orders"].path == tmp_path / "shop/orders.yml"
    assert suite.generators["clicks"].wish.count == 5
    assert suite.generators["clicks"].options == {"table": "hits"}
    assert suite.generators["clicks"].timezone == "UTC"
    assert str(suite.generators["packed"].path) == "pack:orders"
    assert suite.backends == {
        "warehouse": BackendSpec("sqlite", {"table": "facts"}, "warehouse"),
        "sqlite": BackendSpec("sqlite", {"create": "never"}, "sqlite"),
        "quick": BackendSpec("memory", {}, "quick"),
    }


def test_empty_file_and_none(tmp_path: Path) -> None:
    assert written(tmp_path, "") == read(None, []) == Suite()


def test_file_over_hooks(tmp_path: Path) -> None:
    (tmp_path / "s.yml").write_text("defaults: {count: 2}\n")
    offers: list[Any] = [{"defaults": {"count": 1, "seed": 3}}, {"generators": {"a": "a.yml"}}]
    suite = read(tmp_path / "s.yml", offers)
    assert (suite.defaults.count, suite.defaults.seed, list(suite.generators)) == (2, 3, ["a"])


@pytest.mark.parametrize(
    "text, message",
    [
        ("[1]", "expected the keys defaults, generators, backends"),
        ("a: [", "while parsing"),
        ("default: {}", "unknown key 'default'; did you mean 'defaults'?"),
        ("defaults: 5", "defaults: expected a mapping"),
        ("defaults: {cuont: 5}", "defaults: unknown argument 'cuont'; did you mean 'count'?"),
        ("defaults: {count: 0}", "defaults: count: expected 1 or more, got 0"),
        ("generators: {a: 5}", "generators.a: expected a path"),
        ("generators: {a: {count: 5}}", "generators.a: expected a path"),
        ("generators: {a: {path: x, tabel: y}}", "unknown key 'tabel'; did you mean 'table'?"),
        ("generators: {a: {path: x, seed: y}}", "generators.a: seed: expected an integer"),
        ("backends: {a: 5}", "backends.a: expected a kind"),
    ],
)
def test_file_that_makes_no_sense(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(MarkError) as caught:
        written(tmp_path, text)
    assert message in str(caught.value)
    assert "suite" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(MarkError, match=r"nope\.yml: No such file"):
        read(tmp_path / "nope.yml", [])


def test_named_backend(suite: LittleSuite) -> None:
    suite.write("suite.yml", "backends: {left: memory, right: {type: file, path: here.jsonl}}\n")
    suite.ini(config="suite.yml")
    suite.test(
        """
        @pytest.mark.eventum("shop/orders.yml", backend=["left", "right"])
        def test_it(eventum, eventum_backend, request):
            label = request.node.callspec.id
            assert eventum_backend.kind == {"left": "memory", "right": "file"}[label]
            assert eventum_backend.read() == eventum.ledger
            assert label == "left" or eventum_backend.path.name == "here.jsonl"
        """
    )
    suite.passes(passed=2)
    suite.passes("--eventum-backend=right", passed=1)


def test_read_lazily_and_reported_once_per_module(suite: LittleSuite) -> None:
    suite.ini(config="nope.yml")
    suite.test("def test_it(): pass")
    suite.passes()
    suite.test('@pytest.mark.eventum("x")\ndef test_it(): pass')
    result = suite.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["test_it.py::test_it: eventum: suite file *nope.yml: No such *"])


def test_timezone_and_default_generator(suite: LittleSuite) -> None:
    suite.write("suite.yml", "defaults: {generator: shop/orders.yml, timezone: Asia/Tokyo}\n")
    suite.ini(config="suite.yml")
    suite.test(
        """
        @pytest.mark.eventum(seed=1)
        def test_it(eventum):
            assert eventum.ledger[0]["at"].endswith("+09:00")
        """
    )
    suite.passes()


def test_a_generators_table_matters_to_backends_with_tables_only(suite: LittleSuite) -> None:
    suite.write("suite.yml", "generators: {orders: {path: shop/orders.yml, table: sales}}\n")
    suite.ini(config="suite.yml")
    suite.test(
        """
        @pytest.mark.eventum("orders", backend=["memory", "file", "sqlite"])
        def test_it(eventum, eventum_backend):
            assert eventum_backend.read() == eventum.ledger
            assert eventum_backend.kind != "sqlite" or eventum_backend.read("sales")
        """
    )
    suite.passes(passed=3)
