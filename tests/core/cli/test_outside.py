from __future__ import annotations

from pathlib import Path

import pytest

from eventum_core.cli.outside import Use, uses


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("{{ module.time.time() }}", ["time"]),
        ("{{ module['time'].time() }}", ["time"]),
        ("{{ module.numpy.random.normal() }}", ["numpy.random"]),
        ("{{ module['numpy.random'].normal() }}", ["numpy.random"]),
        ("{{ module.datetime.datetime.now() }}", ["datetime.datetime.now"]),
        ("{% set d = module.datetime.datetime %}{{ d.now() }}", ["datetime.datetime.now"]),
        ("{% if module.os.urandom(1) %}{% endif %}", ["os.urandom"]),
        ("{{ subprocess.run('date') }}", ["subprocess"]),
        ("{% do module.socket.gethostname() %}", ["socket"]),
        ("{{ module.random.random() }}{{ module.uuid.uuid4() }}", []),
        ("{{ module.datetime.timedelta(1) }}{{ module.numpy.array([1]) }}", []),
        ("{{ module.rand.number.integer(1, 2) }}{{ module.faker.locale['en'].name() }}", []),
        ("{{ timestamp.time() }}{{ vars.time }}", []),
    ],
)
def test_sources_that_no_seed_repeats(tmp_path: Path, source: str, names: list[str]) -> None:
    assert [use.name for use in uses(tmp_path, [], {"a": source})] == names


def test_files_and_what_they_include_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "one.jinja").write_text("\n{% include 'two.jinja' %}{{ module.time.time() }}")
    (tmp_path / "two.jinja").write_text("{% import 'one.jinja' as x %}\n\n{{ module.socket }}")
    assert uses(tmp_path, ["one.jinja"], {}) == [
        Use("one.jinja", 2, "time"),
        Use("two.jinja", 3, "socket"),
    ]


def test_an_inline_template_may_include_files(tmp_path: Path) -> None:
    (tmp_path / "part.jinja").write_text("{{ module.platform.node() }}")
    found = uses(tmp_path, [], {"a": "{% include 'part.jinja' %}"})
    assert found == [Use("part.jinja", 1, "platform")]


def test_a_missing_file_is_not_our_business(tmp_path: Path) -> None:
    assert uses(tmp_path, ["none.jinja"], {}) == []
