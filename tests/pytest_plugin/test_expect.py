from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from pytest_eventum.expect import SHOWN, at
from pytest_eventum.ledger import Ledger
from pytest_eventum.rows import Rows

if TYPE_CHECKING:
    from .conftest import LittleSuite

EVENTS = [{"id": n, "user": n % 2, "total": n * 10} for n in range(4)]


@pytest.fixture
def ledger(ledger_of: Callable[..., Ledger]) -> Ledger:
    return ledger_of(*map(json.dumps, EVENTS))


def rows(*changes: Any) -> list[dict[str, Any]]:
    """Return the events as rows, in this order, or with these changes."""
    return [dict(EVENTS[c]) if isinstance(c, int) else c for c in changes]


def test_equal_both_ways(ledger: Ledger) -> None:
    assert rows(0, 1, 2, 3) == ledger
    assert ledger == rows(0, 1, 2, 3)
    assert ledger != rows(0, 1, 2)
    assert tuple(rows(0, 1, 2, 3)) == ledger
    assert ledger == [json.dumps(row) for row in EVENTS]
    assert ledger == [json.dumps(row).encode() for row in EVENTS]


@pytest.mark.parametrize(
    "found, kind, lines",
    [
        (rows(0, 2, 3), "missing", ["#1 {'id': 1, 'user': 1, 'total': 10}"]),
        (rows(0, 1, 1, 2, 3), "duplicate", ["#1 again: {'id': 1, 'user': 1, 'total': 10}"]),
        (rows(0, 2, 1, 3), "out_of_order", ["#1 after #2"]),
        (rows(3, 0, 1, 2), "out_of_order", ["#0 after #3", "#1 after #3", "#2 after #3"]),
        (
            rows(0, 1, {"id": 2, "user": 0, "total": 21}, 3),
            "differing",
            ["#2 total is 21, not 20"],
        ),
        (rows(0, 1, 2, 3, {"id": 77}), "unexpected", ["{'id': 77}"]),
        (
            rows(0, 1, 2, {"id": 3, "user": 1, "total": 30, "loaded": 5}),
            "differing",
            ["#3 loaded is 5, not None"],
        ),
    ],
)
def test_what_is_wrong(ledger: Ledger, found: Any, kind: str, lines: list[str]) -> None:
    assert found != ledger
    difference = ledger.difference(found)
    assert getattr(difference, kind) == lines
    others = {"missing", "duplicate", "out_of_order", "differing", "unexpected"} - {kind}
    assert not [other for other in others if getattr(difference, other)]


def test_multisets_where_order_means_nothing(ledger: Ledger) -> None:
    shuffled = Rows(rows(3, 1, 0, 2), ordered=False)
    assert shuffled == ledger
    assert "compared as multisets" in ledger.difference(Rows(rows(3), ordered=False)).lines()[0]
    assert Rows(rows(3, 1, 0, 2)) != ledger


def test_long_lists_are_cut(ledger: Ledger) -> None:
    ledger_lines = ledger.difference([{"id": n + 50} for n in range(9)]).lines()
    assert f"  … and {9 - SHOWN} more" in ledger_lines


def test_rows_have_to_be_rows(ledger: Ledger) -> None:
    with pytest.raises(TypeError, match="rows are mappings or JSON texts, this is a int"):
        ledger.difference([5])


def test_assert_delivered(ledger: Ledger) -> None:
    ledger.assert_delivered(rows(3, 1, 2, 0))
    ledger.assert_delivered([{**row, "loaded": 1} for row in EVENTS])
    ledger.assert_delivered([{"id": row["id"]} for row in EVENTS], key="id", only=[])
    ledger.assert_delivered(rows(1, 0, 3, 2), key="id", ordered_by="user")
    ledger.assert_delivered(iter(rows(0, 1, 2, 3)), key="id", only=["total"])


@pytest.mark.parametrize(
    "found, options, line",
    [
        (rows(0, 1, 2), {"key": "id"}, "#3 {'id': 3"),
        (rows(0, 1, 2, 3, 3), {"key": "id"}, "#3 again"),
        (rows(0, 1, 2, 3, {"id": 3, "user": 1, "total": 0}), {"key": "id"}, "#3 again"),
        (rows(2, 1, 0, 3), {"key": "id", "ordered_by": "user"}, "#0 after #2"),
        (rows(0, 1, 2, {"id": 3, "user": 1, "total": 0}), {"key": "id"}, "#3 total is 0, not 30"),
        (rows(0, 1, 2, {"id": 9, "user": 1, "total": 30}), {"key": "id"}, "{'id': 9"),
        (rows(0, 1, 2, {"id": 9, "user": 1, "total": 30}), {}, "#3 id is 9, not 3"),
    ],
)
def test_assert_delivered_says_what_is_wrong(
    ledger: Ledger, found: Any, options: dict[str, Any], line: str
) -> None:
    with pytest.raises(AssertionError) as caught:
        ledger.assert_delivered(found, **options)
    assert line in str(caught.value)


def test_dotted_paths() -> None:
    assert at({"a": {"b": 1}}, "a.b") == 1
    assert at({"a.b": 2, "a": {"b": 1}}, "a.b") == 2
    assert at({"a": 5}, "a.b") is None


def test_explained_by_pytest(suite: LittleSuite) -> None:
    suite.test(
        """
        @pytest.mark.eventum("shop/orders.yml")
        def test_it(eventum, eventum_backend):
            found = eventum_backend.read()
            del found[3]
            assert found == eventum.ledger
        """
    )
    result = suite.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["E * assert 4 rows against 5 events", "E *missing (1):", "E * #3 {'id': *"]
    )
