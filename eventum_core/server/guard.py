"""What happens to every request before and after the application sees it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from urllib.parse import quote

from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from eventum_core.application import is_loopback
from eventum_core.logs import SERVER_ACCESS
from eventum_core.server.access import AUDIT

MOST_BYTES = 1024 * 1024
"""Longest body of a request; FastAPI reads and parses it before anybody is asked who they are, so a
thousand strangers must not fill the memory with them."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[^\[\]:@/\s]+)(:\d+)?")
HEADERS = {"x-content-type-options": "nosniff", "x-frame-options": "SAMEORIGIN"}

_access = logging.getLogger(SERVER_ACCESS)
_audit = logging.getLogger(AUDIT)


class Journal:
    """Writes a line for each request, and one for the audit where it may have changed something."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request, then write about it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})
        status = 500  # what the client is told if the application fails

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            _write(scope, status)


def _write(scope: Scope, status: int) -> None:
    # No query: it may hold anything. Quoted, a path cannot forge a line.
    peer, method, path = _peer(scope), scope["method"], quote(scope["path"])
    _access.info('%s - "%s %s" %d', peer, method, path, status)
    if method not in SAFE_METHODS:
        user = quote(scope["state"].get("user", ""), safe=" @") or "-"
        _audit.info("user=%s peer=%s %s %s -> %d", user, peer, method, path, status)


def _peer(scope: Scope) -> str:
    return scope["client"][0] if scope.get("client") else "-"


class Guard:
    """Refuses what a web page of somebody else made a browser send.

    `hosts` are the names that the Host header may hold besides those of this machine; None allows
    any. A page that points its own name at this machine would pass for one of ours otherwise.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str] | None) -> None:
        self._app = app
        self._hosts = None if hosts is None else frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or say why not."""
        refusal = ""
        if scope["type"] in ("http", "websocket"):
            headers = Headers(scope=scope)
            refusal = self._strange_host(headers) or _foreign(headers, scope.get("method", ""))
        if not refusal:
            await self._app(scope, _bounded(receive), send)
        elif scope["type"] == "http":
            await JSONResponse({"detail": refusal}, 403)(scope, receive, send)
        else:
            await WebSocketClose(reason=refusal)(scope, receive, send)

    def _strange_host(self, headers: Headers) -> str:
        name = _name(headers.get("host", ""))
        if self._hosts is None or name in self._hosts or is_loopback(name):
            return ""
        return (
            "the server listens on this machine only, and the Host header names another one;"
            " use localhost or 127.0.0.1, also as the Host that a proxy sends"
        )


def _bounded(receive: Receive) -> Receive:
    """Return a function that raises the answer 413 once too much has come."""
    left = MOST_BYTES

    async def bounded() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413, f"the body may have {MOST_BYTES} bytes at most")
        return message

    return bounded


def _name(host: str) -> str:
    """Return a Host header without its port; nothing if it is none."""
    found = HOST.fullmatch(host)
    return found["name"].lower() if found else ""


def _foreign(headers: Headers, method: str) -> str:
    """Tell what is wrong with a request that a page of another site makes with our cookie."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        foreign = site not in ("same-origin", "none")
    else:  # browsers leave it out over plain HTTP
        foreign = origin is not None and origin.partition("://")[2] != headers.get("host")
    if method in SAFE_METHODS or not foreign:
        return ""
    return "a page of another origin may not do that; a proxy has to pass the Host header on"
