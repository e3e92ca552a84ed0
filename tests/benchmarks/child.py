"""One measured run, in a process of its own: ``python -m benchmarks.child ROLE NAME FOLDER N``.

Prints as JSON how many events were written, the peak of resident memory in bytes and the
processor time without start-up. Imports nothing before it is known what is needed.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.workloads import WORKLOADS, Workload

NOW = "2026-01-05T09:00:00Z"


def engine(workload: Workload, folder: Path, count: int) -> int:
    """Run the real thing: load the file, sample mode, one file for each format."""
    from eventum_core import Generator

    files = [
        {"file": {"path": name, "write_mode": "overwrite", "formatter": form}}
        for name, form in workload.outputs
    ]

    def edit(document: dict[str, Any]) -> dict[str, Any]:
        return {**document, "output": files}

    settings: dict[str, Any] = {"live_mode": False, "seed": 1, "now": NOW, "max_events": count}
    report = Generator.from_file(folder / "generator.yml", edit=edit, **settings).run_sync()
    assert report.ok, report
    return report.outputs[0].written


def baseline(workload: Workload, folder: Path, count: int) -> int:
    from benchmarks import baseline_run

    outputs = [(folder / name, form) for name, form in workload.outputs]
    return baseline_run.run(folder / "generator.yml", outputs, count)


def floor(workload: Workload, folder: Path, count: int) -> int:
    from benchmarks import floors

    with (folder / workload.outputs[0][0]).open("w", encoding="utf-8") as file:
        for chunk in getattr(floors, workload.floor)(folder, count):
            file.write(chunk)
    return count


def peak() -> int:
    """Return the highest resident memory of this process."""
    # Where it can be had from /proc: the other figure begins with that of the parent.
    try:
        status = Path("/proc/self/status").read_text("ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    except FileNotFoundError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main() -> None:
    role, name, folder, count = sys.argv[1:]
    run = {"engine": engine, "baseline": baseline, "floor": floor}[role]
    before = time.process_time()
    events = run(WORKLOADS[name], Path(folder), int(count))
    seconds = time.process_time() - before
    print(json.dumps({"events": events, "seconds": seconds, "peak": peak()}))


if __name__ == "__main__":
    main()
