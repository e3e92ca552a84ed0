from itertools import pairwise

import pytest
from tide import Tide

from pytest_eventum.contracts import InputContract


class TestTide(InputContract):
    plugin = Tide
    options = [{}, {"waters": 3}, {"waters": 500, "scatter": 0}]
    invalid = [{"waters": 0}, {"scatter": 500}]
    seeded = True
    enough = 300


@pytest.mark.eventum("tides.yml", count=10, seed=7, now="2026-01-05T09:00:00Z")
def test_the_harbour_sees_every_high_water(eventum):
    waters = [entry.timestamp for entry in eventum.ledger]
    assert all(11 < (b - a).total_seconds() / 3600 < 14 for a, b in pairwise(waters))
    assert len(eventum.ledger.having(tag="harbour")) == 10
