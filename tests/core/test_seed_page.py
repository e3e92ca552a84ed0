"""The product's own Generator page: its examples run, its sentences hold.

Each test's docstring is a sentence of the page. The examples lie in ``fixtures/seed``.
"""

from __future__ import annotations

import shlex
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import anyio
import pytest
import yaml
from doubles import EVERY_SECOND, NOON, Sent, dated, eventum, inline, local, remote

from eventum_core import ConfigError, Generator, NoWaitClock
from eventum_core.clock import micros, moment
from eventum_core.config import Settings


@pytest.fixture
def seed_page(root: Path, tmp_path: Path) -> Path:
    """A copy of the page's examples, to run in."""
    return Path(shutil.copytree(root / "fixtures" / "seed", tmp_path / "seed"))


# What a generator is


def test_turns_timestamps_into_events_and_delivers_them(tmp_path: Path) -> None:
    """A self-contained pipeline that turns timestamps into events and delivers them."""
    texts, output = local()
    report = dated(tmp_path, output, max_events=3).run_sync()
    assert texts == [f"2026-01-05T12:00:0{second}+00:00" for second in range(3)]
    assert (report.timestamps, report.event.produced, report.outputs[0].written) == (3, 3, 3)


def test_inputs_are_merged_into_a_single_stream(tmp_path: Path) -> None:
    """Their timestamps are merged into a single stream before reaching the event stage."""
    texts, output = local()
    inputs = [
        {"timer": {"seconds": 1, "repeat": 2, "count": 1}},
        {"linspace": {"start": "now", "end": "+3s", "count": 4}},
    ]
    report = dated(tmp_path, output, inputs=inputs).run_sync()
    assert texts == sorted(texts)
    assert [item.generated for item in report.inputs] == [2, 4]


def test_each_input_can_attach_tags(tmp_path: Path) -> None:
    """So the event stage knows which source produced them."""
    texts, output = local()
    inputs = [
        {"timer": {"seconds": 1, "repeat": 1, "count": 1, "tags": ["slow", "odd"]}},
        {"static": {"count": 1, "tags": ["at-once"]}},
    ]
    event = inline("{{ tags | join('+') }}")
    dated(tmp_path, output, inputs=inputs, event=event).run_sync()
    assert texts == ["at-once", "slow+odd"]


@pytest.mark.parametrize("event", [{}, [inline()], {**inline(), "replay": {"path": "x"}}])
def test_exactly_one_event_plugin(event: Any, tmp_path: Path) -> None:
    """A generator has exactly one event plugin."""
    with pytest.raises(ConfigError, match="exactly one key"):
        dated(tmp_path, event=event)


def test_every_event_goes_to_every_output(tmp_path: Path) -> None:
    """Every event is delivered to all configured outputs."""
    first, one = local()
    second, two = remote()
    report = dated(tmp_path, one, two, max_events=50, keep_order=True).run_sync()
    assert first == second
    assert [output.written for output in report.outputs] == [50, 50]


def test_each_output_applies_its_own_formatter(tmp_path: Path) -> None:
    """Each output plugin can apply a formatter to transform events before writing."""
    plain, one = local()
    compact, two = local(formatter={"format": "json"})
    event = inline('{"a":1,\n "b":2}')
    dated(tmp_path, one, two, event=event, max_events=1).run_sync()
    assert plain == ['{"a":1,\n "b":2}']
    assert compact == ['{"a": 1, "b": 2}']


# Configuration


def test_the_example_configuration_has_the_three_keys(seed_page: Path) -> None:
    """A generator is defined by a single YAML file with three top-level keys."""
    tree = yaml.safe_load((seed_page / "generator.yml").read_text("utf-8"))
    assert list(tree) == ["input", "event", "output"]
    assert [type(tree[key]) for key in tree] == [list, dict, list]


def test_the_example_configuration_runs(seed_page: Path, capfd: Any) -> None:
    """Cron, one template in mode all, stdout and a file."""
    run = Generator.from_file(
        seed_page / "generator.yml", live_mode=False, max_events=3, seed=1, now=NOON.isoformat()
    ).run_sync()
    assert run.ok
    lines = [f"2026-01-05T12:00:0{second}+00:00 my event" for second in range(3)]
    assert capfd.readouterr().out.splitlines() == lines
    assert (seed_page / "output/events.log").read_text("utf-8").splitlines() == lines


def test_tokens_are_replaced_by_parameters_and_secrets(seed_page: Path) -> None:
    """Configs support ${params.name} and ${secrets.name} tokens."""

    class OpenSearch(Sent):
        name: ClassVar[str] = "opensearch"
        write: Any = None
        hosts: list[str]
        password: str

    example = (seed_page / "variables.yml").read_text("utf-8")
    rest = yaml.safe_dump({"input": [EVERY_SECOND], "event": inline()})
    (seed_page / "with-variables.yml").write_text(rest + example, "utf-8")
    loaded = Generator.from_file(
        seed_page / "with-variables.yml",
        plugins=(OpenSearch,),
        params={"opensearch_host": "https://search.example:9200"},
        secrets={"opensearch_password": "swordfish"},
    )
    output = loaded.config.outputs[0].plugin
    assert isinstance(output, OpenSearch)
    assert (output.hosts, output.password) == (["https://search.example:9200"], "swordfish")


