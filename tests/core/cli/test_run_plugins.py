"""``eventum run`` with plugins of one's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hosts
from click.testing import Result
from hosts import inline

Call = Callable[..., Result]

EVENTUM = "server.api_enabled: false\n"

OWN = '''\
from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from eventum_core import InputPlugin, Run


class Once(InputPlugin):
    """Give one instant."""

    name: ClassVar[str] = "once"

    def timestamps(self, run: Run) -> Iterator[np.ndarray]:
        yield np.array([run.start.replace(tzinfo=None)], "datetime64[us]")
'''


def start(folder: Path, *entries: dict[str, Any]) -> None:
    (folder / "startup.yml").write_text(json.dumps(entries), "utf-8")


def test_plugins_of_a_file_are_on_offer(call: Call, tmp_path: Path) -> None:
    (tmp_path / "eventum.yml").write_text(f"{EVENTUM}plugins: [own/once.py]\n", "utf-8")
    (tmp_path / "own").mkdir()
    (tmp_path / "own/once.py").write_text(OWN, "utf-8")
    hosts.write(folder := tmp_path / "generators/one", inline("x"), repeat=1)
    file = folder / "generator.yml"
    first, _, *rest = file.read_text("utf-8").splitlines()
    file.write_text("\n".join([first, "- once: {}", *rest]), "utf-8")
    start(tmp_path, {"id": "one", "path": "one"})
    assert call("run", "-c", tmp_path / "eventum.yml", "--once").exit_code == 0
    assert hosts.lines(folder / "out.log") == ["x"]


def test_a_plugin_file_that_is_not_there_is_told(call: Call, tmp_path: Path) -> None:
    (tmp_path / "eventum.yml").write_text(f"{EVENTUM}plugins: [own.py]\n", "utf-8")
    start(tmp_path)
    done = call("run", "-c", tmp_path / "eventum.yml", "--once")
    assert done.exit_code == 2
    assert "own.py" in done.output
