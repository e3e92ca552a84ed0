from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio


async def test_metrics_are_text_of_their_own_kind(client, add):
    add("web")
    answer = await client.get("/metrics")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert 'eventum_generator_up{generator="web"} 0' in answer.text.splitlines()


async def test_metrics_need_credentials(connect, application):
    assert (await connect(application, auth=None).get("/metrics")).status_code == 401
