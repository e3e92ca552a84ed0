"""What every trigger must do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio

from eventum_core import Event, Generator, Report
from pytest_eventum.contracts.keep import keeping
from pytest_eventum.contracts.sources import TAGS, SourceContract

LONGEST = 30.0
"""Seconds after which a test of a trigger fails."""
PAUSE = 0.005
"""Seconds from one look at a run to the next."""


class TriggerContract(SourceContract):
    """A subclass's `plugin` is a `TriggerPlugin`; it has an `ask`."""

    async def ask(self, folder: Path) -> int:
        """Do from outside what makes the trigger ask; return how many instants that is.

        Called in the event loop of a run, after it has begun; it may have to try again until the
        trigger is ready.
        """
        raise NotImplementedError("give the contract a method ask(self, folder)")

    def test_as_many_events_come_as_were_asked_for(self, given: Any, tmp_path: Path) -> None:
        """Every instant that was asked for becomes an event and is reported."""
        wanted, events, report = self._asked(self.generator(given, tmp_path), tmp_path)
        if len(events) != wanted or report.inputs[0].generated != wanted:
            seen = f"{len(events)} events, {report.inputs[0].generated} reported"
            self.broken(f"{wanted} instants were asked for, and there are {seen}")
        if not report.ok:
            self.broken(f"the run reports {report.inputs[0].error or report.errors}")

    def test_it_can_be_run_again(self, given: Any, tmp_path: Path) -> None:
        """The end of a run closes what it holds, such as a port."""
        generator = self.generator(given, tmp_path)
        for attempt in ("first", "second"):
            wanted, events, report = self._asked(generator, tmp_path)
            if report.inputs[0].error or len(events) != wanted:
                cause = report.inputs[0].error or f"{len(events)} of {wanted} events"
                self.broken(f"a {attempt} run of one object fails: {cause}")

    def test_its_tags_reach_the_events(self, given: Any, tmp_path: Path) -> None:
        """The option `tags`, which every input has, is left alone."""
        _, events, _ = self._asked(self.generator({**given, "tags": TAGS}, tmp_path), tmp_path)
        if {event.tags for event in events} != {tuple(TAGS)}:
            self.broken(f"an event carries {events[0].tags if events else None}, not {TAGS}")

    def test_it_ends_with_the_run(self, given: Any, tmp_path: Path) -> None:
        """A run that is stopped while nobody asks ends at once, and well."""
        _, _, report = self._asked(self.generator(given, tmp_path), None)
        if report.ended != "stopped" or not report.ok:
            self.broken(f"the run is {report.ended}: {report.inputs[0].error or report.errors}")

    def _asked(self, generator: Generator, folder: Path | None) -> tuple[int, list[Event], Report]:
        """Run until what was asked for has come; without a folder nobody asks."""
        events: list[Event] = []
        wanted, report = anyio.run(self._running, keeping(generator, events), events, folder)
        return wanted, events, report

    async def _running(
        self, run: Generator, events: list[Event], folder: Path | None
    ) -> tuple[int, Report]:
        reports: list[Report] = []
        wanted = 0

        async def serve() -> None:
            reports.append(await run.run())

        with anyio.move_on_after(LONGEST):
            async with anyio.create_task_group() as group:
                group.start_soon(serve)
                while run.report() is None:
                    await anyio.sleep(PAUSE)
                wanted = await self.ask(folder) if folder else 0
                while len(events) < wanted and not _over(run):
                    await anyio.sleep(PAUSE)
                run.stop()
            return wanted, reports[0]
        self.broken(f"no end within {LONGEST:g} s; of {wanted} events, {len(events)} have come")


def _over(run: Generator) -> bool:
    """Tell whether nothing comes any more."""
    report = run.report()
    return not run.running or (report is not None and bool(report.inputs[0].error))
