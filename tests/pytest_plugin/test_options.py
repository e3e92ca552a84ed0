"""Every option, its ini twin, and who overrules whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import LittleSuite

SHOW = """
@pytest.mark.eventum({arguments})
def test_it(eventum, eventum_backend, eventum_seed):
    print("seen", eventum.seed, eventum.now.isoformat(), eventum_backend.kind, len(eventum.ledger))
"""
SEEN = "*seen {seed} {now}T00:00:00+00:00 {kind} {count}*"


def seen(suite: LittleSuite, arguments: str, *args: str) -> tuple[str, ...]:
    """Return seed, now, kind of backend and number of events that a marked test sees."""
    suite.test(SHOW.format(arguments=arguments))
    result = suite.passes("-s", *args)
    (line,) = [line for line in result.outlines if "seen" in line]
    return tuple(line.rstrip(".").split("seen ")[1].split())


def test_seed_is_the_root_of_what_is_not_pinned(suite: LittleSuite) -> None:
    unpinned = '"shop/orders.yml"'
    first, again, other = (
        seen(suite, unpinned, *args)[0]
        for args in ((), ("--eventum-seed=0",), ("--eventum-seed=1",))
    )
    assert first == again != other


def test_pinned_seed_is_used_as_it_is(suite: LittleSuite) -> None:
    assert seen(suite, '"shop/orders.yml", seed=42', "--eventum-seed=1")[0] == "42"


def test_seed_in_the_ini_file(suite: LittleSuite) -> None:
    suite.ini(seed="1")
    from_ini = seen(suite, '"shop/orders.yml"')[0]
    over_ini = seen(suite, '"shop/orders.yml"', "--eventum-seed=0")[0]
    suite.ini()
    assert from_ini == seen(suite, '"shop/orders.yml"', "--eventum-seed=1")[0]
    assert over_ini == seen(suite, '"shop/orders.yml"')[0]


def test_random_seed_and_the_last_one(suite: LittleSuite) -> None:
    suite.test("def test_it(eventum_seed): print('seen', eventum_seed)")
    lines = []
    for choice in ("random", "last", "random"):
        result = suite.passes("-s", f"--eventum-seed={choice}")
        lines.append(
            [line for line in result.outlines if "seen" in line or "eventum: seed" in line]
        )
    drop = [[line.split(", now")[0] for line in each] for each in lines]
    assert drop[0] == drop[1] != drop[2]


def test_seed_scope(suite: LittleSuite) -> None:
    body = """
    seen = []
    @pytest.mark.eventum("shop/orders.yml")
    def test_a(eventum): seen.append(eventum.seed)
    @pytest.mark.eventum("shop/orders.yml")
    def test_b(eventum): assert (seen[0] == eventum.seed) is {equal}
    """
    suite.test(body.replace("{equal}", "False"))
    suite.passes(passed=2)
    suite.ini(seed_scope="generator")
    suite.test(body.replace("{equal}", "True"))
    suite.passes(passed=2)


MARKED = '"shop/orders.yml", now="2022-02-02"'
PLAIN = '"shop/orders.yml"'


@pytest.mark.parametrize(
    "arguments, ini, in_suite, option, expected",
    [
        (PLAIN, None, None, "2021-01-01", "2021-01-01"),
        (MARKED, "2023-03-03", "2024-04-04", "2021-01-01", "2021-01-01"),
        (MARKED, "2023-03-03", "2024-04-04", None, "2022-02-02"),
        (PLAIN, "2023-03-03", "2024-04-04", None, "2023-03-03"),
        (PLAIN, None, "2024-04-04", None, "2024-04-04"),
    ],
)
def test_who_says_now(
    suite: LittleSuite,
    arguments: str,
    ini: str | None,
    in_suite: str | None,
    option: str | None,
    expected: str,
) -> None:
    suite.write("suite.yml", f"defaults: {{now: '{in_suite}'}}" if in_suite else "")
    suite.ini(config="suite.yml", **({"now": ini} if ini else {}))
    args = [f"--eventum-now={option}"] if option else []
    assert seen(suite, arguments, *args)[1] == f"{expected}T00:00:00+00:00"


def test_now_is_one_for_the_whole_session(suite: LittleSuite) -> None:
    suite.test(
        """
        seen = set()
        @pytest.mark.eventum("shop/orders.yml")
        @pytest.mark.parametrize("n", range(3))
        def test_it(eventum, n):
            seen.add(eventum.now)
            assert len(seen) == 1
            assert eventum.now.microsecond == 0
        """
    )
    suite.passes(passed=3)


@pytest.mark.parametrize(
    "arguments, ini, in_suite, option, expected",
    [
        (PLAIN, None, None, None, "memory"),
        (PLAIN, None, "file", None, "file"),
        (PLAIN, "memory", "file", None, "memory"),
        (f'{PLAIN}, backend="file"', "memory", "memory", None, "file"),
        (f'{PLAIN}, backend="file"', None, None, "memory", "memory"),
        (PLAIN, None, None, "file", "file"),
        (f'{PLAIN}, backend=["memory", "file"]', None, None, "file", "file"),
        (f'{PLAIN}, backend="own"', None, None, "file", "own"),
    ],
)
def test_who_says_backend(
    suite: LittleSuite,
    arguments: str,
    ini: str | None,
    in_suite: str | None,
    option: str | None,
    expected: str,
) -> None:
    suite.write("suite.yml", f"defaults: {{backend: {in_suite}}}" if in_suite else "")
    suite.ini(config="suite.yml", **({"backend": ini} if ini else {}))
    args = [f"--eventum-backend={option}"] if option else []
    assert seen(suite, arguments, *args)[2] == expected


def test_several_backends_on_the_command_line(suite: LittleSuite) -> None:
    suite.test(
        """
        @pytest.mark.eventum("shop/orders.yml", backend="memory")
        def test_it(eventum): pass

        def test_unmarked(eventum_factory): pass
        """
    )
    suite.passes("--eventum-backend=memory,file", passed=3)
    suite.passes("--eventum-backend=memory", "--eventum-backend=file", passed=3)
    assert "unknown backend 'oracle'" in suite.run("--eventum-backend=oracle").stdout.str()


def test_same_events_on_every_backend(suite: LittleSuite) -> None:
    suite.test(
        """
        seen = []
        @pytest.mark.eventum("shop/orders.yml", backend=["memory", "file"])
        @pytest.mark.parametrize("n", ["file", "memory"])
        def test_it(eventum, eventum_backend, n):
            seen.append((n, eventum_backend.kind, [entry.text for entry in eventum.ledger]))

        def test_all():
            texts = {(n, kind): text for n, kind, text in seen}
            assert texts["file", "memory"] == texts["file", "file"]
            assert texts["memory", "memory"] == texts["memory", "file"]
            assert texts["memory", "memory"] != texts["file", "memory"]
        """
    )
    suite.passes(passed=5)


def test_tests_are_grouped_by_backend(suite: LittleSuite) -> None:
    suite.test(
        """
        pytestmark = pytest.mark.eventum("shop/orders.yml", backend=["memory", "file"])
        def test_a(): pass
        def test_b(): pass
        """
    )
    result = suite.passes("-v", passed=4)
    order = [line.split(" ")[0][-8:].strip("[]_") for line in result.outlines if "PASSED" in line]
    assert order == ["memory", "memory", "b[file", "b[file"] or order[0] == order[1] != order[2]


def test_config_on_the_command_line(suite: LittleSuite) -> None:
    suite.write("one.yml", "generators: {sales: shop/orders.yml}\n")
    suite.write("two.yml", "generators: {sales: {path: shop/endless.yml, count: 2, seed: 6}}\n")
    suite.ini(config="one.yml")
    assert seen(suite, '"sales"')[3] == "5"
    assert seen(suite, '"sales"', "--eventum-config=two.yml")[::3] == ("6", "2")
    assert seen(suite, '"sales", count=1', "--eventum-config=two.yml")[::3] == ("6", "1")


def test_paths(suite: LittleSuite) -> None:
    suite.ini(paths="shop elsewhere")
    assert seen(suite, '"orders.yml"')[3] == "5"


@pytest.mark.parametrize(
    "args, line",
    [
        (["--eventum-seed=x"], "--eventum-seed: expected an integer, 'random' or 'last', got 'x'"),
        (["--eventum-seed=last"], "--eventum-seed: 'last' needs an earlier run"),
        (["--eventum-now=soon"], "--eventum-now: expected an ISO time such as"),
        (["-o", "eventum_seed_scope=all"], "eventum_seed_scope: expected test or generator"),
        (["-o", "eventum_now=x"], "--eventum-now: expected an ISO time such as"),
    ],
)
def test_option_that_makes_no_sense(suite: LittleSuite, args: list[str], line: str) -> None:
    suite.test("def test_it(): pass")
    result = suite.run(*args)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert [out for out in result.errlines if line in out]


def test_plan(suite: LittleSuite) -> None:
    suite.test(
        """
        @pytest.mark.eventum("shop/nope.yml", seed=5)
        @pytest.mark.eventum(
            "shop/orders.yml", seed=4, backend=["memory", "file"], now="2026-01-01"
        )
        def test_it(): assert False, "nothing runs"

        def test_other(): assert False
        """
    )
    for args in (["--eventum-plan"], ["-o", "eventum_plan=true"]):
        result = suite.run(*args)
        result.stdout.fnmatch_lines(
            [
                "test_it.py::test_it[[]memory[]]: orders seed=4 now=2026-01-01T00:00:00Z "
                "backend=memory generator=shop/orders.yml",
                "test_it.py::test_it[[]memory[]]: nope seed=5 now=*",
                "test_it.py::test_it[[]file[]]: orders seed=4 *",
                "test_it.py::test_it[[]file[]]: nope seed=5 *",
            ]
        )
        result.assert_outcomes()
        assert result.ret == 0


def test_plan_of_nothing(suite: LittleSuite) -> None:
    suite.test("def test_it(): pass")
    suite.run("--eventum-plan").stdout.fnmatch_lines(["no test has an eventum marker"])


def test_plan_with_an_error_of_collection(suite: LittleSuite) -> None:
    suite.test("@pytest.mark.eventum(sed=1)\ndef test_it(): pass")
    assert suite.run("--eventum-plan").ret == pytest.ExitCode.INTERRUPTED
