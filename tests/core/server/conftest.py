"""What tests of the server need: an application, a fleet, clients of the real app."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest
from core.server.doubles import LIVE, USER, Held, configured, project

from eventum_core import Settings
from eventum_core.application import Application
from eventum_core.fleet import Fleet
from eventum_core.server import create_app

Client = httpx.AsyncClient
Connect = Callable[..., Client]


@pytest.fixture
def anyio_backend() -> str:
    """The only one that uvicorn knows."""
    return "asyncio"


@pytest.fixture
def gate() -> Iterator[Event]:
    """Opens what `Held` waits for, at the test's end at the latest."""
    Held.gate = Event()
    yield Held.gate
    Held.gate.set()


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    fleet = Fleet(plugins=[Held])
    yield fleet
    fleet.close()


@pytest.fixture
def application(tmp_path: Path) -> Application:
    """An application on this machine alone, whose folder is the test's own."""
    return configured(tmp_path)


@pytest.fixture
def add(tmp_path: Path, fleet: Fleet) -> Callable[..., None]:
    """Write generators of these ids and register them."""

    def add(*ids: str, when: dict[str, Any] = LIVE, output: str = "file", **settings: Any) -> None:
        for id in ids:
            path = project(tmp_path, id, when, output)
            fleet.add(Settings(id=id, path=path, live_mode=when is LIVE, **settings))

    return add


@pytest.fixture
async def connect(fleet: Fleet) -> AsyncIterator[Connect]:
    """Make clients of an application; they send the right credentials unless told otherwise."""
    clients: list[Client] = []

    def connect(application: Application, peer: str = "10.0.0.1", **options: Any) -> Client:
        options = {"auth": USER, "base_url": "http://127.0.0.1:9474", **options}
        app = create_app(application, fleet)
        transport = httpx.ASGITransport(app, client=(peer, 50000), raise_app_exceptions=False)
        clients.append(httpx.AsyncClient(transport=transport, **options))
        return clients[-1]

    yield connect
    for client in clients:
        await client.aclose()


@pytest.fixture
async def client(connect: Connect, application: Application) -> Client:
    return connect(application)
