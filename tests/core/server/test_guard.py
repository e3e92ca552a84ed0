from __future__ import annotations

import httpx
import pytest
from core.server.doubles import configured

from eventum_core.server import create_app
from eventum_core.server.guard import MOST_BYTES

pytestmark = pytest.mark.anyio

HERE = "127.0.0.1:9474"


@pytest.mark.parametrize(
    ("host", "code"),
    [
        ("127.0.0.1:9474", 200),
        ("127.0.0.1", 200),
        ("localhost:80", 200),
        ("LocalHost", 200),
        ("[::1]:9474", 200),
        ("evil.example:9474", 403),
        ("127.0.0.1.evil.example", 403),
        ("localhost.evil.example", 403),
        ("127.0.0.1:9474@evil.example", 403),
        ("[::1", 403),
        ("", 403),
    ],
)
async def test_a_server_of_this_machine_knows_its_names(client, host, code):
    answer = await client.get("/api/health", headers={"host": host})

    assert answer.status_code == code
    if code == 403:
        assert "Host" in answer.json()["detail"]


async def test_a_server_for_others_may_have_any_name(connect, tmp_path):
    client = connect(configured(tmp_path, {"host": "0.0.0.0"}))

    assert (await client.get("/api/health", headers={"host": "any.example"})).status_code == 200


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, 200),
        ({"sec-fetch-site": "same-origin", "origin": "https://public.example"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": f"http://{HERE}"}, 200),
        ({"origin": "http://127.0.0.1:8080"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
    ],
)
async def test_pages_of_other_origins_change_nothing(client, headers, code):
    headers = {"host": HERE, **headers}

    assert (await client.post("/api/auth/logout", headers=headers)).status_code == code
    assert (await client.get("/api/auth/me", headers=headers)).status_code == 200


async def test_pages_of_other_origins_open_no_socket(application, fleet):
    sent = []

    async def send(message):
        sent.append(message)

    headers = [(b"host", HERE.encode()), (b"origin", b"https://evil.example")]
    scope = {"type": "websocket", "path": "/api/logs", "headers": headers}
    await create_app(application, fleet)(scope, None, send)

    assert [message["type"] for message in sent] == ["websocket.close"]
    assert "another origin" in sent[0]["reason"]


async def test_a_body_has_its_limit_even_before_credentials(connect, application):
    async def parts():
        for _ in range(MOST_BYTES // 2**20 + 1):
            yield b" " * 2**20

    client = connect(application, auth=None)
    headers = {"content-type": "application/json"}
    answer = await client.post("/api/generators/a", content=parts(), headers=headers)

    assert answer.status_code == 413


async def test_answers_carry_what_browsers_heed(client):
    headers = (await client.get("/api/health")).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "SAMEORIGIN"


async def test_every_request_has_its_line(client, caplog):
    caplog.set_level("INFO", "eventum_core.server.access")
    await client.get("/api/generators/a%0Ab%22c?token=Canary")
    await client.get("/api/health", headers={"host": "evil.example"})

    lines = [r.getMessage() for r in caplog.records if r.name == "eventum_core.server.access"]
    assert lines == [
        '10.0.0.1 - "GET /api/generators/a%0Ab%22c" 404',
        '10.0.0.1 - "GET /api/health" 403',
    ]


async def test_a_bug_is_a_plain_answer_and_has_its_line(application, fleet, caplog):
    async def broken() -> None:
        raise RuntimeError("Canary")

    caplog.set_level("INFO", "eventum_core.server.access")
    app = create_app(application, fleet)
    app.add_api_route("/broken", broken)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{HERE}") as client:
        answer = await client.get("/broken")

    assert (answer.status_code, answer.text) == (500, "Internal Server Error")
    assert [record.getMessage() for record in caplog.records if "access" in record.name] == [
        '127.0.0.1 - "GET /broken" 500'
    ]
