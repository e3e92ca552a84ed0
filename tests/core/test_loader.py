from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eventum_core import ConfigError, Generator
from eventum_core.loader import load, load_document

GOOD = """\
input:
- static: {count: 1}
event:
  template:
    mode: all
    templates:
    - one: {inline: 'hi ${params.who}'}
output:
- stdout: {}
"""


def problems(tmp_path: Path, text: str, **options: Any) -> list[tuple[str, str, int]]:
    """Return (path, message, line) of every problem."""
    file = tmp_path / "generator.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load(file, **options)
    assert {problem.file for problem in error.value.problems} == {str(file)}
    return [(p.path, p.message, p.line) for p in error.value.problems]


def test_a_good_file_holds_its_plugins(tmp_path: Path) -> None:
    file = tmp_path / "generator.yml"
    file.write_text(GOOD)
    config = load(file, params={"who": "you"})
    assert [plugin.name for plugin in config.inputs] == ["static"]
    assert config.event.name == "template"
    assert [(s.plugin.name, s.formatter.name) for s in config.outputs] == [("stdout", "plain")]


def test_every_problem_comes_at_once_with_its_line(tmp_path: Path) -> None:
    text = """\
input:
- cron: {expression: '* * * * *'}
- timr: {}
- timer:
event:
  template: {mode: all, templates: []}
output:
- stdout: {separatr: x}
- file: {path: 1, formatter: {format: jsn}}
- file: {path: a, retry: {attempts: 0}, when_full: drop}
- stdout: {formatter: json}
extra: 1
"""
    found = problems(tmp_path, text)
    assert [(path, line) for path, _, line in found] == [
        ("extra", 12),
        ("input[0].cron.count", 2),
        ("input[1].timr", 3),
        ("input[2].timer", 4),
        ("event.template.templates", 6),
        ("output[0].stdout.separatr", 8),
        ("output[1].file.path", 9),
        ("output[1].file.formatter", 9),
        ("output[2].file.when_full", 10),
        ("output[2].file.retry.attempts", 10),
        ("output[3].stdout.formatter", 11),
    ]
    assert "did you mean 'timer'?" in found[2][1]


@pytest.mark.parametrize(
    ("text", "path", "fragment"),
    [
        ("", "", "a generator is a mapping"),
        ("- a", "", "a generator is a mapping"),
        ("input: []\nevent: {}\noutput: []", "input", "must be a list of plugins"),
        (GOOD.replace("- static", "  static"), "input", "must be a list of plugins"),
        (GOOD + "- {file: {path: a}, stdout: {}}\n", "output[1]", "exactly one key"),
        (GOOD + "- stdout: []\n", "output[1].stdout", "must be a mapping"),
        (GOOD.replace("event:", "events:"), "events", "unknown key"),
        (GOOD.replace("${params.who}", "${params.me}"), "", "missing parameter 'me'"),
        (GOOD + "- stdout.stream: stderr\n  stdout: 1\n", "output[1].stdout", "set twice"),
    ],
)
def test_structure_is_checked(tmp_path: Path, text: str, path: str, fragment: str) -> None:
    found = problems(tmp_path, text, params={"who": "you"})
    assert (path, True) in [(p, fragment in message) for p, message, _ in found]


@pytest.mark.parametrize(
    ("make", "fragment"),
    [
        (lambda file: None, "cannot be read"),
        (lambda file: file.mkdir(), "a folder, not a file"),
        (lambda file: file.write_bytes(b"a: \xff"), "not UTF-8"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, make: Any, fragment: str) -> None:
    file = tmp_path / "generator.yml"
    make(file)
    with pytest.raises(ConfigError, match=fragment):
        load(file)


CANARY = "canary-7f3a"


@pytest.mark.parametrize(
    "output",
    [
        "http: {url: '${secrets.s}'}",
        "http: {url: 'http://u:${secrets.s}@h/', method: '${secrets.s}'}",
        "http: {url: 'http://h/', pasword: '${secrets.s}'}",
        "file: {path: x, encoding: '${secrets.s}'}",
        "'${secrets.s}': {}",
        "stdout: {'${secrets.s}': 1}",
        "stdout: {stream: ['${secrets.s}",
    ],
)
def test_secrets_never_show_in_problems(tmp_path: Path, output: str) -> None:
    file = tmp_path / "generator.yml"
    file.write_text(GOOD.replace("- stdout: {}", f"- {output}"))
    with pytest.raises(ConfigError) as error:
        load(file, params={"who": 1}, given_secrets={"s": CANARY})
    assert CANARY not in str(error.value)
    assert CANARY not in repr(error.value.problems)


def test_passwords_never_show_in_problems(tmp_path: Path) -> None:
    text = GOOD + "- http: {url: 'http://h/', username: u, password: [canary-1]}\n"
    text += "- http: {url: 'ftp://u:canary-2@h/', password: 12345678}\n"
    found = problems(tmp_path, text, params={"who": 1})
    assert found
    with pytest.raises(ConfigError) as error:
        load(tmp_path / "generator.yml", params={"who": 1})
    assert "canary" not in str(error.value)
    assert "12345678" not in str(error.value)


def test_a_document_can_be_edited_before_it_is_checked(tmp_path: Path) -> None:
    file = tmp_path / "generator.yml"
    file.write_text(GOOD)
    config = load(
        file, params={"who": 1}, edit=lambda tree: {**tree, "output": [{"file": {"path": "x"}}]}
    )
    assert [sink.plugin.name for sink in config.outputs] == ["file"]


def test_settings_are_checked_all_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        Generator.from_file(
            tmp_path / "g.yml", batch={"size": None}, timezone="utc", write_timeout=0, sed=1
        )
    paths = [problem.path for problem in error.value.problems]
    assert paths == ["timezone", "batch", "write_timeout", "sed"]


def test_documents_without_a_file_work(tmp_path: Path) -> None:
    tree = {
        "input": [{"static.count": 2}],
        "event": {"template": {"mode": "all", "templates": [{"a": {"inline": "x"}}]}},
        "output": [{"stdout": {}}],
    }
    assert load_document(tree, base=tmp_path).path.parent == tmp_path
