from __future__ import annotations

import anyio
import pytest
from core.server.doubles import FINITE, LIVE, USER, configured, project

from eventum_core import fleet as fleets
from eventum_core.secrets import remember

pytestmark = pytest.mark.anyio

BODY = {"id": "any", "path": "web/generator.yml"}


async def ended(client, id: str) -> None:
    with anyio.fail_after(10):
        while not (await client.get(f"/api/generators/{id}/status")).json()["is_ended_up"]:
            await anyio.sleep(0.005)


async def test_an_empty_fleet_is_an_empty_list(client):
    answer = await client.get("/api/generators/")

    assert (answer.status_code, answer.json()) == (200, [])


async def test_the_collection_without_its_slash_redirects(client):
    answer = await client.get("/api/generators")

    assert answer.status_code == 307
    assert answer.headers["location"].endswith("/api/generators/")


async def test_a_generator_is_added_without_being_started(client, tmp_path):
    project(tmp_path, "web")
    answer = await client.post("/api/generators/shop", json=BODY)

    assert (answer.status_code, answer.json()) == (201, None)
    idle = ["is_initializing", "is_running", "is_ended_up", "is_ended_up_successfully"]
    status = dict.fromkeys([*idle, "is_stopping"], False) | {"error": ""}
    assert (await client.get("/api/generators/")).json() == [
        {"id": "shop", "path": "web/generator.yml", "status": status, "start_time": None}
    ]


async def test_parameters_come_back_with_their_defaults(client, tmp_path):
    project(tmp_path, "web")
    given = {"params": {"a": [1, None, {"b": "c"}]}, "batch": {"size": 50}, "seed": 7}
    await client.post("/api/generators/shop", json={**BODY, **given})

    got = (await client.get("/api/generators/shop")).json()

    assert got["id"] == "shop"
    assert got["path"] == "web/generator.yml"
    assert got["params"] == given["params"]
    assert got["batch"] == {"size": 50, "delay": None}
    assert got["queue"]["max_timestamp_batches"] == got["queue"]["max_event_batches"] == 10
    assert {name: got[name] for name in ("timezone", "live_mode", "skip_past", "keep_order")} == {
        "timezone": "UTC",
        "live_mode": True,
        "skip_past": True,
        "keep_order": False,
    }
    assert (got["max_concurrency"], got["write_timeout"], got["seed"]) == (100, 10, 7)


async def test_what_was_got_can_be_sent_back(client, tmp_path, fleet):
    project(tmp_path, "web")
    await client.post("/api/generators/shop", json={**BODY, "max_events": 3})
    before = fleet.get("shop").settings
    got = (await client.get("/api/generators/shop")).json()

    assert (await client.put("/api/generators/shop", json=got)).status_code == 200
    assert fleet.get("shop").settings == before


async def test_the_defaults_of_the_application_do_not_apply(connect, tmp_path):
    project(tmp_path, "web")
    client = connect(configured(tmp_path, generation={"timezone": "Europe/Berlin"}))
    await client.post("/api/generators/shop", json=BODY)

    assert (await client.get("/api/generators/shop")).json()["timezone"] == "UTC"


async def test_paths_outside_of_the_folder_are_absolute(client, tmp_path):
    outside = project(tmp_path, "../elsewhere").resolve()
    await client.post("/api/generators/shop", json={**BODY, "path": str(outside)})

    assert (await client.get("/api/generators/shop")).json()["path"] == str(outside)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"path": "web/generator.yml"}, ["body", "id"]),
        ({"id": "", "path": "web/generator.yml"}, ["body", "id"]),
        ({"id": "a"}, ["body", "path"]),
        ({**BODY, "batch.size": 5}, ["body", "batch.size"]),
        ({**BODY, "batch": {"size": None, "delay": None}}, ["body", "batch"]),
        ({**BODY, "batch": {"size": 0}}, ["body", "batch", "size"]),
        ({**BODY, "timezone": "+03:00"}, ["body", "timezone"]),
        ({**BODY, "write_timeout": 1.5}, ["body", "write_timeout"]),
        ({**BODY, "autostart": True}, ["body", "autostart"]),
        ([], ["body"]),
    ],
)
async def test_invalid_parameters_are_told_in_the_usual_form(client, tmp_path, body, place):
    project(tmp_path, "web")
    answer = await client.post("/api/generators/shop", json=body)

    assert answer.status_code == 422
    assert [error["loc"] for error in answer.json()["detail"]] == [place]
    assert (await client.get("/api/generators/")).json() == []


async def test_a_body_that_is_no_json_is_invalid(client):
    headers = {"content-type": "application/json"}
    answer = await client.post("/api/generators/shop", content=b"{", headers=headers)

    assert answer.status_code == 422


async def test_invalid_values_are_told_without_secrets(client):
    remember("Canary-3f9c")
    answer = await client.post(
        "/api/generators/shop", json={**BODY, "timezone": "Canary-3f9c", "seed": "xCanary-3f9cx"}
    )

    assert answer.status_code == 422
    assert "***" in answer.text
    assert "Canary" not in answer.text


