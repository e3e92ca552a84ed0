"""The name ``module`` of templates: helpers that come with the engine, then any Python module."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from eventum_core.events.template.names import ALLOWED, Names, names_of
from eventum_core.events.template.rand import Rand
from eventum_core.plugin import Run
from eventum_core.stdlib import random_of, secrets_of, uuid_of


class Modules:
    """Finds ``module.name`` and ``module['dotted.name']``; what is not there is undefined.

    `rand`, `faker` and `mimesis` come with the engine, `random`, `uuid` and `secrets` draw from
    the run. Under the restricted policy other modules give only what `names.ALLOWED` lists.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._block = 0
        self._missing: set[str] = set()
        self._bundled: dict[str, Callable[[], Any]] = {
            "rand": lambda: Rand(run.random),
            "faker": self._faker,
            "mimesis": self._mimesis,
        }
        self._replaced: dict[str, Callable[[], Any]] = {
            "random": lambda: random_of(run.random),
            "secrets": lambda: secrets_of(run.random),
            "uuid": lambda: uuid_of(run, run.random),
        }
        run.on_block.append(self._enter)

    def __getitem__(self, name: str) -> Any:
        found = vars(self).get(name) if not name.startswith("_") else None
        if found is None:
            # Kept as an attribute, it is next found without any code of ours.
            found = vars(self)[name] = self._find(name)
        return found

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in self._missing:
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError:
            self._missing.add(name)
            raise AttributeError(f"there is no module {name!r}") from None

    def _enter(self, block: int) -> None:
        self._block = block

    def _find(self, name: str) -> Any:
        if bundled := self._bundled.get(name):
            return bundled()
        if self._run.policy == "restricted":
            return self._allowed(name)
        return self._module(name)

    def _module(self, name: str) -> Any:
        if replaced := self._replaced.get(name):
            return replaced()
        if not all(part.isidentifier() for part in name.split(".")):
            raise KeyError(name)
        return _imported(name)

    def _allowed(self, name: str) -> Names:
        """Return the harmless names of a module, also those of its submodules: ``urllib.parse``."""
        below = [module for module in ALLOWED if module.startswith(f"{name}.")]
        parts = {module.removeprefix(f"{name}."): self._allowed(module) for module in below}
        if name in ALLOWED:
            parts |= vars(names_of(self._module(name), ALLOWED[name]))
        if not parts:
            raise KeyError(name)
        return Names(parts)

    def _faker(self) -> Any:
        from eventum_core.events.template.bundled_faker import FakerModule

        return FakerModule(self._run)

    def _mimesis(self) -> Any:
        from eventum_core.events.template.bundled_mimesis import MimesisModule

        return MimesisModule(self._run, self._block)


def _imported(name: str) -> Any:
    """Import a module; raise `KeyError` if it is not there, whatever else goes wrong as it is."""
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        # A module that is there may miss one that it imports: that is an error to be told.
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
        raise KeyError(name) from None
    except (AttributeError, LookupError, TypeError) as error:
        # Jinja takes these for the sign of an undefined name, and nobody would see them.
        raise ImportError(f"importing {name} failed: {error!r}") from error
