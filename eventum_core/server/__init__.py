"""The REST server: an extra, so its packages are imported only when it is really wanted."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from eventum_core.errors import PluginError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from eventum_core.application import Application
    from eventum_core.fleet import Fleet

__all__ = ["create_app", "serve"]

_PACKAGES = frozenset({"fastapi", "starlette", "uvicorn"})


def create_app(application: Application, fleet: Fleet) -> FastAPI:
    """Return the ASGI application for a fleet.

    Raises `PluginError` if the packages of the extra ``server`` are missing.
    """
    app: FastAPI = _module("app").create_app(application, fleet)
    return app


async def serve(application: Application, fleet: Fleet, *, started: Callable[[str], None]) -> None:
    """Serve until cancelled; requests under way then have ten seconds to end.

    `started` is called with the server's URL once it listens. Raises `RunError` if it cannot
    listen or its certificate cannot be used, `PluginError` if the packages are missing.
    """
    await _module("serving").serve(application, fleet, started=started)


def _module(name: str) -> Any:
    try:
        return import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as error:
        if error.name not in _PACKAGES:
            raise
        raise PluginError(
            f"the server needs the package {error.name}: pip install 'pytest-eventum[server]',"
            " or set server.api_enabled: false"
        ) from error
