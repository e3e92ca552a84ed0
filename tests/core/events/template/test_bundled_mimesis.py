"""Mimesis inside a run: seeded by block, living in the run's time."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import mimesis
import pytest
from jinja2 import Environment
from mimesis import random as mimesis_random
from mimesis.enums import Gender, TimestampFormat
from mimesis.providers.base import ProviderRegistry

from eventum_core.events.template.bundled_mimesis import ROLE, MimesisModule, block_random
from eventum_core.plugin import Run
from eventum_core.seeds import Seeds

NOW = datetime(2019, 3, 4, 5, 6, 7, tzinfo=ZoneInfo("Asia/Tokyo"))
TODAY = NOW.date()


@pytest.fixture
def module(make_run: Callable[..., Run]) -> Callable[..., Any]:
    def make(seed: int = 1, block: int = 0, **changes: Any) -> MimesisModule:
        return MimesisModule(make_run(**{"now": NOW, "seeds": Seeds(seed, "g"), **changes}), block)

    return make


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ m.locale.en.person.full_name() != '' }} {{ m.locale['de-at'].text.word() != '' }}",
         "True True"),
        ("{{ m.locale['en-au'] is defined }} {{ m.locale.ru is defined }}", "True True"),
        ("{{ m.locale.en_au is defined }} {{ m.locale.EN is defined }}", "False False"),
        ("{{ m.locale.nope is defined }} {{ m.locale[5] is defined }}", "False False"),
        ("{{ m.enums.Gender.MALE.value }} {{ m.Locale.DE.value }}", "male de"),
        ("{{ m.random.Random is defined }} {{ m.Person is defined }} {{ m.nope is defined }}",
         "True True False"),
        ("{{ m.Generic(m.Locale.DE).person.locale }}", "de"),
        ("{{ m.locale.en.person.full_name(gender=m.enums.Gender.MALE) != '' }}", "True"),
    ],
)  # fmt: skip
def test_lookups_in_templates(module: Callable[..., Any], text: str, expected: str) -> None:
    assert Environment().from_string(text).render(m=module()) == expected


def sample(generic: Any) -> list[Any]:
    return [
        generic.person.full_name(gender=Gender.FEMALE),
        generic.person.email(unique=True),
        generic.internet.ip_v4(),
        generic.payment.credit_card_number(),
        generic.cryptographic.uuid(),
        generic.cryptographic.jwt(),
        generic.numeric.float_number(),
    ]


def test_draws_depend_on_seed_and_block_alone(module: Callable[..., Any]) -> None:
    first = sample(module().locale.en)
    assert sample(module().locale.en) == first
    assert sample(module(seed=2).locale.en) != first
    assert sample(module(block=1).locale.en) != first


def test_seeds_of_the_process_change_nothing(
    module: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = sample(module().locale.en)
    monkeypatch.setattr(mimesis_random, "global_seed", 5)
    assert sample(module().locale.en) == first


def test_each_block_begins_anew_whatever_was_drawn_before(make_run: Callable[..., Run]) -> None:
    def words(before: int) -> list[str]:
        run = make_run()
        text = MimesisModule(run, 0).locale.en.text
        for _ in range(before):
            text.word()
        for enter in run.on_block:
            enter(3)
        return [text.word() for _ in range(5)]

    assert words(0) == words(7)


def test_all_locales_of_a_run_draw_from_one_stream(module: Callable[..., Any]) -> None:
    one, two = module(), module()
    first = [one.locale.en.numeric.integer_number() for _ in range(2)]
    second = [
        two.locale.en.numeric.integer_number(),
        two.locale.de.numeric.integer_number(),
    ]
    assert first == second
    assert len({id(one.locale.en.person.random), id(one.locale.de.internet._text.random)}) == 1


@pytest.mark.parametrize(
    "draw",
    [
        lambda r: r.random(),
        lambda r: r.getrandbits(70),
        lambda r: r.gauss(0, 1),
        lambda r: r.choices("abcdefgh", k=9),
        lambda r: r.randint(1, 10**9),
        lambda r: r.sample(range(1000), 5),
        lambda r: r.randbytes(5),
        lambda r: r.generate_string_by_mask("@@@###"),
    ],
)
def test_a_blocks_first_draw_is_that_of_its_seed(draw: Callable[[Any], Any]) -> None:
    seeds = Seeds(3, "g")
    expected = mimesis_random.Random(seeds.number(ROLE, 4))
    draws = block_random(seeds, 0)
    draws.gauss(0, 1)
    draws.expire(4)
    assert [draw(draws), draw(draws)] == [draw(expected), draw(expected)]


def test_a_block_without_draws_is_never_seeded(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    real = Seeds.number

    def number(self: Seeds, role: str, index: int = 0) -> int:
        asked.append(index)
        return real(self, role, index)

    monkeypatch.setattr(Seeds, "number", number)
    draws = block_random(Seeds(3, "g"), 0)
    for block in range(1, 6):
        draws.expire(block)
    assert draws.random() == Random(real(Seeds(3, "g"), ROLE, 5)).random()
    assert asked == [5]


def test_seeding_by_hand_holds_until_the_next_block() -> None:
    draws = block_random(Seeds(3, "g"), 0)
    draws.seed(8)
    assert draws.random() == Random(8).random()


def test_dates_are_relative_to_the_runs_now(module: Callable[..., Any]) -> None:
    dates = module().locale.en.datetime
    wall = NOW.replace(tzinfo=None)
    for _ in range(50):
        assert dates.past_date() < TODAY < dates.future_date()
        assert wall - timedelta(hours=1) <= dates.past_datetime(seconds=3600) < wall
        assert wall < dates.future_datetime(seconds=3600) <= wall + timedelta(hours=1)
        assert dates.year(minimum=2018) in (2018, 2019)
        assert dates.date(start=2019).year == 2019
    assert type(dates.past_date()) is date


def test_a_token_tells_the_runs_now(module: Callable[..., Any]) -> None:
    payload = module().locale.en.cryptographic.jwt().split(".")[1]
    told = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert told["iat"] == NOW.timestamp()


def test_birthdays_lie_before_an_early_now(module: Callable[..., Any]) -> None:
    person = module().locale.en.person
    assert max(person.birthdate() for _ in range(300)).year == 2019


def test_timestamps_take_the_runs_zone_not_the_hosts(module: Callable[..., Any]) -> None:
    tokyo, utc = (module(zone=ZoneInfo(name)).locale.en.datetime for name in ("Asia/Tokyo", "UTC"))
    assert tokyo.timestamp() == utc.timestamp() - 9 * 3600
    assert tokyo.timestamp(TimestampFormat.ISO_8601) == utc.timestamp(TimestampFormat.ISO_8601)
    assert {type(utc.timestamp(None)) for _ in range(30)} == {int, str}


def test_the_library_is_untouched(module: Callable[..., Any]) -> None:
    before = ProviderRegistry.get_all()
    module().locale.en.datetime.past_date()
    assert ProviderRegistry.get_all() == before
    assert mimesis.Datetime().past_date().year > 2019


def test_instances_made_by_hand_are_the_runs_unless_seeded(module: Callable[..., Any]) -> None:
    assert sample(module().Generic()) == sample(module().locale.en)
    seeded = [module(seed).Generic(mimesis.Locale.EN, seed=5) for seed in (1, 2)]
    assert seeded[0].numeric.integer_number() == seeded[1].numeric.integer_number()
    assert seeded[0].datetime.past_date() < TODAY


def test_restricted_templates_reach_no_module_of_the_library(module: Callable[..., Any]) -> None:
    restricted = module(policy="restricted")
    assert restricted.enums.Gender.MALE.value == "male"
    assert restricted.locale.en.person.full_name()
    for owner, name in ((restricted.enums, "t"), (restricted.random, "random_module")):
        assert not hasattr(owner, name)
    assert not hasattr(restricted, "builder")
