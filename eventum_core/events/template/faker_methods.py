"""Methods of Faker's providers that do the same, draw for draw, in a fraction of the time.

Each stands in for the method of the same name wherever Faker has not overridden it, and calls
the stock method for whatever it was not written for.
"""

from __future__ import annotations

from bisect import bisect
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from ipaddress import IPv4Network
from itertools import accumulate
from operator import add
from string import ascii_letters
from typing import Any, NamedTuple

from faker.providers import BaseProvider
from faker.providers.date_time import Provider as DateTime
from faker.providers.internet import Provider as Internet
from faker.providers.lorem import Provider as Lorem

from eventum_core.events.template.faker_draws import Draws
from eventum_core.events.template.faker_tables import table_of

Method = Callable[..., Any]

_SEQUENCES = frozenset((tuple, list, str))

_DIGITS = (("#", 0), ("%", 1), ("$", 2))
"""Marks of `numerify`, and the least digit that each stands for."""
_OR_EMPTY = (("!", "random_digit_or_empty"), ("@", "random_digit_not_null_or_empty"))

PARSERS = ("_parse_date_time", "_parse_date", "_parse_start_datetime", "_parse_end_datetime")
"""Class methods of the dates' provider that tell what an argument means."""
_TIMES = frozenset((str, datetime, date, type(None)))

_KEPT = 256
"""How many results a provider remembers of a kind; templates may ask for any number."""


def random_element(self: Any, elements: Any = ("a", "b", "c")) -> Any:
    """Draw from a sequence, or from one of Faker's weighted tables."""
    kind = type(elements)
    if kind in _SEQUENCES:
        return self.generator.random.choice(elements)
    if kind is OrderedDict and self.__use_weighting__ and (table := table_of(elements)):
        names, sums, total, last = table
        return names[bisect(sums, self.generator.random.random() * total, 0, last)]
    return self.random_elements(elements, length=1)[0]


def random_elements(
    self: Any,
    elements: Any = ("a", "b", "c"),
    length: int | None = None,
    unique: bool = False,
    use_weighting: bool | None = None,
) -> Any:
    """Draw a number of times from a sequence."""
    if type(elements) in _SEQUENCES and not unique and length is not None:
        draws = self.generator.random
        return [draws.choice(elements)] if length == 1 else draws.choices(elements, k=length)
    return BaseProvider.random_elements(self, elements, length, unique, use_weighting)


def numerify(self: Any, text: str = "###") -> str:
    """Replace marks by digits, without a search for those that are not there."""
    draws = self.generator.random
    if type(text) is not str or type(draws) is not Draws:
        return BaseProvider.numerify(self, text)
    for mark, least in _DIGITS:
        if mark in text:
            first, *rest = text.split(mark)
            text = first + "".join(map(add, draws.digits(least, len(rest)), rest))
    for mark, name in _OR_EMPTY:
        if mark in text:
            digit = getattr(self, name)
            first, *rest = text.split(mark)
            text = first + "".join([f"{digit()}{part}" for part in rest])
    return text


def lexify(self: Any, text: str = "????", letters: str = ascii_letters) -> str:
    """Replace question marks by letters."""
    if type(text) is not str or type(letters) is not str:
        return BaseProvider.lexify(self, text, letters)
    if "?" not in text:
        return text
    choice = self.generator.random.choice
    first, *rest = text.split("?")
    return first + "".join([choice(letters) + part for part in rest])


def get_words_list(self: Any, part_of_speech: Any = None, ext_word_list: Any = None) -> Any:
    """Return the words themselves if nobody can change them, not a copy."""
    words = self.word_list if ext_word_list is None else ext_word_list
    if type(words) is tuple and (ext_word_list is not None or not part_of_speech):
        return words
    return Lorem.get_words_list(self, part_of_speech, ext_word_list)


def to_ascii(self: Any, string: str) -> str:
    """Transliterate only what needs it."""
    replaced = string
    for search, replace in self.replacements:
        replaced = replaced.replace(search, replace)
    return replaced if replaced.isascii() else Internet._to_ascii(self, string)


class _Networks(NamedTuple):
    """Networks with their weights, made ready to draw an address."""

    subnets: list[IPv4Network]
    weights: list[int]
    sums: list[float]
    spans: list[tuple[int, int]]
    """The first address of each network, and how many there are after it."""


