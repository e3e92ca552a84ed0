"""Each short cut beside the method of Faker that it stands in for, argument by argument."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, date, datetime, timedelta, timezone
from ipaddress import IPv4Network
from random import Random
from types import MethodType
from typing import Any

import faker
import pytest
from faker.providers import BaseProvider
from faker.providers.date_time.en_US import Provider as DateTime
from faker.providers.internet.de_DE import Provider as Internet
from faker.providers.lorem.en_US import Provider as Lorem
from faker.providers.person.en_US import Provider as Person

from eventum_core.events.template.faker_draws import Draws
from eventum_core.events.template.faker_methods import METHODS, random_element
from eventum_core.events.template.faker_tables import find_tables

NETWORKS = [IPv4Network("10.0.0.0/8"), IPv4Network("192.0.2.7/32")]
QUICK = {name: method for methods in METHODS.values() for name, method in methods.items()}


class Text(str):
    """No plain string, as a template's `Markup` is none."""


CALLS: list[tuple[type, str, tuple[Any, ...]]] = [
    (BaseProvider, "random_element", ()),
    (BaseProvider, "random_element", ("abc",)),
    (BaseProvider, "random_element", (Text("abc"),)),
    (BaseProvider, "random_element", ([1],)),
    (BaseProvider, "random_element", ({1, 2, 3},)),
    (BaseProvider, "random_element", (OrderedDict(a=1, b=5).keys(),)),
    (BaseProvider, "random_element", (OrderedDict(a=1, b=5),)),
    (BaseProvider, "random_element", ({"a": 1},)),
    (BaseProvider, "random_element", ((),)),
    (BaseProvider, "random_element", (OrderedDict(),)),
    (BaseProvider, "random_element", (None,)),
    (Person, "random_element", (Person.first_names,)),
    (Person, "random_element", (Person.prefixes_female,)),
    (BaseProvider, "random_elements", ()),
    (BaseProvider, "random_elements", ("abcdef", 1)),
    (BaseProvider, "random_elements", ("abcdef", 4)),
    (BaseProvider, "random_elements", ("abcdef", 0)),
    (BaseProvider, "random_elements", ("abcdef", 4, True)),
    (BaseProvider, "random_elements", ("ab", 4, True)),
    (BaseProvider, "random_elements", ((1, 2), -1)),
    (BaseProvider, "random_elements", (range(5), 3)),
    (Person, "random_elements", (Person.last_names, 3)),
    (Person, "random_elements", (Person.last_names, 3, False, False)),
    (BaseProvider, "numerify", ()),
    (BaseProvider, "numerify", ("",)),
    (BaseProvider, "numerify", ("#%$!@ and @!$%#",)),
    (BaseProvider, "numerify", ("!!!!@@@@",)),
    (BaseProvider, "numerify", (Text("a#"),)),
    (BaseProvider, "numerify", (["#"],)),
    (BaseProvider, "lexify", ()),
    (BaseProvider, "lexify", ("none",)),
    (BaseProvider, "lexify", ("?a?", "xyz")),
    (BaseProvider, "lexify", ("?a?", ["x", "yz"])),
    (BaseProvider, "lexify", ("?", "")),
    (BaseProvider, "lexify", (Text("?"),)),
    (BaseProvider, "lexify", ("?", {"x"})),
    (BaseProvider, "lexify", (["a"],)),
    (BaseProvider, "bothify", ("##-??-!@",)),
    (BaseProvider, "hexify", ()),
    (Lorem, "get_words_list", ()),
    (Lorem, "get_words_list", ("verb",)),
    (Lorem, "get_words_list", ("nonsense",)),
    (Lorem, "get_words_list", (None, ["a", "b"])),
    (Lorem, "words", (4,)),
    (Lorem, "words", (4, ["a", "b"])),
    (Lorem, "words", (3, None, "noun")),
    (Lorem, "words", (3, None, None, True)),
    (Lorem, "word", ()),
    (Lorem, "word", ("adjective",)),
    (Lorem, "sentence", (9, False)),
    (Lorem, "text", (15,)),
    (Lorem, "text", (400,)),
    (Internet, "_to_ascii", ("plain",)),
    (Internet, "_to_ascii", ("Größe ﬁ 東京 \ud800",)),
    (Internet, "ipv4", ()),
    (Internet, "ipv4", (True,)),
    (Internet, "ipv4", (False, "b")),
    (Internet, "ipv4", (False, "nonsense")),
    (Internet, "ipv4", (False, "c", True)),
    (Internet, "ipv4_public", ()),
    (Internet, "ipv4_private", (False, "a")),
    (Internet, "_random_ipv4_address_from_subnets", (NETWORKS, [3, 9])),
    (Internet, "_random_ipv4_address_from_subnets", (NETWORKS, [3])),
    (Internet, "_random_ipv4_address_from_subnets", (NETWORKS, ["3", "9"])),
    (Internet, "_random_ipv4_address_from_subnets", ([], [])),
    (Internet, "_random_ipv4_address_from_subnets", (NETWORKS, [0, 0])),
    (Internet, "_random_ipv4_address_from_subnets", (NETWORKS, [2, 1], True)),
    (Internet, "_random_ipv4_address_from_subnets", (NETWORKS,)),
    (DateTime, "_parse_date_time", (datetime(2020, 1, 2, 3, 4, 5, 6),)),
    (DateTime, "_parse_date_time", (datetime(2020, 1, 2, tzinfo=UTC),)),
    (DateTime, "_parse_date_time", (date(2020, 1, 2),)),
    (DateTime, "_parse_date_time", (77,)),
    (DateTime, "_parse_date_time", ("nonsense",)),
    (DateTime, "_parse_date_time", ([],)),
    (DateTime, "_parse_date", (date(2020, 1, 2),)),
    (DateTime, "_parse_start_datetime", (None,)),
    (DateTime, "date_time_between", (datetime(2020, 1, 2), datetime(2020, 1, 9))),
    (DateTime, "date_time_between", (date(2020, 1, 2), date(2020, 1, 2), UTC)),
    (DateTime, "date_between", (date(2020, 1, 2), date(2021, 1, 2))),
]


