"""What makes sure that the short cuts through this Faker, on this Python, change no draw.

What cannot be shown is not used: a release of Faker that does something else, or only looks at
something else, is slower here and nothing worse.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import cache
from ipaddress import IPv4Network
from random import Random
from types import CodeType, FunctionType, MethodType
from typing import Any

import faker

from eventum_core.events.template.faker_draws import Draws
from eventum_core.events.template.faker_generator import QuickGenerator
from eventum_core.events.template.faker_methods import METHODS, Method
from eventum_core.events.template.faker_tables import LIBRARY, find_tables

_NAMES = {
    "random_element": "random_elements",
    "random_elements": "OrderedDict ValueError __use_weighting__ _key_cache choices_distribution"
    " choices_distribution_unique dict generator hasattr isinstance keys len list randint random"
    " sample str tuple values",
    "numerify": "_re_at _re_dol _re_excl _re_hash _re_perc random_digit random_digit_above_two"
    " random_digit_not_null random_digit_not_null_or_empty random_digit_or_empty str sub",
    "lexify": "_re_qm random_element sub",
    "get_words_list": "ValueError list parts_of_speech word_list",
    "_to_ascii": "replace replacements unidecode",
    "_get_all_networks_and_weights": "IPv4Network _IPv4Constants _exclude_ipv4_networks"
    " _excluded_networks _network_classes getattr hasattr keys num_addresses setattr",
    "_random_ipv4_address_from_subnets": "IPv4Network ValueError all choice choices_distribution"
    " float generator int isinstance len list max_prefixlen num_addresses prefixlen randint random"
    " str",
    "_exclude_ipv4_networks": "ValueError address_exclude list map overlaps prefixlen sort",
    "_parse_date_time": "ParseError _parse_date_string datetime datetime_to_timestamp dtdate int"
    " isinstance now str timedelta",
    "_parse_date": "ParseError _parse_date_string date datetime dtdate int isinstance str timedelta"
    " today",
    "_parse_start_datetime": "_parse_date_time",
    "_parse_end_datetime": "_parse_date_time datetime datetime_to_timestamp now",
    "parse": "_Generator__format_token _re_token sub",
    "_Generator__format_token": "AttributeError KeyError _Generator__config format groups join"
    " list lstrip str strip",
    "format": "get_formatter",
    "get_formatter": "AttributeError _Generator__config getattr",
}
"""What the code of the stock methods names, since Faker 30: all of that is accounted for."""

_NETWORKS = [IPv4Network("10.0.0.0/8"), IPv4Network("192.0.2.0/30"), IPv4Network("198.18.0.0/15")]
_ATTRIBUTES: dict[str, Any] = {
    "__module__": f"{LIBRARY}trial",
    "__use_weighting__": True,
    "table": OrderedDict(a=0.1, b=3, c=0.7, d=0),
    "replacements": (("ß", "ss"), ("é", "ö")),
    "word_list": ("one", "two", "three"),
    "parts_of_speech": {"verb": ("do", "be")},
    # To find these out takes milliseconds.
    "_cached_all_networks": _NETWORKS,
    "_cached_all_networks_weights": [5, 1, 9],
}

_DRAWN = ("randint", "randrange", "choice")

Arguments = tuple[Any, ...]

_TRIALS: dict[str, tuple[Arguments, ...]] = {
    "random_element": (
        (),
        ("abcde",),
        (["a", "b", "c"],),
        (range(9),),
        (_ATTRIBUTES["table"],),
        (OrderedDict(x=1, y=2),),
    ),
    "random_elements": (
        ((1, 2, 3), 1),
        ([1, 2, 3], 4),
        ("abc", 0),
        ("abcdef",),
        ("abcdef", 3, True),
        (_ATTRIBUTES["table"], 3),
        (_ATTRIBUTES["table"], 1, False, False),
    ),
    "numerify": ((), ("no mark",), ("%#-$#!@!@!@ #",), ("@@@!!!$$$%%%###",)),
    "lexify": ((), ("no mark",), ("?-?? ?", "xyz"), ("??", ["l", "m"])),
    "get_words_list": ((), ("verb",), (None, ("x",)), (None, ["x"])),
    "_to_ascii": (("".join(map(chr, range(128))),), ("Straße",), ("é",), ("Ærø, 東京",)),
    "_get_all_networks_and_weights": ((),),
    "_random_ipv4_address_from_subnets": (
        (_NETWORKS, [5, 1, 9]),
        (_NETWORKS, [5.5, 0, 2]),
        (_NETWORKS, None),
        (_NETWORKS, [5, 1, 9], True),
    ),
    "_exclude_ipv4_networks": (
        (_NETWORKS, [IPv4Network("10.1.0.0/16"), IPv4Network("192.0.2.0/28")]),
    ),
    "_parse_date_time": ((5,), (datetime(2020, 1, 2, 3),)),
    "_parse_date": ((date(2020, 1, 2),), (datetime(2020, 1, 2, 3),)),
    "_parse_start_datetime": ((None,), (datetime(2020, 1, 2, 3),)),
    "_parse_end_datetime": ((5,), (datetime(2020, 1, 2, 3),)),
    "parse": (
        ("",),
        ("no token {x} {{}} {{a.b}} {{ a b }} {{a:}}",),
        ("{{word}}",),
        ("a {{ word }}{{number}} b {{word:few}}, {{ word : few }}{{word: few }}.",),
    ),
    "randint": ((0, 0), (1, 6), (-5, 2**70), (True, 4)),
    "randrange": ((9,), (1, 6), (0, 50, 7), (-3, 3, 1)),
    "choice": (("a",), ([1, 2, 3],), (range(1000),)),
}
"""Arguments that take every path through the methods."""


@cache
def proven_methods(owner: type) -> dict[str, Method]:
    """Return the short cuts for a class that draw and give what its own methods do."""
    return {
        name: method
        for name, method in METHODS.get(owner, {}).items()
        if _is_familiar(owner, name) and _agree(*_providers(owner, name, method), name)
    }


@cache
def is_generator_proven() -> bool:
    """Tell whether generators with their draws may be replaced; without, nothing is."""
    patterns = [name for name in _NAMES if name in vars(faker.Generator)]
    stock, quick = _filled(faker.Generator(arguments={})), _filled(QuickGenerator(arguments={}))
    return (
        all(_is_familiar(faker.Generator, name) for name in patterns)
        and _agree(stock, quick, "parse")
        and all(_agree(Random(7), Draws(Random(7)), name) for name in _DRAWN)
    )


def _is_familiar(owner: type, name: str) -> bool:
    """Tell whether a stock method is there, and names nothing that was not accounted for."""
    method = vars(owner).get(name)
    function = getattr(method, "__func__", method)
    if not isinstance(function, FunctionType):
        return False
    return set(_names(function.__code__)) <= set(_NAMES[name].split())


def _names(code: CodeType) -> Iterable[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _agree(stock: Any, quick: Any, name: str) -> bool:
    """Tell whether two objects give the same for all trials of a method, and draw the same."""
    try:
        return all(
            _result(getattr(stock, name), arguments) == _result(getattr(quick, name), arguments)
            for arguments in _TRIALS[name] * 2
        ) and _state(stock) == _state(quick)
    except (TypeError, ValueError, LookupError, AttributeError):
        return False


def _result(method: Callable[..., Any], arguments: Arguments) -> Any:
    result = method(*arguments)
    return list(result) if isinstance(result, tuple) else result


def _state(subject: Any) -> Any:
    if isinstance(subject, Random):
        return subject.getstate()
    return getattr(subject, "generator", subject).random.getstate()


def _providers(owner: type, name: str, method: Method) -> tuple[Any, Any]:
    """Return two providers of a class, the second with a short cut."""
    cls = type("Provider", (owner,), _ATTRIBUTES)
    find_tables(cls)
    stock, quick = (cls(_filled(faker.Generator(arguments={}))) for _ in range(2))
    quick.generator.random = Draws(quick.generator.random)
    vars(quick)[name] = MethodType(method, quick)
    return stock, quick


def _filled(generator: faker.Generator) -> faker.Generator:
    """Give a generator its draws, and methods that patterns may name."""
    generator.random = Random(7)
    generator.set_arguments("few", "most", 3)
    generator.set_formatter("word", lambda most=9: generator.random.randint(0, most))
    generator.set_formatter("number", generator.random.random)
    return generator
