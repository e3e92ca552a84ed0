"""The reference page of what templates can call, made from the docstrings."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from eventum_core.describe import plain
from eventum_core.events.template.dispatch import Dispatch
from eventum_core.events.template.names import ALLOWED
from eventum_core.events.template.rand import Rand
from eventum_core.events.template.rand_crypto import Crypto, Instants
from eventum_core.events.template.rand_network import VENDORS, Network
from eventum_core.events.template.rand_number import Number
from eventum_core.events.template.rand_string import SPECIFIERS, String
from eventum_core.events.template.shell import Shell
from eventum_core.events.template.tables import Sample
from eventum_core.state import SharedState, State

_SPECIFIERS = ", ".join(f"`%{name}` one of `` {signs} ``" for name, signs in SPECIFIERS.items())
NAMES: dict[str, tuple[type, str]] = {
    "module.rand": (Rand, "Drawn from the run's seed, as everything below `module.rand` is."),
    "module.rand.number": (Number, ""),
    "module.rand.string": (String, f"Specifiers of `pattern`: {_SPECIFIERS}."),
    "module.rand.network": (Network, f"Vendors of `mac`: {', '.join(VENDORS)}."),
    "module.rand.crypto": (Crypto, ""),
    "module.rand.datetime": (Instants, ""),
    "samples.NAME": (
        Sample,
        "A table. It can be iterated, indexed, given to `random` and `length`; a cell is"
        " `row.column` or `row[0]`.",
    ),
    "shared, locals": (
        State,
        "State of the generator, and of the alias alone. `shared.key` reads too; a missing key is"
        " `None`.",
    ),
    "globals": (
        SharedState,
        "State of the whole process, with the methods of `shared`; each is atomic, and two more"
        " bracket several.",
    ),
    "dispatch": (Dispatch, "None of these calls returns."),
    "subprocess": (Shell, "The result has `stdout`, `stderr` and `exit_code`."),
}
HIDDEN = frozenset({"release_all"})
"""Called by the engine."""


def page() -> Iterator[str]:
    """Yield the page's lines, below its title."""
    yield "What a template can call. [How to](../how-to/templates.md) use it.\n"
    for name, (kind, text) in NAMES.items():
        yield f"## {name}\n" + (f"\n{text}\n" if text else "")
        yield "| call | |\n| --- | --- |"
        for method in _methods(kind):
            doc = plain(method.__doc__ or "").replace("\n\n", " ").replace("|", "\\|")
            yield f"| `{_signature(method)}` | {doc} |"
        yield ""
    yield from _restricted()


def _methods(kind: type) -> Iterator[Callable[..., Any]]:
    for name, method in vars(kind).items():
        told = (
            name.startswith("_") or name in HIDDEN or (kind is SharedState and hasattr(State, name))
        )
        if inspect.isfunction(method) and not told:
            yield method


def _signature(method: Callable[..., Any]) -> str:
    parameters = list(inspect.signature(method).parameters.values())[1:]
    return f"{method.__name__}({', '.join(_parameters(parameters))})"


def _parameters(parameters: list[inspect.Parameter]) -> Iterator[str]:
    for parameter in parameters:
        stars = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}
        name = stars.get(parameter.kind, "") + parameter.name
        given = parameter.default
        private = given is not parameter.empty and type(given) is object
        shown = "…" if private else repr(given)
        yield name if given is parameter.empty else f"{name}={shown}"


def _restricted() -> Iterator[str]:
    yield "## Under the restricted policy\n"
    yield (
        "`module` is `rand`, `faker`, `mimesis` and these names. There is no `subprocess`, and what"
        " templates are given cannot be changed in place.\n"
    )
    yield "| module | names |\n| --- | --- |"
    for module, names in ALLOWED.items():
        yield f"| `{module}` | {', '.join(f'`{name}`' for name in sorted(names))} |"
