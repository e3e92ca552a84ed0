"""The application as a whole: its routes and the document that describes them."""

from __future__ import annotations

from importlib.metadata import version

import pytest
from core.server.doubles import project

from eventum_core.server import create_app

pytestmark = pytest.mark.anyio

ROUTES = {
    "/api/auth/login": {"post"},
    "/api/auth/me": {"get"},
    "/api/auth/logout": {"post"},
    "/api/generators/": {"get"},
    "/api/generators/{id}": {"get", "post", "put", "delete"},
    "/api/generators/{id}/status": {"get"},
    "/api/generators/{id}/stats": {"get"},
    "/api/generators/{id}/start": {"post"},
    "/api/generators/{id}/stop": {"post"},
    "/api/generators/group-actions/stats-running": {"get"},
    "/api/generators/group-actions/bulk-start": {"post"},
    "/api/generators/group-actions/bulk-stop": {"post"},
    "/api/generators/group-actions/bulk-delete": {"post"},
    "/api/health": {"get"},
    "/api/health/live": {"get"},
    "/api/health/ready": {"get"},
    "/metrics": {"get"},
}
OPEN = {"/api/auth/login", "/api/auth/logout"}
"""Open to all, besides what stands below ``/api/health``."""


@pytest.fixture
async def document(client):
    client.auth = None
    return (await client.get("/api/openapi.json")).json()


async def test_every_route_is_described(document):
    assert {path: set(methods) for path, methods in document["paths"].items()} == ROUTES
    operations = [o for methods in document["paths"].values() for o in methods.values()]
    assert all(operation["summary"] and operation["description"] for operation in operations)
    assert len({operation["operationId"] for operation in operations}) == len(operations)


async def test_the_document_has_name_and_version(document):
    assert document["openapi"].startswith("3.1")
    assert document["info"] == {"title": "Eventum API", "version": version("pytest-eventum")}


async def test_shapes_are_named_and_explained(document):
    schemas = document["components"]["schemas"]

    assert {"GeneratorParameters", "GeneratorInfo", "Stats", "BulkStart"} <= set(schemas)
    assert "IANA" in schemas["GeneratorParameters"]["properties"]["timezone"]["description"]
    assert "batch" in schemas["Batch"]["properties"]["size"]["description"]
    assert "Sum" in schemas["Stats"]["properties"]["total_written"]["description"]
    assert schemas["GeneratorParameters"]["required"] == ["id", "path"]


async def test_the_statistics_have_what_the_reference_has(document):
    schemas = document["components"]["schemas"]
    wanted = {
        "Stats": "id start_time input event output total_generated total_written uptime input_eps"
        " output_eps",
        "InputStats": "plugin_name plugin_id generated",
        "EventStats": "plugin_name plugin_id produced produce_failed dropped",
        "OutputStats": "plugin_name plugin_id written write_failed format_failed",
        "GeneratorInfo": "id path status start_time",
        "GeneratorStatus": "is_initializing is_running is_ended_up is_ended_up_successfully"
        " is_stopping",
        "GeneratorParameters": "id path live_mode skip_past params timezone batch queue keep_order"
        " max_concurrency write_timeout",
    }
    for name, fields in wanted.items():
        assert set(fields.split()) <= set(schemas[name]["properties"]), name


async def test_all_but_a_few_need_credentials(document, client):
    client.auth = None
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            health = path.startswith("/api/health")
            assert ("security" in operation) != health, path
            if path in OPEN or health:
                continue
            answer = await client.request(method, path.replace("{id}", "a"))
            assert answer.status_code == 401, path


async def test_the_pages_about_the_api_are_open(client):
    client.auth = None
    for page in ("swagger", "redoc"):
        answer = await client.get(f"/api/{page}")
        assert answer.status_code == 200
        assert "/api/openapi.json" in answer.text


@pytest.mark.parametrize("path", ["/api/nothing", "/docs", "/redoc", "/openapi.json", "/"])
async def test_other_paths_are_not_found(client, path):
    assert (await client.get(path)).status_code == 404


async def test_applications_share_nothing(application, fleet):
    first, second = (create_app(application, fleet) for _ in range(2))

    assert first.state.context is not second.state.context
    assert first.openapi() == second.openapi()
    assert first.openapi() is first.openapi()


@pytest.mark.parametrize("given", ['"speed": NaN', r'"timezone": "\ud800"', '"seed": Infinity'])
async def test_values_that_no_answer_can_hold_are_invalid_all_the_same(client, given):
    body = f'{{"id": "web", "path": "web", {given}}}'
    headers = {"content-type": "application/json"}
    answer = await client.post("/api/generators/shop", content=body, headers=headers)

    assert answer.status_code == 422


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
async def test_a_body_that_is_not_said_to_be_json_is_refused_by_its_header(client, kind):
    body = '{"id": "web", "path": "web", "params": {"password": "swordfish"}}'
    for path in ("shop", "group-actions/bulk-stop"):
        headers = {"content-type": kind}
        answer = await client.post(f"/api/generators/{path}", content=body, headers=headers)
        assert answer.status_code == 422
        assert f"sent as application/json and not as {kind}" in answer.json()["detail"][0]["msg"]
        assert "swordfish" not in answer.text


async def test_params_that_no_answer_can_hold_are_shown_as_near_as_can_be(client, tmp_path):
    project(tmp_path, "web")
    body = r'{"id": "web", "path": "web", "params": {"a": NaN, "b": "\ud800"}}'
    headers = {"content-type": "application/json"}
    await client.post("/api/generators/shop", content=body, headers=headers)
    answer = await client.get("/api/generators/shop")

    assert answer.json()["params"] == {"a": None, "b": r"\ud800"}
