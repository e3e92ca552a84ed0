from __future__ import annotations

import anyio
import pytest
from core.server.doubles import FINITE

pytestmark = pytest.mark.anyio

GROUP = "/api/generators/group-actions"


async def test_bulk_start_tells_who_runs(client, add, tmp_path):
    add("a", "b", "broken")
    (tmp_path / "generators/broken/generator.yml").write_text("nonsense")

    answer = await client.post(f"{GROUP}/bulk-start", json=["a", "broken", "nobody", "b", "a"])

    assert answer.status_code == 200
    assert answer.json() == {
        "running_generator_ids": ["a", "b"],
        "non_running_generator_ids": ["broken", "nobody"],
    }


async def test_bulk_stop_skips_who_is_unknown(client, add, fleet):
    add("a", "b")
    await client.post(f"{GROUP}/bulk-start", json=["a", "b"])

    answer = await client.post(f"{GROUP}/bulk-stop", json=["a", "nobody"])

    assert (answer.status_code, answer.json()) == (200, None)
    assert [member.status.is_running for member in fleet.members()] == [False, True]


async def test_bulk_delete_stops_and_skips_who_is_unknown(client, add, fleet):
    add("a", "b")
    await client.post(f"{GROUP}/bulk-start", json=["a", "b"])
    gone = fleet.get("a")

    answer = await client.post(f"{GROUP}/bulk-delete", json=["a", "nobody", "a"])

    assert (answer.status_code, answer.json()) == (200, None)
    assert gone.status.is_ended_up
    assert [member.id for member in fleet.members()] == ["b"]


@pytest.mark.parametrize("action", ["bulk-start", "bulk-stop", "bulk-delete"])
@pytest.mark.parametrize("body", [[], {}, ["a", 1], None])
async def test_a_list_of_ids_is_wanted(client, action, body):
    assert (await client.post(f"{GROUP}/{action}", json=body)).status_code == 422


async def test_statistics_of_those_that_run(client, add, fleet):
    add("idle", "a", "b")
    add("done", when=FINITE)
    await client.post(f"{GROUP}/bulk-start", json=["a", "b", "done"])
    with anyio.fail_after(10):
        while [s["id"] for s in (await client.get(f"{GROUP}/stats-running")).json()] != ["a", "b"]:
            await anyio.sleep(0.005)