async def test_a_missing_file_is_not_found(client, tmp_path):
    project(tmp_path, "web")
    for path in ("web/nothing.yml", "nowhere/generator.yml", "x" * 5000, "~nobody-at-all/x"):
        answer = await client.post("/api/generators/shop", json={**BODY, "path": path})
        assert (answer.status_code, answer.json()) == (404, {"detail": f"there is no file {path}"})


async def test_an_id_is_given_once(client, add):
    add("web")
    answer = await client.post("/api/generators/web", json=BODY)

    assert answer.status_code == 409
    assert "'web'" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("DELETE", ""),
        ("PUT", ""),
        ("GET", "/status"),
        ("GET", "/stats"),
        ("POST", "/start"),
        ("POST", "/stop"),
    ],
)
async def test_an_unknown_generator_is_not_found(client, tmp_path, method, path):
    project(tmp_path, "web")
    body = BODY if method == "PUT" else None
    answer = await client.request(method, f"/api/generators/shop{path}", json=body)

    assert answer.status_code == 404
    assert answer.json() == {"detail": "there is no generator 'shop'"}


async def test_start_stop_and_what_they_show(client, add, tmp_path):
    add("web")
    answer = await client.post("/api/generators/web/start")
    assert (answer.status_code, answer.json()) == (200, True)
    assert (await client.post("/api/generators/web/start")).json() is True
    (info,) = (await client.get("/api/generators/")).json()
    assert info["status"]["is_running"]
    assert info["start_time"].endswith("Z")

    answer = await client.post("/api/generators/web/stop")

    assert (answer.status_code, answer.json()) == (200, None)
    status = (await client.get("/api/generators/web/status")).json()
    assert status["is_ended_up"]
    assert status["is_ended_up_successfully"]
    assert not status["is_running"]
    assert (await client.post("/api/generators/web/stop")).status_code == 200


async def test_a_failed_start_is_false_and_the_status_tells_why(client, add, tmp_path):
    add("web")
    (tmp_path / "generators/web/generator.yml").write_text("input: nonsense")

    assert (await client.post("/api/generators/web/start")).json() is False

    status = (await client.get("/api/generators/web/status")).json()
    assert status["is_ended_up"]
    assert not status["is_ended_up_successfully"]
    assert "input: must be a list" in status["error"]
    answer = await client.get("/api/generators/web/stats")
    assert answer.status_code == 400
    assert "input: must be a list" in answer.json()["detail"]


async def test_statistics_stay_after_the_end(client, add, tmp_path):
    add("web", when=FINITE)
    answer = await client.get("/api/generators/web/stats")
    assert answer.status_code == 400
    assert "has not run yet" in answer.json()["detail"]

    await client.post("/api/generators/web/start")
    await ended(client, "web")
    stats = (await client.get("/api/generators/web/stats")).json()

    assert (tmp_path / "generators/web/out.txt").read_text("utf-8") == "hello\n" * 10
    assert (stats["total_generated"], stats["total_written"]) == (10, 10)
    assert (stats["ended"], stats["event"]["produced"]) == ("complete", 10)


async def test_statistics_are_there_at_once_after_a_start(client, add):
    add("web")
    await client.post("/api/generators/web/start")
    answer = await client.get("/api/generators/web/stats")

    assert answer.status_code == 200
    assert answer.json()["ended"] == "running"


async def test_a_running_generator_is_not_replaced(client, add):
    add("web")
    await client.post("/api/generators/web/start")
    answer = await client.put("/api/generators/web", json=BODY)

    assert answer.status_code == 400
    assert "stop it first" in answer.json()["detail"]


async def test_replacing_resets_the_status(client, add):
    add("web", when=FINITE)
    await client.post("/api/generators/web/start")
    await ended(client, "web")

    answer = await client.put("/api/generators/web", json={**BODY, "live_mode": False})

    assert (answer.status_code, answer.json()) == (200, None)
    assert not (await client.get("/api/generators/web/status")).json()["is_ended_up"]
    assert (await client.get("/api/generators/web")).json()["live_mode"] is False


async def test_deleting_stops_and_keeps_the_files(client, add, fleet, tmp_path):
    add("web")
    await client.post("/api/generators/web/start")
    member = fleet.get("web")

    answer = await client.delete("/api/generators/web")

    assert (answer.status_code, answer.json()) == (200, None)
    assert member.status.is_ended_up
    assert (await client.get("/api/generators/web")).status_code == 404
    assert (tmp_path / "generators/web/generator.yml").exists()


