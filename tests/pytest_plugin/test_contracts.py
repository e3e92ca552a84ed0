"""The contract suites: a good plugin passes, and whoever breaks a rule is told which one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

PLUGINS = Path(__file__).parent / "contracts"
BASE = ("-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:asyncio", "-W", "error")

Outcomes = dict[str, dict[str, str]]
"""The failure of each failed test, by class and test."""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    """Run the contracts of all broken plugins."""
    report = tmp_path_factory.mktemp("broken") / "report.xml"
    files = [str(PLUGINS / f"broken_{kind}.py") for kind in ("inputs", "others")]
    command = [sys.executable, "-m", "pytest", *BASE, f"--junitxml={report}", *files]
    subprocess.run(command, capture_output=True, timeout=120, check=False)
    found: Outcomes = {}
    for case in ElementTree.parse(report).iter("testcase"):
        failures = found.setdefault(case.get("classname", "").rpartition(".Test")[2], {})
        for failure in (*case.iter("failure"), *case.iter("error")):
            failures[case.get("name", "")] = failure.text or ""
    return found


EXPECTED = [
    ("Unexplained", "test_it_is_explained", "no docstring stands below the options own"),
    ("Undocumented", "test_it_is_explained", "the class has no docstring"),
    ("Thawed", "test_its_options_are_frozen[defaults]", "the option tags can be assigned"),
    ("Careless", "test_invalid_options_are_refused[pace=-1]", "{'pace': -1} is accepted"),
    ("Lenient", "test_invalid_options_are_refused[no_such_option=1]", "is accepted"),
    ("Misplaced", "test_invalid_options_are_refused[pace=-1]", "as a problem of other"),
    ("Strict", "test_it_gives_ascending_instants[defaults]", "valid options are refused"),
    ("Backwards", "test_it_gives_ascending_instants[defaults]", "array 1 in UTC goes back, from"),
    ("Jumbled", "test_it_gives_ascending_instants[defaults]", "array 0 in UTC is not ascending"),
    ("Seconds", "test_it_gives_ascending_instants[defaults]", "is of datetime64[s], not"),
    ("Listed", "test_it_gives_ascending_instants[defaults]", "is no one-dimensional numpy array"),
    ("Silent", "test_it_gives_ascending_instants[defaults]", "no instant at all comes"),
    ("Hollow", "test_it_gives_ascending_instants[defaults]", "100,000 empty arrays came in a row"),
    ("Counting", "test_it_gives_the_same_again[defaults]", "a second run of one object differs"),
    ("Sharing", "test_runs_do_not_disturb_each_other[defaults]", "a run beside another one"),
    ("Seedless", "test_another_seed_gives_other_instants", "draw from run.random"),
    (
        "Clocked",
        "test_it_reads_no_clock_and_draws_from_the_run[defaults]",
        "datetime.now(), broken_",
    ),
    ("Timed", "test_it_reads_no_clock_and_draws_from_the_run[defaults]", "time.time(), broken_in"),
    (
        "Global",
        "test_it_reads_no_clock_and_draws_from_the_run[defaults]",
        "random.random(), broken_",
    ),
    (
        "Numeric",
        "test_it_reads_no_clock_and_draws_from_the_run[defaults]",
        "all users of numpy.random share",
    ),
    (
        "Unique",
        "test_it_reads_no_clock_and_draws_from_the_run[defaults]",
        "os.urandom(), broken_in",
    ),
    ("Redrawing", "test_the_past_may_be_skipped[defaults]", "a run that skips what is before"),
    ("Endless", "test_it_says_whether_it_ends[defaults]", "endless() is true, but it ended after"),
    ("Stubborn", "test_it_may_be_abandoned[defaults]", "it goes on when its iterator is closed"),
    ("Untagged", "test_its_tags_reach_the_events[defaults]", "carry (), not the tags"),
    ("Bound", "test_a_run_releases_and_reports_all[defaults]", "the run reports an error: "),
    ("OneText", "test_it_gives_events_without_a_failure[defaults]", "one text instead of a list"),
    ("Mute", "test_it_gives_events_without_a_failure[defaults]", "no event at all comes"),
    ("Numbering", "test_it_gives_the_same_again[defaults]", "a second run of one object differs"),
    ("Entangled", "test_every_producer_has_a_state_of_its_own[defaults]", "beside another one"),
    (
        "Stamped",
        "test_it_reads_no_clock_and_draws_from_the_run[defaults]",
        "datetime.now(), broken_",
    ),
    ("Fixed", "test_another_seed_gives_other_events", "three seeds gave the same events"),
    ("Filling", "test_its_options_survive_a_run[defaults]", "a run has changed the options box"),
    ("Flawless", "test_failures_are_counted_and_not_fatal", "0 timestamps failed"),
    ("Losing", "test_it_accounts_for_every_event[defaults]", "neither carried nor rejected"),
    ("Reversing", "test_it_accounts_for_every_event[defaults]", "in their order: ["),
    ("Rejecting", "test_it_accounts_for_every_event[defaults]", "is rejected: no reason at all"),
    ("Accepting", "test_it_accounts_for_every_event[defaults]", "is carried, and should be rej"),
    ("Merging", "test_it_gives_a_text_for_each_event_or_one_for_all[defaults]", "1 texts for 4"),
    ("Encoded", "test_it_gives_a_text_for_each_event_or_one_for_all[defaults]", "bytes, not str"),
    ("Headed", "test_how_events_are_cut_does_not_matter[defaults]", "one by one differ from"),
    ("Forgetful", "test_it_delivers_and_reports_all[defaults]", "was written, but is not there"),
    ("Doubling", "test_it_delivers_and_reports_all[defaults]", "is there 1 times too often"),
    ("Shuffling", "test_it_delivers_and_reports_all[defaults]", "texts are not in their order"),
    ("Once", "test_it_can_be_opened_again[defaults]", "a second run fails"),
    ("Repeating", "test_it_can_be_opened_again[defaults]", "its guarantee is exactly once by id"),
    ("Greedy", "test_what_is_refused_is_counted", "4 written, 0 refused, 0 abandoned"),
    ("Vague", "test_failures_name_items_of_the_chunk", "the failed items of"),
    ("Beating", "test_an_empty_chunk_is_no_event[defaults]", "an empty chunk leaves"),
    ("Opening", "test_it_says_when_it_cannot_open", "a run begins, and reports"),
    ("Promising", "test_its_guarantee_is_one_of_three", "guarantee 'always': write one of"),
    ("Generous", "test_as_many_events_come_as_were_asked_for[defaults]", "there are 3 events"),
    ("Bursting", "test_it_can_be_run_again[defaults]", "run of one object fails: input[0]."),
    ("Failing", "test_it_ends_with_the_run[defaults]", "nobody wants me"),
]


@pytest.mark.parametrize("name, test, told", EXPECTED, ids=lambda text: text.split("[")[0])
def test_a_broken_rule_is_told(outcomes: Outcomes, name: str, test: str, told: str) -> None:
    failures = outcomes[name]
    assert test in failures, f"{name} fails in {sorted(failures)}"
    assert told in failures[test]


def test_every_broken_plugin_is_expected_to_fail(outcomes: Outcomes) -> None:
    assert set(outcomes) == {name for name, _, _ in EXPECTED}


def test_a_rule_is_told_in_one_line(outcomes: Outcomes) -> None:
    assert (
        len(
            outcomes["Backwards"]["test_it_gives_ascending_instants[defaults]"].strip().splitlines()
        )
        == 1
    )


def test_good_plugins_of_every_kind_pass(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_subprocess(*BASE, "-q", str(PLUGINS / "good.py"))
    assert result.ret == 0, result.stdout.str()
    counts = result.parseoutcomes()
    assert counts.keys() == {"passed"}
    assert counts["passed"] > 50


def test_a_contract_without_a_plugin_is_told(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "from pytest_eventum.contracts import InputContract\nclass TestIt(InputContract): pass"
    )
    result = pytester.runpytest_subprocess(*BASE)
    result.stdout.fnmatch_lines(["*TestIt: set `plugin` to the class to test*"])


def test_an_output_is_read_by_its_author(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "from pytest_eventum.contracts import OutputContract\n"
        "from eventum_core.outputs.stdout import Stdout\n"
        "class TestIt(OutputContract):\n    plugin = Stdout"
    )
    result = pytester.runpytest_subprocess(*BASE, "-k", "delivers")
    result.stdout.fnmatch_lines(["*give the contract a method read(self, folder)*"])
