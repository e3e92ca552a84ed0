"""A shop's books: it adds up the orders that arrived, and reports on them in SQL.

With ``SHOP_BUG=1`` it has the bug that somebody once wrote with the best intentions.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing

BOOK = """
    CREATE TABLE sales AS
    SELECT o.id AS number, o.status, c.country, SUM(l.qty * l.price) AS total
    FROM orders o
    JOIN customers c ON c.id = o.customer_id
    JOIN order_lines l ON l.order_id = o.id
    GROUP BY o.id
"""
if os.environ.get("SHOP_BUG") == "1":
    BOOK += "HAVING total >= 0"  # nobody orders for less than nothing, do they?


def connect(url: str) -> sqlite3.Connection:
    return sqlite3.connect(url.removeprefix("sqlite:///"))


def close_the_books(url: str) -> None:
    """Sum up the lines of every order in the table `sales`."""
    with closing(connect(url)) as db, db:
        db.execute(BOOK)


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
