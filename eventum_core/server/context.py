"""What the routes work with, and who may call them."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Annotated

from fastapi import Depends, HTTPException, Security
from fastapi.requests import HTTPConnection
from fastapi.security import APIKeyCookie
from fastapi.security.http import HTTPAuthorizationCredentials, HTTPBase

from eventum_core.application import Application
from eventum_core.fleet import Fleet, Member
from eventum_core.server.access import Brake, Sessions, right

COOKIE = "session_id"


@dataclass(frozen=True, slots=True)
class Context:
    """The server's own state; made once for each application."""

    application: Application
    fleet: Fleet
    sessions: Sessions = field(default_factory=Sessions)
    brake: Brake = field(default_factory=Brake)
    starting: list[Member] = field(default_factory=list)
    """Generators that were there before the server, as long as they are being initialised."""

    @property
    def ready(self) -> bool:
        """Whether every generator that was there before the server has started or failed."""
        self.starting[:] = [member for member in self.starting if member.status.is_initializing]
        return not self.starting

    def shown_path(self, path: Path) -> str:
        """Return a path relative to the folder of generators where it lies inside."""
        folder = self.application.path.generators_dir
        return str(path.relative_to(folder) if path.is_relative_to(folder) else path)


async def _context(connection: HTTPConnection) -> Context:
    context: Context = connection.app.state.context
    return context


InContext = Annotated[Context, Depends(_context)]

BasicHeader = Annotated[
    HTTPAuthorizationCredentials | None,
    Security(HTTPBase(scheme="basic", scheme_name="basic", auto_error=False)),
]
Cookie = Annotated[
    str | None, Security(APIKeyCookie(name=COOKIE, scheme_name="session", auto_error=False))
]


async def signed_in(connection: HTTPConnection, context: InContext, header: BasicHeader) -> str:
    """Return the user of a Basic header; raise 401, or 429 after too many failures."""
    address = connection.client.host if connection.client else ""
    if wait := context.brake.wait(address):
        raise HTTPException(
            429, "too many wrong credentials; wait", headers={"Retry-After": str(ceil(wait))}
        )
    auth = context.application.server.auth
    if header and header.scheme.lower() == "basic" and right(auth, header.credentials):
        connection.state.user = auth.user
        return auth.user
    if header:
        context.brake.failed(address)
    raise _unauthorized("the Authorization header must be Basic, with the right credentials")


async def authenticated(
    connection: HTTPConnection, context: InContext, header: BasicHeader, cookie: Cookie
) -> str:
    """Return the user of a request: by its Authorization header, else by its cookie."""
    if "authorization" in connection.headers:
        return await signed_in(connection, context, header)
    user = context.sessions.user(cookie or "")
    if user is None:
        raise _unauthorized("sign in first, or send a Basic Authorization header")
    connection.state.user = user
    return user


async def editable(context: InContext) -> None:
    """Refuse what writes or runs code where others than this machine can reach the server."""
    server = context.application.server
    if not (server.local or server.edit):
        raise HTTPException(
            403,
            f"the server listens on {server.address}, so generators cannot be added, changed or"
            " deleted through it; to allow that, set server.edit: true",
        )


def _unauthorized(detail: str) -> HTTPException:
    headers = {"WWW-Authenticate": 'Basic realm="Eventum", charset="UTF-8"'}
    return HTTPException(401, detail, headers=headers)


User = Annotated[str, Depends(authenticated)]
MayUse = Depends(authenticated)
MayEdit = Depends(editable)
