"""Five hundred orders in three tables of two databases, and a report that must agree."""

from __future__ import annotations

import pytest
import shop

from pytest_eventum import backend

NORTH, SOUTH = backend("sqlite", id="north"), backend("sqlite", id="south")


@pytest.mark.eventum(
    "pack:orders", backend=[NORTH, SOUTH], count=500, seed=7, now="2026-01-05T09:00:00Z"
)
def test_the_books_are_right(eventum, eventum_backend, show):
    shop.close_the_books(eventum_backend.url)

    ledger = eventum.ledger
    expected = sum(e["order"]["total"] for e in ledger if e["order"]["status"] != "cancelled")
    counted = shop.revenue(eventum_backend.url)
    tables = [eventum_backend.read(name) for name in ("customers", "orders", "order_lines")]
    show(ledger, tables, counted, expected)

    assert all(rows == ledger for rows in tables)
    booked = shop.sales(eventum_backend.url)
    ledger.assert_delivered(booked, key="order.id", only=["order.status", "order.total"])
    assert counted == expected
