"""The end of a run on stderr: what came of it, and the line that repeats it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from typing import Any

from eventum_core.cli.options import as_arguments
from eventum_core.config import Settings
from eventum_core.model import OutputReport, Report
from eventum_core.secrets import is_telling

ENDINGS = {"exhausted": "no more events", "limit": "limit reached"}
"""What to call the ends of a run that do not speak for themselves."""


def text(report: Report, settings: Settings, extra: Sequence[str] = ()) -> str:
    """Return the report as lines; `extra` are arguments that are no settings."""
    return "\n".join(_lines(report, settings, extra))


def repeat(settings: Settings, seed: int, now: str, extra: Sequence[str] = ()) -> str:
    """Return the command line that gives the same events; params that look secret are masked."""
    params = {"params": masked(settings.params)} if settings.params else {}
    shown = settings.model_copy(update=params)
    arguments = as_arguments(shown, without=("seed", "now"))
    return shlex.join(
        ["eventum", "generate", *arguments, *extra, "--seed", str(seed), "--now", now]
    )


def masked(params: Any) -> Any:
    """Return params with the values of telling names replaced, at any depth."""
    if isinstance(params, dict):
        return {k: "***" if is_telling(k) else masked(v) for k, v in params.items()}
    return [masked(item) for item in params] if isinstance(params, list) else params


def _why_nothing(settings: Settings) -> Iterator[str]:
    """Yield what may be the reason that no input gave a timestamp."""
    if settings.live_mode and settings.skip_past and not settings.since:
        yield "  what lies before now was left out; --no-skip-past or --since MOMENT includes it"
    elif not settings.live_mode:
        yield "  no input gave a timestamp: look at their ranges, --since and --until"


def _lines(report: Report, settings: Settings, extra: Sequence[str]) -> Iterator[str]:
    produced = report.event.produced
    rate = f", {produced / report.seconds:,.0f}/s" if report.seconds else ""
    ended = _ending(report)
    yield f"{report.generator}: {ended}, {produced:,} events in {report.seconds:.2f} s{rate}"
    yield f"  {report.timestamps:,} timestamps{_parts(_event_counts(report))}"
    if not report.timestamps:
        yield from _why_nothing(settings)
    for position, output in enumerate(report.outputs, start=1):
        yield f"  output {position} {output.name}: {output.written:,} written{_lost(output)}"
    for broken in (one for one in report.inputs if one.error):
        yield f"  input {broken.position} {broken.name}: {broken.error}"
    for cut in (one for one in report.inputs if one.unserved):
        yield f"  input {cut.position} {cut.name}: {cut.unserved:,} asked for in vain"
    if report.lost:
        yield f"  lost: {report.lost:,}"
    yield from (f"    {cause}" for cause in report.errors)
    yield f"  seed {report.seed}, now {report.now.isoformat()}, timezone {report.timezone}"
    yield f"  again: {repeat(settings, report.seed, report.now.isoformat(), extra)}"


def _ending(report: Report) -> str:
    if report.ended == "complete" and any(one.error for one in report.inputs):
        return "an input failed"
    return ENDINGS.get(report.ended, report.ended)


def _event_counts(report: Report) -> dict[str, int]:
    event = report.event
    return {
        "failed": event.produce_failed,
        "dropped on purpose": event.dropped,
        "abandoned": event.abandoned,
    }


def _lost(output: OutputReport) -> str:
    lateness = "".join(f", {name} {value:.3f} s late" for name, value in output.lateness.items())
    counts = {
        "refused": output.write_failed,
        "not formatted": output.format_failed,
        "abandoned": output.abandoned,
        "in dead letters": output.dead_lettered,
        "retries": output.retries,
        "spilled": output.spilled,
    }
    return _parts(counts) + lateness


def _parts(counts: dict[str, int]) -> str:
    return "".join(f", {count:,} {name}" for name, count in counts.items() if count)


def as_json(value: object) -> str:
    """Return anything as indented JSON, non-ASCII letters kept."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)
