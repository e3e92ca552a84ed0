from __future__ import annotations

import anyio
import pytest
from core.server.doubles import FINITE

pytestmark = pytest.mark.anyio


@pytest.fixture
def client(connect, application):
    """A client without credentials: health is open to all."""
    return connect(application, auth=None)


async def test_health_counts_generators(client, add, fleet, tmp_path):
    add("idle", "live", "broken")
    add("done", when=FINITE)
    (tmp_path / "generators/broken/generator.yml").write_text("nonsense")
    fleet.start_all(["live", "broken", "done"])
    fleet.get("done").join(10)
    fleet.get("broken").join(10)

    answer = await client.get("/api/health")

    assert answer.status_code == 200
    counts = {"total": 4, "initializing": 0, "running": 1, "ended": 2, "failed": 1}
    assert answer.json() == {"status": "ok", "generators": counts}


async def test_it_lives(client):
    answer = await client.get("/api/health/live")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_it_is_ready_once_the_first_generators_are(connect, application, add, fleet, gate):
    add("slow", output="held")
    fleet.get("slow").begin()
    client = connect(application, auth=None)

    answer = await client.get("/api/health/ready")
    assert (answer.status_code, answer.json()) == (503, {"status": "starting"})
    gate.set()
    with anyio.fail_after(10):
        while (await client.get("/api/health/ready")).status_code != 200:
            await anyio.sleep(0.005)


async def test_later_starts_leave_it_ready(client, add, fleet, gate):
    add("slow", output="held")
    fleet.get("slow").begin()

    assert (await client.get("/api/health/ready")).json() == {"status": "ok"}
