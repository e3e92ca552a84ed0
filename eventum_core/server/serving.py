"""The application on a socket, inside the event loop of whoever calls."""

from __future__ import annotations

import errno
import logging
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import anyio
import uvicorn

from eventum_core.application import Application, Server
from eventum_core.errors import RunError
from eventum_core.fleet import Fleet
from eventum_core.logs import SERVER_ERROR
from eventum_core.loop import first_error
from eventum_core.server.access import AUDIT
from eventum_core.server.app import create_app

GRACE = 10
"""Seconds that requests under way have to end when the server stops."""
MOST_AT_ONCE = 1000
"""Connections and requests beyond which new ones are answered with 503."""
VERIFY_MODES = {
    "none": ssl.CERT_NONE,
    "optional": ssl.CERT_OPTIONAL,
    "required": ssl.CERT_REQUIRED,
}


async def serve(application: Application, fleet: Fleet, *, started: Callable[[str], None]) -> None:
    """Serve until cancelled, then let requests under way end.

    `started` is called with the URL once the server listens. Raises `RunError`.
    """
    server = application.server
    listener = _Listener(_config(application, fleet), lambda: started(url(server)))
    with ExitStack() as stack:
        stack.enter_context(_own_logs())
        sockets = _sockets(server.address, server.port, stack)
        try:
            await _until_cancelled(listener, sockets)
        except BaseExceptionGroup as group:  # how task groups raise; unwrapped and raised again
            error = first_error(group)
        else:
            return
    raise error


async def _until_cancelled(listener: _Listener, sockets: list[socket.socket]) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(_listen, listener, sockets)
        try:
            await anyio.sleep_forever()
        finally:
            listener.should_exit = True


async def _listen(listener: _Listener, sockets: list[socket.socket]) -> None:
    with anyio.CancelScope(shield=True):
        await listener.serve(sockets)
    if not listener.should_exit:
        raise RunError("the server ended by itself")


class _Listener(uvicorn.Server):
    """A server that leaves signals to its host, and tells when it listens."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._listening()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def url(server: Server) -> str:
    """Return where the server can be reached."""
    host = f"[{server.address}]" if ":" in server.address else server.address
    return f"{'https' if server.ssl.enabled else 'http'}://{host}:{server.port}"


def _config(application: Application, fleet: Fleet) -> uvicorn.Config:
    encryption = application.server.ssl
    given = encryption.enabled
    config = uvicorn.Config(
        create_app(application, fleet),
        log_config=None,
        access_log=False,  # the application writes its own lines, which hold no query
        ws="none",
        # Whoever may say where a request comes from could hide, or dodge the brake on guessing.
        proxy_headers=False,
        server_header=False,
        limit_concurrency=MOST_AT_ONCE,
        timeout_graceful_shutdown=GRACE,
        ssl_certfile=encryption.cert if given else None,
        ssl_keyfile=encryption.cert_key if given else None,
        ssl_ca_certs=str(encryption.ca_cert) if given and encryption.ca_cert else None,
        ssl_cert_reqs=VERIFY_MODES[encryption.verify_mode or "none"],
    )
    try:
        config.load()
    except OSError as error:  # also what the ssl module raises
        raise RunError(f"server.ssl: the certificate cannot be used: {error}") from error
    return config


def _sockets(host: str, port: int, stack: ExitStack) -> list[socket.socket]:
    """Return a socket for each address of `host`; the stack closes them."""
    try:
        found = (_bound(family, address) for family, address in _addresses(host, port))
        sockets = [stack.enter_context(bound) for bound in found if bound]
    except OSError as error:
        raise RunError(_cannot_listen(host, port, error.strerror or str(error))) from error
    if not sockets:
        raise RunError(_cannot_listen(host, port, "this machine has no such address"))
    return sockets


def _addresses(host: str, port: int) -> Iterable[tuple[int, Any]]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return dict.fromkeys((entry[0], entry[4]) for entry in found)


def _bound(family: int, address: Any) -> socket.socket | None:
    try:
        made = socket.create_server(address, family=family)
        # Connections inherit it. asyncio sets it only where the protocol is named, and without it
        # each answer, a head and a body, waits 40 ms for the client's acknowledgement.
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made
    except OSError as error:
        # A name such as localhost often stands for an address that the machine lacks.
        if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            return None
        raise


def _cannot_listen(host: str, port: int, reason: str) -> str:
    return (
        f"the server cannot listen on {host}:{port}: {reason};"
        " choose others with server.host and server.port"
    )


@contextmanager
def _own_logs() -> Iterator[None]:
    """Hand what uvicorn logs to our own logger, and audit whatever the level of the other logs."""
    theirs, audit = logging.getLogger("uvicorn.error"), logging.getLogger(AUDIT)
    handler, propagate, level = _Passing(), theirs.propagate, audit.level
    their_level = theirs.level
    theirs.addHandler(handler)
    theirs.propagate = False
    theirs.setLevel(logging.WARNING)  # we say ourselves that the server listens
    audit.setLevel(logging.INFO)
    try:
        yield
    finally:
        audit.setLevel(level)
        theirs.propagate = propagate
        theirs.setLevel(their_level)
        theirs.removeHandler(handler)


class _Passing(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        ours = logging.getLogger(SERVER_ERROR)
        record.name = SERVER_ERROR
        record.__dict__.pop("color_message", None)  # the same again, for terminals
        if ours.isEnabledFor(record.levelno):
            ours.handle(record)
