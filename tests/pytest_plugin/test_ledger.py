from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from eventum_core import Event
from pytest_eventum.book import Book
from pytest_eventum.ledger import Entry, Ledger

LedgerOf = Callable[..., Ledger]


@pytest.fixture
def orders(ledger_of: LedgerOf) -> Ledger:
    return ledger_of(
        '{"id": 1, "user": {"name": "ann"}, "status": "new"}',
        '{"id": 2, "user": {"name": "bob"}, "status": "new"}',
        '{"id": 1, "user": {"name": "ann"}, "status": "paid"}',
    )


def test_entry_is_a_dict(orders: Ledger) -> None:
    entry = orders[0]
    assert entry["id"] == 1
    assert entry == {"id": 1, "user": {"name": "ann"}, "status": "new"}
    assert isinstance(entry, dict)
    assert json.loads(json.dumps(entry)) == entry


def test_entry_knows_its_event(orders: Ledger) -> None:
    entry = orders[1]
    assert entry.timestamp == datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert (entry.ordinal, entry.index, entry.tags) == (1, 0, ("odd",))
    assert (entry.status, entry.cause, entry.attempts) == ("delivered", "", 1)
    assert (entry.backend, entry.fault) == ("memory", None)
    assert entry.event_id == f"{1:016x}{0:016x}"
    assert entry.text.startswith('{"id": 2')
    assert repr(entry) == f"<#1 {entry.text}>"


@pytest.mark.parametrize("text", ["GET /", "", "[1, 2]", "5", "null", '"text"', "{broken"])
def test_entry_of_other_text(ledger_of: LedgerOf, text: str) -> None:
    assert ledger_of(text)[0] == {"event": text}


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: entry.update(a=1),
        lambda entry: entry.pop("id"),
        lambda entry: entry.popitem(),
        lambda entry: entry.clear(),
        lambda entry: entry.setdefault("a", 1),
        lambda entry: entry.__setitem__("id", 2),
        lambda entry: entry.__delitem__("id"),
        lambda entry: entry.__ior__({"a": 1}),
    ],
)
def test_entry_is_immutable(orders: Ledger, change: Callable[[Entry], Any]) -> None:
    entry = orders[0]
    with pytest.raises(TypeError, match="immutable"):
        change(entry)
    assert entry["id"] == 1


def test_copy_of_an_entry_is_a_plain_dict(orders: Ledger) -> None:
    copied = copy.deepcopy(orders[0])
    copied["id"] = 5
    assert type(copied) is dict
    assert orders[0]["id"] == 1


def test_list_like(orders: Ledger) -> None:
    assert len(orders) == 3
    assert [entry["id"] for entry in orders] == [1, 2, 1]
    assert orders[-1] == orders[2]
    assert isinstance(orders[1:], Ledger)
    assert [entry.ordinal for entry in orders[1:]] == [1, 2]
    assert orders[0] in orders
    assert {"id": 9} not in orders
    assert not orders[:0]
    with pytest.raises(IndexError):
        orders[3]
    with pytest.raises(TypeError):
        orders[0] = 1  # type: ignore[index] # the point of this line
    with pytest.raises(TypeError):
        hash(orders)


def test_unique(orders: Ledger) -> None:
    assert [entry.ordinal for entry in orders.unique("id")] == [0, 1]
    assert [entry.ordinal for entry in orders.unique("user.name")] == [0, 1]
    assert [entry.ordinal for entry in orders.unique("user")] == [0, 1]


def test_having(orders: Ledger) -> None:
    assert [entry.ordinal for entry in orders.having(tag="odd")] == [1]
    assert [entry.ordinal for entry in orders.having(id=1, status="new")] == [0]
    assert [entry.ordinal for entry in orders.having(nope=None)] == []
    assert orders.having(fault="malformed") == []
    assert [
        entry.ordinal for entry in orders.having(**{"user.name": orders[1]["user"]["name"]})
    ] == [1]
    assert orders.having(**{"user.nobody": None}) == []


def test_wellformed(orders: Ledger) -> None:
    assert orders.wellformed() == orders


def test_between(orders: Ledger) -> None:
    found = orders.between("2026-01-01T00:00:01", datetime(2026, 1, 1, 0, 0, 2, tzinfo=UTC))
    assert [entry.ordinal for entry in found] == [1]


def test_by(orders: Ledger) -> None:
    groups = orders.by("id")
    assert {key: len(group) for key, group in groups.items()} == {1: 2, 2: 1}
    assert list(orders.by("user.name")) == ["ann", "bob"]
    assert list(orders.by("user")) == ['{"name": "ann"}', '{"name": "bob"}']
    assert list(orders.by("nope")) == [None]


def test_status(book: Book) -> None:
    stamp = datetime(2026, 1, 1, tzinfo=UTC)
    events = [Event(stamp, str(n), (), n, 0) for n in range(4)]
    book.planned(events)
    book.delivered(0, events[:2], 3)
    book.lost(0, events[2:3], "no room")
    ledger = Ledger(book, range(4))
    assert [entry.ordinal for entry in ledger.planned] == [0, 1, 2, 3]
    assert [entry.ordinal for entry in ledger.delivered] == [0, 1]
    assert [entry.ordinal for entry in ledger.failed] == [2]
    assert [entry.ordinal for entry in ledger.dropped] == [3]
    assert (ledger[0].attempts, ledger.failed[0].cause) == (3, "no room")


def test_delivered_means_by_every_output(tmp_path: Path) -> None:
    book = Book("own", lambda: tmp_path / "x", lambda o, i: "", outputs=2)
    event = Event(datetime(2026, 1, 1, tzinfo=UTC), "x", (), 0, 0)
    book.planned([event])
    book.delivered(1, [event], 1)
    assert Ledger(book, range(1))[0].status == "dropped"
    book.delivered(0, [event], 1)
    assert Ledger(book, range(1))[0].status == "delivered"


def test_to_jsonl(ledger_of: LedgerOf, tmp_path: Path) -> None:
    ledger = ledger_of('{"id": 1}', "a\nb")
    path = ledger.to_jsonl(tmp_path / "deep" / "ledger.jsonl")
    first, second = map(json.loads, path.read_text().splitlines())
    assert first == {
        "ordinal": 0,
        "index": 0,
        "timestamp": "2026-01-01T00:00:00+00:00",
        "id": "0" * 32,
        "tags": [],
        "status": "delivered",
        "attempts": 1,
        "cause": "",
        "event": {"id": 1},
    }
    assert second["event"] == "a\nb"


def test_equal_ledgers(orders: Ledger) -> None:
    assert orders == orders[:]
    assert orders != orders[1:]
    assert orders != "text"
    assert orders != 5
