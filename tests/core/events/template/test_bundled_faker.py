"""Faker inside a run: its seed, its time, its locales, and nothing of the process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import faker
import pytest
from jinja2 import Environment

from eventum_core.events.template.bundled_faker import FakerModule
from eventum_core.plugin import Run

NOW = datetime(2019, 3, 4, 5, 6, 7, tzinfo=ZoneInfo("Europe/Berlin"))
TODAY = NOW.date()

TIMED = [
    "date_between('-1d', 'today')",
    "date_of_birth()",
    "date_this_century()",
    "date_this_decade()",
    "date_this_month()",
    "date_this_year()",
    "date_time()",
    "date_time_between('-1h', 'now')",
    "date_time_this_century()",
    "date_time_this_decade()",
    "date_time_this_month()",
    "date_time_this_year()",
    "future_date()",
    "future_datetime()",
    "past_date()",
    "past_datetime()",
    "unix_time()",
    "iso8601()",
    "credit_card_expire()",
    "passport_dates()",
    "passport_dob()",
    "profile()",
    "user_agent()",
]


HIDDEN = ["get_formatter", "add_provider", "set_formatter", "format", "random", "providers"]
"""What finds or replaces an attribute by its name, or leads to what does."""


@pytest.fixture
def module(make_run: Callable[..., Run]) -> Callable[..., Any]:
    def make(seed: int = 1, **changes: Any) -> FakerModule:
        return FakerModule(make_run(**{"now": NOW, "random": Random(seed), **changes}))

    return make


@pytest.mark.parametrize("code", ["en_US", "en-US", "en", "EN", "de", "ru", "ja_JP"])
def test_locales_are_found_as_faker_spells_them(module: Callable[..., Any], code: str) -> None:
    assert isinstance(module().locale[code], faker.Faker)
    assert isinstance(module().locale[code].name(), str)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ f.locale.en_US.name() != '' }} {{ f.locale['de_DE'].city() != '' }}", "True True"),
        ("{{ f.locale.xx_XX is defined }} {{ f.locale['nope'] is defined }}", "False False"),
        ("{{ f.locale[5] is defined }} {{ f.locale['en_US', 'nope'] is defined }}", "False False"),
        ("{{ f.locale['en_US', 'de_DE'].locales }}", "['en_US', 'de_DE']"),
        ("{{ f.Faker is defined }} {{ f.providers is defined }} {{ f.nope is defined }}",
         "True True False"),
    ],
)  # fmt: skip
def test_lookups_in_templates(module: Callable[..., Any], text: str, expected: str) -> None:
    assert Environment().from_string(text).render(f=module()) == expected


def test_an_instance_is_made_once_for_a_locale_of_a_run(module: Callable[..., Any]) -> None:
    first, second = module(), module()
    assert first.locale.en is first.locale["en-US"] is first.locale.en_US
    assert first.locale.en is not second.locale.en
    assert first.locale["en_US", "de_DE"] is first.locale["en", "de"]


@pytest.mark.parametrize("code", ["en_US", ("en_US", "de_DE", "ja_JP")])
def test_draws_come_from_the_run_alone(module: Callable[..., Any], code: Any) -> None:
    def sample(seed: int) -> list[Any]:
        fake = module(seed).locale[code]
        return [
            [fake.name(), fake.email(), fake.unique.random_int(), fake.binary(4), fake.uuid4()],
            [fake.optional.city(), fake.password(), fake.color(), fake.pydict(3)],
        ]

    faker.Faker.seed(1)
    first = sample(5)
    faker.Faker.seed(2)
    assert sample(5) == first
    assert sample(6) != first


def test_draws_advance_the_runs_generator(make_run: Callable[..., Run]) -> None:
    run = make_run()
    fake = FakerModule(run).locale.en_US
    run.random.seed(9)
    first = [fake.name(), run.random.random()]
    run.random.seed(9)
    assert [fake.name(), run.random.random()] == first


def test_faker_keeps_its_own_draws_under_the_runs_seed(module: Callable[..., Any]) -> None:
    plain = faker.Faker("de_DE")
    plain.seed_instance(5)
    ours = module(5).locale.de_DE
    assert [ours.name(), ours.address(), ours.iban()] == [
        plain.name(),
        plain.address(),
        plain.iban(),
    ]


def test_uniqueness_ends_with_the_run(module: Callable[..., Any]) -> None:
    fake = module().locale.en
    assert {fake.unique.random_int(1, 5) for _ in range(5)} == {1, 2, 3, 4, 5}
    with pytest.raises(faker.exceptions.UniquenessException):
        fake.unique.random_int(1, 5)
    assert module().locale.en.unique.random_int(1, 5) in range(1, 6)


def test_argument_groups_stay_within_an_instance(module: Callable[..., Any]) -> None:
    first, second = module().locale.en, module().locale.en
    first.set_arguments("small", "max_value", 1)
    assert int(first.parse("{{ pyint:small }}")) in (0, 1)
    with pytest.raises(AttributeError, match="small"):
        second.parse("{{ pyint:small }}")


@pytest.mark.parametrize("call", TIMED)
def test_equal_nows_give_equal_dates(module: Callable[..., Any], call: str) -> None:
    # Against a real clock this differs between two calls or, for dates, between two days; the
    # tests below pin the values to the now itself.
    template = Environment().from_string(f"{{{{ f.locale.en_US.{call} }}}}")
    later = NOW + timedelta(days=4000)
    assert template.render(f=module()) == template.render(f=module())
    if call != "user_agent()":
        assert template.render(f=module()) != template.render(f=module(now=later))


@pytest.mark.parametrize("locale", ["en_US", "de_DE", "pl_PL", "th_TH"])
def test_dates_are_relative_to_the_runs_now(module: Callable[..., Any], locale: str) -> None:
    fake = module().locale[locale]
    wall = NOW.replace(tzinfo=None)
    for _ in range(50):
        assert fake.past_date("-30d") < TODAY < fake.future_date("+30d")
        assert fake.date_this_year(after_today=True).year == 2019
        assert date(2019, 1, 1) <= fake.date_this_year() <= TODAY
        assert wall - timedelta(hours=1) <= fake.date_time_between("-1h", "now") <= wall
        assert wall < fake.future_datetime("+1h") <= wall + timedelta(hours=1)
        assert 18 * 365 <= (TODAY - fake.date_of_birth(minimum_age=18, maximum_age=20)).days < 7700
        assert fake.unix_time() < NOW.timestamp() + 3600


def test_a_default_from_the_day_of_import_is_the_runs_day(module: Callable[..., Any]) -> None:
    born, issued, _ = module().locale.en_US.passport_dates()
    assert (born, issued) == ("04 Mar 2019", "04 Mar 2019")


@pytest.mark.parametrize("locale", ["th_TH", "uk_UA", "el_GR", "es_ES", "es_MX", "sv_SE"])
def test_locales_that_draw_from_the_process_draw_from_the_run(
    module: Callable[..., Any], locale: str
) -> None:
    def sample() -> list[str]:
        return [module().locale[locale].ssn() for _ in range(3)]

    assert sample() == sample()


@pytest.mark.parametrize("locale", ["fi_FI", "lv_LV", "et_EE", "sv_SE", "no_NO", "zh_CN"])
def test_personal_numbers_hold_birthdays_before_the_runs_now(
    module: Callable[..., Any], locale: str
) -> None:
    early = [module(seed).locale[locale].ssn() for seed in range(20)]
    late = [module(seed, now=NOW.replace(year=2060)).locale[locale].ssn() for seed in range(20)]
    assert early == [module(seed).locale[locale].ssn() for seed in range(20)]
    assert early != late


def test_dates_are_plain_and_the_library_is_untouched(module: Callable[..., Any]) -> None:
    fake = module().locale.en_US
    assert (type(fake.date_time()), type(fake.date_of_birth())) == (datetime, date)
    assert isinstance(fake.date_between(date(2010, 1, 1), datetime(2010, 1, 3)), date)
    assert faker.Faker("en_US").date_this_year().year > 2019


def test_instances_made_by_hand_are_the_runs_too(module: Callable[..., Any]) -> None:
    def sample() -> Any:
        fake = module().Faker("en_US", use_weighting=False)
        return fake.name(), fake.past_date()

    assert sample() == sample()
    assert sample()[1] < TODAY


@pytest.mark.parametrize("code", ["en_US", ("en_US", "de_DE")])
def test_restricted_instances_make_data_and_nothing_else(
    module: Callable[..., Any], code: Any
) -> None:
    guarded = module(policy="restricted").locale[code]
    assert guarded.name() == module().locale[code].name()
    assert isinstance(guarded.unique.random_int(1, 3), int)
    assert isinstance(guarded.get_words_list(), list)
    for name in (*HIDDEN, "factories"):
        assert not hasattr(guarded, name)
        assert not hasattr(guarded.unique, name)


def test_restricted_instances_find_methods_as_fast_as_others(module: Callable[..., Any]) -> None:
    guarded = module(policy="restricted").locale.en_US
    assert {"name", "email"} <= set(vars(guarded))
    assert not {"parse", "add_provider", "random", "providers", "_factories"} & set(vars(guarded))


def test_restricted_templates_reach_no_class_of_the_library(module: Callable[..., Any]) -> None:
    restricted = module(policy="restricted")
    assert not any(hasattr(restricted, name) for name in ("Faker", "providers", "factory"))
