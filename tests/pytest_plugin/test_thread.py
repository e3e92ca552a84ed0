from __future__ import annotations

import asyncio
from pathlib import Path
from threading import current_thread

import pytest

from eventum_core import Generator, RunError, Silent
from pytest_eventum.thread import OwnThread

DOCUMENT = {
    "input": [{"static": {"count": 1}}],
    "event": {"template": {"mode": "all", "templates": [{"a": {"inline": "x"}}]}},
    "output": [{"file": {"path": "out.txt"}}],
}


def test_runs_beside_a_running_loop(tmp_path: Path) -> None:
    thread = OwnThread()
    generator = Generator.from_mapping(DOCUMENT, base=tmp_path, live_mode=False)

    async def within() -> bool:
        return thread.run(generator, Silent()).ok

    assert asyncio.run(within())
    assert thread.run(generator, Silent()).ok
    assert (tmp_path / "out.txt").read_text().split() == ["x", "x"]
    thread.close()


def test_errors_come_back(tmp_path: Path) -> None:
    thread = OwnThread()
    (tmp_path / "out.txt").mkdir()
    generator = Generator.from_mapping(DOCUMENT, base=tmp_path, live_mode=False)
    with pytest.raises(RunError, match="cannot open"):
        thread.run(generator, Silent())
    thread.close()


def test_one_that_never_ran_can_be_closed() -> None:
    OwnThread().close()
    assert current_thread().name == "MainThread"
