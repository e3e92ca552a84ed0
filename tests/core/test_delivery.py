from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import anyio
import pytest
from doubles import generator

from eventum_core import Chunk, Failure, Report, RunError, Silent, WriteError
from eventum_core.config import Retry
from eventum_core.delivery import Causes, Lateness, backoff
from eventum_core.secrets import remember

QUICK = {"attempts": 4, "initial_delay": 0.001, "max_delay": 0.002}


def sent(write: Callable[[Chunk], Any], **policy: Any) -> dict[str, Any]:
    return {"sent": {"write": write, "retry": QUICK, **policy}}


def failing(*items: int, retry: bool, times: int = 1000) -> Any:
    """Return a write function that refuses these ordinals so many times, and what it took."""
    taken: list[int] = []
    left = dict.fromkeys(items, times)

    async def write(chunk: Chunk) -> list[Failure]:
        failures = []
        for item, event in enumerate(chunk.events):
            if left.get(event.ordinal, 0) > 0:
                left[event.ordinal] -= 1
                failures.append(Failure(item, f"refused {event.ordinal}", retry))
            else:
                taken.append(event.ordinal)
        return failures

    return write, taken


def counts(report: Report, output: int = 0) -> dict[str, int]:
    found = report.outputs[output]
    total = found.written + found.write_failed + found.format_failed + found.abandoned
    assert total == report.event.produced, "every event is counted exactly once"
    names = ("written", "write_failed", "format_failed", "dead_lettered", "retries")
    return {name: getattr(found, name) for name in names if getattr(found, name)}


def test_only_what_failed_is_tried_again(tmp_path: Path) -> None:
    write, taken = failing(3, 5, retry=True, times=2)
    report = generator(tmp_path, sent(write)).run_sync()
    assert sorted(taken) == list(range(10))
    assert counts(report) == {"written": 10, "retries": 2}
    assert report.ok


def test_what_no_retry_helps_is_given_up_at_once(tmp_path: Path) -> None:
    write, taken = failing(3, retry=False)
    report = generator(tmp_path, sent(write)).run_sync()
    assert 3 not in taken
    assert counts(report) == {"written": 9, "write_failed": 1}
    assert report.errors == ("output[0].sent: refused 3",)
    assert not report.ok


def test_tries_end(tmp_path: Path) -> None:
    write, _ = failing(3, retry=True)
    report = generator(tmp_path, sent(write)).run_sync()
    assert counts(report) == {"written": 9, "write_failed": 1, "retries": 3}


@pytest.mark.parametrize(
    ("error", "retries"),
    [
        (WriteError("down", retry=True), 3),
        (WriteError("no", retry=False), 0),
        (KeyError("a bug of the plugin"), 0),
    ],
)
def test_an_error_of_the_whole_chunk_fails_every_item(
    tmp_path: Path, error: Exception, retries: int
) -> None:
    async def write(chunk: Chunk) -> list[Failure]:
        raise error

    report = generator(tmp_path, sent(write)).run_sync()
    assert report.outputs[0].write_failed == 10
    assert report.outputs[0].retries == retries
    assert report.ended == "complete"


def test_a_dead_letter_holds_all_that_is_needed(tmp_path: Path) -> None:
    write, _ = failing(3, retry=False)
    made = generator(
        tmp_path, sent(write, on_failure="dead_letter", dead_letters="d/../dead.jsonl").copy()
    )
    (tmp_path / "d").mkdir()
    report = made.run_sync()
    assert counts(report) == {"written": 9, "write_failed": 1, "dead_lettered": 1}
    (line,) = (tmp_path / "dead.jsonl").read_text().splitlines()
    letter = json.loads(line)
    event = next(event for event in made.events() if event.ordinal == 3)
    assert letter["event"] == event.text
    assert (letter["ordinal"], letter["index"]) == (3, 0)
    assert letter["cause"] == "output[0].sent: refused 3"
    assert (letter["seed"], letter["generator"], letter["output"]) == (7, "test", "output[0].sent")
    assert letter["timestamp"] == event.timestamp.isoformat()


def test_dead_letters_that_cannot_be_kept_end_the_run(tmp_path: Path) -> None:
    write, _ = failing(3, retry=False)
    policy = {"on_failure": "dead_letter", "dead_letters": "missing/dead.jsonl"}
    report = generator(tmp_path, sent(write, **policy)).run_sync()
    assert report.ended == "failed"
    assert counts(report) == {"written": 9, "write_failed": 1}