def made(cls: type, quick: bool) -> Any:
    """Return a provider of its own generator, with the short cuts or without."""
    find_tables(cls)
    generator = faker.Generator(arguments={})
    generator.random = Draws(Random(7)) if quick else Random(7)
    provider = cls(generator)
    provider.__use_weighting__ = True
    if quick:
        found = {name: method for name, method in QUICK.items() if hasattr(cls, name)}
        vars(provider).update((name, MethodType(one, provider)) for name, one in found.items())
    return provider


def result(provider: Any, name: str, arguments: tuple[Any, ...]) -> Any:
    try:
        value = getattr(provider, name)(*arguments)
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        return type(error)
    return list(value) if isinstance(value, tuple | list) else (type(value), value)


@pytest.mark.parametrize(("cls", "name", "arguments"), CALLS)
def test_a_short_cut_gives_and_draws_the_same(
    cls: type, name: str, arguments: tuple[Any, ...]
) -> None:
    stock, quick = made(cls, quick=False), made(cls, quick=True)
    for _ in range(20):
        assert result(quick, name, arguments) == result(stock, name, arguments)
        assert quick.generator.random.getstate() == stock.generator.random.getstate()


def test_weights_count_only_where_they_shall() -> None:
    stock, quick = made(Person, quick=False), made(Person, quick=True)
    for provider in (stock, quick):
        provider.__use_weighting__ = False
    expected = [stock.random_element(Person.first_names) for _ in range(50)]
    assert [quick.random_element(Person.first_names) for _ in range(50)] == expected


def test_a_table_that_changes_is_drawn_from_as_it_is() -> None:
    stock, quick = made(Person, quick=False), made(Person, quick=True)
    theirs, ours = OrderedDict(a=1.0, b=1.0), OrderedDict(a=1.0, b=1.0)
    for weight in range(40):
        theirs["b"] = ours["b"] = weight**3
        assert random_element(quick, ours) == stock.random_element(theirs)


def test_the_words_of_a_provider_cannot_be_changed_through_its_list() -> None:
    words = made(Lorem, quick=True).get_words_list()
    assert words is Lorem.word_list
    assert isinstance(words, tuple)


def test_a_provider_remembers_a_limited_number_of_expressions() -> None:
    stock, quick = made(DateTime, quick=False), made(DateTime, quick=True)
    days = [datetime(2000, 1, 1) + timedelta(days=number) for number in range(1000)]
    expected = [stock._parse_date_time(day) for day in days]
    assert [quick._parse_date_time(day) for day in days] == expected
    assert 0 < len(vars(quick)["_kept_parse_date_time"]) < 500


def test_equal_instants_may_be_different_days() -> None:
    stock, quick = made(DateTime, quick=False), made(DateTime, quick=True)
    late = datetime(2020, 1, 2, 23, 30, tzinfo=UTC)
    for value in (late, late.astimezone(timezone(timedelta(hours=2)))):
        assert quick._parse_date(value) == stock._parse_date(value)


def test_lists_of_networks_are_told_apart() -> None:
    stock, quick = made(Internet, quick=False), made(Internet, quick=True)
    for number in range(300):
        nets, weights = [IPv4Network(f"10.0.{number % 256}.0/24")], [number + 1]
        assert quick._random_ipv4_address_from_subnets(
            nets, weights
        ) == stock._random_ipv4_address_from_subnets(nets, weights)
        other = [IPv4Network("172.16.0.0/12")]
        assert quick._random_ipv4_address_from_subnets(
            other, weights
        ) == stock._random_ipv4_address_from_subnets(other, weights)
