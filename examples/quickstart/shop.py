"""A shop's books: it takes over the orders that arrived, and reports on them in SQL.

With ``SHOP_BUG=1`` it has the bug that somebody once fixed with the best intentions.
"""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing

BUG = os.environ.get("SHOP_BUG") == "1"


def connect(url: str) -> sqlite3.Connection:
    return sqlite3.connect(url.removeprefix("sqlite:///"))


def close_the_books(url: str) -> None:
    """Copy every order that arrived into the table `sales`."""
    with closing(connect(url)) as db, db:
        db.execute("CREATE TABLE sales (number INTEGER PRIMARY KEY, status TEXT, total INTEGER)")
        for (text,) in db.execute('SELECT "order" FROM orders ORDER BY ordinal').fetchall():
            order = json.loads(text)
            if BUG and order["total"] < 0:
                continue  # nobody orders for less than nothing, do they?
            db.execute("INSERT INTO sales VALUES (:id, :status, :total)", order)


def sales(url: str) -> list[dict[str, object]]:
    """Return the booked orders, as the event stream names their fields."""
    with closing(connect(url)) as db:
        rows = db.execute("SELECT number, status, total FROM sales ORDER BY number")
        return [{"order.id": n, "order.status": s, "order.total": t} for n, s, t in rows]


def revenue(url: str) -> int:
    """Return what was earned, in cents: all but cancelled orders, refunds taken off."""
    with closing(connect(url)) as db:
        query = "SELECT COALESCE(SUM(total), 0) FROM sales WHERE status <> 'cancelled'"
        return int(db.execute(query).fetchone()[0])
