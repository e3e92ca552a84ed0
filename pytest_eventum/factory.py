"""Making streams: from a test's markers, and in a test's body."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import pytest

from eventum_core import Generator, GeneratorConfig, Settings
from pytest_eventum import finding
from pytest_eventum.backends.options import settled
from pytest_eventum.marks import MarkError, Wish, checked, seconds
from pytest_eventum.overrides import Overrides
from pytest_eventum.plan import Plan, merge, named, resolve, spec_for, stream_name
from pytest_eventum.spec import OWN, BackendSpec, Target
from pytest_eventum.stream import Source, Stream, StreamError

if TYPE_CHECKING:
    from pytest_eventum.backends.base import Backend
    from pytest_eventum.session import Session

_UNUSED: list[dict[str, Any]] = [{"stdout": {}}]
"""Stands for the outputs of a file that a backend replaces: they need not even be loadable."""
_BATCH = {"size": 1000}
"""Small, so that a stream that fails is noticed soon; the events are the same for any size."""


TABLE_OPTIONS = frozenset(("table", "tables", "columns", "key"))
"""Options that say how events become rows: the same for every SQL output."""

Edit: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]


class Loaded(NamedTuple):
    """A generator's file, read."""

    config: GeneratorConfig
    tables: Mapping[str, Any]
    """How the file's own SQL output makes rows of events; empty if it has none."""


