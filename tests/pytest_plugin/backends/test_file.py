from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from eventum_core import Event
from pytest_eventum.backends.base import Context
from pytest_eventum.backends.file import FileServer, _lines


@pytest.mark.parametrize(
    "text, line",
    [
        ('{"a": 1}', '{"a": 1}'),
        ("GET /", "GET /"),
        ("tab\tinside", "tab\tinside"),
        ('{\n  "a": "ü"\n}', '{"a": "ü"}'),
        ("two\nlines", '{"event": "two\\nlines"}'),
        ("return\r", '{"event": "return\\r"}'),
        ("newline\n", '{"event": "newline\\n"}'),
        ("", ""),
    ],
)
def test_every_event_is_one_line(text: str, line: str) -> None:
    chunk = _lines([Event(datetime(2026, 1, 1, tzinfo=UTC), text, (), 0, 0)])
    assert chunk.texts == [line]
    assert len(chunk.events) == 1


def test_folder_and_url(tmp_path: Path) -> None:
    with FileServer(Context(tmp_path)).backend("test_it-1") as backend:
        backend.main = "orders"
        path = backend.client()
        assert path == tmp_path / "test_it-1" / "orders.jsonl"
        assert backend.url == path.as_uri()
        assert backend.namespace == str(path.parent)
        assert backend.read() == []
        path.write_text('{"n": 2}\n{"n": 1}\n{"m": 5}\nplain\n')
        assert backend.read() == [{"n": 2}, {"n": 1}, {"m": 5}, {"event": "plain"}]
        assert [row.get("n") for row in backend.read(order_by="n")] == [None, None, 1, 2]
        assert not backend.read(order_by="n").ordered
        with pytest.raises(LookupError, match="no stream 'nope'"):
            backend.read("nope")
    assert not path.parent.exists()


def test_kept_when_asked_to(tmp_path: Path) -> None:
    with FileServer(Context(tmp_path)).backend("test_it-1") as backend:
        backend.keep = True
    assert (tmp_path / "test_it-1").is_dir()


def test_lines_are_json(tmp_path: Path) -> None:
    chunk = _lines([Event(datetime(2026, 1, 1, tzinfo=UTC), '{"a":\n"\u2028"}', (), 0, 0)])
    assert json.loads(chunk.texts[0]) == {"a": "\u2028"}
