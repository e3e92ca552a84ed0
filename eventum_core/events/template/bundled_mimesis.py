"""The name ``module.mimesis`` of templates: Mimesis, drawing from the run, living in its time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

import mimesis
from mimesis import enums, random
from mimesis.enums import TimestampFormat
from mimesis.providers.base import BaseProvider
from mimesis.types import MissingSeed

from eventum_core.events.template.locales import Locales
from eventum_core.events.template.names import names_of
from eventum_core.events.template.rebound import Rebinder
from eventum_core.events.template.standing import replacements
from eventum_core.plugin import Run
from eventum_core.seeds import Paused, Seeds

ROLE = "event/mimesis"
POSIX = TimestampFormat.POSIX


class BlockRandom(random.Random):
    """Draws that begin anew with each block, seeded only when the block's first is wanted.

    Seeding costs more than many draws, and most blocks of most runs need none.
    """

    _seeds: Seeds
    _block: int
    _paused: Paused

    def expire(self, block: int) -> None:
        """Let the next draw be the first of a block, or the next of one that was cut into."""
        state = self._paused.swap(self._block, self._drawn, block)
        self._block = block
        self.gauss_next = None
        # Everything is drawn by these two, and an instance's attribute hides its class's.
        vars(self).update(random=self._first_random, getrandbits=self._first_getrandbits)
        if state is not None:
            self._drop_first()
            self.setstate(state)

    def _drawn(self) -> Any:
        """Return the state, or None while nothing of the block has been drawn."""
        return None if "random" in vars(self) else self.getstate()

    def _drop_first(self) -> None:
        vars(self).pop("random", None)
        vars(self).pop("getrandbits", None)

    def seed(self, *args: Any, **kwargs: Any) -> None:
        """Begin at a seed, whatever the block."""
        self._drop_first()
        super().seed(*args, **kwargs)

    def _renew(self) -> None:
        if "random" in vars(self):
            self.seed(self._seeds.number(ROLE, self._block))

    def _first_random(self) -> float:
        self._renew()
        return self.random()

    def _first_getrandbits(self, k: int, /) -> int:
        self._renew()
        return self.getrandbits(k)


def block_random(seeds: Seeds, block: int) -> BlockRandom:
    """Return the draws of a run, about to enter a block."""
    draws = BlockRandom(0)
    draws._seeds, draws._block, draws._paused = seeds, block, Paused()
    draws.expire(block)
    return draws


class MimesisModule:
    """``locale`` has a `Generic` for each locale; the library's other names are there too."""

    def __init__(self, run: Run, block: int) -> None:
        self._run = run
        self._draws = block_random(run.seeds, block)
        run.on_block.append(self._draws.expire)
        self._rebinder = Rebinder(replacements(run, self._draws), _years(run.now.year))
        self.locale = Locales(self._of_locale, lambda code: code)
        self.Locale = mimesis.Locale
        self.enums = self._module(enums, _classes(enums))
        self.random = self._module(random, ("Random", "random"))

    def Generic(self, locale: Any = mimesis.Locale.DEFAULT, seed: Any = MissingSeed) -> Any:
        """Return a new `mimesis.Generic` living in the run's time, drawing from it if unseeded."""
        made = mimesis.Generic(locale, seed)
        for name in sorted(set(dir(made))):
            self._adapt(getattr(made, name), own_draws=seed is not MissingSeed)
        return made

    def _of_locale(self, code: Any) -> mimesis.Generic:
        try:
            made: mimesis.Generic = self.Generic(mimesis.Locale(code))
        except ValueError as error:
            raise KeyError(f"there is no locale {code!r}") from error
        return made

    def _adapt(self, provider: BaseProvider, own_draws: bool) -> None:
        tells_time = isinstance(provider, mimesis.Datetime)
        self._rebinder.become(provider)
        if tells_time:
            vars(provider)["timestamp"] = _timestamps(provider, self._run.zone)
        if not own_draws:
            provider.random = self._draws
            # A seed for the whole process, which test runners set, is none of the run's.
            vars(provider)["_has_seed"] = lambda: False
        for part in list(vars(provider).values()):
            if isinstance(part, BaseProvider):
                self._adapt(part, own_draws)

    def _module(self, module: ModuleType, names: Iterable[str]) -> Any:
        return names_of(module, names) if self._run.policy == "restricted" else module

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or self._run.policy == "restricted":
            raise AttributeError(name)
        return getattr(mimesis, name)


def _classes(module: ModuleType) -> list[str]:
    return [name for name, value in vars(module).items() if isinstance(value, type)]


def _years(year: int) -> dict[int, int]:
    """Return the years that the library's methods take by default, and those that are due.

    They are the year of its import, and one that an earlier now would find in its future.
    """
    imported = getattr(mimesis.Datetime, "_CURRENT_YEAR", year)
    latest = max(mimesis.Person.birthdate.__defaults__ or (year,))
    return {latest: min(latest, year), imported: year}


def _timestamps(provider: Any, zone: ZoneInfo) -> Callable[..., Any]:
    """Return the provider's method `timestamp`, taking times for those of a zone.

    The library takes them for those of the host's.
    """
    original = provider.timestamp

    def timestamp(fmt: TimestampFormat | None = POSIX, **options: Any) -> Any:
        wanted = TimestampFormat(provider.validate_enum(fmt, TimestampFormat))
        if wanted is not POSIX:
            return original(wanted, **options)
        moment = datetime.fromisoformat(original(TimestampFormat.ISO_8601, **options))
        return int((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp())

    return timestamp
