"""Faker's generator and its proxy with short cuts, which only the instances of a run are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NoReturn

import faker

_TOKEN = re.compile(r"\{\{\s*(\w+)(:\s*\w+?)?\s*\}\}")
_PATTERNS = 4096

Parts = tuple[str, tuple[tuple[str, str, str], ...]]
"""The text before the first token; then each token's name, argument group and following text."""


class QuickGenerator(faker.Generator):
    """A generator that keeps its draws as a plain attribute, and takes patterns apart once."""

    # Every draw of a provider reads it, and a property takes longer.
    random: Any = None
    _of_proxy: frozenset[str] = frozenset()

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy needs; its proxy gets attributes of its own."""
        return {name: one for name, one in vars(self).items() if name not in self._of_proxy}

    def seed_instance(self, seed: Any = None) -> QuickGenerator:
        """Seed the draws of this generator, which are the run's."""
        self.random.seed(seed)
        self._is_seeded = True
        return self

    def parse(self, text: str) -> str:
        """Replace tokens such as ``{{name}}`` by what their methods give."""
        first, tokens = _parts(text)
        pieces = [first]
        for name, group, after in tokens:
            if group:
                made = self._of_group(name, group)
            else:
                made = (getattr(self, name, None) or self.get_formatter(name))()
            pieces += str(made), after
        return "".join(pieces)

    def _of_group(self, name: str, group: str) -> Any:
        arguments = self.get_arguments(group)
        if arguments is None:
            raise AttributeError(f"Unknown argument group {group!r}")
        return self.get_formatter(name)(**arguments)


class QuickFaker(faker.Faker):
    """A proxy whose attributes are found without a line of Python.

    One of several locales draws from its own generators which of them it takes; older releases of
    Faker draw that from what the whole process shares.
    """

    __getattribute__ = object.__getattribute__

    @property
    def seed(self) -> NoReturn:
        """Refuse to seed all instances by one."""
        raise TypeError("seed() is a method of the class Faker; see seed_instance()")

    def _select_factory_choice(self, factories: Sequence[Any]) -> Any:
        return self.factories[0].random.choice(factories)

    def _select_factory_distribution(
        self, factories: Sequence[Any], weights: Sequence[float]
    ) -> Any:
        return self.factories[0].random.choices(factories, weights=weights)[0]


def merge(proxy: faker.Faker, generator: QuickGenerator) -> None:
    """Turn the proxy of a generator into a quick one, which has its methods as attributes.

    Both get one dictionary: so whatever is added to the generator later is there as well.
    """
    vars(generator).update(vars(proxy), _of_proxy=frozenset(vars(proxy)))
    proxy.__dict__ = vars(generator)
    proxy.__class__ = QuickFaker


@lru_cache(_PATTERNS)
def _parts(text: str) -> Parts:
    first, *rest = _TOKEN.split(text)
    groups = ((group or "").lstrip(":").strip() for group in rest[1::3])
    return first, tuple(zip(rest[::3], groups, rest[2::3], strict=True))
