"""The metrics, read again by the rules of the text format."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest
from core.server.doubles import FINITE

from eventum_core import Settings
from eventum_core.server.exposition import exposition

NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*"
HELP = re.compile(rf"# HELP ({NAME}) (.*)")
TYPE = re.compile(rf"# TYPE ({NAME}) (counter|gauge|summary|histogram|untyped)")
SAMPLE = re.compile(rf"({NAME})(?:{{(.*)}})? (\S+)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)')
ESCAPES = {r"\\": "\\", r"\"": '"', r"\n": "\n"}


class Metric(NamedTuple):
    kind: str
    samples: dict[frozenset[tuple[str, str]], float]


def labels(text: str) -> frozenset[tuple[str, str]]:
    found = [*LABEL.finditer(text)]
    assert "".join(match[0] for match in found) == text
    return frozenset(
        (match[1], re.sub(r"\\.", lambda escape: ESCAPES[escape[0]], match[2])) for match in found
    )


def parsed(text: str) -> dict[str, Metric]:
    """Return the metrics by name; anything that breaks the format fails."""
    assert not text or text.endswith("\n")
    metrics: dict[str, Metric] = {}
    lines = text.split("\n")[:-1]
    while lines:
        name = HELP.fullmatch(lines.pop(0))[1]
        kind = TYPE.fullmatch(lines.pop(0))
        assert kind[1] == name
        assert name not in metrics
        assert (kind[2] == "counter") == name.endswith("_total")
        metrics[name] = Metric(kind[2], {})
        while lines and not lines[0].startswith("#"):
            sample = SAMPLE.fullmatch(lines.pop(0))
            assert sample[1] == name
            key = labels(sample[2])
            assert key not in metrics[name].samples
            metrics[name].samples[key] = float(sample[3])
    return metrics


def key(**labels: object) -> frozenset[tuple[str, str]]:
    return frozenset((name, str(value)) for name, value in labels.items())


def test_no_generators_no_metrics():
    assert exposition([]) == ""


def test_a_run_is_counted(add, fleet):
    add("web", when=FINITE)
    fleet.get("web").start()
    fleet.get("web").join(10)

    metrics = parsed(exposition(fleet.members()))

    one = {"generator": "web", "plugin_id": 1}
    assert metrics["eventum_generator_up"] == ("gauge", {key(generator="web"): 0})
    begun = fleet.get("web").start_time.timestamp()
    assert metrics["eventum_generator_start_time_seconds"].samples == {key(generator="web"): begun}
    assert metrics["eventum_input_generated_total"].samples == {key(**one, plugin="linspace"): 10}
    assert metrics["eventum_event_produced_total"].samples == {
        key(generator="web", plugin="template"): 10
    }
    assert metrics["eventum_output_written_total"].samples == {key(**one, plugin="file"): 10}
    for counter in ("write_failed", "format_failed", "dead_lettered", "retries", "spilled"):
        name = f"eventum_output_{counter}_total"
        assert metrics[name].samples == {key(**one, plugin="file"): 0}


def test_every_generator_has_its_samples(add, fleet):
    add("a", "b")
    fleet.get("b").start()

    metrics = parsed(exposition(fleet.members()))

    assert metrics["eventum_generator_up"].samples == {key(generator="a"): 0, key(generator="b"): 1}


def test_lateness_is_told_in_live_mode(add, fleet):
    timer = {"timer": {"seconds": 0.1, "count": 1, "start": "now", "repeat": 2}}
    add("web", when=timer)
    settings = fleet.get("web").settings.model_copy(update={"live_mode": True})
    fleet.replace(settings)
    assert fleet.get("web").start(), fleet.get("web").error
    assert fleet.get("web").join(10)
    assert fleet.get("web").report().ok

    samples = parsed(exposition(fleet.members()))["eventum_output_lateness_seconds"].samples

    one = {"generator": "web", "plugin": "file", "plugin_id": 1}
    quantiles = [samples[key(**one, quantile=q)] for q in ("0.5", "0.99", "1")]
    assert quantiles == sorted(quantiles)


@pytest.mark.parametrize("id", ['a"b', "a\\b", "a\nb", 'x",plugin="y', "ünï"])
def test_ids_are_escaped(fleet, tmp_path, id):
    fleet.add(Settings(id=id, path=tmp_path / "generator.yml"))

    metrics = parsed(exposition(fleet.members()))

    assert metrics["eventum_generator_up"].samples == {key(generator=id): 0}
