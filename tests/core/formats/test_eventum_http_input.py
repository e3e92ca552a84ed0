from __future__ import annotations

import json

import pytest
from doubles import generator, local
from pydantic import ValidationError

from eventum_core.formats.eventum_http_input import EventumHttpInput


@pytest.mark.parametrize("texts", [["a"], ["a", "not json", ""], ["x"] * 1000])
def test_a_batch_becomes_its_count(encode, texts):
    chunk = encode(EventumHttpInput(), *texts)

    assert chunk.texts == [f'{{"count": {len(texts)}}}']
    assert json.loads(chunk.texts[0]) == {"count": len(texts)}
    assert chunk.carried(0) == chunk.events
    assert chunk.rejected == []


def test_no_events_ask_for_nothing(encode):
    assert encode(EventumHttpInput()).texts == []


def test_every_batch_is_counted_as_a_whole(tmp_path):
    texts, output = local(formatter={"format": "eventum-http-input"})
    report = generator(tmp_path, output, count=1000, batch={"size": 400}).run_sync()

    assert texts == ['{"count": 400}', '{"count": 400}', '{"count": 200}']
    assert report.outputs[0].written == 1000


def test_it_has_no_options():
    assert EventumHttpInput.batching
    with pytest.raises(ValidationError):
        EventumHttpInput(indent=2)
