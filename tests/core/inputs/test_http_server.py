"""The server beneath the input ``http``: connections, limits, and clients that misbehave."""

from __future__ import annotations

import logging
from functools import partial

import anyio
import pytest
import served
from served import ASK, BODY, rest

from eventum_core.inputs import http_server

pytestmark = pytest.mark.anyio


@pytest.fixture
def run(make_run):
    return make_run()


@pytest.fixture
def serving(run, port):
    """Run the input beside the test; it ends with the block."""
    return partial(served.serving, run, port)


@pytest.mark.parametrize("target", [b"/generate?a=1", b"http://a.example/generate"])
async def test_only_the_path_of_the_target_counts(serving, target):
    async with serving() as asked:
        data = ASK.replace(b"/generate", target) + BODY
        answer = await asked.raw(data.replace(b"Host", b"Connection: close\r\nHost"))
        assert answer.startswith(b"HTTP/1.1 201 Created\r\n")


async def test_connections_are_kept_and_requests_may_come_together(serving):
    async with serving() as asked:
        async with await anyio.connect_tcp("127.0.0.1", asked.port) as stream:
            await stream.send((ASK + BODY) * 3)
            answers = b""
            while answers.count(b"null") < 3:
                answers += await stream.receive()
            await stream.send(ASK + BODY)
            assert (await stream.receive()).startswith(b"HTTP/1.1 201")
        await anyio.wait_all_tasks_blocked()

        assert answers.count(b"HTTP/1.1 201") == 3
        assert asked.counts == [1, 1, 1, 1]


@pytest.mark.parametrize(
    "data",
    [
        (ASK + BODY).replace(b"HTTP/1.1", b"HTTP/1.0"),
        (ASK + BODY).replace(b"Host: a", b"Host: a\r\nConnection: close"),
        b"POST /generate HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
        b'Connection: close\r\n\r\n5\r\n{"cou\r\n6\r\nnt":1}\r\n0\r\n\r\n',
    ],
)
async def test_the_client_may_want_the_connection_closed(serving, data):
    async with serving() as asked:
        answer = await asked.raw(data)
        assert answer.startswith(b"HTTP/1.1 201")
        assert answer.endswith(b"\r\n\r\nnull")


async def test_a_client_that_asks_first_is_told_to_go_on(serving):
    async with serving() as asked, await anyio.connect_tcp("127.0.0.1", asked.port) as stream:
        await stream.send(ASK.replace(b"Host", b"Expect: 100-continue\r\nHost"))
        assert (await stream.receive()).startswith(b"HTTP/1.1 100 Continue\r\n")
        await stream.send(BODY)
        assert (await stream.receive()).startswith(b"HTTP/1.1 201")


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        (b"POST /generate HTTP/1.1\r\n\r\n", 400),
        (b"POST /generate HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400),
        (b"POST /generate HTTP/1.1\r\nHost: a\r\nA: " + b"x" * 70_000, 431),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    ],
)
async def test_what_is_no_http_is_refused(serving, data, status):
    async with serving() as asked:
        answer = await asked.raw(data)

        assert answer.startswith(b"HTTP/1.1 %d " % status)
        assert b'{"detail":"' in answer
        assert (await asked.ask(1)).status_code == 201


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 100000\r\n\r\n",
        b"Content-Length: 100000\r\nExpect: 100-continue\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n186a0\r\n",
    ],
)
async def test_a_body_beyond_all_reason_is_refused(serving, framing):
    async with serving() as asked:
        head = b"POST /generate HTTP/1.1\r\nHost: a\r\n" + framing
        body = b"" if b"Expect" in framing else b"x" * 100_000
        answer = await asked.raw(head + body)

        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b"at most 65,536 bytes" in answer
        assert (await asked.ask(1)).status_code == 201


async def test_clients_that_dawdle_or_vanish_hold_up_nobody(serving):
    async with serving() as asked:
        idle = await anyio.connect_tcp("127.0.0.1", asked.port)
        begun = await anyio.connect_tcp("127.0.0.1", asked.port)
        await begun.send(ASK + BODY[:3])
        gone = await anyio.connect_tcp("127.0.0.1", asked.port)
        await gone.send(ASK[:20])
        await gone.aclose()

        assert (await asked.ask(1)).status_code == 201
        await begun.send(BODY[3:])
        assert (await begun.receive()).startswith(b"HTTP/1.1 201")
        await idle.aclose()
        await begun.aclose()


async def test_a_client_that_hangs_up_half_way_is_answered_400(serving):
    async with serving() as asked, await anyio.connect_tcp("127.0.0.1", asked.port) as stream:
        await stream.send(ASK + BODY[:3])
        await stream.send_eof()

        assert (await rest(stream)).startswith(b"HTTP/1.1 400")
        assert asked.counts == []


async def test_a_request_that_never_comes_is_waited_for_so_long_and_no_longer(serving, monkeypatch):
    monkeypatch.setattr(http_server, "PATIENCE", 0.01)
    async with serving() as asked:
        assert await asked.raw(ASK) == b""


async def test_connections_beyond_the_limit_are_turned_away(serving, monkeypatch):
    monkeypatch.setattr(http_server, "MOST", 1)
    request = (ASK + BODY).replace(b"Host", b"Connection: close\r\nHost")
    async with serving() as asked:
        while (await asked.ask(1)).status_code != 201:
            pass  # whoever looked whether the server listens is not gone yet
        assert (await asked.raw(b"")).startswith(b"HTTP/1.1 503 ")
        await asked.client.aclose()
        while b"201" not in await asked.raw(request):
            pass


async def test_a_system_without_connections_is_asked_again(monkeypatch, caplog):
    monkeypatch.setattr(http_server, "PAUSE", 0)
    tried = []

    class Listener:
        async def serve(self, handler, tasks):
            tried.append(1)
            if len(tried) < 3:
                raise OSError(24, "Too many open files")
            await anyio.sleep_forever()

    class Both:
        listeners = [Listener()]

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(http_server.serve, Both(), None, logging.getLogger("eventum.test"))
        with anyio.fail_after(5):
            while len(tried) < 3:
                await anyio.sleep(0)
        tasks.cancel_scope.cancel()

    assert caplog.text.count("cannot accept a connection: [Errno 24] Too many open files") == 2
