from __future__ import annotations

from base64 import b64encode

import pytest
from core.server.doubles import USER, configured

pytestmark = pytest.mark.anyio


def basic(credentials: str) -> str:
    return "Basic " + b64encode(credentials.encode()).decode()


async def test_login_returns_the_user_and_sets_a_cookie(client):
    answer = await client.post("/api/auth/login")

    assert (answer.status_code, answer.json()) == (200, "ann")
    name, *attributes = answer.headers["set-cookie"].split("; ")
    assert len(name.removeprefix("session_id=")) == 32
    assert set(attributes) == {"HttpOnly", "Max-Age=86400", "Path=/", "SameSite=lax"}


async def test_the_cookie_is_secure_over_tls(connect, application):
    answer = await connect(application, base_url="https://127.0.0.1").post("/api/auth/login")

    assert "Secure" in answer.headers["set-cookie"]


async def test_the_cookie_is_enough_until_logout(client):
    await client.post("/api/auth/login")
    client.auth = None
    assert (await client.get("/api/auth/me")).json() == "ann"

    token = client.cookies["session_id"]
    answer = await client.post("/api/auth/logout")

    assert (answer.status_code, answer.json()) == (200, None)
    assert "session_id" not in client.cookies
    stolen = await client.get("/api/auth/me", headers={"cookie": f"session_id={token}"})
    assert stolen.status_code == 401


async def test_logout_without_a_session_is_fine(connect, application):
    assert (await connect(application, auth=None).post("/api/auth/logout")).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        basic("ann:wrong"),
        basic("bob:correct horse"),
        basic("ann:"),
        basic("anncorrect horse"),
        "Basic",
        "Basic =",
        "Basic ünsinn",
        "Bearer " + b64encode(b"ann:correct horse").decode(),
        "",
    ],
)
async def test_a_wrong_header_is_refused_whatever_the_cookie(client, header):
    await client.post("/api/auth/login")
    client.auth = None

    for method, path in (("GET", "/api/auth/me"), ("POST", "/api/auth/login")):
        answer = await client.request(method, path, headers={"authorization": header.encode()})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Basic ")
        assert "Basic" in answer.json()["detail"]


async def test_the_scheme_is_written_in_any_case(client):
    header = basic(":".join(USER)).replace("Basic", "bAsIc")
    client.auth = None

    assert (await client.get("/api/auth/me", headers={"authorization": header})).json() == "ann"


async def test_login_takes_no_cookie(client):
    await client.post("/api/auth/login")
    client.auth = None

    assert (await client.post("/api/auth/login")).status_code == 401


async def test_passwords_may_have_any_letter(connect, tmp_path):
    auth = {"user": "jürgen", "password": "pa:ss wörd €"}
    client = connect(configured(tmp_path, {"auth": auth}), auth=None)

    header = basic(f"{auth['user']}:{auth['password']}")

    answer = await client.post("/api/auth/login", headers={"authorization": header})
    assert answer.json() == "jürgen"


async def test_who_guesses_too_often_has_to_wait(client, connect, application):
    client.auth = ("ann", "guess")
    codes = [(await client.get("/api/auth/me")).status_code for _ in range(21)]
    assert codes == [401] * 20 + [429]

    client.auth = USER
    answer = await client.post("/api/auth/login")

    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 60


async def test_who_is_signed_in_need_not_wait(client):
    await client.post("/api/auth/login")
    client.auth = ("ann", "guess")
    for _ in range(20):
        await client.get("/api/auth/me")
    client.auth = None

    assert (await client.get("/api/auth/me")).status_code == 200


async def test_wrong_credentials_are_audited(client, caplog):
    client.auth = ("ann", "Canary-Guess")
    await client.get("/api/auth/me")

    assert "wrong credentials from 10.0.0.1" in caplog.text
    assert "Canary-Guess" not in caplog.text
