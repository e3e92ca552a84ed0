"""Jinja2's two sources of chance, drawing from the run's generator instead of the process's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

from jinja2 import pass_context
from jinja2.constants import LOREM_IPSUM_WORDS
from jinja2.runtime import Context
from markupsafe import Markup


def random_filter(random: Random) -> Callable[[Context, Sequence[Any]], Any]:
    """Return the filter ``random``: one item of a sequence, undefined if it is empty."""
    draw = random.random

    @pass_context  # else a constant sequence would be drawn from once, when compiled
    def pick(context: Context, items: Sequence[Any]) -> Any:
        size = len(items)
        if not size:
            return context.environment.undefined("No random item, the sequence is empty.")
        return items[int(draw() * size)]

    return pick


def lipsum(random: Random) -> Callable[..., str]:
    """Return the function ``lipsum``: `n` paragraphs of `min` to `max` words of filler text."""

    def generate(n: int = 5, html: bool = True, min: int = 20, max: int = 100) -> str:
        sizes = [min + int(random.random() * (max - min)) for _ in range(n)]
        texts = [" ".join(_paragraph(size, random)) for size in sizes]
        if html:
            return Markup("\n".join(f"<p>{text}</p>" for text in texts))
        return "\n\n".join(texts)

    return generate


def _paragraph(size: int, random: Random) -> Iterator[str]:
    """Yield `size` words as sentences, the last one ended."""
    left = size
    while left:
        length = min(left, 6 + int(random.random() * 12))
        yield from _sentence(length, random)
        left -= length


def _sentence(length: int, random: Random) -> Iterator[str]:
    """Yield the words of one sentence: a capital, now and then a comma, a full stop."""
    words = LOREM_IPSUM_WORDS.split()
    last = ""
    for place in range(length):
        word = _other(words, last, random)
        last = word
        text = word if place else word.capitalize()
        if place == length - 1:
            yield f"{text}."
        else:
            yield f"{text}," if random.random() < 0.15 else text


def _other(words: Sequence[str], last: str, random: Random) -> str:
    """Return a word that is not `last`."""
    while (word := words[int(random.random() * len(words))]) == last:
        pass
    return word
