from __future__ import annotations

import json
from collections.abc import Callable

from click.testing import Result

Call = Callable[..., Result]


def test_lists_every_kind_and_its_origin(call: Call) -> None:
    rows = [line.split() for line in call("plugins").stdout.splitlines()]
    assert ["input", "cron", "pytest-eventum"] in rows
    assert ["format", "json-batch", "pytest-eventum"] in rows
    assert {row[0] for row in rows} == {"input", "event", "format", "output"}


def test_as_json(call: Call) -> None:
    rows = json.loads(call("plugins", "--json").stdout)
    assert {"kind": "output", "name": "file", "from": "pytest-eventum"} in rows
