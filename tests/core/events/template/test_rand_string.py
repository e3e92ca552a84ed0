"""Text: alphabets, sizes and the language of patterns."""

from __future__ import annotations

import re
import string
from collections import Counter
from random import Random
from typing import Any

import pytest

from eventum_core.events.template.rand_string import String

ALPHABETS = {
    "letters_lowercase": string.ascii_lowercase,
    "letters_uppercase": string.ascii_uppercase,
    "letters": string.ascii_letters,
    "digits": string.digits,
    "punctuation": string.punctuation,
    "hex": "0123456789abcdef",
}


@pytest.fixture
def text() -> String:
    return String(Random(12))


@pytest.mark.parametrize(("name", "alphabet"), ALPHABETS.items())
def test_characters_are_drawn_uniformly_from_the_alphabet(
    text: String, name: str, alphabet: str
) -> None:
    drawn = Counter(getattr(text, name)(20_000))
    assert set(drawn) == set(alphabet)
    expected = 20_000 / len(alphabet)
    assert all(0.75 * expected < times < 1.25 * expected for times in drawn.values())


@pytest.mark.parametrize("name", ALPHABETS)
@pytest.mark.parametrize(("size", "length"), [(1, 1), (7, 7), (0, 0), (-3, 0)])
def test_sizes_count_characters(text: String, name: str, size: int, length: int) -> None:
    assert len(getattr(text, name)(size)) == length


@pytest.mark.parametrize("name", ALPHABETS)
@pytest.mark.parametrize("size", [1.5, 2.0, 0.0, "3"])
def test_other_sizes_are_a_type_error(text: String, name: str, size: Any) -> None:
    with pytest.raises(TypeError):
        getattr(text, name)(size)


def test_hex_keeps_its_leading_zeros(text: String) -> None:
    assert {len(text.hex(2)) for _ in range(300)} == {2}


@pytest.mark.parametrize(
    ("pattern", "expression"),
    [
        ("%a", "[a-z]"),
        ("%A", "[A-Z]"),
        ("%l{20}", "[a-zA-Z]{20}"),
        ("%d{20}", "[0-9]{20}"),
        ("%n{20}", "[1-9]{20}"),
        ("%h{20}", "[0-9a-f]{20}"),
        ("%H{20}", "[0-9A-F]{20}"),
        ("%p{20}", r"[!-/:-@\[-`{-~]{20}"),
        ("%w{20}", "[0-9a-zA-Z]{20}"),
        ("%%", "%"),
        ("%%{4}", "%%%%"),
        ("%d{0}", ""),
        ("%d{007}", "[0-9]{7}"),
        ("", ""),
        ("plain {3} text", r"plain \{3\} text"),
        ("%d {3}", r"[0-9] \{3\}"),
        ("}%d{2}{", r"\}[0-9]{2}\{"),
        ("line\n%d\n", "line\n[0-9]\n"),
        ("%A{2}-%%{2}%d{0}x{3}", r"[A-Z]{2}-%%x\{3\}"),
    ],
)
def test_patterns_give_text_of_their_shape(text: String, pattern: str, expression: str) -> None:
    assert re.fullmatch(expression, text.pattern(pattern))


@pytest.mark.parametrize(
    ("pattern", "complaint"),
    [
        ("abc%", "lone %"),
        ("%%%", "lone %"),
        ("%z", "unknown specifier %z"),
        ("%{3}", r"unknown specifier %\{"),
        ("%\n", "unknown specifier"),
        ("%d{3", "not closed"),
        ("%d{", "not closed"),
        ("%d{}", "not a number"),
        ("%d{-1}", "not a number"),
        ("%d{two}", "not a number"),
        ("%d{ 2}", "not a number"),
        ("%d{٣}", "not a number"),
    ],
)
def test_wrong_patterns_are_a_value_error(text: String, pattern: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        text.pattern(pattern)


def test_literal_parts_use_no_draws() -> None:
    plain, dressed = String(Random(1)), String(Random(1))
    assert dressed.pattern("<%d{6}>") == f"<{plain.digits(6)}>"
