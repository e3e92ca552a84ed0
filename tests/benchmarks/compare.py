"""Compare the figures of two commits: ``python tests/benchmarks/compare.py OLD.json NEW.json``.

What a workload cost is compared beside what baseline A cost: that one is the same in both, so its
change tells how much of ours is the machine's doing. The last column has that taken out.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SKIPPED = {"workloads", "date", "commit", "machine", "python", "build", "flags"}


def main(old_path: str, new_path: str) -> None:
    old, new = (json.loads(Path(path).read_text("utf-8")) for path in (old_path, new_path))
    for line in compared(old, new):
        print(line)


def compared(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of the comparison."""
    for label, one in (("old", old), ("new", new)):
        yield f"{label}: {one['commit']}, {one['date']}, {one['python']} ({one['build']})"
    if any(old[key] != new[key] for key in ("machine", "python", "flags")):
        yield "The two were not measured alike: only the ratios to baseline A can be compared."
    yield from workloads(old.get("workloads", {}), new.get("workloads", {}))
    for section in new.keys() - SKIPPED:
        yield from others(section, old.get(section, {}), new[section])


def workloads(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    yield ""
    yield "| workload | old µs | new µs | faster | × A, old | × A, new | MB | faster, A taken out |"
    yield "| --- " * 8 + "|"
    for name, now in new.items():
        if (was := old.get(name)) is not None:
            yield (
                f"| {name} | {was['engine_us']:.3g} | {now['engine_us']:.3g}"
                f" | {was['engine_us'] / now['engine_us']:.2f}"
                f" | {was['ratio']:.2f} | {now['ratio']:.2f}"
                f" | {(now['peak'] - was['peak']) / 2**20:+.0f}"
                f" | **{now['ratio'] / was['ratio']:.2f}** |"
            )


def others(section: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """Yield a section's first figure of each row, old and new."""
    yield ""
    yield f"| {section} | figure | old | new | new / old |"
    yield "| --- " * 5 + "|"
    for name, figures in new.items():
        for key, now in figures.items():
            was = old.get(name, {}).get(key)
            if was:
                yield f"| {name} | {key} | {was:.4g} | {now:.4g} | {now / was:.2f} |"


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
