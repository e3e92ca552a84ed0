"""Event plugins that keep a pace of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from doubles import Kept, linspace, local

from eventum_core import EventPlugin, Generator, Report, Run, RunError
from eventum_core.plugin import Produce


class Paced(EventPlugin):
    """Keeps a pace of its own: `steps` seconds between its events."""

    name: ClassVar[str] = "paced"
    steps: list[float]
    broken: bool = False

    def producer(self, run: Run) -> Produce:
        return lambda moment: [f"{moment.timestamp:%H:%M:%S} {','.join(moment.tags)}"]

    def pace(self, run: Run, start: int) -> Iterator[Any] | None:
        if not self.steps:
            return None
        offsets = np.cumsum([0.0, *self.steps]) * 1e6
        return self._arrays(start + offsets.astype("int64"))

    def _arrays(self, instants: Any) -> Iterator[Any]:
        yield instants[:2].astype("datetime64[us]")
        if self.broken:
            raise RunError("the file is gone")
        yield instants[2:].astype("datetime64[us]")


def paced(base: Path, event: dict[str, Any], **settings: Any) -> tuple[list[str], Report]:
    texts, output = local()
    document = {
        "input": [{"linspace": {"start": "+10s", "end": "+10s", "count": 2, "tags": ["log"]}}],
        "event": {"paced": event},
        "output": [output],
    }
    made = Generator.from_mapping(
        document,
        base=base,
        plugins=[Paced, Kept],
        **{"now": "2026-01-05T12:00:00Z", "live_mode": False, "seed": 1, **settings},
    )
    return texts, made.run_sync()


def test_an_event_plugin_may_keep_its_own_pace_from_the_first_instant_on(tmp_path: Path) -> None:
    texts, report = paced(tmp_path, {"steps": [1, 5, 2]})
    assert texts == ["12:00:10 log", "12:00:11 log", "12:00:16 log", "12:00:18 log"]
    assert report.inputs[0].generated == 4
    texts, _ = paced(tmp_path, {"steps": []})
    assert texts == ["12:00:10 log", "12:00:20 log"]


def test_bounds_hold_for_a_kept_pace(tmp_path: Path) -> None:
    texts, _ = paced(tmp_path, {"steps": [1, 5, 2]}, until="+16s")
    assert texts[-1] == "12:00:16 log"
    texts, _ = paced(tmp_path, {"steps": [1, 5, 2]}, since="+15s")
    assert texts[0] == "12:00:20 log"


def test_a_pace_that_breaks_ends_the_schedule_with_its_message(tmp_path: Path) -> None:
    texts, report = paced(tmp_path, {"steps": [1, 5, 2], "broken": True})
    assert texts == ["12:00:10 log", "12:00:11 log"]
    assert not report.ok
    assert "cannot keep its own pace: the file is gone" in report.inputs[0].error


class Wandering(Paced):
    """Keeps a pace that depends on chance."""

    name: ClassVar[str] = "wandering"

    def pace(self, run: Run, start: int) -> Iterator[Any]:
        steps = [0, *sorted(run.random.randrange(10**6) for _ in range(9))]
        return iter([(start + np.array(steps)).astype("datetime64[us]")])


def test_a_pace_of_chance_depends_on_the_seed(tmp_path: Path) -> None:
    def drawn(seed: int) -> list[str]:
        document = {"input": [linspace(2)], "event": {"wandering": {"steps": []}}, "output": []}
        document["output"] = [{"stdout": {}}]
        made = Generator.from_mapping(
            document, base=tmp_path, plugins=[Wandering], now="2026-01-05", seed=seed
        )
        return [str(event.timestamp) for event in made.events()]

    assert drawn(1) == drawn(1) != drawn(2)
