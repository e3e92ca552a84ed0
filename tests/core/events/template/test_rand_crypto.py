"""Identifiers, digests and instants."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import RFC_4122, UUID

import pytest

from eventum_core.events.template.rand_crypto import Crypto, Instants

START = datetime(2024, 1, 1, tzinfo=UTC)


def test_uuids_are_of_version_4_and_differ() -> None:
    crypto = Crypto(Random(14))
    drawn = [crypto.uuid4() for _ in range(2000)]
    assert {(UUID(text).version, UUID(text).variant) for text in drawn} == {(4, RFC_4122)}
    assert drawn == [str(UUID(text)) for text in drawn]
    assert len(set(drawn)) == 2000


def test_every_other_bit_of_a_uuid_varies() -> None:
    crypto = Crypto(Random(14))
    drawn = [UUID(crypto.uuid4()).int for _ in range(200)]
    ever = always = drawn[0]
    for value in drawn:
        ever, always = ever | value, always & value
    fixed = (1 << 128) - 1 & ~(ever & ~always)
    assert fixed == 0xF << 76 | 0b11 << 62


@pytest.mark.parametrize(("name", "size"), [("md5", 32), ("sha1", 40), ("sha256", 64)])
def test_digests_have_their_size(name: str, size: int) -> None:
    digest = getattr(Crypto(Random(14)), name)
    drawn = [digest() for _ in range(300)]
    assert all(re.fullmatch(f"[0-9a-f]{{{size}}}", text) for text in drawn)
    assert {text[0] for text in drawn} == set("0123456789abcdef")


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (START, START + timedelta(hours=1)),
        (START + timedelta(hours=1), START),
        ("2024-01-01T00:00:00Z", "2024-01-01T01:00:00+00:00"),
        (START, "2024-01-01T02:00:00+01:00"),
    ],
)
def test_instants_lie_between_their_bounds(start: Any, end: Any) -> None:
    instants = Instants(Random(14))
    drawn = [instants.timestamp(start, end) - START for _ in range(500)]
    assert timedelta(0) <= min(drawn) < timedelta(minutes=2)
    assert timedelta(minutes=58) < max(drawn) <= timedelta(hours=1)


def test_instants_keep_their_zone_or_have_none() -> None:
    instants = Instants(Random(14))
    assert instants.timestamp(START, START) == START
    assert instants.timestamp("2024-01-01", "2024-01-02").tzinfo is None
    with pytest.raises(TypeError):
        instants.timestamp("2024-01-01", START)
    with pytest.raises(ValueError, match="isoformat"):
        instants.timestamp("today", START)
