"""``eventum run``: files, signals, exit codes, in processes of their own where that matters."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event as Flag
from typing import Any

import anyio
import hosts
import pytest
from click.testing import Result
from hosts import ended, inline, running, until

from eventum_core import PluginError, RunError, server
from eventum_core.application import Application, read_application
from eventum_core.cli import run
from eventum_core.state import SharedState

Call = Callable[..., Result]

unix = pytest.mark.skipif(sys.platform == "win32", reason="signals are others there")

EVENTUM = "server.api_enabled: false\n"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A folder with an application of two generators, one of which ends by itself."""
    (tmp_path / "eventum.yml").write_text(EVENTUM, "utf-8")
    write(tmp_path, "live")
    write(tmp_path, "brief", repeat=3)
    start(tmp_path, {"id": "live", "path": "live"}, {"id": "brief", "path": "brief"})
    return tmp_path


def write(folder: Path, name: str, text: str = "x", repeat: int = 0) -> None:
    hosts.write(folder / "generators" / name, inline(text), repeat=repeat)


def start(folder: Path, *entries: dict[str, Any]) -> None:
    (folder / "startup.yml").write_text(json.dumps(entries), "utf-8")


def lines(folder: Path, name: str = "generators/live/out.log") -> list[str]:
    return hosts.lines(folder / name)


# Signals


@unix
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_all_and_is_the_exit_code(
    app: Path, number: signal.Signals, code: int
) -> None:
    with running(app) as process:
        until(lambda: lines(app))
        process.send_signal(number)
        found, told = ended(process, app)
    assert found == code
    assert "2 of 2 generators started" in told
    written = len(lines(app))
    last = lines(app, "logs/generator_live.log")[-1]
    assert f"ended: stopped, {written} events, {written} written, 0 lost" in last


@unix
def test_without_anything_to_do_it_waits_for_signals(app: Path) -> None:
    start(app)
    with running(app) as process:
        until(lambda: "0 of 0 generators" in "\n".join(lines(app, "logs/main.log")))
        assert process.poll() is None
        process.terminate()
        assert ended(process, app)[0] == 143


@unix
def test_a_second_signal_ends_it_at_once(app: Path) -> None:
    write(app, "live", "{{ module.pathlib.Path('stuck').touch() }}{{ module.time.sleep(30) }}")
    with running(app) as process:
        until((app / "stuck").exists)
        process.terminate()
        until(lambda: "stopping" in lines(app, "logs/main.log")[-1])
        began = time.monotonic()
        while process.poll() is None:  # within a moment, a second signal is the first's echo
            process.terminate()
            Flag().wait(0.05)
            assert time.monotonic() < began + 8
    assert process.returncode == 143


@unix
def test_hanging_up_reads_the_files_again(app: Path) -> None:
    with running(app) as process:
        until(lambda: lines(app))
        write(app, "live", "again")
        write(app, "new")
        start(app, {"id": "live", "path": "live"}, {"id": "new", "path": "new"})
        (app / "eventum.yml").write_text(EVENTUM + "log.format: json\n", "utf-8")
        process.send_signal(signal.SIGHUP)
        until(lambda: lines(app, "generators/new/out.log") and "again" in lines(app))
        process.terminate()
        assert ended(process, app)[0] == 143
    assert len(lines(app, "logs/generator_new.json")) == 2
    assert "starting again" in "\n".join(lines(app, "logs/main.log"))


@unix
def test_hanging_up_with_broken_files_changes_nothing(app: Path) -> None:
    with running(app) as process:
        until(lambda: lines(app))
        for name, text in (("eventum.yml", "nonsense: 1"), ("startup.yml", "- {id: x}")):
            path = app / name
            before = path.read_text("utf-8")
            path.write_text(text, "utf-8")
            process.send_signal(signal.SIGHUP)
            until(lambda name=name: name in "\n".join(lines(app, "logs/main.log")))
            path.write_text(before, "utf-8")
        written = len(lines(app))
        until(lambda: len(lines(app)) > written)
        process.terminate()
        code, told = ended(process, app)
    assert code == 143
    assert "nonsense: unknown option" in told
    assert "[0].path: Field required" in told
    assert "starting again" not in told
    assert len(lines(app, "logs/generator_live.log")) == 2


# Files


