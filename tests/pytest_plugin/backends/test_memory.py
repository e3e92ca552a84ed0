from __future__ import annotations

import pytest

from pytest_eventum.backends.memory import MemoryBackend


@pytest.fixture
def backend() -> MemoryBackend:
    made = MemoryBackend("test_it-1")
    made.main = "orders"
    return made


def test_a_list_for_each_stream(backend: MemoryBackend) -> None:
    assert backend.read() == []
    backend.client().extend(['{"n": 2}', '{"n": 1}', "plain"])
    assert backend.read("orders") == [{"n": 2}, {"n": 1}, {"event": "plain"}]
    assert [row.get("n") for row in backend.read(order_by="n")] == [None, 1, 2]
    assert backend.url == "memory://test_it-1/orders"
    with pytest.raises(LookupError, match="no stream 'nope'; there are: orders"):
        backend.read("nope")


def test_outputs_append(backend: MemoryBackend) -> None:
    (sink,) = backend.sinks("orders", {})
    assert sink.plugin.texts is backend.client()  # type: ignore[union-attr] # it is ours
    (again,) = backend.sinks("orders", {})
    assert again.plugin.texts is backend.client()  # type: ignore[union-attr] # it is ours
