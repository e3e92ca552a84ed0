"""An input ``http`` at work beside a test, and clients that ask it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
import httpx

from eventum_core import Run
from eventum_core.inputs.http import Http

ASK = b"POST /generate HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n"
BODY = b'{"count":1}'


@dataclass
class Served:
    """An input at work: `counts` is what it yielded, `client` asks it."""

    port: int
    client: httpx.AsyncClient
    counts: list[int] = field(default_factory=list)
    ended: anyio.Event = field(default_factory=anyio.Event)
    gate: anyio.Event = field(default_factory=anyio.Event)
    """What serving each count waits for."""

    async def ask(self, count: Any) -> httpx.Response:
        return await self.client.post("/generate", json={"count": count})

    async def raw(self, data: bytes) -> bytes:
        """Send bytes on a connection of their own, and return all that comes back."""
        async with await anyio.connect_tcp("127.0.0.1", self.port) as stream:
            await stream.send(data)
            return await rest(stream)


async def rest(stream: Any) -> bytes:
    """Return all that comes until the other side closes."""
    data = b""
    try:
        while True:
            data += await stream.receive()
    except (anyio.EndOfStream, anyio.BrokenResourceError):
        return data


@asynccontextmanager
async def serving(
    run: Run, port: int, *, held: bool = False, **options: Any
) -> AsyncIterator[Served]:
    """Run the input for as long as the block; `held` keeps it at its first count."""
    plugin = Http(**{"host": "127.0.0.1", "port": port, **options})
    url = f"http://127.0.0.1:{port}"
    with anyio.fail_after(20):
        async with httpx.AsyncClient(base_url=url) as client:
            served = Served(port, client)
            if not held:
                served.gate.set()
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_consume, plugin, run, served)
                await listening(port)
                yield served
                tasks.cancel_scope.cancel()


async def listening(port: int) -> None:
    """Return when somebody listens."""
    while True:
        try:
            stream = await anyio.connect_tcp("127.0.0.1", port)
        except OSError:
            await anyio.sleep(0)
        else:
            await stream.aclose()
            return


async def _consume(plugin: Http, run: Run, served: Served) -> None:
    async with aclosing(plugin.triggers(run)) as stimuli:
        async for count in stimuli:
            served.counts.append(count)
            await served.gate.wait()
    served.ended.set()
