"""The server on real sockets."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from functools import partial

import anyio
import httpx
import pytest
from core.server.doubles import USER, configured

from eventum_core import RunError
from eventum_core.application import Server
from eventum_core.server import serve, serving

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def served(application, fleet) -> AsyncIterator[str]:
    """Serve while inside; give the URL."""
    urls: list[str] = []
    listening = anyio.Event()

    def started(url: str) -> None:
        urls.append(url)
        listening.set()

    with anyio.fail_after(20):
        async with anyio.create_task_group() as group:
            group.start_soon(partial(serve, application, fleet, started=started))
            await listening.wait()
            yield urls[0]
            group.cancel_scope.cancel()


async def test_it_listens_answers_and_frees_the_port(tmp_path, fleet, port):
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    async with served(configured(tmp_path, {"port": port}), fleet) as url:
        assert url == f"http://127.0.0.1:{port}"
        assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
        async with httpx.AsyncClient(base_url=url, auth=USER) as client:
            answer = await client.get("/api/auth/me")
        assert answer.json() == "ann"
        assert "server" not in answer.headers

    with socket.create_server(("127.0.0.1", port)):
        pass


async def test_a_task_that_serves_can_be_cancelled(tmp_path, fleet, port):
    listening = asyncio.Event()
    task = asyncio.create_task(
        serve(configured(tmp_path, {"port": port}), fleet, started=lambda _url: listening.set())
    )
    await asyncio.wait_for(listening.wait(), 20)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 20)


async def test_requests_under_way_are_answered_at_the_end(tmp_path, fleet, port, add, gate):
    add("slow", output="held")
    answers: list[httpx.Response] = []

    async def start(client):
        answers.append(await client.post("/api/generators/slow/start", timeout=20))

    application = configured(tmp_path, {"port": port})
    async with (
        httpx.AsyncClient(auth=USER) as client,
        anyio.create_task_group() as group,
        served(application, fleet) as url,
    ):
        client.base_url = httpx.URL(url)
        group.start_soon(start, client)
        with anyio.fail_after(10):
            while not fleet.get("slow").status.is_initializing:
                await anyio.sleep(0.005)
        asyncio.get_running_loop().call_later(0.05, gate.set)
    assert [answer.json() for answer in answers] == [True]


async def test_who_never_answers_is_given_up(tmp_path, fleet, port, add, gate, monkeypatch):
    monkeypatch.setattr(serving, "GRACE", 0)
    add("slow", output="held")
    failed: list[Exception] = []

    async def start(client):
        try:
            answer = await client.post("/api/generators/slow/start", timeout=20)
            assert answer.status_code == 500
        except httpx.HTTPError as error:
            failed.append(error)

    application = configured(tmp_path, {"port": port})
    async with (
        httpx.AsyncClient(auth=USER) as client,
        anyio.create_task_group() as group,
        served(application, fleet) as url,
    ):
        client.base_url = httpx.URL(url)
        group.start_soon(start, client)
        with anyio.fail_after(10):
            while not fleet.get("slow").status.is_initializing:
                await anyio.sleep(0.005)
    assert not gate.is_set()


async def test_tls(tmp_path, fleet, port, certificate):
    encryption = {
        "enabled": True,
        "cert": str(certificate),
        "cert_key": str(certificate.parent / "k.pem"),
    }
    context = ssl.create_default_context(cafile=certificate)
    async with served(configured(tmp_path, {"port": port, "ssl": encryption}), fleet) as url:
        assert url == f"https://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=url, auth=USER, verify=context) as client:
            answer = await client.post("/api/auth/login")
    assert "Secure" in answer.headers["set-cookie"]


async def test_tls_with_certificates_of_clients(tmp_path, fleet, port, certificate):
    key = certificate.parent / "k.pem"
    encryption = {
        "enabled": True,
        "cert": str(certificate),
        "cert_key": str(key),
        "ca_cert": str(certificate),
        "verify_mode": "required",
    }
    known, unknown = (ssl.create_default_context(cafile=certificate) for _ in range(2))
    known.load_cert_chain(certificate, key)
    async with served(configured(tmp_path, {"port": port, "ssl": encryption}), fleet) as url:
        async with httpx.AsyncClient(base_url=url, auth=USER, verify=known) as client:
            assert (await client.get("/api/auth/me")).json() == "ann"
        async with httpx.AsyncClient(base_url=url, auth=USER, verify=unknown) as client:
            with pytest.raises(httpx.TransportError):
                await client.get("/api/auth/me")


async def test_a_bad_certificate_is_told(tmp_path, fleet, port, certificate):
    bad = tmp_path / "bad.pem"
    bad.write_text("nonsense")
    encryption = {"enabled": True, "cert": str(bad), "cert_key": str(bad)}

    with pytest.raises(RunError, match=r"^server\.ssl: the certificate cannot be used: "):
        await serve(configured(tmp_path, {"port": port, "ssl": encryption}), fleet, started=print)


async def test_a_taken_port_is_told(tmp_path, fleet):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            RunError, match=rf"cannot listen on 127\.0\.0\.1:{port}: .*in use.*port"
        ):
            await serve(configured(tmp_path, {"port": port}), fleet, started=print)


@pytest.mark.parametrize(
    ("host", "reason"), [("203.0.113.7", "no such address"), ("no such.invalid", "")]
)
async def test_a_host_that_is_none_of_ours_is_told(tmp_path, fleet, port, host, reason):
    with pytest.raises(RunError, match=f"cannot listen on {host}:{port}: .*{reason}"):
        await serve(configured(tmp_path, {"port": port, "host": host}), fleet, started=print)


async def test_a_name_stands_for_all_its_addresses(tmp_path, fleet, port):
    async with served(configured(tmp_path, {"port": port, "host": "localhost"}), fleet) as url:
        assert url == f"http://localhost:{port}"
        async with httpx.AsyncClient(base_url=url) as client:
            assert (await client.get("/api/health")).status_code == 200


async def test_what_uvicorn_says_goes_to_our_log(tmp_path, fleet, port, caplog):
    caplog.set_level("INFO")
    async with (
        served(configured(tmp_path, {"port": port}), fleet) as url,
        httpx.AsyncClient(base_url=url) as client,
    ):
        await client.get("/api/health")
        logging.getLogger("uvicorn.error").warning("odd request")
        logging.getLogger("uvicorn.error").info("chatter")

    assert not any("color_message" in record.__dict__ for record in caplog.records)
    names = {record.name for record in caplog.records}
    assert {"eventum_core.server.error", "eventum_core.server.access"} <= names
    assert not [name for name in names if name.startswith("uvicorn")]
    assert "odd request" in caplog.text
    assert "chatter" not in caplog.text
    assert logging.getLogger("uvicorn.error").propagate
    assert logging.getLogger("eventum_core.server.audit").level == logging.NOTSET


def test_answers_wait_for_no_acknowledgement(port):
    with ExitStack() as stack:
        (listening,) = serving._sockets("127.0.0.1", port, stack)
        with socket.create_connection(("127.0.0.1", port)):
            connection, _ = listening.accept()
            with connection:
                assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"host": "::1"}, "http://[::1]:9474"),
        ({"host": "example.org", "port": 80}, "http://example.org:80"),
        ({}, "http://127.0.0.1:9474"),
    ],
)
def test_urls(given, expected):
    assert serving.url(Server(**given)) == expected
