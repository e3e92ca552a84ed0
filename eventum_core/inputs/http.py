"""When somebody asks: a web server whose requests each want some events."""

from __future__ import annotations

import errno
import re
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from logging import Logger
from typing import TYPE_CHECKING, Any, ClassVar

import anyio
from pydantic import Field, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from eventum_core.errors import RunError
from eventum_core.inputs.http_server import Request, Response, refusal, serve
from eventum_core.plugin import Options, Run, TriggerPlugin

if TYPE_CHECKING:
    from anyio.abc import SocketStream
    from anyio.streams.memory import MemoryObjectReceiveStream
    from anyio.streams.stapled import MultiListener


class Http(TriggerPlugin):
    """Give as many instants as each ``POST /generate`` with ``{"count": …}`` asks for, at once.

    A request is answered with status 201 as soon as it waits to be served; 429 says that too many
    wait already. ``POST /stop`` ends this input when those that wait are served. Whoever reaches
    the port may ask: there is neither a password nor encryption.
    """

    name: ClassVar[str] = "http"

    host: str = Field("0.0.0.0", min_length=1)
    """Address or name of the network interface to listen on; ``127.0.0.1`` is this machine
    alone."""
    port: int = Field(ge=1, le=65535)
    """TCP port to listen on."""
    max_pending_requests: int = Field(100, ge=1)
    """Most requests that may wait; the one being served is not among them."""

    async def triggers(self, run: Run) -> AsyncGenerator[int, None]:
        """Yield the count of each request. Raises `RunError` if the port cannot be had."""
        async with await self._listen(run.log) as listener:
            requests = _Requests(self.max_pending_requests, run.stopping.is_set)
            with requests.open(run) as counts:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(serve, listener, requests.handle, run.log)
                    try:
                        async for count in counts:
                            yield count
                    except GeneratorExit:
                        pass  # the task group would raise it in a group, which nobody expects
                    tasks.cancel_scope.cancel()

    async def _listen(self, log: Logger) -> MultiListener[SocketStream]:
        try:
            listener = await anyio.create_tcp_listener(local_host=self.host, local_port=self.port)
        except OSError as error:
            raise RunError(self._no_port(error)) from error
        log.info("http: listening on %s:%d", self.host, self.port)
        if not _is_local(self.host):
            log.warning(
                "http: whoever reaches port %d of %s can ask for events and end this input;"
                " `host: 127.0.0.1` keeps it to this machine",
                self.port,
                self.host,
            )
        return listener

    def _no_port(self, error: OSError) -> str:
        place = f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
        if error.errno == errno.EADDRINUSE:
            return f"{place} is in use; end the program that listens there or choose another port"
        return f"cannot listen on {place}: {error.strerror or error}; check host and port"


class _Wanted(Options):
    """The body of ``POST /generate``."""

    count: int = Field(ge=1)


class _Requests:
    """What was asked for and not yet served, and the answers to those who ask."""

    def __init__(self, most: int, stopping: Callable[[], bool]) -> None:
        self._asked, self._counts = anyio.create_memory_object_stream[int](most)
        self._stopping = stopping
        self._closed = False
        self._routes = {"/generate": self._generate, "/stop": self._stop}

    @contextmanager
    def open(self, run: Run) -> Iterator[MemoryObjectReceiveStream[int]]:
        """Give the stream of counts; in the end say which of them nobody served."""
        with self._asked, self._counts:
            try:
                yield self._counts
            finally:
                if left := list(self._left()):
                    text = "http: %d accepted requests for %d timestamps were not served any more"
                    run.log.warning(text, len(left), sum(left))
                    run.unserved.extend(left)

    def _left(self) -> Iterator[int]:
        with suppress(anyio.WouldBlock, anyio.EndOfStream):
            while True:
                yield self._counts.receive_nowait()

    def handle(self, request: Request) -> Response:
        """Return the answer to a request."""
        route = self._routes.get(request.path)
        if route is None:
            return refusal(404)
        if request.method != "POST":
            return refusal(405, Allow="POST")
        return route(request)

    def _stop(self, request: Request) -> Response:
        self._closed = True
        self._asked.close()
        return Response(200)

    def _generate(self, request: Request) -> Response:
        try:
            wanted = _wanted(request)
        except ValidationError as error:
            return refusal(422, _problems(error))
        if self._closed or self._stopping():
            return refusal(409, "Server is stopping")
        try:
            self._asked.send_nowait(wanted.count)
        except anyio.WouldBlock:
            return refusal(429)
        return Response(201)


def _wanted(request: Request) -> _Wanted:
    """Return what a body says."""
    # No type means JSON: that is how the output `http` sends it.
    if re.fullmatch(r"(application/(.+\+)?json *(;.*)?)?", request.content_type, re.IGNORECASE):
        return _Wanted.model_validate_json(request.body)
    text = f"Input should be JSON, sent as application/json and not as {request.content_type}"
    problem = InitErrorDetails(
        type=PydanticCustomError("content_type", "{text}", {"text": text}), input={}
    )
    raise ValidationError.from_exception_data("body", [problem])


def _problems(error: ValidationError) -> list[dict[str, Any]]:
    """Return the problems as FastAPI tells them."""
    errors = error.errors(include_url=False, include_context=False)
    found = [{**e, "loc": ("body", *e["loc"])} for e in errors]
    # What is no JSON cannot be repeated in an answer that is.
    return [{**e, "input": {}} if e["type"] == "json_invalid" else e for e in found]


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
