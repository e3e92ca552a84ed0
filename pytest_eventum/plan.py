"""What one test gets: its streams and the backends it runs on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from pytest_eventum import backends
from pytest_eventum.marks import MarkError, Wish, hint
from pytest_eventum.spec import MEMORY, OWN, BackendSpec, Target
from pytest_eventum.suite import Entry, Suite

_PLAIN_NAMES = ("generator.yml", "generator.yaml")


@dataclass(frozen=True, slots=True)
class Plan:
    """One stream before it exists."""

    name: str
    """What the test calls it, and its table, topic or file."""
    source: str
    """Path or ``pack:NAME``, as written."""
    marker: Wish
    """What the marker alone says."""
    wish: Wish
    """The marker over what the suite file says."""
    timezone: str
    options: Mapping[str, Any]
    """Options of the output that the suite file gives for this generator."""
    specs: tuple[BackendSpec, ...] = ()
    """Backends that the marker or the suite file names for it, the marker's first."""


@dataclass(frozen=True, slots=True)
class TestPlan:
    """Everything the markers of one test ask for; the closest marker comes first."""

    __test__ = False

    plans: tuple[Plan, ...]
    base: Wish
    """The closest marker over the defaults: what the factory starts from."""
    targets: tuple[Target, ...]
    """Backends to run on, empty if nobody names one."""


def merge(first: Wish, *rest: Wish) -> Wish:
    """Return a wish whose silent fields are filled from the next ones; `params` add up."""
    layers = (first, *rest)
    filled = {
        item.name: next((v for w in layers if (v := getattr(w, item.name)) is not None), None)
        for item in fields(Wish)
    }
    for name in ("params", "secrets"):
        filled[name] = {k: v for w in reversed(layers) for k, v in (getattr(w, name) or {}).items()}
    return Wish(**filled)


def of_test(
    wishes: Iterable[tuple[str, Wish]], suite: Suite, inherited: list[str], asked: list[str]
) -> TestPlan:
    """Return what a test gets.

    `wishes` are what its markers ask for, each with where it stands, the closest first;
    `inherited` are the ini file's backends, `asked` the command line's. Raises `MarkError`.
    """
    kept: dict[str, Plan] = {}
    homes: dict[str, str] = {}
    counted: list[Wish] = []
    for home, wish in wishes:
        plan = _plan(wish, suite)
        if plan and homes.setdefault(plan.name, home) == home and plan.name in kept:
            raise MarkError(f"two markers make a stream {plan.name!r}; name one in the suite file")
        if plan is None or plan.name not in kept:  # a closer one takes the place of its class's
            counted.append(wish)
            kept.update({plan.name: plan} if plan else {})
    base = merge(*counted[:1] or [Wish()], suite.defaults)
    return TestPlan(tuple(kept.values()), base, _targets(counted, suite, inherited, asked))


def _plan(wish: Wish, suite: Suite) -> Plan | None:
    source = wish.generator or suite.defaults.generator
    if source is None:
        return None
    entry = named(source, suite)
    known = entry or Entry(Path(source), Wish())
    layers = (wish, known.wish, suite.defaults)
    zone = known.timezone or suite.timezone or "UTC"
    specs = tuple(resolve(spec, suite) for layer in layers for spec in layer.backend or ())
    name = source if entry else stream_name(source)
    return Plan(name, str(known.path), wish, merge(*layers), zone, known.options, specs)


def named(source: str, suite: Suite) -> Entry | None:
    """Return a suite file's generator by its bare name."""
    return suite.generators.get(source)


def stream_name(source: str) -> str:
    """Return what a generator is called: its file, or the folder of a ``generator.yml``."""
    path = Path(source.removeprefix("pack:"))
    if path.name in _PLAIN_NAMES:
        return path.parent.name or "generator"
    return path.stem if path.suffix in (".yml", ".yaml") else path.name


def resolve(spec: BackendSpec, suite: Suite) -> BackendSpec:
    """Return a backend with the suite file's kind and options beneath its own."""
    known = suite.backends.get(spec.kind)
    if known is None:
        kind, options = spec.kind, dict(spec.options)
    else:
        kind, options = known.kind, {**known.options, **spec.options}
    if kind not in backends.KINDS:
        raise MarkError(
            f"unknown backend {kind!r}{hint(kind, {**backends.KINDS, **suite.backends})}"
        )
    return BackendSpec(kind, options, spec.label)


def _targets(
    wishes: list[Wish], suite: Suite, inherited: list[str], asked: list[str]
) -> tuple[Target, ...]:
    entries = [entry.wish for wish in wishes if (entry := named(wish.generator or "", suite))]
    stated = (
        _agreed(wishes, suite)
        or [_target(BackendSpec(name), suite) for name in inherited]
        or _agreed(entries, suite)
        or _agreed([suite.defaults], suite)
    )
    if not asked or [target.kind for target in stated] == [OWN]:
        return tuple(stated)
    kept = [target for target in stated if target.label in asked or target.kind in asked]
    return tuple(kept or [_target(BackendSpec(name), suite) for name in dict.fromkeys(asked)])


def _agreed(wishes: list[Wish], suite: Suite) -> list[Target]:
    """Return the backends that these name, which have to be the same for all that name any."""
    stated = [[_target(spec, suite) for spec in wish.backend] for wish in wishes if wish.backend]
    if any(set(other) != set(stated[0]) for other in stated):
        texts = " and ".join(", ".join(t.label for t in targets) for targets in stated[:2])
        raise MarkError(f"stacked markers must name the same backends, these name {texts}")
    return stated[0] if stated else []


def _target(spec: BackendSpec, suite: Suite) -> Target:
    found = resolve(spec, suite)
    return Target(found.label, found.kind)


def spec_for(plan: Plan | None, target: Target, suite: Suite) -> BackendSpec:
    """Return the options with which a stream goes to the backend its test runs on."""
    for spec in plan.specs if plan else ():
        if spec.label == target.label:
            return spec
    known = target.label if target.label in suite.backends else target.kind
    return resolve(BackendSpec(known, {}, target.label), suite)


DEFAULT = Target(MEMORY, MEMORY)
