"""Every name that users write is documented, and no link is broken."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from docpages import FENCE, PAGES, ROOT, shell
from test_layers import LAYERS

import eventum_core
import pytest_eventum
from eventum_core import Registry
from eventum_core.application import read_application
from eventum_core.problems import option_names

DOCS = "\n".join(page.read_text("utf-8") for page in PAGES[:1] + sorted(ROOT.glob("docs/**/*.md")))


def missing(names: list[str]) -> list[str]:
    """Return the names that no page mentions as code."""
    spoken = set(re.findall(r"[\w.-]+", DOCS))
    return sorted(name for name in names if name not in spoken)


def shipped() -> list[tuple[str, str]]:
    return [
        (ref.kind, ref.name) for ref in Registry().refs() if ref.target.startswith("eventum_core.")
    ]


def test_every_plugin_is_documented() -> None:
    assert missing([name for _, name in shipped()]) == []


@pytest.mark.parametrize("kind, name", shipped())
def test_every_option_of_a_plugin_is_documented(kind: str, name: str) -> None:
    assert missing(option_names(Registry().get(kind, name))) == []


def test_every_kind_of_environment_variable_is_documented() -> None:
    sources = [*ROOT.glob("eventum_core/**/*.py"), *ROOT.glob("pytest_eventum/**/*.py")]
    text = "".join(source.read_text("utf-8") for source in sources)
    names = set(re.findall(r'"(EVENTUM_[A-Z_]+)"', text))
    assert "EVENTUM_SECRET_" in names
    assert [name for name in names if name not in DOCS] == []


def test_every_delivery_option_is_documented() -> None:
    from eventum_core.config import Delivery, Lane, Retry

    assert missing([name for model in (Delivery, Lane, Retry) for name in model.model_fields]) == []


def test_every_command_and_option_is_documented() -> None:
    import click

    from eventum_core.cli.keyring import main as keyring
    from eventum_core.cli.main import main

    names = []
    for group in (main, keyring):
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            options = [
                part for p in command.params if isinstance(p, click.Option) for part in p.opts
            ]
            names += [name, *(option for option in options if option.startswith("--"))]
    spoken = set(re.findall(r"--[\w.-]+|[\w-]+", DOCS))
    assert sorted(set(names) - spoken) == []


def test_every_pytest_option_fixture_and_marker_argument_is_documented() -> None:
    done = shell("pytest --help; pytest --fixtures -q", ROOT / "docs")
    options = set(re.findall(r"--eventum-[\w-]+|(?<= )eventum_\w+(?= \()", done.stdout))
    fixtures = set(re.findall(r"^(eventum\w*)", done.stdout, re.MULTILINE))
    assert {"--eventum-seed", "eventum_paths"} <= options
    assert {"eventum", "eventum_backend"} <= fixtures
    spoken = set(re.findall(r"--[\w-]+|\w+", DOCS))
    assert sorted((options | fixtures) - spoken) == []


def public_names() -> list[str]:
    return [name for module in (eventum_core, pytest_eventum) for name in module.__all__]


def test_every_public_name_and_hook_is_documented() -> None:
    from pytest_eventum import hookspecs

    hooks = [name for name in vars(hookspecs) if name.startswith("pytest_eventum_")]
    assert missing(["eventum_plugins", "eventum_commands", *hooks, *public_names()]) == []


def test_every_route_of_the_server_is_documented(tmp_path: Path) -> None:
    from eventum_core.fleet import Fleet
    from eventum_core.server import create_app

    file = tmp_path / "eventum.yml"
    file.write_text("", "utf-8")
    paths = create_app(read_application(file), Fleet()).openapi()["paths"]
    page = (ROOT / "docs/how-to/run.md").read_text("utf-8")
    assert [path for path in paths if f"`{path}`" not in page] == []


def test_the_layers_are_those_of_the_page() -> None:
    page = ROOT / "docs/explanation/architecture.md"
    assert "\n".join(LAYERS) in page.read_text("utf-8")


def test_no_link_is_broken() -> None:
    broken = [
        f"{page.name}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^):]+)\)", page.read_text("utf-8"))
        if not there(page, target)
    ]
    assert broken == []


def there(page: Path, target: str) -> bool:
    """Tell whether a link leads to a file, and to a heading of it where it names one."""
    path, _, anchor = target.partition("#")
    file = page.parent / path if path else page
    return file.exists() and (not anchor or anchor in anchors(file.read_text("utf-8")))


def anchors(text: str) -> set[str]:
    """Return what GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in headings}


def test_ci_runs_the_command_of_the_readme() -> None:
    extract = next(
        line for line in (ROOT / ".ci/run").read_text("utf-8").splitlines() if "sed -n" in line
    )
    script = f'{extract}; printf "%s" "$tests"'
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("python3 -m venv .venv && ")
    assert done.stdout.endswith(".venv/bin/pytest")
    assert f"$ {done.stdout}\n" in (ROOT / "README.md").read_text("utf-8")
