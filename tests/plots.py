"""The plots of ``docs/how-to/patterns.md``, drawn from what its patterns really give.

``python tests/plots.py`` draws them anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from test_docs import blocks

from eventum_core import Run
from eventum_core.clock import micros
from eventum_core.inputs.time_patterns import TimePatterns
from eventum_core.seeds import Seeds

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs/how-to/patterns.md"
IMAGES = ROOT / "docs/images"
START = datetime(2026, 1, 5, tzinfo=UTC)
HOUR = 3_600_000_000
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 720, 200, 48, 24, 10


class Plot(NamedTuple):
    """How many events a stretch of time has, bar by bar, from `START` on."""

    patterns: tuple[str, ...]
    hours: int
    bars: int
    tick: int
    """Hours from one label of the axis to the next."""


PLOTS = {
    **{name: Plot((name,), 24, 48, 3) for name in ("day", "shift", "lunch", "evening", "burst")},
    "edges": Plot(("edges",), 32, 64, 4),
    **{name: Plot((name,), 48, 48, 6) for name in ("decrease", "increase", "mixed")},
    "office": Plot(("background", "morning", "afternoon", "backup"), 72, 144, 12),
    "campaign": Plot(("background", "campaign"), 15 * 24, 120, 48),
}


def drawn(plot: Plot) -> list[int]:
    """Return the heights of the bars."""
    width = plot.hours * HOUR // plot.bars
    counts = np.zeros(plot.bars, int)
    with TemporaryDirectory() as folder:
        for instants in _instants(plot, Path(folder)):
            places = (instants.astype(np.int64) - micros(START)) // width
            counts += np.bincount(places[places < plot.bars], minlength=plot.bars)
            if places[-1] >= plot.bars:
                break
    return [int(count) for count in counts]


def _instants(plot: Plot, folder: Path) -> Iterator[np.ndarray]:
    """Yield the instants of patterns as the page has them."""
    for block in blocks(PAGE):
        if block.title.startswith("patterns/"):
            (folder / block.title.removeprefix("patterns/")).write_text(block.text, "utf-8")
    run = Run(
        generator="docs",
        now=START,
        start=START,
        zone=ZoneInfo("UTC"),
        seeds=Seeds(1, "docs"),
        base=folder,
        role="input[0]",
    )
    yield from TimePatterns(patterns=[f"{name}.yml" for name in plot.patterns]).timestamps(run)


def svg(plot: Plot) -> str:
    """Return the picture."""
    heights = drawn(plot)
    top = max(heights)
    step = (WIDTH - LEFT) / plot.bars
    scale = (HEIGHT - BOTTOM - TOP) / top
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
    ]
    for place, height in enumerate(heights):
        x, y = LEFT + place * step, HEIGHT - BOTTOM - height * scale
        parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{step * 0.85:.1f}" '
            f'height="{height * scale:.1f}" fill="#36c"/>'
        )
    parts += [*_labels(plot), _text(LEFT - 6, TOP + 8, "end", str(top))]
    parts += [_text(LEFT - 6, HEIGHT - BOTTOM, "end", "0"), "</svg>", ""]
    return "\n".join(parts)


def _labels(plot: Plot) -> Iterator[str]:
    for hour in range(0, plot.hours, plot.tick):
        day, of_day = divmod(hour, 24)
        text = f"{of_day}:00" if plot.hours <= 48 else f"{5 + day} Jan, {of_day}:00"
        x = LEFT + hour * (WIDTH - LEFT) / plot.hours
        yield _text(x, HEIGHT - 8, "start", text)


def _text(x: float, y: float, anchor: str, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y}" text-anchor="{anchor}" fill="#444">{text}</text>'


if __name__ == "__main__":
    IMAGES.mkdir(exist_ok=True)
    for name, plot in PLOTS.items():
        (IMAGES / f"{name}.svg").write_text(svg(plot), "utf-8")