def test_a_failure_may_stop_the_run(tmp_path: Path) -> None:
    write, _ = failing(3, retry=False)
    report = generator(tmp_path, sent(write, on_failure="stop"), count=200_000).run_sync()
    assert report.ended == "failed"
    assert report.event.produced < 200_000
    counts(report)


def test_local_outputs_retry_too(tmp_path: Path) -> None:
    refusals = iter([True, True, False])

    def refuse(chunk: Chunk) -> list[Failure]:
        return [Failure(0, "locked", True)] if next(refusals, False) else []

    kept: list[str] = []
    output = {"kept": {"into": kept.extend, "refuse": refuse, "retry": QUICK}}
    report = generator(tmp_path, output).run_sync()
    assert counts(report) == {"written": 10, "retries": 2}
    assert sorted(kept) == sorted(event.text for event in generator(tmp_path).events())


def test_an_output_whose_reader_has_gone_ends_the_run(tmp_path: Path) -> None:
    def refuse(chunk: Chunk) -> list[Failure]:
        raise RunError("the reader went away")

    report = generator(
        tmp_path, {"kept": {"into": list, "refuse": refuse}}, count=100_000
    ).run_sync()
    assert report.ended == "failed"
    assert "the reader went away" in report.errors[0]


def test_a_request_has_its_time(tmp_path: Path) -> None:
    calls = 0

    async def write(chunk: Chunk) -> list[Failure]:
        nonlocal calls
        calls += 1
        if calls == 1:
            await anyio.sleep_forever()
        return []

    report = generator(tmp_path, sent(write), write_timeout=1).run_sync()
    assert counts(report) == {"written": 10, "retries": 1}


def test_observers_hear_of_every_event_once(tmp_path: Path) -> None:
    class Seen(Silent):
        planned_, delivered_, lost_ = [], [], []  # type: ignore[var-annotated] # of ordinals

        def planned(self, events: Any) -> None:
            self.planned_ += [event.ordinal for event in events]

        def delivered(self, output: int, events: Any, attempts: int) -> None:
            self.delivered_ += [(event.ordinal, attempts) for event in events]

        def lost(self, output: int, events: Any, cause: str) -> None:
            self.lost_ += [(event.ordinal, cause) for event in events]

    write, _ = failing(2, retry=True, times=1)
    both, _ = failing(4, retry=False)

    async def refuse_two(chunk: Chunk) -> list[Failure]:
        return [*await write(chunk), *await both(chunk)]

    seen = Seen()
    generator(tmp_path, sent(refuse_two)).run_sync(observer=seen)
    assert seen.planned_ == list(range(10))
    assert sorted(seen.delivered_) == [(n, 2 if n == 2 else 1) for n in range(10) if n != 4]
    assert seen.lost_ == [(4, "output[0].sent: refused 4")]


def test_the_first_retry_of_each_cause_is_told(tmp_path: Path) -> None:
    class Told(Silent):
        causes: list[str] = []

        def retrying(self, output: int, cause: str) -> None:
            self.causes.append(cause)

    write, _ = failing(2, retry=True, times=3)
    told = Told()
    generator(tmp_path, sent(write)).run_sync(observer=told)
    assert told.causes == ["output[0].sent: refused 2"]


def test_format_failures_are_counted_and_kept(tmp_path: Path) -> None:
    def produce(moment: Any, run: Any) -> list[str]:
        return ["{" if moment.ordinal == 4 else "{}"]

    kept: list[str] = []
    output = {"into": kept.extend, "formatter": {"format": "json"}, "on_failure": "dead_letter"}
    made = generator(tmp_path, {"kept": output}, event={"called": {"function": produce}})
    report = made.run_sync()
    assert counts(report) == {"written": 9, "format_failed": 1, "dead_lettered": 1}
    assert json.loads((tmp_path / "dead-letters.jsonl").read_text())["ordinal"] == 4


def test_backoff_doubles_within_bounds() -> None:
    retry, random = Retry(initial_delay=0.1, max_delay=5), Random(0)
    for attempt, longest in [(1, 0.1), (2, 0.2), (3, 0.4), (10, 5), (10_000, 5)]:
        waits = [backoff(retry, attempt, random) for _ in range(200)]
        assert longest * 0.1 <= min(waits) < longest * 0.3
        assert longest * 0.7 < max(waits) <= longest


