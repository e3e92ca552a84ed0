"""What one pytest process knows of its streams: seed, now, suite, servers."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_eventum import options, seed
from pytest_eventum.spec import OWN, Target

if TYPE_CHECKING:
    from pytest_eventum.backends.base import Backend, Server
    from pytest_eventum.plan import Plan, TestPlan
    from pytest_eventum.stream import Stream
    from pytest_eventum.suite import Suite
    from pytest_eventum.thread import OwnThread

MARKER = "eventum"
SEED_KEY = "eventum/seed"


class Session:
    """The plugin's state; made when pytest is configured, everything else when first needed."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        sent = getattr(config, "workerinput", {}).get("eventum")
        self.root = sent["root"] if sent else _checked("seed", config, self._root)
        self.now = seed.moment(sent["now"]) if sent else self.given_now or _present(config)
        self.loaded: dict[Any, Any] = {}
        """Generators by all that they were loaded from."""
        self._plans: dict[tuple[tuple[int, int], ...], tuple[object, TestPlan]] = {}
        self._marked: dict[int, bool] = {}
        self._servers: dict[str, Server] = {}
        self._numbers = count(1)

    def to_worker(self) -> dict[str, Any]:
        """Return what every worker process must have in common."""
        return {"root": self.root, "now": seed.iso(self.now)}

    def _root(self, text: str | None) -> int:
        return seed.root(text, lambda: self._cached(SEED_KEY))

    def _cached(self, key: str) -> Any:
        cache = getattr(self.config, "cache", None)
        return cache.get(key, None) if cache else None

    def remember_root(self) -> None:
        """Keep the root seed for ``--eventum-seed last``."""
        cache = getattr(self.config, "cache", None)
        if cache and self.root != (self._cached(SEED_KEY) or 0):
            cache.set(SEED_KEY, self.root)

    @cached_property
    def given_now(self) -> datetime | None:
        """The command line's now, which stands above every marker's."""
        text = options.given(self.config, "now")
        return _checked("now", self.config, lambda _: seed.moment(text)) if text else None

    @cached_property
    def suite(self) -> Suite:
        """The suite file and what hooks offer beside it; read once, when first needed."""
        from pytest_eventum import suite

        offered = self.config.hook.pytest_eventum_configure(config=self.config)
        return suite.read(options.suite_path(self.config), [o for o in offered if o])

    def marks(self, node: pytest.Item) -> bool:
        """Tell whether a test has our marker; it is asked of every test of a suite, so cheaply."""
        if any(mark.name == MARKER for mark in node.own_markers):
            return True
        above = self._marked.get(id(node.parent))
        if above is None:
            parent = node.parent
            above = parent is not None and parent.get_closest_marker(MARKER) is not None
            self._marked[id(parent)] = above
        return above

    def plan(self, node: pytest.Item) -> TestPlan:
        """Return what a test gets. Raise `MarkError` for what makes no sense."""
        found = list(node.iter_markers_with_node(MARKER))
        # Tests of one class or module share their marks, and each test is asked about often.
        key = tuple((id(place) if place is not node else 0, id(mark)) for place, mark in found)
        if key not in self._plans:
            # What is found is kept as well, so that no other object gets the same id.
            self._plans[key] = found, self._planned([(str(id(p)), mark) for p, mark in found])
        return self._plans[key][1]

    def _planned(self, marks: list[tuple[str, pytest.Mark]]) -> TestPlan:
        from pytest_eventum.marks import wish
        from pytest_eventum.plan import of_test

        wishes = [(home, wish(mark)) for home, mark in marks]
        inherited = options.inherited(self.config, "backend") or []
        return of_test(wishes, self.suite, inherited, options.names(self.config))

    def target(self, item: pytest.Item) -> Target:
        """Return the backend that a test runs on."""
        from pytest_eventum.plan import DEFAULT

        call = getattr(item, "callspec", None)
        chosen = call.params.get(seed.SERVER) if call else None
        return chosen or next(iter(self.plan(item).targets), DEFAULT)

    def seed(self, item: pytest.Item, generator: str, role: str, pinned: int | None) -> int:
        """Return a stream's seed: the pinned one, a hook's, or one derived for this test."""
        if pinned is not None:
            return pinned
        chosen: int | None = self.config.hook.pytest_eventum_seed(
            item=item, generator=generator, role=role, root=self.root
        )
        if chosen is not None:
            return chosen
        place = () if self.seed_scope == "generator" else (seed.identity(item),)
        return seed.derive(self.root, *place, generator, role)

    @cached_property
    def seed_scope(self) -> str:
        """What an unpinned seed depends on: ``test`` or ``generator``."""
        return self.config.getini("eventum_seed_scope") or "test"

    def moment(self, plan: Plan) -> datetime:
        """Return a stream's now: command line, marker, ini file, suite file, session."""
        return self.given_now or plan.marker.now or self._ini_now or plan.wish.now or self.now

    @cached_property
    def _ini_now(self) -> datetime | None:
        return self.now if options.inherited(self.config, "now") else None

    def folders(self, item: pytest.Item) -> Iterable[Path]:
        """Return where a test's generators are looked for."""
        paths = options.inherited(self.config, "paths") or ()
        return (item.path.parent, *paths, self.config.rootpath)

    def doors(self, item: pytest.Item) -> list[object]:
        """Return the plugins of pytest that offer generator plugins to a test."""
        offering = [
            plugin
            for plugin in self.config.pluginmanager.get_plugins()
            if "eventum_plugins" in getattr(plugin, "__dict__", ())
        ]
        above = [plugin for plugin in offering if _reaches(plugin, item.path)]
        return sorted(above, key=lambda plugin: str(getattr(plugin, "__file__", "")))

    def backend(self, item: pytest.Item, target: Target) -> AbstractContextManager[Backend]:
        """Give a test a place of its own on its backend."""
        name = re.sub(r"\W+", "-", item.name).strip("-")[:40]
        return self._server(target.kind).backend(f"{name}-{next(self._numbers)}")

    def _server(self, kind: str) -> Server:
        if kind not in self._servers:
            from pytest_eventum.backends import server_class
            from pytest_eventum.backends.base import Context

            schema = options.inherited(self.config, "schema") or ()
            folder = self.folder / kind if kind != OWN else self.folder
            self._servers[kind] = server_class(kind)(Context(folder, schema, self._ready))
        return self._servers[kind]

    def _ready(self, kind: str, url: str, client: Any) -> None:
        self.config.hook.pytest_eventum_ready(
            config=self.config, backend=kind, url=url, client=client
        )

    @cached_property
    def folder(self) -> Path:
        """A folder of this process for the session's files, cleaned up by pytest's own rules."""
        return self.factory.mktemp("eventum")

    factory: pytest.TempPathFactory
    """Set by the first fixture that runs: only fixtures may ask for it."""

    @cached_property
    def ledgers(self) -> Path:
        """The folder in which ledgers of failed tests are left."""
        try:
            cache: Path = self.config.rootpath / os.path.expandvars(self.config.getini("cache_dir"))
            self.config.cache.set(SEED_KEY, self.root)
        except ValueError:
            return Path(tempfile.mkdtemp(prefix="pytest-eventum-"))
        folder = cache / "eventum"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @cached_property
    def thread(self) -> OwnThread:
        """Where this process's streams run."""
        from pytest_eventum.thread import OwnThread

        return OwnThread()

    def close(self) -> None:
        """Stop what was started."""
        if "thread" in self.__dict__:
            self.thread.close()
        for server in self._servers.values():
            server.close()


SESSION = pytest.StashKey[Session]()
STREAMS = pytest.StashKey[list["Stream"]]()


def of(config: pytest.Config) -> Session:
    """Return the session of a configured pytest."""
    return config.stash[SESSION]


def _reaches(plugin: object, path: Path) -> bool:
    """Tell whether a plugin concerns a test: a ``conftest.py`` does so below its folder."""
    file = getattr(plugin, "__file__", None) or ""
    return Path(file).name != "conftest.py" or Path(file).parent in path.parents


def _present(config: pytest.Config) -> datetime:
    """Return the ini file's now, else the present moment."""
    text = options.inherited(config, "now")
    return _checked("now", config, lambda _: seed.moment(text)) if text else seed.present()


def _checked(name: str, config: pytest.Config, read: Any) -> Any:
    """Return an option as `read` understands it, or end with one line that names it."""
    try:
        return read(options.setting(config, name))
    except ValueError as error:
        raise pytest.UsageError(f"--eventum-{name}: {error}") from error