def all_networks(self: Any, address_class: str | None = None) -> Any:
    """Return the lists that the stock method keeps, without what it makes to find them."""
    kept = vars(self).setdefault("_kept_networks", {})
    if address_class not in kept:
        _make_room(kept)
        kept[address_class] = Internet._get_all_networks_and_weights(self, address_class)
    return kept[address_class]


def random_address(self: Any, subnets: Any, weights: Any = None, network: bool = False) -> str:
    """Draw an address from networks that the provider keeps, without building objects for it."""
    kept = vars(self).setdefault("_kept_sums", {})
    found = kept.get(id(weights)) or _networks(kept, subnets, weights)
    if network or not found or found.subnets is not subnets or found.weights is not weights:
        return Internet._random_ipv4_address_from_subnets(self, subnets, weights, network)
    draws, sums = self.generator.random, found.sums
    first, more = found.spans[bisect(sums, draws.random() * sums[-1], 0, len(sums) - 1)]
    address = first + draws.randint(0, more)
    return f"{address >> 24}.{address >> 16 & 255}.{address >> 8 & 255}.{address & 255}"


def exclude_networks(
    self: Any, networks: list[IPv4Network], networks_to_exclude: list[IPv4Network]
) -> list[IPv4Network]:
    """Exclude the same networks only once in a process."""
    return list(_excluded(tuple(networks), tuple(networks_to_exclude)))


def remembering(name: str) -> Method:
    """Return a method that asks the stock one for the meaning of an expression of time once.

    A run's now does not change.
    """
    attribute = f"_kept{name}"

    def parse(self: Any, value: Any, tzinfo: Any = None) -> Any:
        stock = getattr(type(self), name)
        if tzinfo is not None:
            return stock(value, tzinfo)
        if type(value) not in _TIMES or getattr(value, "tzinfo", None) is not None:
            return stock(value)
        kept = vars(self).setdefault(attribute, {})
        if value not in kept:
            _make_room(kept)
            kept[value] = stock(value)
        return kept[value]

    return parse


def _networks(kept: dict[int, _Networks], subnets: Any, weights: Any) -> _Networks | None:
    if type(weights) is not list or not subnets or len(subnets) != len(weights):
        return None
    if not all(type(weight) in (int, float) for weight in weights):
        return None
    sums = list(accumulate(map(float, weights)))
    if sums[-1] <= 0:
        return None
    spans = [(int(net.network_address), net.num_addresses - 1) for net in subnets]
    _make_room(kept)
    # The lists are kept too, so that no others get their `id`.
    kept[id(weights)] = _Networks(subnets, weights, sums, spans)
    return kept[id(weights)]


def _make_room(kept: dict[Any, Any]) -> None:
    if len(kept) >= _KEPT:
        kept.clear()


@lru_cache(_KEPT)
def _excluded(
    networks: tuple[IPv4Network, ...], excluded: tuple[IPv4Network, ...]
) -> list[IPv4Network]:
    stock: Method = Internet._exclude_ipv4_networks
    # It uses nothing of a provider.
    return list(stock(None, list(networks), list(excluded)))


METHODS: Mapping[type, Mapping[str, Method]] = {
    BaseProvider: {
        "random_element": random_element,
        "random_elements": random_elements,
        "numerify": numerify,
        "lexify": lexify,
    },
    Lorem: {"get_words_list": get_words_list},
    Internet: {
        "_to_ascii": to_ascii,
        "_get_all_networks_and_weights": all_networks,
        "_random_ipv4_address_from_subnets": random_address,
        "_exclude_ipv4_networks": exclude_networks,
    },
    DateTime: {name: remembering(name) for name in PARSERS},
}
"""By the class whose method each stands in for."""

INTERNAL = frozenset({"get_words_list"})
"""What other methods of a provider get, but no template: there the stock method makes a copy."""

RELIES_ON: Mapping[str, tuple[str, ...]] = {
    "random_element": ("random_elements",),
    "numerify": ("random_digit", "random_digit_not_null", "random_digit_above_two"),
    "lexify": ("random_element", "random_elements"),
}
"""What a stock method calls and the one here does not, so that it must not be overridden."""
