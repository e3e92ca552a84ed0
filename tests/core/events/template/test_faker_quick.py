"""Every method of every locale, with short cuts and without: equal values, equal draws."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from random import Random
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

import faker
import pytest
from faker.config import AVAILABLE_LOCALES, PROVIDERS
from faker.providers import BaseProvider, DynamicProvider
from faker.providers.lorem.en_US import Provider as Words
from faker.providers.person.en_US import Provider as Person

from eventum_core.events.template import faker_quick
from eventum_core.events.template.bundled_faker import FakerModule
from eventum_core.events.template.faker_generator import QuickFaker, QuickGenerator
from eventum_core.plugin import Run

SLOW = {"csv", "dsv", "fixed_width", "json", "json_bytes", "psv", "tsv", "xml"}
"""Methods that call many others; they are tried once."""
STAMPED = "zip"
"""A method whose file holds the time of the host: only what it draws is compared."""
OBJECTS = {"get_providers", "random", "seed", "seed_instance"}
"""Attributes of a generator that give itself or its parts, or take the draws away."""


class Stock(faker.Generator):
    """No generator as Faker makes it, so it gets no short cuts."""


class Custom(BaseProvider):
    """A provider of somebody who overrides a method."""

    def random_element(self, elements: Any = ("a", "b")) -> Any:
        """Give the first."""
        return next(iter(elements))

    def random_digit(self) -> int:
        """Give a five."""
        return 5

    def first(self) -> Any:
        """Give what the override gives."""
        return self.random_element("xyz")


class CustomWords(Words):
    """A provider of somebody who changes what Faker would never change."""

    def more_words(self) -> list[str]:
        """Give the words and one more."""
        words = self.get_words_list()
        words.append("xyzzy")
        return words


class CustomPerson(Person):
    """A provider of somebody who relies on a method of Faker."""

    def short(self) -> str:
        """Give an initial."""
        return str(self.random_element(self.first_names))[0]


@pytest.fixture
def module(make_run: Callable[..., Run]) -> Callable[[], FakerModule]:
    return lambda: FakerModule(make_run(random=Random(1)))


def result(instance: Any, name: str, *arguments: Any) -> Any:
    """Return what a method gives, in a form that tells types and the last digit."""
    try:
        value = getattr(instance, name)(*arguments)
    except Exception as error:  # whatever Faker raises, both have to raise
        return type(error), str(error).replace("QuickGenerator", "Generator")
    if isinstance(value, bytes):
        return None if name == STAMPED else value
    return type(value), repr(list(value) if isinstance(value, Iterator) else value)


def methods(generator: faker.Generator) -> list[str]:
    found = (name for name in dir(generator) if not name.startswith("_"))
    return [name for name in found if callable(getattr(generator, name)) and name not in OBJECTS]


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("locale", sorted(AVAILABLE_LOCALES))
def test_short_cuts_change_no_draw(module: Callable[[], FakerModule], locale: str) -> None:
    stock = module().Faker(locale, generator=Stock(arguments={}, locale=locale))
    quick = module().Faker(locale)
    assert type(quick.factories[0]) is QuickGenerator
    names = methods(stock.factories[0])
    assert methods(quick.factories[0]) == names
    assert len(names) > 250
    for name in names:
        for _ in range(1 if name in SLOW else 2):
            assert result(quick, name) == result(stock, name), name
            assert quick.random.getstate() == stock.random.getstate(), name


CALLS: list[tuple[str, tuple[Any, ...]]] = [
    ("bothify", ("??-##-%%-!!-@@", "abc")),
    ("date_between", ("-3y", "+1w")),
    ("date_time_between", ("-1h", "now")),
    ("date_this_decade", (True, True)),
    ("ipv4", (True, "b")),
    ("ipv4_public", (False, "c")),
    ("parse", ("{{name}}, {{city}}: {{pyint}} {{nothing}}",)),
    ("parse", ("{{name}} of {{company}}",)),
    ("random_elements", (Person.first_names, 5)),
    ("random_sample", ("abcdef", 3)),
    ("sentence", (7, False, ["only", "these", "words"])),
    ("text", (30,)),
    ("words", (5, None, "verb", True)),
]


@pytest.mark.parametrize("options", [{}, {"use_weighting": False}])
@pytest.mark.parametrize("locale", ["en_US", "es_CL", "ja_JP", ["en_US", "de_DE", "pl_PL"]])
@pytest.mark.parametrize(("name", "arguments"), CALLS)
def test_arguments_change_no_draw(
    module: Callable[[], FakerModule],
    monkeypatch: pytest.MonkeyPatch,
    locale: Any,
    options: dict[str, Any],
    name: str,
    arguments: tuple[Any, ...],
) -> None:
    quick = module().Faker(locale, **options)
    monkeypatch.setattr(faker_quick, "is_generator_proven", lambda: False)
    stock = module().Faker(locale, **options)
    for _ in range(20):
        assert result(quick, name, *arguments) == result(stock, name, *arguments)


def test_without_proof_faker_is_left_as_it_is(
    module: Callable[[], FakerModule], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = module().locale.en_US.name()
    monkeypatch.setattr(faker_quick, "is_generator_proven", lambda: False)
    stock = module().locale.en_US
    assert (type(stock), type(stock.factories[0])) == (faker.Faker, faker.Generator)
    assert stock.name() == expected


def test_other_instances_are_left_alone(module: Callable[[], FakerModule]) -> None:
    assert type(module().locale.en_US) is QuickFaker
    theirs = faker.Faker("en_US")
    assert (type(theirs), type(theirs.factories[0])) == (faker.Faker, faker.Generator)
    assert not any("random_element" in vars(one) for one in theirs.get_providers())
    assert "name" not in vars(theirs)


def test_weights_of_locales_and_the_other_proxies(
    module: Callable[[], FakerModule], monkeypatch: pytest.MonkeyPatch
) -> None:
    def sample(made: faker.Faker) -> list[Any]:
        return [
            [made.name(), made.unique.city(), made.optional.company(), made["de_DE"].name()]
            for _ in range(20)
        ]

    weights = {"en_US": 1, "de_DE": 5}
    plain = faker.Faker(weights)
    draws = Random(1)
    # Older releases of Faker draw from here which locale they take.
    monkeypatch.setattr("faker.proxy.random", draws, raising=False)
    for code in weights:
        plain[code].random = draws
    assert sample(module().Faker(weights)) == sample(plain)


def test_own_providers_keep_their_methods(module: Callable[[], FakerModule]) -> None:
    made = module().locale.en_US
    made.add_provider(Custom)
    made.add_provider(CustomPerson)
    made.add_provider(DynamicProvider("fruit", ["apple"], made.factories[0]))
    plain = faker.Faker("en_US")
    plain.random = Random(1)
    for provider in (Custom, CustomPerson):
        plain.add_provider(provider)
    assert [made.first(), made.short(), made.name()] == ["x", plain.short(), plain.name()]
    assert made.fruit() == "apple"


@pytest.mark.parametrize("name", ["theirs", "faker.providers.theirs"])
def test_methods_that_are_overridden_get_no_short_cuts(
    module: Callable[[], FakerModule], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    theirs = ModuleType(name)
    vars(theirs)["Provider"] = type("Provider", (Custom,), {"__module__": name})
    monkeypatch.setitem(sys.modules, name, theirs)
    for providers in (["faker.providers.person", name], [name]):
        made = module().Faker("en_US", providers=providers)
        assert made.first() == made.random_element("xyz") == "x"
        assert made.numerify("###") == "555"
        assert hasattr(made, "name") is (len(providers) == 2)


def test_providers_that_are_not_of_faker_get_no_short_cuts(
    module: Callable[[], FakerModule], monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = ModuleType("their_words")
    vars(theirs)["Provider"] = CustomWords
    monkeypatch.setitem(sys.modules, "their_words", theirs)
    made = module().Faker("en_US", includes=["their_words"])
    assert made.more_words()[-1] == "xyzzy"
    assert "xyzzy" not in CustomWords.word_list
    assert "their_words" not in PROVIDERS


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Lima"])
def test_zones_are_told_apart(make_run: Callable[..., Run], zone: str) -> None:
    now = datetime(2020, 1, 1, 23, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    stock = FakerModule(make_run(random=Random(1), now=now)).Faker("en_US", generator=Stock())
    quick = FakerModule(make_run(random=Random(1), now=now)).Faker("en_US")
    for tzinfo in (None, ZoneInfo(zone), None):
        arguments = ("-1h", "now", tzinfo)
        assert quick.date_time_between(*arguments) == stock.date_time_between(*arguments)


def test_a_generator_of_ones_own_stays_what_it_is(module: Callable[[], FakerModule]) -> None:
    mine = Stock(arguments={})
    made = module().Faker("en_US", generator=mine)
    assert (type(made), made.factories, type(mine)) == (faker.Faker, [mine], Stock)
    assert made.name() == module().locale.en_US.name()


def test_proxies_that_share_a_generator_stay_apart(module: Callable[[], FakerModule]) -> None:
    shared = faker.Generator(arguments={})
    first = module().Faker("en_US", generator=shared)
    second = module().Faker("de_DE", generator=shared)
    both = module().Faker(["en_US", "de_DE"], generator=faker.Generator(arguments={}))
    assert (first.locales, second.locales, both.locales) == (
        ["en_US"],
        ["de_DE"],
        ["en_US", "de_DE"],
    )
    assert [type(one.name()) for one in (first, second, both)] == [str] * 3
