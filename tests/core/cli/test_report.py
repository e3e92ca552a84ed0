from __future__ import annotations

import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eventum_core.cli.report import masked, repeat, text
from eventum_core.config import Settings
from eventum_core.model import EventReport, InputReport, OutputReport, Report

SETTINGS = Settings(path=Path("shop dir/generator.yml"), live_mode=False)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def report(**changes: Any) -> Report:
    parts: dict[str, Any] = {
        "generator": "shop",
        "seed": 7,
        "now": NOW,
        "timezone": "UTC",
        "timestamps": 1200,
        "inputs": (InputReport("cron", 1, 1200),),
        "event": EventReport("template", 1200, 0, 0),
        "outputs": (OutputReport("file", 1, written=1200),),
        "seconds": 0.5,
    }
    return Report(**(parts | changes))


def test_a_good_run_in_five_lines() -> None:
    assert text(report(), SETTINGS).splitlines() == [
        "shop: complete, 1,200 events in 0.50 s, 2,400/s",
        "  1,200 timestamps",
        "  output 1 file: 1,200 written",
        "  seed 7, now 2026-01-01T00:00:00+00:00, timezone UTC",
        "  again: eventum generate 'shop dir/generator.yml' --no-live-mode --seed 7"
        " --now 2026-01-01T00:00:00+00:00",
    ]


def test_an_input_that_failed_is_no_completion() -> None:
    failed = report(timestamps=0, inputs=(InputReport("http", 1, 0, error="in use"),))
    assert text(failed, SETTINGS).startswith("shop: an input failed, ")


def test_a_live_run_of_the_past_says_how_to_have_it() -> None:
    live = Settings(path=Path("shop.yml"))
    hint = "what lies before now was left out; --no-skip-past or --since MOMENT includes it"
    assert hint in text(report(timestamps=0), live)
    assert hint not in text(report(), live)
    for change in ({"skip_past": False}, {"since": "-1h"}, {"live_mode": False}):
        assert hint not in text(report(timestamps=0), live.model_copy(update=change))


def test_everything_that_was_lost_is_said_where_and_why() -> None:
    bad = report(
        event=EventReport("template", 1190, 7, 2, 1),
        outputs=(
            OutputReport("file", 1, written=1180, write_failed=4, format_failed=3, abandoned=3),
            OutputReport("http", 2, written=1190, retries=5, spilled=6, dead_lettered=2),
        ),
        inputs=(InputReport("cron", 1, 3, error="broke"),),
        errors=("disk full (4 times)",),
        ended="stopped",
    )
    shown = text(bad, SETTINGS)
    for part in (
        "shop: stopped",
        "7 failed, 2 dropped on purpose, 1 abandoned",
        "output 1 file: 1,180 written, 4 refused, 3 not formatted, 3 abandoned",
        "output 2 http: 1,190 written, 2 in dead letters, 5 retries, 6 spilled",
        "input 1 cron: broke",
        "lost: 18",
        "    disk full (4 times)",
    ):
        assert part in shown


def test_lateness_of_a_live_run() -> None:
    late = OutputReport("file", 1, written=1, lateness={"p50": 0.0014, "max": 2.0})
    assert "p50 0.001 s late, max 2.000 s late" in text(report(outputs=(late,)), SETTINGS)


def test_no_rate_without_a_duration() -> None:
    assert "/s" not in text(report(seconds=0.0), SETTINGS).splitlines()[0]


def test_the_line_to_repeat_replaces_the_seed_and_masks_passwords() -> None:
    params = {"db": {"password": "canary"}, "api_key": "canary", "n": 3}
    line = repeat(
        SETTINGS.model_copy(update={"params": params, "seed": 1}), 7, "NOW", ["--cryptfile", "k"]
    )
    words = shlex.split(line)
    assert "canary" not in line
    assert words.count("--seed") == 1
    assert words[-6:] == ["--cryptfile", "k", "--seed", "7", "--now", "NOW"]


def test_masking_reaches_every_depth() -> None:
    assert masked({"a": [{"Token": "x", "b": 1}], "passwd": ["y"]}) == {
        "a": [{"Token": "***", "b": 1}],
        "passwd": "***",
    }
