from __future__ import annotations

import os

import pytest
from pydantic import ValidationError

from eventum_core.model import Failure
from eventum_core.outputs.lines import Lines


def test_the_separator_follows_every_text(chunk):
    assert Lines(separator=";").joined(chunk("a", "b")) == b"a;b;"
    assert Lines(separator="").joined(chunk("a", "b")) == b"ab"


def test_the_separator_is_the_platform_s_line_end():
    assert Lines().separator == os.linesep


def test_marks_are_set_only_where_asked_for(chunk):
    lines = Lines(encoding="utf_8_sig", separator="\n")

    assert lines.joined(chunk("a", "b")) == b"a\nb\n"
    assert lines.marked(chunk("a", "b")) == b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n"


def test_encodings_with_modes_take_each_text_alone(chunk):
    lines = Lines(encoding="iso2022_jp", separator="")

    assert lines.joined(chunk("日", "本")) == "日".encode("iso2022_jp") + "本".encode("iso2022_jp")


def test_what_cannot_be_encoded_fails_alone(chunk):
    lines = Lines(encoding="ascii", separator="\n")

    data, failures = lines.encoded(chunk("a", "é", "b", "漢"), lines.joined)

    assert data == b"a\nb\n"
    assert [(failure.item, failure.retry) for failure in failures] == [(1, False), (3, False)]
    assert failures[0].reason.startswith("not encodable: 'ascii' codec")


def test_what_can_be_encoded_has_no_failures(chunk):
    lines = Lines(separator="\n")

    assert lines.encoded(chunk("é"), lines.joined) == ("é\n".encode(), ())


def test_half_a_surrogate_pair_fails_in_every_encoding(chunk):
    lines = Lines(encoding="utf_16", separator="\n")

    data, failures = lines.encoded(chunk("\ud800", "b"), lines.marked)

    assert data == "b\n".encode("utf_16")
    assert failures == [Failure(0, failures[0].reason)]


def test_a_separator_must_fit_the_encoding():
    with pytest.raises(ValidationError, match="separator"):
        Lines(encoding="ascii", separator="§")
