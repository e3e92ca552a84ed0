"""From the report of a run to the statistics that clients see."""

from __future__ import annotations

from datetime import datetime

from eventum_core.model import EventReport, InputReport, OutputReport, Report
from eventum_core.server.schemas import EventStats, InputStats, OutputStats, Stats


def statistics(id: str, start_time: datetime | None, report: Report) -> Stats:
    """Return a run's counters, their totals and their averages over its time."""
    generated = sum(given.generated for given in report.inputs)
    written = sum(output.written for output in report.outputs)
    return Stats(
        id=id,
        start_time=start_time,
        input=[_input(given) for given in report.inputs],
        event=_event(report.event),
        output=[_output(output) for output in report.outputs],
        total_generated=generated,
        total_written=written,
        uptime=report.seconds,
        input_eps=_rate(generated, report.seconds),
        output_eps=_rate(written, report.seconds),
        ended=report.ended,
        seed=report.seed,
        now=report.now,
        errors=list(report.errors),
    )


def _rate(count: int, seconds: float) -> float:
    return count / seconds if seconds > 0 else 0.0


def _input(given: InputReport) -> InputStats:
    return InputStats(
        plugin_name=given.name,
        plugin_id=given.position,
        generated=given.generated,
        error=given.error,
    )


def _event(event: EventReport) -> EventStats:
    return EventStats(
        plugin_name=event.name,
        produced=event.produced,
        produce_failed=event.produce_failed,
        dropped=event.dropped,
        abandoned=event.abandoned,
    )


def _output(output: OutputReport) -> OutputStats:
    return OutputStats(
        plugin_name=output.name,
        plugin_id=output.position,
        written=output.written,
        write_failed=output.write_failed,
        format_failed=output.format_failed,
        abandoned=output.abandoned,
        dead_lettered=output.dead_lettered,
        retries=output.retries,
        spilled=output.spilled,
        lateness=output.lateness,
    )
