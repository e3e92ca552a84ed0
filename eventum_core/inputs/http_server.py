"""A small HTTP/1.1 server in the event loop of whoever runs it: short requests, JSON answers.

Every connection has a task of its own, so a slow or broken client holds up nobody else; sizes
and waits are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from logging import Logger
from typing import Any, NamedTuple, TypeAlias

import anyio
import h11
from anyio.abc import SocketStream
from anyio.streams.stapled import MultiListener
from pydantic_core import to_json

LONGEST_BODY = 64 * 1024
"""Bytes in the body of a request."""
PATIENCE = 60.0
"""Seconds in which the next request of a connection must have come."""
LAST_WORDS = 1.0
"""Seconds that a client has to take an answer."""
MOST = 250
"""Connections at the same time; those beyond it are turned away."""
PAUSE = 1.0
"""Seconds before another try when the system gives no connection."""

_PIECE = 16 * 1024
_ORIGIN = re.compile("^https?://[^/?]*", re.IGNORECASE)
_BROKEN = (anyio.BrokenResourceError, OSError)
_GONE = (anyio.EndOfStream, anyio.ClosedResourceError, *_BROKEN)
"""What a stream raises when its client went away, or is given up."""


class Request(NamedTuple):
    """What a client sent."""

    method: str
    path: str
    """Without the query."""
    content_type: str
    """Empty where none was given."""
    body: bytes


class Response(NamedTuple):
    """What it is answered."""

    status: int
    content: bytes = b"null"
    """JSON."""
    headers: Mapping[str, str] = {}


Handle: TypeAlias = Callable[[Request], Response]
"""Answer a request, at once."""


def refusal(status: int, detail: Any = None, **headers: str) -> Response:
    """Return an answer that says in ``detail`` what is wrong; default is the status's phrase."""
    return Response(status, to_json({"detail": detail or HTTPStatus(status).phrase}), headers)


async def serve(listener: MultiListener[SocketStream], handle: Handle, log: Logger) -> None:
    """Answer requests with what `handle` returns, until cancelled."""
    hold = partial(_hold, handle, anyio.CapacityLimiter(MOST))
    async with anyio.create_task_group() as tasks:
        for each in listener.listeners:
            tasks.start_soon(_accept, each, hold, log)


async def _accept(
    listener: Any, hold: Callable[[SocketStream], Awaitable[None]], log: Logger
) -> None:
    """Hold every connection in a task of its own, whatever becomes of any."""
    async with anyio.create_task_group() as tasks:
        while True:
            try:
                await listener.serve(hold, tasks)
            except _BROKEN as error:
                log.warning("http: cannot accept a connection: %s", error)
                await anyio.sleep(PAUSE)


async def _hold(handle: Handle, places: anyio.CapacityLimiter, stream: SocketStream) -> None:
    """Answer one connection's requests until either side closes it."""
    with suppress(*_GONE):
        async with stream:
            connection = _Connection(stream)
            try:
                places.acquire_nowait()
            except anyio.WouldBlock:
                await connection.answer(refusal(503, Connection="close"))
                return
            try:
                await connection.serve(handle)
            finally:
                places.release()


class _TooLarge(Exception):
    """The body of a request is longer than anybody needs."""


class _Connection:
    """One client, and the state of the protocol with it."""

    def __init__(self, stream: SocketStream) -> None:
        self._stream = stream
        self._protocol = h11.Connection(h11.SERVER)
        self._bodiless = False

    async def serve(self, handle: Handle) -> None:
        """Answer requests until one closes the connection, or none comes for too long."""
        while (response := await self._response(handle)) is not None:
            await self.answer(response)
            if self._protocol.states != {h11.CLIENT: h11.DONE, h11.SERVER: h11.DONE}:
                await self._linger()
                return
            self._protocol.start_next_cycle()

    async def _response(self, handle: Handle) -> Response | None:
        """Return the answer to the next request; None if there is none."""
        try:
            with anyio.fail_after(PATIENCE):
                request = await self._request()
        except h11.RemoteProtocolError as error:
            return refusal(error.error_status_hint, str(error), Connection="close")
        except _TooLarge:
            text = f"a request has at most {LONGEST_BODY:,} bytes"
            return refusal(413, text, Connection="close")
        return None if request is None else handle(request)

    async def _request(self) -> Request | None:
        head = await self._event()
        if not isinstance(head, h11.Request):
            return None
        self._bodiless = head.method == b"HEAD"
        headers = dict(head.headers)
        if int(headers.get(b"content-length", 0)) > LONGEST_BODY:
            raise _TooLarge
        return Request(
            method=head.method.decode(),
            path=_ORIGIN.sub("", head.target.decode()).partition("?")[0],
            content_type=headers.get(b"content-type", b"").decode("latin-1"),
            body=await self._body(),
        )

    async def _body(self) -> bytes:
        body = bytearray()
        while isinstance(event := await self._event(), h11.Data):
            body += event.data
            if len(body) > LONGEST_BODY:
                raise _TooLarge
        return bytes(body)

    async def _event(self) -> Any:
        """Return what the client says next, reading as far as need be."""
        while (event := self._protocol.next_event()) is h11.NEED_DATA:
            if self._protocol.they_are_waiting_for_100_continue:
                go_on = h11.InformationalResponse(status_code=100, headers=[], reason="Continue")
                await self._send(self._protocol.send(go_on) or b"")
            self._protocol.receive_data(await self._received())
        return event

    async def _received(self) -> bytes:
        try:
            return await self._stream.receive(_PIECE)
        except anyio.EndOfStream:
            return b""

    async def answer(self, response: Response) -> None:
        """Send an answer."""
        length = str(len(response.content))
        headers = {"Content-Type": "application/json", "Content-Length": length}
        events: list[Any] = [
            h11.Response(
                status_code=response.status,
                reason=HTTPStatus(response.status).phrase,
                headers=list({**headers, **response.headers}.items()),
            ),
            h11.Data(data=b"" if self._bodiless else response.content),
            h11.EndOfMessage(),
        ]
        await self._send(b"".join(self._protocol.send(event) or b"" for event in events))

    async def _send(self, data: bytes) -> None:
        # Shielded: who was told that a request is accepted must not hear of a broken connection.
        with anyio.fail_after(LAST_WORDS, shield=True):
            await self._stream.send(data)

    async def _linger(self) -> None:
        """Let the client read the answer: closing with unread data would cut it off."""
        with anyio.move_on_after(LAST_WORDS):
            await self._stream.send_eof()
            while True:
                await self._stream.receive(_PIECE)