async def test_a_stop_that_takes_too_long_is_told(client, add, gate, monkeypatch):
    monkeypatch.setattr(fleets, "PATIENCE", 0.05)
    add("web", output="held")
    async with anyio.create_task_group() as group:
        group.start_soon(client.post, "/api/generators/web/start")
        with anyio.fail_after(10):
            while not (await client.get("/api/generators/web/status")).json()["is_initializing"]:
                await anyio.sleep(0.005)
        assert (await client.post("/api/generators/web/stop")).status_code == 202
        gate.set()


async def test_a_hundred_starts_that_hang_hold_up_nothing_else(client, add, gate):
    held = [f"held{number}" for number in range(100)]
    add(*held, output="held")
    add("free")
    async with anyio.create_task_group() as group:
        for id in held:
            group.start_soon(client.post, f"/api/generators/{id}/start")
        with anyio.fail_after(30):
            counts = {}
            while counts.get("initializing") != 100:
                counts = (await client.get("/api/health")).json()["generators"]
                await anyio.sleep(0.005)
            assert (await client.post("/api/generators/free/start")).json() is True
            assert (await client.post("/api/generators/free/stop")).status_code == 200
        gate.set()
    assert (await client.get("/api/health")).json()["generators"]["running"] == 100


async def test_secrets_in_params_are_masked_and_survive_a_replacement(client, add, fleet):
    remember("Canary-3f9c")
    params = {"url": "https://me:pa55word@h/", "deep": [{"key": "xCanary-3f9cx"}], "n": 1}
    add("web", params=params)

    answer = await client.get("/api/generators/web")
    assert "pa55word" not in answer.text
    assert "Canary" not in answer.text
    await client.put(
        "/api/generators/web",
        json={
            **answer.json(),
            "params": {
                **answer.json()["params"],
                "n": 2,
            },
        },
    )

    assert fleet.get("web").settings.params == {**params, "n": 2}


async def test_only_a_trusting_application_adds_trusted_generators(connect, tmp_path, fleet):
    project(tmp_path, "web")
    client = connect(configured(tmp_path, policy="restricted"))

    answer = await client.post("/api/generators/web", json={**BODY, "policy": "trusted"})

    assert answer.status_code == 403
    assert fleet.members() == []


EDITS = [
    ("POST", "/api/generators/new", {"id": "new", "path": "web/generator.yml"}),
    ("PUT", "/api/generators/web", BODY),
    ("DELETE", "/api/generators/web", None),
    ("POST", "/api/generators/group-actions/bulk-delete", ["web"]),
]


@pytest.mark.parametrize(("method", "path", "body"), EDITS)
async def test_beyond_this_machine_nobody_edits_unless_allowed(
    connect, tmp_path, add, method, path, body
):
    add("web", when=LIVE)
    server = {"host": "0.0.0.0"}
    closed = connect(configured(tmp_path, server), base_url="http://example.org")
    opened = connect(configured(tmp_path, {**server, "edit": True}), base_url="http://example.org")

    refused = await closed.request(method, path, json=body)
    assert refused.status_code == 403
    assert "server.edit: true" in refused.json()["detail"]
    assert (await closed.get("/api/generators/web")).status_code == 200
    assert (await opened.request(method, path, json=body)).status_code in (200, 201)


@pytest.mark.parametrize(("method", "path", "body"), EDITS)
async def test_who_has_not_signed_in_learns_nothing(connect, application, method, path, body):
    answer = await connect(application, auth=None).request(method, path, json=body)

    assert answer.status_code == 401


async def test_beyond_this_machine_generators_are_started_and_stopped(connect, tmp_path, add):
    add("web")
    client = connect(configured(tmp_path, {"host": "0.0.0.0"}), base_url="http://example.org")

    assert (await client.post("/api/generators/web/start")).json() is True
    assert (await client.post("/api/generators/web/stop")).status_code == 200


async def test_changes_are_audited(client, add, caplog):
    caplog.set_level("INFO", "eventum_core.server.audit")
    add("web")
    await client.post("/api/generators/web/start")
    await client.get("/api/generators/web")
    await client.delete("/api/generators/we%0Ab")
    client.auth = None
    await client.delete("/api/generators/web")

    lines = [r.getMessage() for r in caplog.records if r.name == "eventum_core.server.audit"]
    assert lines == [
        "user=ann peer=10.0.0.1 POST /api/generators/web/start -> 200",
        "user=ann peer=10.0.0.1 DELETE /api/generators/we%0Ab -> 404",
        "user=- peer=10.0.0.1 DELETE /api/generators/web -> 401",
    ]


async def test_the_password_is_in_no_response(client, add, caplog):
    caplog.set_level("DEBUG")
    add("web", when=FINITE)
    await client.post("/api/generators/web/start")
    await ended(client, "web")
    paths = ["", "web", "web/status", "web/stats", "nobody", "group-actions/stats-running"]
    urls = [f"/api/generators/{path}" for path in paths]
    answers = [await client.get(url) for url in [*urls, "/metrics", "/api/health"]]

    assert USER[1] not in "".join([caplog.text, *(answer.text for answer in answers)])
