"""Faker with short cuts, for the instances of a run; any other instance stays as it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import takewhile
from random import Random
from types import MethodType
from typing import Any, NamedTuple

import faker

from eventum_core.events.template.faker_draws import Draws
from eventum_core.events.template.faker_generator import QuickGenerator, merge
from eventum_core.events.template.faker_methods import INTERNAL, METHODS, RELIES_ON, Method
from eventum_core.events.template.faker_proof import is_generator_proven, proven_methods
from eventum_core.events.template.faker_tables import LIBRARY, find_tables

Replacements = list[tuple[int, str, Method]]
"""Numbers of providers, and the method each gets under a name."""


class Plan(NamedTuple):
    """How a generator is put together from providers of some classes."""

    public: Replacements
    internal: Replacements
    formatters: dict[str, int]
    """The number of the provider that each of the generator's methods is of."""


class _Gathering(faker.Generator):
    """A generator that has got its providers, but not yet their methods."""

    def add_provider(self, provider: Any) -> None:
        self.providers.insert(0, provider)


def gathering(
    locale: str, providers: Any = None, includes: Any = None, **config: Any
) -> faker.Generator:
    """Return the generator for a `faker.Faker` of one locale that is about to get the same options.

    One that Faker makes binds each method of each provider, all of them for nothing.
    """
    cls = _Gathering if is_generator_proven() else faker.Generator
    return cls(**{"use_weighting": True, **config, "locale": locale})


def can_quicken(generator: faker.Generator) -> bool:
    """Tell whether a generator is just as Faker makes it, and short cuts change no draw."""
    return type(generator) in (faker.Generator, _Gathering) and is_generator_proven()


def quicken(proxy: faker.Faker, draws: Random) -> None:
    """Turn a new proxy of one generator, and that too, into quick ones that draw from `draws`."""
    (generator,) = proxy.factories
    generator.__class__ = QuickGenerator
    generator.random = Draws(draws)
    merge(proxy, generator)


def add_providers(
    generator: faker.Generator, providers: Sequence[Any], classes: Sequence[type]
) -> None:
    """Add providers to a quick generator, the last of which wins.

    `classes` are those the providers had before they were of the run. From the first one on that
    is not Faker's own, providers are left as they are.
    """
    own = tuple(takewhile(_is_of_library, classes))
    plan = _plan(own)
    generator.providers[:] = providers[: len(own)][::-1]
    _replace(providers, plan.public)
    methods = plan.formatters.items()
    vars(generator).update((name, getattr(providers[number], name)) for name, number in methods)
    _replace(providers, plan.internal)
    for provider in providers[len(own) :]:
        generator.add_provider(provider)


def _is_of_library(cls: type) -> bool:
    return cls.__module__.startswith(LIBRARY)


def _replace(providers: Sequence[Any], replacements: Replacements) -> None:
    for number, name, method in replacements:
        vars(providers[number])[name] = MethodType(method, providers[number])


@cache
def _plan(classes: tuple[type, ...]) -> Plan:
    """Return the plan for a locale; it is the same in each run."""
    plan = Plan([], [], {})
    for number, cls in enumerate(classes):
        find_tables(cls)
        plan.formatters.update(dict.fromkeys(_public(cls), number))
        for name, method in _short_cuts(cls):
            methods = plan.internal if name in INTERNAL else plan.public
            methods.append((number, name, method))
    return plan


def _public(cls: type) -> Iterator[str]:
    """Yield the names that Faker makes methods of a generator."""
    return (name for name in dir(cls) if name[0] != "_" and callable(getattr(cls, name)))


def _short_cuts(cls: type) -> Iterator[tuple[str, Method]]:
    """Yield the short cuts for a class that are the same as what it has."""
    for owner in METHODS:
        if issubclass(cls, owner):
            for name, method in proven_methods(owner).items():
                if all(_is_own(cls, owner, one) for one in (name, *RELIES_ON.get(name, ()))):
                    yield name, method


def _is_own(cls: type, owner: type, name: str) -> bool:
    """Tell whether no class between has a method of that name."""
    return next(base for base in cls.__mro__ if name in vars(base)) is owner
