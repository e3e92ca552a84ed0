from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from pattern_files import pattern

from eventum_core.errors import ConfigError
from eventum_core.inputs.time_patterns import TimePatterns


def told(made: TimePatterns, base: Path) -> list[str]:
    """Return the problems of a pattern's file, without the place of the option and the file."""
    with pytest.raises(ConfigError) as caught:
        made.check(base)
    assert {problem.path for problem in caught.value.problems} == {"patterns[0]"}
    return [str(problem).removeprefix("patterns[0]: p.yml") for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("label", "", ":1: label: String should have at least 1 character"),
        ("label", 5, ":1: label: Input should be a valid string (got 5)"),
        ("tags", "a", "tags: Input should be a valid list (got 'a')"),
        ("extra", 1, "extra: unknown option; there are: label, tags, oscillator, "),
        ("oscillator.period", 0, "oscillator.period: Input should be greater than 0"),
        ("oscillator.period", float("inf"), "oscillator.period: Input should be a finite number"),
        ("oscillator.period", 1e-10, "rounds to 0 microseconds; give at least 1 microsecond"),
        ("oscillator.period", 1e9, "a period of 1000000000.0 hours is longer than the calendar"),
        ("oscillator.period", 1e300, "a period of 1e+300 hours is longer than the calendar"),
        ("oscillator.unit", "years", "oscillator.unit: Input should be 'weeks', 'days'"),
        ("oscillator.start", None, "oscillator.start: this is no moment"),
        ("oscillator.end", None, "oscillator.end: this is no moment"),
        ("oscillator.start", "never", "oscillator: start: never does not begin"),
        ("oscillator.end", "2024-01-01", "lies before start"),
        ("oscillator.start", "when pigs fly", "'when pigs fly' is no moment"),
        ("oscillator.phase", 1, "oscillator.phase: unknown option; there are: period, unit, "),
        ("multiplier.ratio", 0, ":8: multiplier.ratio: Input should be greater than or equal"),
        ("multiplier.ratio", 1.5, "multiplier.ratio: Input should be a valid integer"),
        ("multiplier.ratio", 10**9, "ratio: Input should be less than or equal to 100000000"),
        ("randomizer.deviation", 1.1, "randomizer.deviation: Input should be less than or equal"),
        ("randomizer.deviation", -0.1, "randomizer.deviation: Input should be greater than or eq"),
        ("randomizer.direction", "up", "randomizer.direction: Input should be 'decrease', 'incre"),
        ("randomizer.sampling", 15, "randomizer.sampling: Input should be greater than or equal"),
        ("spreader", "beta", "spreader: "),
        ("spreader.distribution", "normal", "spreader: Input tag 'normal' found using"),
        ("spreader.distribution", None, "spreader: "),
        ("spreader.parameters.low", 1, "spreader.parameters.low: Input should be less than 1"),
        ("spreader.parameters.high", 0, "spreader.parameters.high: Input should be greater than 0"),
        ("spreader.parameters.high", 1.1, "spreader.parameters.high: Input should be less than"),
        ("spreader.parameters.low", -0.1, "spreader.parameters.low: Input should be greater than"),
        ("spreader.parameters.low", float("nan"), "spreader.parameters.low: Input should be "),
        ("spreader.parameters", {"low": 0.5, "high": 0.5}, "low (0.5) must be less than high"),
        ("spreader.parameters", {"a": 1, "b": 2}, "spreader.parameters.low: Field required"),
    ],
)
def test_mistakes_in_a_pattern(tmp_path, path, value, message):
    tree = pattern()
    *above, last = path.split(".")
    inner = tree
    for part in above:
        inner = inner[part]
    inner[last] = value
    (tmp_path / "p.yml").write_text(yaml.safe_dump(tree, sort_keys=False), "utf-8")
    messages = told(TimePatterns(patterns=["p.yml"]), tmp_path)
    assert message in messages[0]


@pytest.mark.parametrize(
    ("distribution", "parameters", "message"),
    [
        ("beta", {"a": 0, "b": 1}, "spreader.parameters.a: Input should be greater than 0"),
        ("beta", {"a": 1, "b": -1}, "spreader.parameters.b: Input should be greater than 0"),
        ("beta", {"a": 1, "b": float("nan")}, "spreader.parameters.b: Input should be"),
        ("beta", {"a": 1, "b": 1e10}, "spreader.parameters.b: Input should be less than or equal"),
        ("beta", {"a": 1}, "spreader.parameters.b: Field required"),
        ("triangular", {"left": 0.5, "mode": 0.4, "right": 0.9}, "must ascend"),
        ("triangular", {"left": 0.5, "mode": 0.9, "right": 0.8}, "must ascend"),
        ("triangular", {"left": 0.5, "mode": 0.5, "right": 0.5}, "not all be equal"),
        ("triangular", {"left": 1, "mode": 1, "right": 1}, "parameters.left: Input should be less"),
        ("triangular", {"left": 0, "mode": 0, "right": 0}, "parameters.right: Input should be gr"),
        ("triangular", {"left": 0, "mode": 2, "right": 1}, "parameters.mode: Input should be less"),
        ("triangular", {"left": 0, "mode": -1, "right": 1}, "parameters.mode: Input should be gr"),
        ("triangular", {"left": 0, "right": 1, "low": 1}, "spreader.parameters.mode: Field requ"),
    ],
)
def test_mistakes_in_a_distribution(tmp_path, distribution, parameters, message):
    tree = pattern(distribution, parameters)
    (tmp_path / "p.yml").write_text(yaml.safe_dump(tree), "utf-8")
    assert message in told(TimePatterns(patterns=["p.yml"]), tmp_path)[0]


@pytest.mark.parametrize("section", ["label", "oscillator", "multiplier", "randomizer", "spreader"])
def test_every_section_must_be_there(tmp_path, section):
    tree = pattern()
    del tree[section]
    (tmp_path / "p.yml").write_text(yaml.safe_dump(tree), "utf-8")
    assert told(TimePatterns(patterns=["p.yml"]), tmp_path) == [f": {section}: Field required"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ": a pattern is a mapping; give label, "),
        ("- 1", ": a pattern is a mapping; give label, "),
        ("a: {", ":2: not valid YAML"),
        ("a: 1\na.b: 2", ": a: set twice, once by a dotted key"),
        ("a: 2025-13-45", ":1: not a value"),
        (
            "label: x\nspreader: {parameters: {low: 0}}",
            ":2: spreader: give distribution: uniform, ",
        ),
    ],
)
def test_files_that_are_no_pattern(tmp_path, text, message):
    (tmp_path / "p.yml").write_text(text, "utf-8")
    assert any(m.startswith(message) for m in told(TimePatterns(patterns=["p.yml"]), tmp_path))
