from __future__ import annotations

import ast
import gc
import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import click
import pytest
from click.testing import CliRunner

from eventum_core import hookimpl
from eventum_core.cli import main as program
from eventum_core.cli.main import COMMANDS, Commands, exit_code, main
from eventum_core.errors import ConfigError, PluginError, RunError
from eventum_core.secrets import SecretError, remember

HEAVY = {"croniter", "faker", "httpx", "jinja2", "mimesis", "numpy", "pydantic", "rich", "yaml"}


def imported_by(*args: str) -> set[str]:
    """Return the modules that a run of the program has imported, in a process of its own."""
    code = (
        "import sys\n"
        "from eventum_core.cli.main import main\n"
        f"try: main({list(args)!r})\n"
        "except SystemExit: pass\n"
        "print(sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(ast.literal_eval(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize("args", [["--help"], ["--version"]])
def test_help_imports_no_command_and_nothing_heavy(args: list[str]) -> None:
    modules = imported_by(*args)
    assert not HEAVY & modules
    assert not {f"eventum_core.cli.{name}" for name in COMMANDS} & modules


def test_a_run_imports_only_what_its_project_needs(tmp_path: Path, root: Path) -> None:
    project = tmp_path / "security-log"
    shutil.copytree(root / "tests" / "benchmarks" / "projects" / "security-log", project)
    modules = imported_by(
        *("generate", str(project / "generator.yml")),
        *("--no-live-mode", "--max-events", "1", "-q"),
    )
    assert (project / "output" / "events.jsonl").read_bytes().count(b"\n") == 1
    assert {"numpy", "jinja2", "eventum_core.outputs.file"} <= modules
    needless = HEAVY - {"jinja2", "numpy", "pydantic", "yaml"}
    needless |= {"cryptography", "dateparser", "fastapi", "h11", "keyring", "pytest", "sqlite3"}
    needless |= {"structlog", "trio", "uvicorn"}
    needless |= {f"eventum_core.{name}" for name in ("fleet", "outputs.http", "server")}
    assert not needless & modules


@pytest.mark.parametrize("given", [None, "20"])
def test_what_makes_imports_quick_is_over_when_they_are(given: str | None) -> None:
    code = (
        "import gc, os\n"
        "from eventum_core.cli.main import main\n"
        "try: main(['generate', '--help'])\n"
        "except SystemExit: pass\n"
        "told = os.environ.get('OPENBLAS_THREAD_TIMEOUT')\n"
        "print(gc.isenabled(), gc.get_freeze_count() > 0, told)"
    )
    variables = {k: v for k, v in os.environ.items() if k != "OPENBLAS_THREAD_TIMEOUT"}
    variables |= {"OPENBLAS_THREAD_TIMEOUT": given} if given else {}
    done = subprocess.run(
        [sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == f"True True {given}"


def test_a_group_that_is_called_in_a_larger_process_leaves_its_collector_alone() -> None:
    before = gc.get_freeze_count()
    assert CliRunner().invoke(main, ["schema", "--help"]).exit_code == 0
    assert gc.get_freeze_count() == before


def test_a_command_imports_no_other_and_no_optional_library() -> None:
    modules = imported_by("generate", "--help")
    loaded = {name for name in COMMANDS if f"eventum_core.cli.{name}" in modules}
    assert loaded == {"generate"}
    assert not {"croniter", "faker", "httpx", "jinja2", "mimesis", "rich"} & modules


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_of_itself_what_the_table_says(name: str) -> None:
    command = import_module(f"eventum_core.cli.{name}").command
    assert command.name == name
    assert (command.help or "").splitlines()[0] == COMMANDS[name]


def test_help_names_every_command() -> None:
    text = CliRunner().invoke(main, ["--help"]).stdout
    assert all(name in text and line in text for name, line in COMMANDS.items())


def test_no_command_is_a_usage_error_with_the_help_on_stderr() -> None:
    result = CliRunner().invoke(main, [])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Commands:" in result.stderr


@pytest.mark.parametrize("args", [["nope"], ["--nope"], ["generate", "--nope"]])
def test_usage_errors_exit_2(args: list[str]) -> None:
    result = CliRunner().invoke(main, args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "No such" in result.stderr


def test_the_version() -> None:
    result = CliRunner().invoke(main, ["--version"])
    assert result.exit_code == 0
    assert "eventum 0." in result.stdout
    assert f"Python {sys.version_info.major}." in result.stdout


@pytest.mark.parametrize("module", ["eventum_core"])
def test_the_module_is_the_program(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module, "--help"], capture_output=True, text=True, check=True
    )
    assert f"Usage: python -m {module} " in done.stdout


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError.single("x"), 2),
        (PluginError("x"), 2),
        (SecretError("x"), 2),
        (RunError("x"), 1),
    ],
)
def test_the_class_of_an_error_chooses_the_exit_code(error: Exception, code: int) -> None:
    def fail() -> None:
        raise error

    group = Commands(name="test", commands={"fail": click.Command("fail", callback=fail)})
    result = CliRunner().invoke(group, ["fail"])
    assert (result.exit_code, result.stdout) == (code, "")
    assert "x" in result.stderr
    assert "Traceback" not in result.stderr
    assert exit_code(error) == code


def test_ctrl_c_exits_130() -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    group = Commands(name="test", commands={"wait": click.Command("wait", callback=interrupt)})
    assert CliRunner().invoke(group, ["wait"]).exit_code == 130


def test_a_bug_keeps_its_traceback_and_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    remember("canary-in-a-bug")

    def fail() -> None:
        raise ZeroDivisionError("canary-in-a-bug")

    group = Commands(name="test", commands={"fail": click.Command("fail", callback=fail)})
    with pytest.raises(SystemExit) as caught:
        group(["fail"])
    text = capsys.readouterr().err
    assert caught.value.code == 1
    assert "Traceback" in text
    assert "ZeroDivisionError: ***" in text
    assert "canary-in-a-bug" not in text.replace('"canary-in-a-bug"', "")


def test_packages_add_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    class Package(ModuleType):
        @staticmethod
        @hookimpl
        def eventum_commands(cli: click.Group) -> None:
            cli.add_command(click.Command("extra", help="From elsewhere.", callback=print))

    class Door:
        def add_commands(self, cli: click.Group) -> None:
            Package.eventum_commands(cli)

    monkeypatch.setattr(program, "_something_is_installed", lambda: True)
    monkeypatch.setattr("eventum_core.registry.Registry", Door)
    group = Commands(name="eventum")
    assert "extra" in group.list_commands(click.Context(group))
    assert CliRunner().invoke(group, ["extra"]).exit_code == 0
    assert "From elsewhere." in CliRunner().invoke(group, ["--help"]).stdout


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("genrate", "No such command 'genrate'. Did you mean 'generate'?"),
        ("zzz", "No such command 'zzz'."),
    ],
)
def test_a_misspelt_command_is_told_what_may_be_meant(given: str, said: str) -> None:
    done = CliRunner().invoke(main, [given])
    assert done.exit_code == 2
    assert done.stderr.rstrip().endswith(said)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_told_without_a_traceback() -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "eventum_core", "schema"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("cannot write: ")
    assert "Traceback" not in done.stderr
