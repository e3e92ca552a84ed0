from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from eventum_core.model import EventReport, InputReport, OutputReport, Report
from eventum_core.server.statistics import statistics

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
REPORT = Report(
    generator="web",
    seed=7,
    now=NOW,
    timezone="UTC",
    timestamps=30,
    inputs=(InputReport("cron", 1, 10), InputReport("timer", 2, 20, "broke")),
    event=EventReport("template", 25, 2, 3, 1),
    outputs=(
        OutputReport("file", 1, 20, 1, 2, 3),
        OutputReport("http", 2, 5, 4, 0, 0, 2, 6, 7, {"p50": 0.1, "p99": 0.2, "max": 0.3}),
    ),
    seconds=4.0,
    ended="stopped",
    errors=("a broke (2 times)",),
)


def test_every_counter_is_named_as_in_the_reference():
    stats = statistics("web", NOW, REPORT).model_dump()

    assert stats["id"] == "web"
    assert stats["start_time"] == NOW
    assert stats["input"] == [
        {"plugin_name": "cron", "plugin_id": 1, "generated": 10, "error": ""},
        {"plugin_name": "timer", "plugin_id": 2, "generated": 20, "error": "broke"},
    ]
    counters = {"produced": 25, "produce_failed": 2, "dropped": 3, "abandoned": 1}
    assert stats["event"] == {"plugin_name": "template", "plugin_id": 1, **counters}
    file, http = stats["output"]
    assert (file["plugin_name"], file["plugin_id"], file["written"]) == ("file", 1, 20)
    assert (file["write_failed"], file["format_failed"], file["abandoned"]) == (1, 2, 3)
    assert (http["dead_lettered"], http["retries"], http["spilled"]) == (2, 6, 7)
    assert http["lateness"] == {"p50": 0.1, "p99": 0.2, "max": 0.3}


def test_totals_are_sums_and_rates_are_averages():
    stats = statistics("web", NOW, REPORT)

    assert (stats.total_generated, stats.total_written) == (30, 25)
    assert (stats.uptime, stats.input_eps, stats.output_eps) == (4.0, 7.5, 6.25)


def test_a_run_of_no_time_has_no_rates():
    stats = statistics("web", None, msgspec.structs.replace(REPORT, seconds=0.0))

    assert (stats.input_eps, stats.output_eps) == (0.0, 0.0)


def test_the_run_can_be_repeated():
    stats = statistics("web", NOW, REPORT)

    assert (stats.seed, stats.now, stats.ended) == (7, NOW, "stopped")
    assert stats.errors == ["a broke (2 times)"]
