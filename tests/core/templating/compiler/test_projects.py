"""Every template of every project that is shipped, each project rendered both ways."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventum_core.errors import ConfigError
from eventum_core.events.template.plugin import Template
from eventum_core.loader import load

ROOT = Path(__file__).parents[4]
FOLDERS = ("fixtures", "tests/benchmarks/projects", "examples")
SLOW = ("faker",)


def projects():
    """Yield the files of all generators whose events come from templates."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("generator.yml")):
            try:
                config = load(path)
            except ConfigError:
                continue  # no generator, or one that lacks params or is broken on purpose
            if isinstance(config.event, Template):
                yield pytest.param(config, id=str(path.relative_to(ROOT)))


@pytest.mark.parametrize("config", list(projects()))
def test_rendered_the_quick_way_it_is_the_same(tell, config):
    base = config.path.parent
    count = 60 if base.name in SLOW else 600
    stock, quick = (tell(config.event, base, count, way) for way in (False, True))
    assert quick.refused == {}
    assert quick.moments == stock.moments
    assert quick.state == stock.state
    assert quick.drawn == stock.drawn