def own_tables(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the table options of a document's first output that has any."""
    outputs = document.get("output")
    for output in outputs if isinstance(outputs, list) else ():
        for options in output.values() if isinstance(output, dict) else ():
            if isinstance(options, dict) and options.keys() & {"table", "tables"}:
                return {key: options[key] for key in options.keys() & TABLE_OPTIONS}
    return {}


class Workshop:
    """Makes the streams of one test and keeps them until it is over."""

    def __init__(
        self, session: Session, item: pytest.Item, backend: Backend, target: Target
    ) -> None:
        self.session = session
        self.item = item
        self.backend = backend
        self.target = target
        self.streams: list[Stream] = []

    def from_plan(
        self,
        plan: Plan,
        role: str = "stream",
        backend: Backend | None = None,
        spec: BackendSpec | None = None,
    ) -> Stream:
        """Return a stream from a file. Raise `StreamError` or `ConfigError`."""
        try:
            file = finding.find(plan.source, self.session.folders(self.item))
        except finding.NotFound as error:
            raise StreamError(str(error)) from error
        backend = backend or self.backend
        loaded = self._loaded(file, plan.wish, own=backend.kind == OWN)
        return self._made(plan, loaded.config, role, backend, spec, file=file, own=loaded.tables)

    def from_document(
        self,
        plan: Plan,
        document: Mapping[str, Any],
        role: str,
        backend: Backend | None = None,
        spec: BackendSpec | None = None,
    ) -> Stream:
        """Return a stream from a generator that is no file; relative paths belong to the test's."""
        doors = self.session.doors(self.item)
        base = self.item.path.parent
        config = Generator.from_mapping(document, base=base, plugins=doors, id=plan.name).config
        return self._made(plan, config, role, backend or self.backend, spec, document=document)

    def _made(
        self,
        plan: Plan,
        config: GeneratorConfig,
        role: str,
        backend: Backend,
        spec: BackendSpec | None,
        own: Mapping[str, Any] | None = None,
        **origin: Any,
    ) -> Stream:
        spec = spec or spec_for(plan, self.target, self.session.suite)
        # The suite file says which table, for those backends that have tables.
        options = {**(plan.options if backend.tabular else {}), **spec.options}
        if backend.tabular and own and not options.keys() & TABLE_OPTIONS:
            options = {**own, **options}
        if not backend.main:
            backend.main = plan.name
        source = Source(
            name=plan.name,
            config=config,
            settings=self._settings(
                plan,
                role,
                path=config.path,
                id=plan.name if "document" in origin else "",
                batch={} if backend.kind == OWN else _BATCH,
            ),
            backend=backend,
            options=options,
            overrides=Overrides(plan.wish.overrides or {}),
            root=self.session.root,
            **origin,
        )
        stream = Stream(source, self.session.thread, self._spill, self._told)
        self.streams.append(stream)
        return stream

    def _settings(self, plan: Plan, role: str, **fixed: Any) -> Settings:
        """Return a run's settings; what has to be checked is, once for all streams alike."""
        key = ("settings", plan.timezone, *map(str, fixed.values()))
        if key not in self.session.loaded:
            base = settled(live_mode=False, timezone=plan.timezone, **fixed)
            self.session.loaded[key] = base
        found: Settings = self.session.loaded[key]
        return found.model_copy(
            update={
                "params": plan.wish.params or {},
                "seed": self.session.seed(self.item, plan.name, role, plan.wish.seed),
                "now": self.session.moment(plan).isoformat(),
                "max_events": plan.wish.count,
                "duration": plan.wish.duration,
            }
        )

    def _loaded(self, file: Path, wish: Wish, *, own: bool) -> Loaded:
        """Return a file's generator; equal requests share one, since plugins are frozen."""
        doors = self.session.doors(self.item)
        stat = file.stat()
        inputs = json.dumps([wish.params, wish.secrets], default=repr, sort_keys=True)
        key = (file, stat.st_mtime_ns, stat.st_size, inputs, own, *map(id, doors))
        if key not in self.session.loaded:
            tables: dict[str, Any] = {}
            generator = Generator.from_file(
                file,
                plugins=doors,
                secrets=wish.secrets,
                params=wish.params or {},
                edit=self._edit(file, tables, own=own),
            )
            self.session.loaded[key] = Loaded(generator.config, tables)
        found: Loaded = self.session.loaded[key]
        return found

    def _edit(self, file: Path, tables: dict[str, Any], *, own: bool) -> Edit:
        config = self.session.config

        def edit(document: dict[str, Any]) -> dict[str, Any]:
            tables.update(own_tables(document))
            if not own:
                document = {**document, "output": _UNUSED}
            changed = config.hook.pytest_eventum_generator(
                config=config, document=document, path=file
            )
            return next((found for found in reversed(changed) if found is not None), document)

        return edit

    def _spill(self) -> Path:
        return self.session.ledgers / f"spill-{id(self):x}-{len(self.streams)}.jsonl"

    def _told(self, stream: Stream) -> None:
        self.item.ihook.pytest_eventum_delivered(item=self.item, stream=stream)


class Factory:
    """Makes streams in a test's body; call it."""

    def __init__(self, workshop: Workshop, base: Wish, stack: ExitStack) -> None:
        self._shop = workshop
        self._base = base
        self._stack = stack
        self._made: Counter[str] = Counter()

    def __call__(
        self,
        generator: str | Path | None = None,
        *,
        template: str | None = None,
        every: Any = None,
        cron: str | None = None,
        name: str | None = None,
        timezone: str | None = None,
        **wish: Any,
    ) -> Stream:
        """Return a stream that has delivered its events.

        Give a `generator` as the marker takes it, or a `template` (Jinja2) with a schedule: `every`
        so long, such as ``1s`` (the default), or a `cron` expression. `name` is the stream's, and
        its table's; all else is as in the marker. Raises `StreamError`.
        """
        __tracebackhide__ = True
        asked = _asked({**wish, **({"generator": generator} if generator else {})})
        if (template is None) == (asked.generator is None):
            raise StreamError("give either a generator or a template")
        stream = self._stream(asked, template, _schedule(every, cron), name, timezone)
        if asked.autostart is not False:
            stream.deliver()
        return stream

    def _stream(
        self,
        asked: Wish,
        template: str | None,
        schedule: dict[str, Any],
        name: str | None,
        timezone: str | None,
    ) -> Stream:
        plan = self._plan(asked, name, timezone)
        role = f"factory[{self._made[plan.name]}]"
        self._made[plan.name] += 1
        backend, spec = self._place(asked)
        if template is None:
            return self._shop.from_plan(plan, role, backend, spec)
        document = {
            "input": [schedule],
            "event": {
                "template": {"mode": "all", "templates": [{plan.name: {"inline": template}}]}
            },
            "output": _UNUSED,
        }
        return self._shop.from_document(plan, document, role, backend, spec)

    def _plan(self, asked: Wish, name: str | None, timezone: str | None) -> Plan:
        suite = self._shop.session.suite
        source = asked.generator or ""
        entry = named(source, suite)
        base = merge(asked, entry.wish if entry else Wish(), self._base)
        zone = timezone or (entry and entry.timezone) or suite.timezone or "UTC"
        called = name or (source if entry or not source else stream_name(source)) or "inline"
        path = str(entry.path) if entry else source
        return Plan(called, path, asked, base, zone, entry.options if entry else {})

    def _place(self, asked: Wish) -> tuple[Backend | None, BackendSpec | None]:
        """Return a backend of the stream's own if it asks for one, and what it says of it."""
        if asked.backend is None:
            return None, None
        if len(asked.backend) > 1:
            raise StreamError("a factory's stream goes to one backend")
        shop = self._shop
        try:
            spec = resolve(asked.backend[0], shop.session.suite)
        except MarkError as error:
            raise StreamError(str(error)) from error
        if spec.kind == shop.target.kind:
            return None, spec
        target = Target(spec.label, spec.kind)
        return self._stack.enter_context(shop.session.backend(shop.item, target)), spec


def _asked(given: dict[str, Any]) -> Wish:
    try:
        return checked(given)
    except MarkError as error:
        raise StreamError(f"eventum_factory: {error}") from error


def _schedule(every: Any, cron: str | None) -> dict[str, Any]:
    if cron is not None:
        return {"cron": {"expression": cron, "count": 1}}
    try:
        return {"timer": {"seconds": seconds("1s" if every is None else every), "count": 1}}
    except ValueError as error:
        raise StreamError(f"every: {error}") from error
