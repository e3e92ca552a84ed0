"""The generator with short cuts: patterns beside Faker's own, and one dictionary with its proxy."""

from __future__ import annotations

import copy
from random import Random
from typing import Any

import faker
import pytest
from faker.providers import BaseProvider

from eventum_core.events.template.faker_draws import Draws
from eventum_core.events.template.faker_generator import QuickFaker, QuickGenerator, merge

PATTERNS = [
    "",
    "no token",
    "{{word}}",
    "{{ word }} {{word}}",
    "a{{word}}b{{number}}c",
    "{{word:few}} {{word: few}}",
    "{{word}}{{nothing}}",
    "{{word:nothing}}",
    "{{nothing:nothing}}",
    "{{}} {{ }} {word} {{a.b}} {{a b}} {{word :few}}",
    "{{word}",
    "{{none}} {{number}}",
    "{{plain}}",
    b"{{word}}",
    None,
]


class Provider(BaseProvider):
    """A method that a pattern may name."""

    def word(self) -> str:
        """Draw a letter."""
        return str(self.random_element("xyz"))


def filled(generator: faker.Generator) -> faker.Generator:
    draws = Random(5)
    generator.random = Draws(draws) if isinstance(generator, QuickGenerator) else draws
    generator.set_formatter("word", lambda most=9: f"w{generator.random.randint(0, most)}")
    generator.set_formatter("number", lambda: generator.random.random())
    generator.set_formatter("none", lambda: None)
    generator.set_formatter("plain", 5)
    generator.set_arguments("few", "most", 1)
    return generator


def quick_proxy() -> faker.Faker:
    """Return a proxy that is one with its generator."""
    proxy = faker.Faker("en_US", generator=QuickGenerator(arguments={}))
    (generator,) = proxy.factories
    generator.random = Draws(Random(5))
    merge(proxy, generator)
    return proxy


def result(generator: faker.Generator, text: Any) -> Any:
    try:
        return generator.parse(text)
    except (AttributeError, TypeError) as error:
        return type(error), str(error)


@pytest.mark.parametrize("text", PATTERNS)
def test_patterns_are_read_as_faker_reads_them(text: Any) -> None:
    stock = filled(faker.Generator(arguments={}, locale="en_US"))
    quick = filled(QuickGenerator(arguments={}, locale="en_US"))
    for _ in range(5):
        assert result(quick, text) == result(stock, text)
        assert quick.random.getstate() == stock.random.getstate()


def test_seeding_an_instance_seeds_its_draws() -> None:
    generator = filled(QuickGenerator(arguments={}))
    assert generator.seed_instance(3) is generator
    assert generator.random.random() == Random(3).random()


def test_a_proxy_finds_the_methods_of_its_generator_as_its_own() -> None:
    proxy = quick_proxy()
    assert type(proxy) is QuickFaker
    assert "name" in vars(proxy)
    assert (proxy.locales, proxy.weights) == (["en_US"], None)
    assert proxy["en_US"] is proxy
    assert {"name", "unique", "locales"} <= set(dir(proxy))
    with pytest.raises(AttributeError, match="nothing"):
        _ = proxy.nothing


def test_what_is_added_later_is_found_too() -> None:
    proxy = quick_proxy()
    proxy.add_provider(Provider)
    assert proxy.word() in "xyz"
    proxy.factories[0].set_formatter("word", lambda: "last")
    assert (proxy.word(), proxy.parse("{{word}}"), proxy.unique.word()) == ("last",) * 3


def test_an_instance_cannot_seed_all() -> None:
    with pytest.raises(TypeError, match="seed_instance"):
        quick_proxy().seed(1)


def test_other_draws_can_be_given() -> None:
    proxy, stock = quick_proxy(), faker.Faker("en_US")
    for one in (proxy, stock):
        one.random = Random(8)
    assert [proxy.name(), proxy.numerify()] == [stock.name(), stock.numerify()]


def test_a_deep_copy_draws_for_itself() -> None:
    proxy = quick_proxy()
    first, second = copy.deepcopy(proxy), copy.deepcopy(proxy)
    names = [proxy.name() for _ in range(3)]
    assert [first.name() for _ in range(3)] == names
    first.factories[0].set_formatter("name", lambda: "other")
    assert (first.name(), second.name()) == ("other", names[0])
    assert "other" not in (proxy.name(), second.name())
