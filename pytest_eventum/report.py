"""What a failed test shows of its streams, and how to see the same again."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from eventum_core import redact
from pytest_eventum import options
from pytest_eventum.seed import iso
from pytest_eventum.session import MARKER, of

if TYPE_CHECKING:
    from pytest_eventum.stream import Stream

LAST = 3
"""Events shown of each stream."""
_WIDTH = 160


def section(item: pytest.Item, streams: list[Stream]) -> str:
    """Return the report section of a failed test, without secrets."""
    lines: list[str] = []
    for stream in streams:
        about = [*_facts(stream), *_last(stream), *_places(item, stream)]
        item.ihook.pytest_eventum_report(item=item, stream=stream, lines=about)
        lines += [*about, _preview(item, stream), ""]
    return redact("\n".join([*lines, f"reproduce: {_pytest(item, streams)}"]))


def _facts(stream: Stream) -> list[str]:
    ledger = stream.ledger
    counts = f"planned {len(ledger.planned)}, delivered {len(ledger)}, failed {len(ledger.failed)}"
    return [
        f"stream {stream.name}: seed {stream.seed}, now {iso(stream.now)}",
        f"generator: {stream.source.file or 'written in the test'}",
        f"backend: {stream.backend.kind}, namespace {stream.backend.namespace}",
        counts,
        *(f"cause: {cause}" for cause in (stream.report.errors if stream.report else ())),
    ]


def _last(stream: Stream) -> list[str]:
    planned = stream.ledger.planned
    return [f"  #{entry.ordinal} {_short(entry.text)}" for entry in planned[-LAST:]]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…"


def _places(item: pytest.Item, stream: Stream) -> list[str]:
    """Leave the ledger in a file and tell where."""
    home = _home(item, stream)
    path = home.with_name(f"{home.name}.jsonl")
    return [f"ledger: {stream.ledger.planned.to_jsonl(path)}"]


def _home(item: pytest.Item, stream: Stream) -> Path:
    folder = of(item.config).ledgers
    slug = re.sub(r"[^\w.-]+", "-", item.nodeid).strip("-")[-100:]
    return folder / f"{slug}--{stream.name}"


def _pytest(item: pytest.Item, streams: list[Stream]) -> str:
    """Return the command that runs this test again with the same events."""
    state = of(item.config)
    moments = {iso(stream.now) for stream in streams} or {iso(state.now)}
    parts = [
        "pytest",
        _node(item),
        *("--eventum-seed", str(state.root)),
        # Markers that pin different moments pin them again; the option would overrule them all.
        *(("--eventum-now", moments.pop()) if len(moments) == 1 else ()),
        *_repeated(item.config),
    ]
    return shlex.join(parts)


def _node(item: pytest.Item) -> str:
    """Return the node id as it is typed in the folder in which this run was started."""
    path = os.path.relpath(item.path, item.config.invocation_params.dir)
    _, colons, inside = item.nodeid.partition("::")
    return f"{path}{colons}{inside}"


def _repeated(config: pytest.Config) -> list[str]:
    """Return the options of this run that a repetition needs as well."""
    asked = options.given(config, "config")
    names = [f"--eventum-backend={name}" for name in options.names(config)]
    return [*([f"--eventum-config={asked}"] if asked else []), *names]


def _preview(item: pytest.Item, stream: Stream) -> str:
    """Return the command that prints the same events without pytest."""
    settings = stream.source.settings
    file = stream.source.file or _written(item, stream)
    parts = [
        *("eventum", "preview", _relative(file, item.config.invocation_params.dir)),
        *("-n", str(max(1, len(stream.ledger.planned)))),
        *("--seed", str(stream.seed), "--now", iso(stream.now)),
        *(("--id", settings.id) if settings.id else ()),
        *(("--timezone", settings.timezone) if settings.timezone != "UTC" else ()),
        *(("--params", _json(settings.params)) if settings.params else ()),
        *_doors(item, stream),
    ]
    changed = " (before overrides)" if stream.source.overrides.values else ""
    return f"the same events{changed}: {shlex.join(parts)}"


def _doors(item: pytest.Item, stream: Stream) -> Iterator[str]:
    """Yield the options for what no package offers, but a ``conftest.py`` or another plugin."""
    config = stream.source.config
    plugins: list[Any] = [*config.inputs, config.event]
    plugins += [part for sink in config.outputs for part in (sink.plugin, sink.formatter)]
    used = {(plugin.kind, plugin.name) for plugin in plugins}
    doors: list[Any] = of(item.config).doors(item)
    for door in doors:
        file = getattr(door, "__file__", None)
        if file and any((offer.kind, offer.name) in used for offer in door.eventum_plugins()):
            yield from ("--plugin", _relative(Path(file), item.config.invocation_params.dir))


def _relative(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)


def _json(value: Any) -> str:
    import json

    return json.dumps(value, default=str)


def _written(item: pytest.Item, stream: Stream) -> Path:
    """Leave a generator that stands only in the test in a file, so that it can be previewed."""
    import yaml

    path = _home(item, stream) / "generator.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(redact(yaml.safe_dump(stream.source.document, sort_keys=False)), "utf-8")
    return path


def table(items: list[pytest.Item]) -> list[str]:
    """Return a line for each stream of each test: who gets which, with seed, now and backend."""
    lines = [line for item in items for line in _rows(item)]
    return lines or ["no test has an eventum marker"]


def _rows(item: pytest.Item) -> list[str]:
    state = of(item.config)
    if item.get_closest_marker(MARKER) is None:
        return []
    target = state.target(item)
    return [
        f"{item.nodeid}: {plan.name} seed={state.seed(item, plan.name, 'stream', plan.wish.seed)}"
        f" now={iso(state.moment(plan))} backend={target.label} generator={plan.source}"
        for plan in state.plan(item).plans
    ]