def test_problems_exit_2_all_at_once(app: Path, call: Call) -> None:
    (app / "eventum.yml").write_text("log.level: loud\nserver.prot: 5\n", "utf-8")
    result = call("run", "-c", app / "eventum.yml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "log.level" in result.stderr
    assert "server.prot: unknown option; did you mean 'port'?" in result.stderr
    assert not (app / "logs").exists()


@pytest.mark.parametrize(
    ("startup", "says"),
    [(None, "startup.yml: cannot be read"), ("- 5", "[0]: must be a mapping"), ("{", "not valid")],
)
def test_a_broken_startup_file_exits_2(
    app: Path, call: Call, startup: str | None, says: str
) -> None:
    (app / "startup.yml").unlink()
    if startup:
        (app / "startup.yml").write_text(startup, "utf-8")
    result = call("run", "--config", app / "eventum.yml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr
    assert "Traceback" not in result.stderr


def test_without_an_option_it_is_the_file_here(
    app: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(app, {"id": "brief", "path": "brief"})
    monkeypatch.chdir(app)
    assert call("run", "--once").exit_code == 0
    monkeypatch.chdir(app / "generators")
    assert call("run", "--once", "-c", "..").exit_code == 0
    result = call("run", "--once")
    assert result.exit_code == 2
    assert "eventum.yml: cannot be read" in result.stderr
    assert "--config" in result.stderr


def test_logs_that_cannot_be_written_exit_2(app: Path, call: Call) -> None:
    (app / "logs").touch()
    result = call("run", "-c", app / "eventum.yml")
    assert result.exit_code == 2
    assert "path.logs" in result.stderr


# Once


def test_once_ends_when_all_have_ended(app: Path, call: Call) -> None:
    start(
        app,
        {"id": "a", "path": "brief"},
        {"id": "b", "path": "brief", "live_mode": False},
        {"id": "idle", "path": "live", "autostart": False},
    )
    result = call("run", "--once", "-c", app / "eventum.yml")
    assert (result.exit_code, result.stdout) == (0, "")
    assert len(lines(app, "generators/brief/out.log")) == 6
    assert lines(app) == []
    assert "2 of 3 generators started" in "\n".join(lines(app, "logs/main.log"))


@pytest.mark.parametrize("text", ["{{ 1 / 0 }}", "{% nonsense %}"])
def test_once_exits_1_if_anything_failed(app: Path, call: Call, text: str) -> None:
    write(app, "bad", text, repeat=2)
    start(app, {"id": "bad", "path": "bad"}, {"id": "brief", "path": "brief"})
    result = call("run", "--once", "-c", app / "eventum.yml")
    assert result.exit_code == 1
    assert "bad" in result.stderr
    assert len(lines(app, "generators/brief/out.log")) == 3


def test_what_does_not_start_is_told_and_the_others_go_on(app: Path, call: Call) -> None:
    start(app, {"id": "gone", "path": "gone"}, {"id": "brief", "path": "brief"})
    result = call("run", "--once", "-c", app / "eventum.yml")
    assert result.exit_code == 1
    assert "not started, see the logs of each: gone" in "\n".join(lines(app, "logs/main.log"))
    assert "generators/gone" in lines(app, "logs/generator_gone.log")[0]
    assert len(lines(app, "generators/brief/out.log")) == 3


def test_secrets_come_from_the_keyring_of_the_application(
    app: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENTUM_KEYRING_PASSWORD", "of-this-test")
    ring = app / "cryptfile.cfg"
    assert call("run", "--help").exit_code == 0
    from eventum_core.secrets import Keyring

    Keyring(ring).set("word", "canary-7d1f")
    write(app, "brief", "${secrets.word}", repeat=1)
    (app / "eventum.yml").write_text(EVENTUM + "path.keyring_cryptfile: cryptfile.cfg\n", "utf-8")
    start(app, {"id": "brief", "path": "brief"})
    result = call("run", "--once", "-c", app / "eventum.yml")
    assert result.exit_code == 0, result.stderr
    assert lines(app, "generators/brief/out.log") == ["canary-7d1f"]
    logs = "".join(path.read_text("utf-8") for path in (app / "logs").iterdir())
    assert "canary-7d1f" not in logs + result.output


# The server


async def fails(application: Application, fleet: Any, *, started: Any) -> None:
    raise RunError("the server cannot listen: the port is taken")


async def ends(application: Application, fleet: Any, *, started: Any) -> None:
    started("http://there")


@pytest.mark.parametrize(
    ("serve", "says"), [(fails, "the port is taken"), (ends, "the server has ended")]
)
def test_without_its_server_the_program_ends(
    app: Path, call: Call, monkeypatch: pytest.MonkeyPatch, serve: Any, says: str
) -> None:
    monkeypatch.setattr(server, "serve", serve)
    (app / "eventum.yml").write_text("", "utf-8")
    result = call("run", "-c", app / "eventum.yml")
    assert result.exit_code == 1
    assert says in result.stderr
    assert "Traceback" not in result.stderr
    assert "ended: stopped" in lines(app, "logs/generator_live.log")[-1]


def test_the_server_gets_application_and_fleet(
    app: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    async def serve(application: Application, fleet: Any, *, started: Any) -> None:
        started("http://there:5")
        seen.extend([application.server.port, [member.id for member in fleet.members()]])
        try:
            await anyio.sleep_forever()
        finally:
            seen.append("cancelled")

    monkeypatch.setattr(server, "serve", serve)
    (app / "eventum.yml").write_text("server.port: 5\n", "utf-8")
    start(app, {"id": "brief", "path": "brief"})
    result = call("run", "--once", "-c", app / "eventum.yml")
    assert result.exit_code == 0, result.stderr
    assert seen == [5, ["brief"], "cancelled"]
    assert "the server listens at http://there:5" in result.stderr


def test_a_missing_package_is_named_with_the_ways_out(
    app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "NEEDED", ("fastapi", "nobody_has_this"))
    (app / "eventum.yml").write_text("", "utf-8")
    application = read_application(app / "eventum.yml")
    with pytest.raises(PluginError) as caught:
        run.server(application)
    for part in ("nobody_has_this", "pytest-eventum[server]", "server.api_enabled: false"):
        assert part in str(caught.value)


def test_no_server_is_imported_where_none_is_wanted(app: Path) -> None:
    start(app, {"id": "brief", "path": "brief"})
    program = (
        "import sys\n"
        "from eventum_core.cli.main import main\n"
        "main(['run', '--once'], standalone_mode=False)\n"
        "print(sorted({'fastapi', 'uvicorn'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=app, capture_output=True, text=True, check=False
    )
    assert done.stdout == "[]\n", done.stderr


# Whole programs


@unix
def test_the_example_runs(root: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(root / "examples" / "fleet", tmp_path / "fleet"))
    output = "generators/{0}/output/{0}.jsonl"
    with running(folder) as process:
        until(lambda: len(lines(folder, output.format("logins"))) >= 5)
        process.terminate()
        code, told = ended(process, folder)
    assert code == 143
    assert "2 of 3 generators started" in told
    read = {
        name: [json.loads(line) for line in lines(folder, output.format(name))]
        for name in ("signups", "logins", "history")
    }
    assert {event["user"] for event in read["logins"]} <= {e["user"] for e in read["signups"]}
    assert read["history"] == []
    for name in ("signups", "logins"):
        assert ", 0 lost" in lines(folder, f"logs/generator_{name}.log")[-1]


@unix
def test_the_pages_startup_list_runs(root: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(root / "fixtures" / "seed", tmp_path / "seed"))
    output = "generators/{}/output/events.log"
    with running(folder) as process:
        for name in ("access-logs", "error-logs"):
            until(lambda name=name: len(lines(folder, output.format(name))) >= 3)
        process.terminate()
        code, told = ended(process, folder)
    assert code == 143
    assert "2 of 3 generators started" in told
    assert not (folder / output.format("backfill")).exists()


def test_what_waits_can_be_started_later(root: Path, tmp_path: Path) -> None:
    """The third generator of the page, as the server would start it."""
    from eventum_core.fleet import Fleet
    from eventum_core.startup import read_startup

    folder = Path(shutil.copytree(root / "fixtures" / "seed", tmp_path / "seed"))
    app = read_application(folder / "eventum.yml")
    (entry,) = [entry for entry in read_startup(app) if not entry.autostart]
    fleet = Fleet(globals=SharedState())
    member = fleet.add(entry.settings)
    assert member.start() is True
    assert member.join(60) is True
    assert 1440 <= len(lines(folder, "generators/backfill/output/events.log")) <= 1441
    assert member.status.is_ended_up_successfully