@pytest.mark.parametrize("missing", ["opensearch_host", "opensearch_password"])
def test_a_missing_value_is_named(seed_page: Path, missing: str) -> None:
    """Parameters are passed at run time, secrets are resolved from the keyring."""
    with pytest.raises(ConfigError, match=missing):
        Generator.from_file(seed_page / "variables.yml")


# Execution modes


class LeapingClock(NoWaitClock):
    """A clock that is at once where one waits for it, and remembers each wait."""

    def __init__(self, start: datetime) -> None:
        self.instant = micros(start)
        self.waits: list[int] = []

    def now(self) -> int:  # type: ignore[override] # ours needs no bound reader
        return self.instant

    async def sleep_until(self, instant: int) -> None:
        await anyio.lowlevel.checkpoint()
        if instant > self.instant:
            self.waits.append(instant)
            self.instant = instant


def test_live_mode_waits_for_each_timestamp(tmp_path: Path) -> None:
    """If the input plugin says "event at 12:00:05", the generator waits until 12:00:05."""
    _, output = local()
    clock = LeapingClock(NOON)
    inputs = [{"timer": {"seconds": 5, "repeat": 3, "count": 1}}]
    dated(tmp_path, output, inputs=inputs, live_mode=True).run_sync(clock)
    waited = [NOON + timedelta(seconds=seconds) for seconds in (5, 10, 15)]
    assert set(waited) <= {moment(instant) for instant in clock.waits}


def test_live_mode_is_the_default(tmp_path: Path) -> None:
    """Live mode (default)."""
    assert Settings(path=tmp_path).live_mode is True


@pytest.mark.parametrize("skip_past, first", [(True, 0), (False, -2)])
def test_past_timestamps_are_skipped_by_default(
    tmp_path: Path, skip_past: bool, first: int
) -> None:
    """Timestamps in the past are skipped, so the generator starts from "now" forward."""
    texts, output = local()
    inputs = [{"cron": {**EVERY_SECOND["cron"], "start": "-2s", "end": "+4s"}}]
    settings = {} if skip_past else {"skip_past": False}
    made = dated(tmp_path, output, inputs=inputs, live_mode=True, **settings)
    made.run_sync(LeapingClock(NOON))
    assert texts[0] == (NOON + timedelta(seconds=first)).isoformat()


def test_sample_mode_does_not_wait(tmp_path: Path) -> None:
    """All events are generated as fast as possible, regardless of what the timestamps say."""
    texts, output = local()
    clock = LeapingClock(NOON)
    inputs = [{"cron": {"expression": "* * * * *", "count": 1, "start": "-1d", "end": "+1d"}}]
    dated(tmp_path, output, inputs=inputs).run_sync(clock)
    assert len(texts) == 1441
    assert clock.waits == []


def commands(folder: Path) -> list[str]:
    text = (folder / "commands.txt").read_text("utf-8")
    return [line for line in text.splitlines() if line.startswith("eventum ")]


@pytest.mark.parametrize("number", range(3))
def test_the_command_lines_run(seed_page: Path, number: int) -> None:
    """Switch between modes with a single flag."""
    line = commands(seed_page)[number]
    more = f"--since {NOON.isoformat()} --now {NOON.isoformat()} --max-events 4"
    line = line.replace("...", "")
    if "--path" not in line:
        line += " --path generator.yml --no-live-mode"
    done = eventum(seed_page, *shlex.split(f"{line} {more}")[1:])
    assert done.returncode == 0, done.stderr
    lines = [f"2026-01-05T12:00:0{second}+00:00 my event" for second in range(4)]
    assert done.stdout.splitlines() == lines
    assert (seed_page / "output/events.log").read_text("utf-8").splitlines() == lines


def test_there_are_no_other_command_lines(seed_page: Path) -> None:
    """The page shows two, and one option in a sentence."""
    assert len(commands(seed_page)) == 3


# Several generators


def test_the_startup_list_is_a_list_of_settings(seed_page: Path) -> None:
    """The startup config lists all generators and lets you override parameters per generator."""
    entries = yaml.safe_load((seed_page / "startup.yml").read_text("utf-8"))
    autostart = [entry.pop("autostart", True) for entry in entries]
    settings = [Settings(**entry) for entry in entries]
    assert [s.name for s in settings] == ["access-logs", "error-logs", "backfill"]
    assert [s.live_mode for s in settings] == [True, True, False]
    assert autostart == [True, True, False]


def counting(name: str) -> dict[str, Any]:
    return inline(f"{{% do {name}.set('n', {name}.get('n', 0) + 1) %}}{{{{ {name}.n }}}}")


def test_generators_share_nothing(tmp_path: Path) -> None:
    """They don't share state."""
    found = []
    for _ in range(2):
        texts, output = local()
        dated(tmp_path, output, event=counting("shared"), max_events=2).run_sync()
        found.append(texts)
    assert found == [["1", "2"], ["1", "2"]]


def test_generators_share_globals_of_one_host(tmp_path: Path) -> None:
    """... unless you explicitly use the globals variable in templates."""
    from eventum_core.state import SharedState

    texts, output = local()
    store = SharedState()
    for _ in range(2):
        event = counting("globals")
        dated(tmp_path, output, event=event, globals=store, max_events=2).run_sync()
    assert texts == ["1", "2", "3", "4"]
