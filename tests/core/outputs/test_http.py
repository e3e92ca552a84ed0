from __future__ import annotations

import base64
import logging
import ssl
import threading
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pydantic import ValidationError

from eventum_core.errors import RunError
from eventum_core.outputs.http import Http

pytestmark = pytest.mark.anyio


@dataclass
class Server:
    """A web server that answers as it is told and remembers what it was asked."""

    answers: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Status and text by the body of the request; others get 201."""
    requests: list[BaseHTTPRequestHandler] = field(default_factory=list)
    url: str = ""
    gate: threading.Barrier | None = None
    """Where requests wait for each other."""
    held: threading.Event | None = None
    """What requests wait for."""

    @property
    def bodies(self) -> list[str]:
        return [request.body for request in self.requests]


class Listener(ThreadingHTTPServer):
    """A listener for many connections at a time."""

    daemon_threads = True
    request_queue_size = 128


@pytest.fixture
def serve():
    """Start servers; they end with the test."""
    running = []

    def serve(context: ssl.SSLContext | None = None, **answers) -> Server:
        server = Server(**answers)
        listener = Listener(("127.0.0.1", 0), handler(server))
        if context is not None:
            listener.socket = context.wrap_socket(listener.socket, server_side=True)
        thread = threading.Thread(target=listener.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        running.append((server, listener, thread))
        server.url = f"http{'s' if context else ''}://127.0.0.1:{listener.server_port}/events"
        return server

    yield serve
    for server, listener, thread in running:
        if server.held is not None:
            server.held.set()
        listener.shutdown()
        listener.server_close()
        thread.join()


@pytest.fixture
def tls_server(certificate):
    """The settings of a server that has the certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.parent / "k.pem")
    return context


@pytest.fixture
def run(run, certificate):
    """A run whose folder holds the certificate."""
    return replace(run, base=certificate.parent)


def handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            self.body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            server.requests.append(self)
            if server.gate is not None:
                server.gate.wait(10)
            if server.held is not None:
                server.held.wait(10)
            status, text = server.answers.get(self.body, (201, ""))
            if status == 0:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(text.encode())

        def __getattr__(self, name: str):
            if name.startswith("do_"):
                return self.answer
            raise AttributeError(name)

        def log_message(self, *args) -> None:
            """Say nothing."""

    return Handler


async def test_every_text_is_a_request(run, chunk, serve):
    server = serve()
    async with Http(url=server.url).open(run) as write:
        assert await write(chunk("a", "ü", "c")) == []

    assert sorted(server.bodies) == ["a", "c", "ü"]
    assert {(request.command, request.path) for request in server.requests} == {("POST", "/events")}


async def test_nothing_is_sent_that_was_not_asked_for(run, chunk, serve):
    server = serve()
    async with Http(url=server.url, headers={"X-Key": "1"}).open(run) as write:
        await write(chunk("{}"))

    headers = server.requests[0].headers
    assert (headers["X-Key"], headers["Accept-Encoding"]) == ("1", "gzip, deflate")
    assert "Content-Type" not in headers
    assert "Authorization" not in headers


async def test_given_headers_win(run, chunk, serve):
    server = serve()
    headers = {"accept-encoding": "identity", "content-type": "application/json"}
    async with Http(url=server.url, headers=headers).open(run) as write:
        await write(chunk("{}"))

    assert server.requests[0].headers.get_all("Accept-Encoding") == ["identity"]
    assert server.requests[0].headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"])
async def test_methods(run, chunk, serve, method):
    server = serve()
    async with Http(url=server.url, method=method).open(run) as write:
        assert await write(chunk("a")) == []

    assert [(request.command, request.body) for request in server.requests] == [(method, "a")]


@pytest.mark.parametrize(
    ("status", "retry"),
    [
        *((200, False), (204, False), (302, False), (400, False), (401, False), (404, False)),
        *((408, True), (429, True), (500, True), (503, True)),
    ],
)
async def test_only_the_success_code_is_success(run, chunk, serve, status, retry):
    server = serve(answers={"b": (status, "")})
    async with Http(url=server.url).open(run) as write:
        (failure,) = await write(chunk("a", "b", "c"))

    assert failure == (1, f"status {status} instead of 201", retry)
    assert {request.path for request in server.requests} == {"/events"}


async def test_another_success_code(run, chunk, serve):
    server = serve(answers={"a": (200, "")})
    async with Http(url=server.url, success_code=200).open(run) as write:
        failures = await write(chunk("a", "b"))

    assert failures == [(1, "status 201 instead of 200", False)]


async def test_the_start_of_a_refusal_is_reported(run, chunk, serve):
    server = serve(answers={"a": (400, "no é " + "x" * 1000)})
    async with Http(url=server.url).open(run) as write:
        (failure,) = await write(chunk("a"))

    assert failure.reason == "status 400 instead of 201: no é " + "x" * 195


async def test_failures_come_in_the_order_of_the_texts(run, chunk, serve):
    texts = [str(number) for number in range(60)]
    server = serve(answers={text: (500, text) for text in texts})
    async with Http(url=server.url).open(run) as write:
        failures = await write(chunk(*texts))

    assert [failure.item for failure in failures] == list(range(60))
    assert failures[7].reason == "status 500 instead of 201: 7"


async def test_texts_of_a_chunk_are_sent_at_the_same_time(run, chunk, serve):
    server = serve(gate=threading.Barrier(5))
    async with Http(url=server.url).open(run) as write:
        assert await write(chunk(*"abcde")) == []


