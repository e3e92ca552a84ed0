from __future__ import annotations

from eventum_core.formats.plain import Plain


def test_texts_stay_as_they_are(encode):
    chunk = encode(Plain(), "a", "", "ünï\n\ud800", "{not json")

    assert chunk.texts == ["a", "", "ünï\n\ud800", "{not json"]
    assert [event.ordinal for event in chunk.events] == [0, 1, 2, 3]
    assert chunk.rejected == []


def test_no_events_give_an_empty_chunk(encode):
    assert encode(Plain()).texts == []
