from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from eventum_core import Event
from pytest_eventum import book as books
from pytest_eventum.book import Book


def events(first: int, many: int) -> list[Event]:
    stamp = datetime(2026, 10, 25, 0, 30, tzinfo=UTC).astimezone(ZoneInfo("Europe/Berlin"))
    return [Event(stamp, f"event ü {n}\n", ("a",), n, 0) for n in range(first, first + many)]


def test_spills_what_is_too_much(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books, "SPILL", 60)
    for first in range(0, 20, 4):
        book.planned(events(first, 4))
    book.planned(events(20, 1))
    assert (tmp_path / "spill.jsonl").exists()
    assert [book.record(n) for n in range(21)] == events(0, 21)
    assert book.record(3).timestamp.isoformat() == "2026-10-25T02:30:00+02:00"
    book.delivered(0, events(5, 1), 1)
    assert (book.status(5), book.status(6)) == ("delivered", "dropped")
    book.close()
    assert not (tmp_path / "spill.jsonl").exists()


def test_stays_in_memory(book: Book, tmp_path: Path) -> None:
    book.planned(events(0, 5))
    assert not (tmp_path / "spill.jsonl").exists()
    assert [book.record(n) for n in range(5)] == events(0, 5)
    book.close()


def test_an_empty_observer_counts_as_one(book: Book) -> None:
    assert book
    assert book.count == 0
