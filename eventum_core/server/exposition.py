"""Counters in Prometheus' text format, version 0.0.4."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from eventum_core.fleet import Member
from eventum_core.model import Report

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels: TypeAlias = Mapping[str, object]
Sample: TypeAlias = tuple[Labels, float]
Latest: TypeAlias = tuple[str, Report]
"""A generator's id, and the report of its latest run."""

INPUT = {"generated": "Timestamps released to the event stage."}
EVENT = {
    "produced": "Events made.",
    "produce_failed": "Timestamps whose production failed.",
    "dropped": "Timestamps without an event on purpose.",
    "abandoned": "Timestamps released but never produced.",
}
OUTPUT = {
    "written": "Events delivered.",
    "write_failed": "Events that the destination did not take.",
    "format_failed": "Events that the formatter refused.",
    "abandoned": "Events neither delivered nor refused when the run was cut short.",
    "dead_lettered": "Failed events that lie in the dead-letter file.",
    "retries": "Requests that were tried again.",
    "spilled": "Events that waited in the spill file.",
}
QUANTILES = {"p50": "0.5", "p99": "0.99", "max": "1"}


def exposition(members: Iterable[Member]) -> str:
    """Return the metrics of these generators; counters are those of the latest run of each."""
    members = list(members)
    runs = [(member.id, report) for member in members if (report := member.report())]
    return "".join([*_states(members), *_counters(runs), *_lateness(runs)])


def _states(members: list[Member]) -> Iterator[str]:
    up = (({"generator": member.id}, member.status.is_running) for member in members)
    yield _family("eventum_generator_up", "gauge", "Whether the generator runs.", up)
    begun = (
        ({"generator": member.id}, begin.timestamp())
        for member in members
        if (begin := member.start_time)
    )
    text = "When the latest run began, in seconds since the epoch."
    yield _family("eventum_generator_start_time_seconds", "gauge", text, begun)


def _counters(runs: list[Latest]) -> Iterator[str]:
    for name, text in INPUT.items():
        yield _family(f"eventum_input_{name}_total", "counter", text, _of_inputs(runs, name))
    for name, text in EVENT.items():
        yield _family(f"eventum_event_{name}_total", "counter", text, _of_events(runs, name))
    for name, text in OUTPUT.items():
        yield _family(f"eventum_output_{name}_total", "counter", text, _of_outputs(runs, name))


def _of_inputs(runs: list[Latest], counter: str) -> Iterator[Sample]:
    for id, report in runs:
        for given in report.inputs:
            yield _labels(id, given.name, given.position), getattr(given, counter)


def _of_events(runs: list[Latest], counter: str) -> Iterator[Sample]:
    for id, report in runs:
        yield {"generator": id, "plugin": report.event.name}, getattr(report.event, counter)


def _of_outputs(runs: list[Latest], counter: str) -> Iterator[Sample]:
    for id, report in runs:
        for output in report.outputs:
            yield _labels(id, output.name, output.position), getattr(output, counter)


def _lateness(runs: list[Latest]) -> Iterator[str]:
    samples = (
        ({**_labels(id, output.name, output.position), "quantile": quantile}, output.lateness[key])
        for id, report in runs
        for output in report.outputs
        for key, quantile in QUANTILES.items()
        if key in output.lateness
    )
    text = "Seconds from timestamp to delivery in live mode."
    yield _family("eventum_output_lateness_seconds", "gauge", text, samples)


def _labels(id: str, plugin: str, position: int) -> dict[str, object]:
    return {"generator": id, "plugin": plugin, "plugin_id": position}


def _family(name: str, kind: str, text: str, samples: Iterable[Sample]) -> str:
    """Return a metric with its samples, or nothing where it has none."""
    lines = [f"{name}{{{_written(labels)}}} {_number(value)}\n" for labels, value in samples]
    return "".join([f"# HELP {name} {text}\n# TYPE {name} {kind}\n", *lines]) if lines else ""


def _number(value: float) -> str:
    return f"{value:d}" if isinstance(value, int) else repr(value)


def _written(labels: Labels) -> str:
    return ",".join(f'{name}="{_escaped(str(value))}"' for name, value in labels.items())


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
