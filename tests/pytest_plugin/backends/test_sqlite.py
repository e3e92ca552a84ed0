"""Backend ``sqlite`` in a suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ..conftest import LittleSuite

NESTED = """
input:
  - timer: {seconds: 1, count: 1, repeat: 6}
event:
  template:
    mode: all
    templates:
      - sale:
          inline: >-
            {"sale": {{ timestamp.second }}, "paid": true, "rate": 0.1, "note": null,
            "customer": {"name": "c{{ module.rand.number.integer(1, 3) }}", "tags": ["a", "b"]},
            "at": "{{ timestamp.isoformat() }}",
            "lines": [{"sku": "x", "qty": 1}, {"sku": "y", "qty": 2}]}
output:
  - stdout: {}
"""
MANY = """
    tables={
        "sales": {"columns": {"sale": {"path": "sale", "primary_key": True}}},
        "sale_lines": {
            "each": "lines",
            "columns": {"sale": "$.sale", "sku": "sku", "qty": "qty"},
        },
    }
"""


@pytest.mark.parametrize(
    "arguments, body",
    [
        (
            '"shop/orders.yml", backend="sqlite"',
            """
            rows = eventum_backend.read()
            assert rows == eventum.ledger
            assert eventum.ledger == eventum_backend.read("orders")
            assert [row["ordinal"] for row in rows] == [0, 1, 2, 3, 4]
            assert rows.ordered
            """,
        ),
        ('"shop/nested.yml", backend="sqlite"', "assert eventum_backend.read() == eventum.ledger"),
        ('"shop/lines.yml", backend="sqlite"', "assert eventum_backend.read() == eventum.ledger"),
        (
            '"shop/orders.yml", backend=backend("sqlite", table="sales")',
            """
            assert eventum_backend.read("sales") == eventum_backend.read() == eventum.ledger
            with pytest.raises(LookupError, match="no table 'orders'; there are: sales"):
                eventum_backend.read("orders")
            with pytest.raises(LookupError, match="no column 'nope' in 'sales'"):
                eventum_backend.read(order_by="nope")
            """,
        ),
        (
            '"shop/nested.yml", '
            'backend=backend("sqlite", columns={"n": "sale", "c": "customer.name"})',
            """
            rows = eventum_backend.read()
            assert rows == eventum.ledger
            assert not rows.ordered
            assert set(rows[0]) == {"n", "c"}
            rows[0]["c"] = "nobody"
            assert rows != eventum.ledger
            """,
        ),
        (
            f'"shop/nested.yml", backend=backend("sqlite", {MANY})',
            """
            assert eventum_backend.read("sales") == eventum.ledger
            lines = eventum_backend.read("sale_lines")
            assert len(lines) == 12
            assert lines == eventum.ledger
            del lines[5]
            assert lines != eventum.ledger
            with pytest.raises(LookupError, match="name one: sales, sale_lines"):
                eventum_backend.read()
            """,
        ),
        (
            '"shop/orders.yml", backend="sqlite", overrides={"ordinal": 5, "id": "x"}',
            """
            rows = eventum_backend.read()
            assert rows == eventum.ledger
            assert (rows[3]["ordinal"], rows[3]["_ordinal"]) == (5, 3)
            """,
        ),
        (
            '"shop/orders.yml", backend="sqlite"',
            """
            import sqlite3
            from contextlib import closing

            client = eventum_backend.client()
            assert client is eventum_backend.client()
            client.execute("UPDATE orders SET status = 'lost' WHERE ordinal = 2")
            client.execute("DELETE FROM orders WHERE ordinal = 4")
            client.commit()
            found = eventum.ledger.difference(eventum_backend.read())
            assert found.differing == ["#2 status is 'lost', not 'new'"]
            assert found.missing[0].startswith("#4 ")
            assert eventum_backend.url == f"sqlite:///{eventum_backend.path}"
            with closing(sqlite3.connect(eventum_backend.url[10:])) as other:
                assert other.execute("SELECT count(*) FROM orders").fetchone() == (4,)
            """,
        ),
        (
            '"shop/orders.yml", backend="sqlite", autostart=False',
            """
            assert eventum_backend.read() == []
            eventum.deliver(2)
            eventum.deliver()
            assert eventum_backend.read() == eventum.ledger
            assert len(eventum.ledger) == 5
            """,
        ),
        (
            '"shop/orders.yml", backend="sqlite"',
            """
            client = eventum_backend.client()
            client.execute("ALTER TABLE orders ADD COLUMN loaded INTEGER")
            client.execute("UPDATE orders SET loaded = 1")
            client.commit()
            rows = eventum_backend.read()
            assert rows != eventum.ledger
            eventum.ledger.assert_delivered(rows)
            eventum.ledger.assert_delivered(rows, key="at", only=["status"])
            """,
        ),
    ],
)
def test_reads_what_was_delivered(suite: LittleSuite, arguments: str, body: str) -> None:
    suite.write("shop/nested.yml", NESTED)
    lines = body.strip().splitlines()
    indented = "\n".join(f"    {line.removeprefix(' ' * 12)}" for line in lines)
    suite.test(
        f"@pytest.mark.eventum({arguments})\ndef test_it(eventum, eventum_backend):\n{indented}\n"
    )
    suite.passes()


def test_stacked_streams_in_one_database(suite: LittleSuite) -> None:
    suite.test(
        """
        @pytest.mark.eventum("shop/lines.yml")
        @pytest.mark.eventum("shop/orders.yml", backend="sqlite")
        def test_it(eventum, eventum_backend):
            assert eventum_backend.read() == eventum.ledger
            assert eventum_backend.read("lines") == eventum["lines"].ledger
        """
    )
    suite.passes()


def test_every_test_has_a_fresh_database_with_the_schema(suite: LittleSuite) -> None:
    suite.write("schema.sql", "CREATE TABLE orders (id INTEGER, status TEXT, ordinal INTEGER);")
    suite.write("seed.sql", "CREATE TABLE rates (rate REAL); INSERT INTO rates VALUES (0.5);")
    suite.ini(schema="schema.sql seed.sql")
    suite.write(
        "conftest.py",
        """
        def pytest_eventum_ready(config, backend, url, client):
            assert backend == "sqlite"
            assert url.endswith("/template.db")
            client.execute("INSERT INTO rates VALUES (0.75)")
        """,
    )
    suite.test(
        """
        @pytest.mark.parametrize("n", [1, 2])
        @pytest.mark.eventum("shop/orders.yml", backend="sqlite")
        def test_it(eventum, eventum_backend, n):
            rows = eventum_backend.read("orders")
            assert set(rows[0]) == {"id", "status", "ordinal"}
            assert len(rows) == 5
            assert rows == eventum.ledger
            assert [row["rate"] for row in eventum_backend.read("rates")] == [0.5, 0.75]
            eventum_backend.client().execute("DELETE FROM rates")
            eventum_backend.client().commit()
        """
    )
    suite.passes(passed=2)


@pytest.mark.parametrize(
    "ini, arguments, line",
    [
        ({"schema": "nope.sql"}, "", "schema *nope.sql: *No such file*"),
        ({"schema": "broken.sql"}, "", 'schema *broken.sql: near "CREAT": syntax error'),
        ({}, ', url="sqlite:///x.db"', "*url: not yours to say; each test has a database*"),
        ({}, ', tabel="x"', "*backend 'sqlite': tabel: unknown option; did you mean 'table'?*"),
        ({}, ', create="never"', "*the database has no table orders; make it*"),
        (
            {},
            ', columns={"at": {"path": "status", "primary_key": True}}',
            "*stream 'orders' complete: sqlite: 4 not delivered",
        ),
    ],
)
def test_errors_of_set_up(
    suite: LittleSuite, ini: dict[str, str], arguments: str, line: str
) -> None:
    suite.write("broken.sql", "CREAT TABLE x;")
    suite.ini(**ini)
    suite.test(
        f"""
        @pytest.mark.eventum("shop/orders.yml", backend=backend("sqlite"{arguments}))
        def test_it(eventum): pass
        """
    )
    result = suite.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([line])


def test_database_is_kept_after_a_failure(suite: LittleSuite) -> None:
    suite.test(
        """
        from pathlib import Path
        paths = []

        @pytest.mark.eventum("shop/orders.yml", backend="sqlite")
        @pytest.mark.parametrize("fails", [True, False])
        def test_it(eventum_backend, fails):
            eventum_backend.client()
            paths.append(eventum_backend.path)
            assert not fails

        def test_after():
            assert [path.exists() for path in paths] == [True, False]
        """
    )
    suite.run().assert_outcomes(passed=2, failed=1)


def test_two_databases_of_one_kind(suite: LittleSuite) -> None:
    suite.test(
        """
        @pytest.mark.eventum(
            "shop/orders.yml",
            backend=[backend("sqlite", id="one"), backend("sqlite", id="two", table="sales")],
        )
        def test_it(eventum, eventum_backend, request):
            assert eventum_backend.read() == eventum.ledger
            table = {"one": "orders", "two": "sales"}[request.node.callspec.id]
            assert eventum_backend.read(table) == eventum.ledger
        """
    )
    suite.passes(passed=2)
    suite.passes("--eventum-backend=two", passed=1)
    suite.passes("--eventum-backend=sqlite", passed=2)


OWN = NESTED.replace(
    "- stdout: {}",
    """- sqlite:
      url: own.db
      tables:
        people: {key: name, columns: {name: customer.name}}
        sales: {columns: {sale: {path: sale, primary_key: true}, who: customer.name}}
