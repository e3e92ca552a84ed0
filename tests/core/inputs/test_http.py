"""The input ``http`` over real sockets: what each request is answered, and what it yields."""

from __future__ import annotations

import socket
from functools import partial

import anyio
import httpx
import pytest
import served
from pydantic import ValidationError
from served import listening, rest

from eventum_core.errors import RunError
from eventum_core.inputs.http import Http

pytestmark = pytest.mark.anyio
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def run(make_run):
    return make_run()


@pytest.fixture
def serving(run, port):
    """Run the input beside the test; it ends with the block."""
    return partial(served.serving, run, port)


async def test_each_request_asks_for_its_count(serving):
    async with serving() as asked:
        answers = [await asked.ask(count) for count in (1, 25, 10**12)]

        assert [(answer.status_code, answer.text) for answer in answers] == [(201, "null")] * 3
        assert answers[0].headers["content-type"] == "application/json"
        await anyio.wait_all_tasks_blocked()
        assert asked.counts == [1, 25, 10**12]


@pytest.mark.parametrize(
    "content_type",
    [None, "application/json", "Application/JSON; charset=utf-8", "application/vnd.a+json"],
)
async def test_json_is_read_under_each_of_its_names(serving, content_type):
    async with serving() as asked:
        headers = {"Content-Type": content_type} if content_type else {}
        answer = await asked.client.post("/generate", content='{"count": 2}', headers=headers)
        await anyio.wait_all_tasks_blocked()

        assert (answer.status_code, asked.counts) == (201, [2])


@pytest.mark.parametrize(
    ("content", "loc", "kind"),
    [
        ("", ["body"], "json_invalid"),
        ("{", ["body"], "json_invalid"),
        ("\udcff", ["body"], "json_invalid"),
        ("[" * 60_000, ["body"], "json_invalid"),
        ("null", ["body"], "model_type"),
        ("[1]", ["body"], "model_type"),
        ("{}", ["body", "count"], "missing"),
        ('{"count": 0}', ["body", "count"], "greater_than_equal"),
        ('{"count": -1}', ["body", "count"], "greater_than_equal"),
        ('{"count": 1.5}', ["body", "count"], "int_from_float"),
        ('{"count": "many"}', ["body", "count"], "int_parsing"),
        ('{"count": null}', ["body", "count"], "int_type"),
        ('{"count": 1e400}', ["body", "count"], "finite_number"),
        ('{"count": 1, "size": 2}', ["body", "size"], "extra_forbidden"),
    ],
)
async def test_a_bad_body_is_refused_with_what_is_wrong(serving, content, loc, kind):
    async with serving() as asked:
        data = content.encode("utf-8", "surrogateescape")
        answer = await asked.client.post("/generate", content=data, headers=JSON)

        assert answer.status_code == 422
        (problem,) = answer.json()["detail"]
        assert problem.keys() == {"type", "loc", "msg", "input"}
        assert (problem["loc"], problem["type"]) == (loc, kind)
        assert asked.counts == []


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "multipart/form-data"])
async def test_a_body_of_another_type_is_refused(serving, content_type):
    async with serving() as asked:
        answer = await asked.client.post(
            "/generate", content='{"count": 1}', headers={"Content-Type": content_type}
        )

        assert answer.status_code == 422
        (problem,) = answer.json()["detail"]
        assert problem["msg"].endswith(f"not as {content_type}")


@pytest.mark.parametrize("content", ['{"count": "3"}', '{"count": 3.0}', b'{"count":3}\n'])
async def test_a_number_may_be_written_in_other_ways(serving, content):
    async with serving() as asked:
        answer = await asked.client.post("/generate", content=content, headers=JSON)
        await anyio.wait_all_tasks_blocked()

        assert (answer.status_code, asked.counts) == (201, [3])


async def test_a_full_queue_turns_away_until_there_is_room(serving):
    async with serving(held=True, max_pending_requests=2) as asked:
        # One is being served and does not count.
        statuses = [(await asked.ask(count)).status_code for count in (1, 2, 3, 4)]
        answer = await asked.ask(5)
        asked.gate.set()
        await anyio.wait_all_tasks_blocked()

        assert statuses == [201, 201, 201, 429]
        assert answer.json() == {"detail": "Too Many Requests"}
        assert (await asked.ask(6)).status_code == 201
        await anyio.wait_all_tasks_blocked()
        assert asked.counts == [1, 2, 3, 6]


