from __future__ import annotations

import re

import pytest
from plots import IMAGES, PAGE, PLOTS, svg


@pytest.mark.parametrize("name", PLOTS)
def test_plots_show_what_the_patterns_of_the_page_give(name: str) -> None:
    assert (IMAGES / f"{name}.svg").read_text("utf-8") == svg(PLOTS[name])


def test_the_page_shows_every_plot() -> None:
    shown = re.findall(r"\]\(\.\./images/(\w+)\.svg\)", PAGE.read_text("utf-8"))
    assert sorted(shown) == sorted(PLOTS)