async def test_a_lost_connection_may_be_retried(run, chunk, serve):
    server = serve(answers={"b": (0, "")})
    async with Http(url=server.url).open(run) as write:
        (failure,) = await write(chunk("a", "b"))

    assert (failure.item, failure.retry) == (1, True)
    assert "RemoteProtocolError" in failure.reason or "ReadError" in failure.reason


async def test_a_server_that_is_away_may_be_retried(run, chunk, serve):
    async with Http(url="http://127.0.0.1:9/").open(run) as write:
        failures = await write(chunk("a", "b"))

    assert [(failure.item, failure.retry) for failure in failures] == [(0, True), (1, True)]
    assert failures[0].reason.startswith("ConnectError: ")


async def test_the_write_timeout_bounds_a_request(hasty_run, chunk, serve):
    server = serve(held=threading.Event())
    async with Http(url=server.url).open(hasty_run) as write:
        assert await write(chunk("a")) == [(0, "not done within 0.05 s", True)]


async def test_an_unencodable_text_fails_alone(run, chunk, serve):
    server = serve()
    async with Http(url=server.url).open(run) as write:
        (failure,) = await write(chunk("a", "\ud800"))

    assert (failure.item, failure.retry) == (1, False)
    assert server.bodies == ["a"]


async def test_an_empty_chunk_sends_nothing(run, chunk, serve):
    server = serve()
    async with Http(url=server.url).open(run) as write:
        assert await write(chunk()) == []

    assert server.requests == []


@pytest.mark.parametrize(
    ("options", "user_info", "sent"),
    [
        ({"username": "ann", "password": "pä:ss"}, "", "ann:pä:ss"),
        ({"username": "ann"}, "", "ann:"),
        ({"password": "alone"}, "", None),
        ({}, "ann:p%40ss@", "ann:p@ss"),
        ({"username": "bob", "password": "x"}, "ann:p%40ss@", "bob:x"),
    ],
)
async def test_basic_authentication(run, chunk, serve, caplog, options, user_info, sent):
    server = serve()
    url = server.url.replace("//", f"//{user_info}")
    with caplog.at_level(logging.DEBUG):
        async with Http(url=url, **options).open(run) as write:
            await write(chunk("a"))

    expected = sent and f"Basic {base64.b64encode(sent.encode()).decode()}"
    assert server.requests[0].headers["Authorization"] == expected
    assert "p%40ss" not in caplog.text
    assert "p@ss" not in caplog.text


async def test_a_proxy_is_used(run, chunk, serve):
    proxy = serve()
    async with Http(url="http://shop.invalid/in", proxy_url=proxy.url).open(run) as write:
        assert await write(chunk("a")) == []

    assert [request.path for request in proxy.requests] == ["http://shop.invalid/in"]


def test_what_is_printed_holds_no_secret():
    http = Http(
        url="http://ann:canary@a/",
        headers={"Authorization": "canary"},
        username="ann",
        password="canary",
        proxy_url="http://ann:canary@b/",
    )

    assert "canary" not in repr(http)
    assert "canary" not in str(http)


async def test_certificates_are_not_checked_unless_asked_for(run, chunk, serve, tls_server, caplog):
    server = serve(tls_server)
    async with Http(url=server.url).open(run) as write:
        assert await write(chunk("a")) == []

    assert "certificates are not checked" in caplog.text


async def test_unknown_authorities_are_refused_on_demand(run, chunk, serve, tls_server, caplog):
    server = serve(tls_server)
    async with Http(url=server.url, verify=True).open(run) as write:
        (failure,) = await write(chunk("a"))

    assert "CERTIFICATE_VERIFY_FAILED" in failure.reason
    assert caplog.text == ""


async def test_own_authority_and_own_certificate(run, chunk, serve, certificate, tls_server):
    tls_server.verify_mode = ssl.CERT_REQUIRED
    tls_server.load_verify_locations(certificate)
    server = serve(tls_server)
    files = {"ca_cert": "c.pem", "client_cert": "c.pem", "client_cert_key": "k.pem"}
    async with Http(url=server.url, verify=True, **files).open(run) as write:
        assert await write(chunk("a")) == []


async def test_a_certificate_that_went_missing_ends_the_run(run):
    with pytest.raises(RunError, match="cannot use the certificates"):
        async with Http(url="https://a/", ca_cert="missing.pem").open(run):
            pass


@pytest.mark.parametrize(
    ("given", "normalised"),
    [("http://a", "http://a/"), ("https://A.example/x y", "https://a.example/x%20y")],
)
def test_urls_are_normalised(given, normalised):
    assert str(Http(url=given).url) == normalised


@pytest.mark.parametrize(
    "options",
    [
        {"url": "ftp://a/"},
        {"method": "post"},
        {"success_code": 99},
        {"headers": {"X": 1}},
        {"headers": {"X Y": "1"}},
        {"headers": {"X": "1\r\nY: 2"}},
        {"headers": {"X": "é"}},
        {"username": ""},
        {"password": ""},
        {"connect_timeout": 0},
        {"request_timeout": 0},
        {"proxy_url": "socks5://a"},
        {"client_cert": "a.pem"},
        {"retries": 3},
    ],
)
def test_wrong_options_are_refused(options):
    with pytest.raises(ValidationError):
        Http(**{"url": "http://a/", **options})


def test_the_default_format_makes_one_request_a_batch():
    assert Http.formatter == {"format": "json-batch"}