def test_causes_stay_few() -> None:
    causes = Causes()
    for number in range(100):
        causes.add(f"cause {number}")
        causes.add("the same")
    texts = causes.texts()
    assert len(texts) == 21
    assert "the same (100 times)" in texts
    assert texts[-1] == "other causes (81 times)"


def test_lateness_quantiles_are_within_five_percent() -> None:
    lateness = Lateness()
    assert lateness.summary() == {}
    for milliseconds in range(1, 1001):
        lateness.add(milliseconds / 1000)
    summary = lateness.summary()
    assert summary["p50"] == pytest.approx(0.5, rel=0.06)
    assert summary["p99"] == pytest.approx(0.99, rel=0.06)
    assert summary["max"] == 1.0


def test_many_chunks_may_be_tried_again_at_once(tmp_path: Path) -> None:
    seen: set[int] = set()

    async def write(chunk: Chunk) -> list[Failure]:
        await anyio.sleep(0)
        fresh = [i for i, event in enumerate(chunk.events) if event.ordinal not in seen]
        seen.update(event.ordinal for event in chunk.events)
        return [Failure(item, "at first", True) for item in fresh]

    report = generator(tmp_path, sent(write), count=20_000, batch={"size": 50}).run_sync()
    assert report.outputs[0].retries >= 400
    assert report.outputs[0].written == 20_000


@pytest.mark.parametrize("error", [ConnectionResetError("reset"), TimeoutError()])
def test_errors_of_the_network_are_tried_again(tmp_path: Path, error: Exception) -> None:
    errors = iter([error])

    async def write(chunk: Chunk) -> list[Failure]:
        if found := next(errors, None):
            raise found
        return []

    report = generator(tmp_path, sent(write)).run_sync()
    assert counts(report) == {"written": 10, "retries": 1}


def test_dead_letters_of_both_threads_are_counted(tmp_path: Path) -> None:
    def produce(moment: Any, run: Any) -> list[str]:
        return ["{" if moment.ordinal % 2 else "{}"]

    async def write(chunk: Chunk) -> list[Failure]:
        return [Failure(item, "no") for item in range(len(chunk.texts))]

    output = sent(write, on_failure="dead_letter", formatter={"format": "json"})
    report = generator(
        tmp_path, output, event={"called": {"function": produce}}, count=4000, batch={"size": 20}
    ).run_sync()
    lines = (tmp_path / "dead-letters.jsonl").read_text().splitlines()
    assert counts(report) == {
        "write_failed": 2000,
        "format_failed": 2000,
        "dead_lettered": len(lines),
    }


def test_dead_letters_are_json_whatever_the_text_and_the_secrets(tmp_path: Path) -> None:
    remember("10")

    def produce(moment: Any, run: Any) -> list[str]:
        return [f"\ud800 10 {moment.ordinal}"]

    write, _ = failing(1, 2, retry=False)
    output = sent(write, on_failure="dead_letter")
    report = generator(tmp_path, output, event={"called": {"function": produce}}).run_sync()
    assert report.outputs[0].dead_lettered == 2
    letters = map(json.loads, (tmp_path / "dead-letters.jsonl").read_text().splitlines())
    assert [letter["event"] for letter in letters] == ["\ud800 *** 1", "\ud800 *** 2"]


def test_a_run_that_ends_as_failed_says_why(tmp_path: Path) -> None:
    write, _ = failing(3, retry=False)
    policy = {"on_failure": "dead_letter", "dead_letters": "missing/dead.jsonl"}
    report = generator(tmp_path, sent(write, **policy)).run_sync()
    assert report.errors[0].startswith("dead letters cannot be kept in")


def test_observers_are_called_one_at_a_time(tmp_path: Path) -> None:
    class Counting(Silent):
        inside = clashes = calls = 0

        def planned(self, events: Any) -> None:
            self.delivered(0, events, 1)

        def delivered(self, output: int, events: Any, attempts: int) -> None:
            self.inside += 1
            time.sleep(0)  # let the other thread in, if it can come in
            self.clashes += self.inside > 1
            self.calls += 1
            self.inside -= 1

    async def write(chunk: Chunk) -> list[Failure]:
        return []

    counting = Counting()
    outputs = [sent(write), {"kept": {"into": list}}]
    generator(tmp_path, *outputs, count=5000, batch={"size": 10}).run_sync(observer=counting)
    assert counting.calls >= 1500
    assert counting.clashes == 0
