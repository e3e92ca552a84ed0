"""One line on a terminal that tells how far a run is."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from eventum_core.config import GeneratorConfig
from eventum_core.model import Event
from eventum_core.observer import Silent


class Counter(Silent):
    """How many events there are so far; each number is written by one thread, read by another."""

    def __init__(self, tell: Callable[[str], object] = lambda line: None) -> None:
        self.events = 0
        self.lost_events = 0
        self.failed_timestamps = 0
        self._tell = tell
        self._began = time.monotonic()

    def planned(self, events: Sequence[Event]) -> None:
        """Count them."""
        self.events += len(events)

    def failed(self, ordinal: int, cause: str) -> None:
        """Count it; tell of the first, since a broken template may never reach an end."""
        self.failed_timestamps += 1
        if self.failed_timestamps == 1:
            self._tell(f"timestamp {ordinal} gave no event: {cause}")

    def retrying(self, output: int, cause: str) -> None:
        """Tell of it: until the last try is over, nothing else would."""
        self._tell(f"{cause}; trying again")

    def lost(self, output: int, events: Sequence[Event], cause: str) -> None:
        """Count them."""
        self.lost_events += len(events)

    def line(self) -> str:
        """Return the progress as text."""
        seconds = time.monotonic() - self._began
        rate = self.events / seconds if seconds else 0.0
        lost = f"  {self.lost_events:,} lost" if self.lost_events else ""
        failed = f"  {self.failed_timestamps:,} failed" if self.failed_timestamps else ""
        return f"{self.events:,} events  {rate:,.0f}/s  {seconds:,.0f} s{failed}{lost}"


@contextmanager
def shown(counter: Counter, *, wanted: bool) -> Iterator[None]:
    """Show the counter while inside, if it is wanted."""
    if not wanted:
        yield
        return
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    with Live(
        get_renderable=lambda: Text(counter.line()),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    ):
        yield


def possible(config: GeneratorConfig) -> bool:
    """Tell whether stderr is a terminal that no events are written to."""
    on_screen = any(sink.plugin.name == "stdout" for sink in config.outputs)
    return sys.stderr.isatty() and not (on_screen and sys.stdout.isatty())
