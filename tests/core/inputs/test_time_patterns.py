from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import yaml
from pattern_files import HOUR, SHAPES, START, pattern, written

from eventum_core.clock import micros, moment
from eventum_core.errors import ConfigError, RunError
from eventum_core.inputs.time_patterns import TimePatterns


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Return a function that writes patterns to files and returns an input of them."""
    return lambda *patterns: written(tmp_path_factory.mktemp("patterns"), *patterns)


def test_patterns_are_merged(make_run, instants, source):
    run = replace(make_run(), role="input[0]")
    slow, fast = pattern(ratio=2, end="+30d"), pattern("beta", SHAPES["beta"], end="+30d", ratio=9)
    both = instants(source(slow, fast), run, 10**5)
    first = instants(source(slow), run, 10**5)
    assert len(both) == 720 * 11
    assert set(first) <= set(both)


def test_patterns_that_end_or_begin_apart(make_run, instants, source):
    early, late = pattern(end="+2h"), pattern(start="2025-02-01", end="+2h")
    never = pattern(ratio=1, deviation=1, direction="decrease")
    drawn = instants(source(late, never, early), make_run())
    assert [(t - START) // (24 * HOUR) for t in drawn] == [0] * 8 + [31] * 8


@pytest.mark.parametrize("day", ["2025-03-30", "2025-10-26"])
def test_periods_are_elapsed_time(make_run, instants, source, day):
    made = source(pattern(start=day, ratio=1))
    run = make_run(zone="Europe/Berlin")
    drawn = np.array(instants(made, run, 48))
    start = micros(run.now.fromisoformat(day).replace(tzinfo=run.zone))
    assert ((drawn - start) // HOUR).tolist() == list(range(48))


def test_ends_are_meant_in_the_generators_zone(make_run, instants, source):
    made = source(pattern(start="2025-06-15 09:00", end="+1h", ratio=1))
    (drawn,) = instants(made, make_run(zone="Asia/Tokyo"))
    assert moment(drawn).isoformat().startswith("2025-06-15T00:")


def test_a_start_now_is_the_start_of_the_run(make_run, instants, source):
    run = make_run()
    (drawn,) = instants(source(pattern(start="now", end="+1h", ratio=1)), run)
    assert 0 <= drawn - micros(run.now) < HOUR


def test_the_calendar_ends_quietly(make_run, instants, source):
    made = source(pattern(start="9999-12-31T22:00"))
    drawn = instants(made, make_run())
    assert 4 <= len(drawn) <= 8
    assert moment(drawn[-1]).year == 9999


def test_a_range_that_is_over_ends_the_input_and_names_the_pattern(make_run, instants, source):
    with pytest.raises(RunError, match="pattern 'test': the start"):
        instants(source(pattern(start="now", end="2025-01-02")), make_run())


@pytest.mark.parametrize(("end", "endless"), [("never", True), ("+1d", False)])
def test_whether_it_ends_is_known_once_the_files_are_checked(source, end, endless):
    assert source(pattern(end="+1d"), pattern(end=end)).endless() is endless


def test_dotted_keys_and_tags(make_run, instants, source):
    text = """
        label: dotted
        tags: [ignored]
        oscillator.period: 1
        oscillator: {unit: hours, start: 2025-01-01, end: +3h}
        multiplier.ratio: 4
        randomizer.deviation: 0
        randomizer.direction: mixed
        spreader.distribution: uniform
        spreader.parameters.low: 0
        spreader.parameters.high: 1
    """
    made = source(text)
    assert made.tags == ()
    assert instants(made, make_run()) == instants(source(pattern(end="+3h")), make_run())


def test_every_problem_of_every_file_is_reported(tmp_path):
    (tmp_path / "p.yml").write_text(yaml.safe_dump(pattern(ratio=0, deviation=2)), "utf-8")
    (tmp_path / "q.yml").write_bytes(b"\xff")
    made = TimePatterns(patterns=["p.yml", "nowhere.yml", "q.yml"])
    with pytest.raises(ConfigError) as caught:
        made.check(tmp_path)
    paths = [problem.path for problem in caught.value.problems]
    assert paths == ["patterns[0]", "patterns[0]", "patterns[1]", "patterns[2]"]
    assert "cannot be read: No such file" in caught.value.problems[2].message
    assert "q.yml is not UTF-8" in caught.value.problems[3].message


def test_the_restricted_policy_keeps_to_the_folder(make_run, instants, tmp_path):
    (tmp_path / "p.yml").write_text(yaml.safe_dump(pattern(end="+1h")), "utf-8")
    (tmp_path / "project").mkdir()
    made = TimePatterns(patterns=["../p.yml"])
    run = replace(make_run(), base=tmp_path / "project")
    assert len(instants(made, run)) == 4
    with pytest.raises(ConfigError, match="outside the project's folder"):
        instants(made, replace(run, policy="restricted"))


def test_a_file_that_broke_after_it_was_checked_ends_the_input(make_run, instants, source):
    made = source(pattern())
    made.patterns[0].write_text("oops", "utf-8")
    with pytest.raises(ConfigError, match="a pattern is a mapping"):
        instants(made, make_run())