""",
)


@pytest.mark.parametrize(
    "backend, body",
    [
        (
            '"sqlite"',
            """
    people, sales = eventum_backend.read("people"), eventum_backend.read("sales")
    assert people == eventum.ledger and sales == eventum.ledger
    assert 1 <= len(people) <= 3 < len(sales) == 6
    assert set(sales[0]) == {"sale", "who"}
""",
        ),
        (
            'backend("sqlite", table="mine")',
            """
    assert eventum_backend.read("mine") == eventum.ledger
    with pytest.raises(LookupError, match="no table 'people'"):
        eventum_backend.read("people")
""",
        ),
    ],
)
def test_a_generators_own_tables_are_filled_unless_the_marker_names_others(
    suite: LittleSuite, backend: str, body: str
) -> None:
    suite.write("shop/own.yml", OWN)
    head = f'@pytest.mark.eventum("shop/own.yml", backend={backend})\n'
    suite.test(f"{head}def test_it(eventum, eventum_backend):{body}")
    suite.passes()
    assert not (suite.path / "shop" / "own.db").exists()


def test_a_table_is_found_by_the_name_of_its_stream(suite: LittleSuite) -> None:
    suite.write("shop/web-access.yml", (suite.path / "shop/lines.yml").read_text("utf-8"))
    suite.test(
        """
        @pytest.mark.eventum("shop/orders.yml")
        @pytest.mark.eventum("shop/web-access.yml", backend=["sqlite", "memory"])
        def test_it(eventum, eventum_backend):
            assert eventum_backend.read("web-access") == eventum.ledger
            assert eventum_backend.read("orders") == eventum["orders"].ledger
        """
    )
    suite.passes(passed=2)
