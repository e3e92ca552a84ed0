"""Streams made in a test's body."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import LittleSuite

TEMPLATE = """
TEMPLATE = '{"id": {{ module.rand.number.integer(1, 10 ** 9) }}, "user": {"city": "Oslo"}}'
"""


@pytest.mark.parametrize(
    "body",
    [
        # inline
        "assert len(make(template=TEMPLATE, count=20).ledger) == 20",
        "assert len(make(template=TEMPLATE, duration='1m', every='10s').ledger) in (5, 6)",
        "assert len(make(template=TEMPLATE, every=0.5, count=2).ledger) == 2",
        "assert len(make(template=TEMPLATE, cron='* * * * *', count=3).ledger) == 3",
        "assert make(template=TEMPLATE, count=1).name == 'inline'",
        "assert make(template=TEMPLATE, count=1, name='sales').name == 'sales'",
        "assert make(template=TEMPLATE, count=1, now='2026-01-01').now.year == 2026",
        "assert make(template='{{ timestamp.utcoffset() }}', count=1, timezone='Asia/Tokyo')"
        ".ledger[0]['event'] == '9:00:00'",
        # a file
        "assert len(make('shop/orders.yml').ledger) == 5",
        "assert make('shop/orders.yml', count=2, seed=3).seed == 3",
        # one event
        "s = make(template=TEMPLATE, count=3); assert s.one(status='x')['status'] == 'x'",
        "s = make(template=TEMPLATE, count=3); assert s.one() == s.one() == s.ledger[0]",
        "s = make(template=TEMPLATE, count=3); assert s.one(id=5) == {**s.ledger[0], 'id': 5}",
        "s = make(template=TEMPLATE, count=3)\n"
        "    assert s.one(user__city='Rome')['user'] == {'city': 'Rome'}",
        "s = make(template=TEMPLATE, count=3); s.one(); assert len(s.backend.read()) == 3",
        # overrides
        "s = make(template=TEMPLATE, count=3, overrides={'user.city': 'Rome', 'new': None})\n"
        "    assert [e['user'] for e in s.ledger] == [{'city': 'Rome'}] * 3\n"
        "    assert s.ledger[0]['new'] is None\n"
        "    plain = make(template=TEMPLATE, count=3, seed=s.seed)\n"
        "    assert [e['id'] for e in plain.ledger] == [e['id'] for e in s.ledger]",
        "s = make(template=TEMPLATE, count=1, overrides={'twice': lambda e: e['id'] * 2})\n"
        "    assert s.ledger[0]['twice'] == 2 * s.ledger[0]['id']",
        # several
        "a, b = [make(template=TEMPLATE, count=3) for _ in range(2)]\n"
        "    assert a.seed != b.seed\n"
        "    assert a.ledger != b.ledger",
        # backends
        "s = make(template=TEMPLATE, count=3, backend='file')\n"
        "    assert s.backend.kind == 'file'\n"
        "    assert s.backend.read() == s.ledger",
        "s = make(template=TEMPLATE, count=3, autostart=False); assert s.ledger == []",
    ],
)
def test_makes(suite: LittleSuite, body: str) -> None:
    suite.test(
        f"{TEMPLATE}\ndef test_it(eventum_factory):\n    make = eventum_factory\n    {body}\n"
    )
    suite.passes()


@pytest.mark.parametrize(
    "arguments, line",
    [
        ("", "give either a generator or a template"),
        ("'shop/orders.yml', template='x'", "give either a generator or a template"),
        ("template='x'", "stream 'inline' never ends: give the marker a count= or a duration="),
        ("template='x', cuont=3", "unknown argument 'cuont'; did you mean 'count'?"),
        ("template='x', every='soon'", "every: expected a length of time"),
        ("template='{{ x', count=1", "unexpected end of template"),
        ("template='x', count=1, backend='nope'", "unknown backend 'nope'"),
        ("template='x', count=1, backend=['memory', 'file']", "goes to one backend"),
        ("template='{{ nope.x }}', count=1", "timestamps without an event"),
        ("template='{{ nope.x }}', count=1", "'nope' is undefined"),
        ("template='{{ dispatch.drop() }}', count=1", "no event in 1"),
        ("'nope.yml'", "no generator 'nope.yml'"),
    ],
)
def test_refuses(suite: LittleSuite, arguments: str, line: str) -> None:
    suite.test(
        f"""
        from eventum_core import EventumError

        def test_it(eventum_factory):
            with pytest.raises(EventumError) as caught:
                eventum_factory({arguments})
            print("refused:", caught.value)
        """
    )
    result = suite.passes("-s")
    assert line in result.stdout.str().split("refused:")[1]


def test_marker_gives_the_defaults(suite: LittleSuite) -> None:
    suite.test(
        """
        @pytest.mark.eventum(seed=9, now="2026-01-01", count=2)
        def test_it(eventum_factory):
            stream = eventum_factory("shop/orders.yml")
            assert (stream.seed, stream.now.year, len(stream.ledger)) == (9, 2026, 2)
        """
    )
    suite.passes()


def test_named_generator(suite: LittleSuite) -> None:
    suite.write("suite.yml", "generators: {sales: {path: shop/endless.yml, count: 2}}\n")
    suite.ini(config="suite.yml")
    suite.test(
        """
        def test_it(eventum_factory):
            stream = eventum_factory("sales")
            assert (stream.name, len(stream.ledger)) == ("sales", 2)
        """
    )
    suite.passes()


def test_backend_of_its_own_is_closed_after_the_test(suite: LittleSuite) -> None:
    suite.test(
        """
        seen = []
        def test_it(eventum_factory):
            stream = eventum_factory("shop/orders.yml", backend="file")
            seen.append(stream.backend.path)
            assert seen[0].exists()

        def test_after():
            assert not seen[0].exists()
        """
    )
    suite.passes(passed=2)
