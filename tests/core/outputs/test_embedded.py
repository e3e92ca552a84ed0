"""What holds for every output that writes to a database in a file."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from eventum_core.errors import WriteError
from eventum_core.model import Chunk
from eventum_core.outputs.duckdb import Duckdb
from eventum_core.outputs.embedded import database_file, path_in
from eventum_core.outputs.sqlite import Sqlite

each = pytest.mark.parametrize("output", [Sqlite, Duckdb], ids=lambda output: output.name)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///a.db", "a.db"),
        ("sqlite:////var/a.db", "/var/a.db"),
        ("sqlite+pysqlite:///a.db", "a.db"),
        ("deep/er/a.db", "deep/er/a.db"),
        ("/var/a.db", "/var/a.db"),
        ("sqlite-of-mine.db", "sqlite-of-mine.db"),
    ],
)
def test_the_path_in_a_url(url, path):
    assert path_in(url, "sqlite") == path
    assert database_file("sqlite")(url) == url


@each
@pytest.mark.parametrize(
    ("url", "problem"),
    [
        (":memory:", "write a file: {0}:///events.db"),
        ("{0}:///:memory:", "write a file"),
        ("{0}://", "write a file"),
        ("", "write a file"),
        ("file:a.db?mode=ro", "{0}:////absolute.db or a plain path"),
        ("{0}:///a.db?timeout=5", "or a plain path"),
        ("postgresql://localhost/a", "or a plain path"),
    ],
)
def test_what_is_no_file_is_refused(output, url, problem):
    with pytest.raises(ValidationError, match=problem.format(output.name)):
        output(url=url.format(output.name), table="t")


@each
def test_both_keep_what_they_promise(output):
    assert output.guarantee == "exactly once by id"
    assert output.formatter == {"format": "plain"}


@each
def test_a_heartbeat_does_nothing_and_a_batch_of_events_is_refused(output, run, chunk):
    with output(url="a.db", table="t").open(run) as write:
        assert write(chunk()) == ()
        with pytest.raises(WriteError, match="use `plain` or `json`"):
            write(Chunk(["[1, 2]"], chunk("1", "2").events))


@each
def test_one_plugin_can_be_run_twice(output, run, chunk):
    plugin = output(url="a.db", table="t")
    for first in (0, 1, 0):
        with plugin.open(run) as write:
            assert write(chunk('{"a": 1}', first=first)) == []


@each
def test_keys_without_a_column_are_named_in_the_log(output, run, chunk, caplog):
    declared = output(url="a.db", table="t", columns={"a": {"type": "integer"}})
    with declared.open(run):
        pass
    with output(url="a.db", table="t").open(run) as write:
        write(chunk('{"a": 1, "b": 2, "c": 3}'))

    assert f"{output.name}: table t has no column for b, c" in caplog.text
