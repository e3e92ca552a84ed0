from datetime import UTC, datetime

from eventum_core.seeds import Seeds, derive, draw

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


def test_derived_numbers_never_change() -> None:
    shop = Seeds(7, "shop")
    assert derive(0) == 189474647796060361554653839075467189863
    assert shop.number("event", 3) == 50440751875704708813664325849997919811
    assert shop.event_id(NOW, 5, 1) == "7200dc855379fc9df530c58830f9a51d"
    assert shop.random("event").random() == 0.8463116171596368


def test_every_part_of_a_name_matters() -> None:
    numbers = {
        Seeds(seed, generator).number(role, index)
        for seed in (0, 1, -1, 10**40)
        for generator in ("a", "b")
        for role in ("event", "input[0]", "input[1]")
        for index in (0, 1)
    }
    assert len(numbers) == 4 * 2 * 3 * 2


def test_parts_do_not_run_together() -> None:
    assert derive(1, "ab", "c") != derive(1, "a", "bc")


def test_event_ids_are_distinct_and_repeatable() -> None:
    seeds = Seeds(7, "shop")
    ids = {seeds.event_id(NOW, ordinal, index) for ordinal in range(100) for index in range(3)}
    assert len(ids) == 300
    assert seeds.event_id(NOW, 5, 1) in ids
    assert all(len(text) == 32 for text in ids)


def test_drawn_seeds_differ() -> None:
    assert len({draw() for _ in range(20)}) > 15
