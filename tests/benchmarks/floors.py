"""Floors: the least that Python can do for the bytes of a workload, with nothing around it.

Each function yields chunks of text for a number of events. No schedule is kept, nothing is
configurable, no error is looked for: only what cannot be left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from random import getrandbits, random

CHUNK = 256
STAMP = "2026-01-05T09:00:00.123456+00:00"
SERVICES = ["checkout", "catalogue", "basket", "search", "accounts", "mailer", "invoices"]
NAMES = ["Ada Lovelace", "Alan Turing", "Grace Hopper", "Edsger Dijkstra", "Barbara Liskov"]
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def chunks(lines: Iterator[str]) -> Iterator[str]:
    """Join lines so that one write serves many."""
    while chunk := list(islice(lines, CHUNK)):
        yield "\n".join(chunk) + "\n"


def constant(folder: Path, count: int) -> Iterator[str]:
    line = "x" * 48 + "\n"
    whole = line * CHUNK
    for _ in range(count // CHUNK):
        yield whole
    yield line * (count % CHUNK)


def faker(folder: Path, count: int) -> Iterator[str]:
    def pick() -> str:
        return NAMES[int(random() * 5)]

    return chunks(
        f'{STAMP} name="{pick()}" user={pick()} mail={pick()}@example.org ip={address()}'
        f' city="{pick()}" company="{pick()}" phone={getrandbits(32)} host={pick()} agent="{AGENT}"'
        for _ in range(count)
    )


def address() -> str:
    bits = getrandbits(32)
    return f"{bits >> 24}.{bits >> 16 & 255}.{bits >> 8 & 255}.{bits & 255}"


def document(folder: Path, count: int) -> Iterator[str]:
    return chunks(documents(count, ", ", ""))


def documents(count: int, comma: str, begin: str) -> Iterator[str]:
    for _ in range(count):
        service, caller = SERVICES[int(random() * 7)], SERVICES[int(random() * 7)]
        identity = f"{getrandbits(128):032x}"
        yield (
            f'{{{begin}"@timestamp": "{STAMP}"{comma}"ecs": {{"version": "8.17.0"}}{comma}"cloud":'
            f' {{"region": "eu-central"}}{comma}"event": {{"id": "{identity[:8]}-{identity[8:12]}-'
            f'{identity[12:16]}-{identity[16:20]}-{identity[20:]}"{comma}"duration":'
            f' {90000 + int(random() * 41910001)}{comma}"outcome": "success"}}{comma}"service":'
            f' {{"name": "{service}"{comma}"port": 8443{comma}"team": "payments"}}{comma}"caller":'
            f' {{"name": "{caller}"{comma}"team": "messaging"}}{comma}"source": {{"ip":'
            f' "{address()}"{comma}"port": {1024 + int(random() * 64512)}}}{comma}"trace": {{"id":'
            f' "{getrandbits(128):032x}"}}{comma}"http": {{"method": "GET"{comma}"status": 200'
            f'{comma}"bytes": {200 + int(random() * 63801)}}}}}'
        )


def twice(folder: Path, count: int) -> Iterator[str]:
    """Write one document compact and one in lines: the bytes of both outputs."""
    compact, indented = documents(count, ", ", ""), documents(count, ",\n    ", "\n    ")
    return chunks(f"{one}\n{other}" for one, other in zip(compact, indented, strict=True))


def merged(folder: Path, count: int) -> Iterator[str]:
    tags = cycle(["calendar", "even,bounded until the year is over", "steady"])
    return chunks(f"{STAMP} {next(tags)}" for _ in range(count))


def machine(folder: Path, count: int) -> Iterator[str]:
    return chunks(f"pump=7 state=running litres={n % 70} cycles={n // 17}" for n in range(count))


def replay(folder: Path, count: int) -> Iterator[str]:
    lines = cycle((folder / "access.log").read_text("utf-8").splitlines())
    stamp = "05/Jan/2026:09:00:00 +0000"
    for_all = ((line, line.index("[") + 1, line.index("]")) for line in lines)
    return chunks(f"{line[:a]}{stamp}{line[b:]}" for line, a, b in islice(for_all, count))


def script(folder: Path, count: int) -> Iterator[str]:
    """Call what the user's function calls: that cannot be saved."""
    rest = {"service": "checkout", "level": "info", "status": 200, "ok": True}
    return chunks(json.dumps({"at": STAMP, **rest}) for _ in range(count))


def recorded(folder: Path, count: int) -> Iterator[str]:
    """Write events that were made beforehand, each with a new time and number before it."""
    events = cycle((folder / "recorded.log").read_text("utf-8").splitlines())
    return chunks(f"{STAMP}{n}{event[40:]}" for n, event in enumerate(islice(events, count)))
