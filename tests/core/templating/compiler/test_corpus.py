"""A corpus of templates written to break the compiler, each rendered both ways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

CORPUS = Path(__file__).parent / "corpus"
KINDS = ("scoping", "blocks", "values", "filters", "imports")


def _read(kind: str) -> Any:
    return yaml.safe_load((CORPUS / f"{kind}.yml").read_text(encoding="utf-8"))


QUICK = [
    pytest.param(text, id=f"{kind}-{number}")
    for kind in KINDS
    for number, text in enumerate(_read(kind))
]
REFUSED = [(reason, text) for reason, texts in _read("refused").items() for text in texts]


def test_the_corpus_is_large_and_says_nothing_twice():
    texts = [*(case.values[0] for case in QUICK), *(text for _, text in REFUSED)]
    assert len(set(texts)) == len(texts) >= 250


@pytest.mark.parametrize("text", QUICK)
def test_rendered_the_quick_way_it_is_the_same(both, text):
    stock, quick = both(text)
    assert quick.refused == {}
    assert quick.moments == stock.moments
    assert quick.state == stock.state
    assert quick.drawn == stock.drawn


@pytest.mark.parametrize("reason, text", REFUSED)
def test_what_is_not_understood_is_left_to_jinja2(both, reason, text):
    stock, quick = both(text)
    assert reason in quick.refused["a"]
    assert quick.moments == stock.moments
    assert quick.state == stock.state