async def test_a_stop_serves_what_waits_and_refuses_the_rest(serving):
    async with serving(held=True) as asked:
        for count in (1, 2, 3):
            await asked.ask(count)
        stopped = await asked.client.post("/stop")
        refused = await asked.ask(4)
        again = await asked.client.post("/stop")

        assert (stopped.status_code, stopped.text) == (200, "null")
        assert (refused.status_code, refused.json()) == (409, {"detail": "Server is stopping"})
        assert again.status_code == 200
        assert not asked.ended.is_set()
        asked.gate.set()
        await asked.ended.wait()
        assert asked.counts == [1, 2, 3]
        with pytest.raises(httpx.ConnectError):
            await asked.ask(5)


async def test_the_answer_to_a_stop_arrives_even_when_nothing_waits(serving):
    async with serving() as asked:
        assert (await asked.client.post("/stop")).status_code == 200
        await asked.ended.wait()


async def test_a_run_that_ends_takes_no_request(serving, run):
    async with serving() as asked:
        run.stopping.set()
        assert (await asked.ask(1)).status_code == 409


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/generate", 405, "POST"),
        ("HEAD", "/generate", 405, "POST"),
        ("PUT", "/generate", 405, "POST"),
        ("OPTIONS", "/stop", 405, "POST"),
        ("GET", "/", 404, None),
        ("HEAD", "/docs", 404, None),
        ("POST", "/generate/", 404, None),
        ("POST", "/Generate", 404, None),
    ],
)
async def test_what_is_not_there(serving, method, path, status, allow):
    async with serving() as asked:
        answer = await asked.client.request(method, path)

        assert (answer.status_code, answer.headers.get("allow")) == (status, allow)
        if method == "HEAD":
            assert answer.content == b""
        else:
            assert answer.json() == {"detail": answer.reason_phrase}
        assert (await asked.ask(1)).status_code == 201


async def test_the_end_of_the_run_closes_connections_and_frees_the_port(serving, run, port):
    for _ in range(2):
        async with serving() as asked:
            await asked.ask(1)
            stream = await anyio.connect_tcp("127.0.0.1", port)
        assert await rest(stream) == b""
        await stream.aclose()
        assert asked.counts == [1]


async def test_what_nobody_served_is_told(serving, caplog):
    async with serving(held=True) as asked:
        for count in (1, 20, 300):
            await asked.ask(count)

    assert asked.counts == [1]
    assert "2 accepted requests for 320 timestamps were not served any more" in caplog.text


async def test_what_was_all_served_is_not_told(serving, caplog):
    async with serving() as asked:
        await asked.ask(1)
        await anyio.wait_all_tasks_blocked()

    assert "not served" not in caplog.text


async def test_it_may_be_closed_while_it_waits_for_its_consumer(run, port):
    stimuli = Http(host="127.0.0.1", port=port).triggers(run)

    async def ask() -> None:
        await listening(port)
        async with httpx.AsyncClient() as client:
            await client.post(f"http://127.0.0.1:{port}/generate", json={"count": 3})

    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask)
            assert await anext(stimuli) == 3
            await stimuli.aclose()
    with pytest.raises(StopAsyncIteration):
        await anext(stimuli)


async def test_a_taken_port_ends_the_input_with_what_to_do(run, port):
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(RunError) as caught:
            await anext(Http(host="127.0.0.1", port=port).triggers(run))

    assert str(caught.value) == (
        f"127.0.0.1:{port} is in use; end the program that listens there or choose another port"
    )


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
async def test_a_host_that_is_not_here_is_told(run, port, host):
    with pytest.raises(RunError, match=f"cannot listen on {host}:{port}: .*; check host and port"):
        await anext(Http(host=host, port=port).triggers(run))


@pytest.mark.parametrize(
    ("host", "warned"), [("0.0.0.0", True), ("127.0.0.1", False), ("localhost", False)]
)
async def test_an_open_port_is_warned_of(serving, caplog, host, warned):
    async with serving(host=host) as asked:
        assert (await asked.ask(1)).status_code == 201

    assert ("can ask for events and end this input" in caplog.text) is warned


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"port": 0},
        {"port": 65536},
        {"port": "http"},
        {"port": 1, "host": ""},
        {"port": 1, "max_pending_requests": 0},
        {"port": 1, "count": 1},
        {"port": 1, "tags": "web"},
    ],
)
async def test_wrong_options_are_refused(options):
    with pytest.raises(ValidationError):
        Http(**options)


async def test_defaults():
    plugin = Http(port=8080)
    assert (plugin.host, plugin.max_pending_requests, plugin.tags) == ("0.0.0.0", 100, ())
