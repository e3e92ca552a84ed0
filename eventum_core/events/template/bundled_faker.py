"""The name ``module.faker`` of templates: Faker, drawing from the run and living in its time."""

from __future__ import annotations

import locale as system_locale
import random
from collections.abc import Iterator
from functools import lru_cache
from random import Random
from typing import Any

import faker
from faker.config import DEFAULT_LOCALE, PROVIDERS
from faker.providers.passport.en_US import Provider as UsPassport

from eventum_core.events.template.faker_generator import QuickFaker
from eventum_core.events.template.faker_quick import add_providers, can_quicken, gathering, quicken
from eventum_core.events.template.locales import Locales
from eventum_core.events.template.names import Only
from eventum_core.events.template.rebound import Rebinder
from eventum_core.events.template.standing import replacements
from eventum_core.plugin import Run


class FakerModule:
    """``locale`` has an instance for each locale; `Faker` makes another.

    Under the restricted policy an instance gives the methods of its providers and nothing else.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        changes = {**replacements(run, run.random), **_functions(run.random)}
        self._rebinder = Rebinder(changes, _import_time_defaults(run))
        self.locale = Locales(self._of_locale, _normal)

    def _of_locale(self, codes: str | tuple[str, ...]) -> Any:
        try:
            made = self._make(codes if isinstance(codes, str) else list(codes))
        except (AttributeError, TypeError) as error:
            raise KeyError(f"there is no locale {codes!r}") from error
        return _guarded(made) if self._run.policy == "restricted" else made

    def _make(self, locale: Any = None, **options: Any) -> faker.Faker:
        """Return a new `faker.Faker` whose draws and whose today are the run's."""
        # The library keeps argument groups for the whole process unless it is given a store, and
        # older releases add what is to be included to the list of all.
        options = {"arguments": {}, "providers": list(PROVIDERS), **options}
        if isinstance(locale, str | None) and "generator" not in options:
            options["generator"] = gathering(_normal(locale or DEFAULT_LOCALE), **options)
        made = faker.Faker(locale, **options)
        for proxy in _proxies(made):
            self._adapt(proxy, proxy.factories[0])
        if isinstance(made.factories[0], faker.Faker):
            made.__class__ = QuickFaker
        return made

    def _adapt(self, proxy: faker.Faker, generator: faker.Generator) -> None:
        # Otherwise `binary` asks the operating system.
        generator._is_seeded = True
        providers = generator.get_providers()[::-1]
        classes = tuple(map(type, providers))
        for provider in providers:
            self._rebinder.become(provider)
        if can_quicken(generator):
            quicken(proxy, self._run.random)
            add_providers(generator, providers, classes)
        else:
            generator.random = self._run.random
            generator.providers.clear()
            for provider in providers:
                generator.add_provider(provider)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or self._run.policy == "restricted":
            raise AttributeError(name)
        return self._make if name == "Faker" else getattr(faker, name)


def _proxies(made: faker.Faker) -> Iterator[faker.Faker]:
    """Yield the proxies of one generator each that an instance is, or is made of."""
    for factory in made.factories:
        if isinstance(factory, faker.Faker):
            yield from _proxies(factory)
        else:
            yield made


def _guarded(made: faker.Faker) -> Only:
    """Return the providers' methods alone; the rest would find any attribute by its name."""
    methods = {name for proxy in _proxies(made) for name in _methods(proxy.factories[0])}
    only = Only(made, methods, unique=Only(made.unique, {*methods, "clear"}))
    # Nobody can add another method here, so what is found at once stays right.
    found = {name: value for name, value in vars(made).items() if name in methods}
    vars(only).update((name, value) for name, value in found.items() if name[0] != "_")
    return only


def _methods(generator: faker.Generator) -> Iterator[str]:
    for provider in generator.get_providers():
        yield from (name for name in dir(provider) if callable(getattr(provider, name)))


def _normal(codes: Any) -> Any:
    """Return a locale as Faker calls it: ``en`` is ``en_US``, ``de-AT`` is ``de_AT``."""
    if isinstance(codes, str):
        return _normal_code(codes)
    return tuple(map(_normal, codes)) if isinstance(codes, tuple | list) else codes


@lru_cache
def _normal_code(code: str) -> str:
    return system_locale.normalize(code.replace("-", "_")).split(".")[0]


def _functions(draws: Random) -> dict[int, Any]:
    """Return what stands for functions of `random`: some locales import them by name."""
    names = [name for name in random.__all__ if hasattr(draws, name)]
    return {id(getattr(random, name)): getattr(draws, name) for name in names}


def _import_time_defaults(run: Run) -> dict[Any, Any]:
    """Return the one default that Faker takes from the day of its import, and what is due."""
    defaults = getattr(UsPassport, "passport_dates", None)
    return dict.fromkeys(getattr(defaults, "__defaults__", None) or (), run.now.date())
