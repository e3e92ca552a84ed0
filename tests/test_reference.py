"""The reference pages say what the plugins' docstrings say."""

from __future__ import annotations

import pytest
from reference import FOLDER, _shipped, pages

from eventum_core.describe import option_docs
from eventum_core.registry import Registry


@pytest.mark.parametrize("file, text", pages().items(), ids=lambda value: str(value)[:20])
def test_pages_are_as_made(file: str, text: str) -> None:
    assert (FOLDER / file).read_text("utf-8") == text, "run: python tests/reference.py"


def test_every_option_of_every_plugin_is_explained() -> None:
    registry = Registry()
    for ref in registry.refs():
        if _shipped(ref.target):
            plugin = registry.get(ref.kind, ref.name)
            assert set(plugin.model_fields) <= set(option_docs(plugin)), ref
