"""Instances by locale, as templates look them up."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from jinja2 import Environment

from eventum_core.events.template.locales import Locales


def make(code: str) -> list[str]:
    if code not in ("de", "en"):
        raise KeyError(code)
    return [code]


@pytest.fixture
def locales() -> Locales:
    return Locales(make, lambda code: code.lower() if isinstance(code, str) else code)


def test_spellings_of_one_locale_share_its_instance(locales: Locales) -> None:
    assert locales.de is locales["DE"] is locales["de"]
    assert locales.de is not locales.en


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ l.de }} {{ l['EN'] }}", "['de'] ['en']"),
        ("{{ l.xx is defined }} {{ l['xx'] is defined }} {{ l[5] is defined }}", "False " * 3),
    ],
)
def test_lookups_in_templates(locales: Locales, text: str, expected: str) -> None:
    assert Environment().from_string(text).render(l=locales) == expected.strip()


def test_copying_asks_for_no_locale(locales: Locales) -> None:
    duplicate: Any = copy.copy(locales)
    assert duplicate.de == ["de"]
