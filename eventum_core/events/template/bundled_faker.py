"""The name ``module.faker`` of templates: Faker, drawing from the run and living in its time."""

from __future__ import annotations

import locale as system_locale
from collections.abc import Iterator
from typing import Any

import faker
from faker.providers.passport.en_US import Provider as UsPassport

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
        self._rebinder = Rebinder(replacements(run, run.random), _import_time_defaults(run))
        self.locale = Locales(self._of_locale, _normal)

    def _of_locale(self, codes: str | tuple[str, ...]) -> Any:
        try:
            made = self._make(codes if isinstance(codes, str) else list(codes))
        except (AttributeError, TypeError) as error:
            raise KeyError(f"there is no locale {codes!r}") from error
        return _guarded(made) if self._run.policy == "restricted" else made

    def _make(self, locale: Any = None, **options: Any) -> faker.Faker:
        """Return a new `faker.Faker` whose draws and whose today are the run's."""
        # The library keeps argument groups for the whole process unless it is given a store.
        made = faker.Faker(locale, **{"arguments": {}, **options})
        for generator in _generators(made):
            self._adapt(generator)
        return made

    def _adapt(self, generator: faker.Generator) -> None:
        generator.random = self._run.random
        # Otherwise `binary` asks the operating system.
        generator._is_seeded = True
        providers = generator.get_providers()[::-1]
        generator.providers.clear()
        for provider in providers:
            self._rebinder.become(provider)
            generator.add_provider(provider)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or self._run.policy == "restricted":
            raise AttributeError(name)
        return self._make if name == "Faker" else getattr(faker, name)


def _generators(made: faker.Faker) -> Iterator[faker.Generator]:
    for factory in made.factories:
        if isinstance(factory, faker.Faker):
            yield from _generators(factory)
        else:
            yield factory


def _guarded(made: faker.Faker) -> Only:
    """Return the providers' methods alone; the rest would find any attribute by its name."""
    methods = {name for generator in _generators(made) for name in _methods(generator)}
    return Only(made, methods, unique=Only(made.unique, {*methods, "clear"}))


def _methods(generator: faker.Generator) -> Iterator[str]:
    for provider in generator.get_providers():
        yield from (name for name in dir(provider) if callable(getattr(provider, name)))


def _normal(codes: Any) -> Any:
    """Return a locale as Faker calls it: ``en`` is ``en_US``, ``de-AT`` is ``de_AT``."""
    if isinstance(codes, str):
        return system_locale.normalize(codes.replace("-", "_")).split(".")[0]
    return tuple(map(_normal, codes)) if isinstance(codes, tuple | list) else codes


def _import_time_defaults(run: Run) -> dict[Any, Any]:
    """Return the one default that Faker takes from the day of its import, and what is due."""
    defaults = getattr(UsPassport, "passport_dates", None)
    return dict.fromkeys(getattr(defaults, "__defaults__", None) or (), run.now.date())
