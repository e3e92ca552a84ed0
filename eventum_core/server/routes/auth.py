"""Signing in and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from eventum_core.server.access import LIFETIME
from eventum_core.server.context import COOKIE, Cookie, InContext, User, signed_in
from eventum_core.server.schemas import may_fail

router = APIRouter(prefix="/auth", tags=["auth"])


@router.post("/login", summary="Sign in", responses=may_fail(401, 429))
async def login(
    request: Request,
    response: Response,
    context: InContext,
    user: Annotated[str, Depends(signed_in)],
) -> str:
    """Check the Basic credentials, set the session's cookie and return the user's name."""
    response.set_cookie(
        COOKIE,
        context.sessions.open(user),
        max_age=LIFETIME,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return user


@router.get("/me", summary="Who am I", responses=may_fail(401))
async def me(user: User) -> str:
    """Return the user's name."""
    return user


@router.post("/logout", summary="Sign out")
async def logout(response: Response, context: InContext, cookie: Cookie) -> None:
    """End the session of the cookie, if there is one."""
    context.sessions.close(cookie or "")
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")
