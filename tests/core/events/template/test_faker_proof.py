"""Short cuts are used only where they are shown to be the same as what is installed."""

from __future__ import annotations

from string import ascii_letters
from typing import Any

import faker
import pytest
from faker.providers import BaseProvider
from faker.providers.lorem import Provider as Lorem

from eventum_core.events.template.faker_methods import METHODS, RELIES_ON
from eventum_core.events.template.faker_proof import is_generator_proven, proven_methods

PROOF = proven_methods.__wrapped__
GENERATOR_PROOF = is_generator_proven.__wrapped__
ELEMENT = BaseProvider.random_element
LEXIFY = BaseProvider.lexify
WORDS = Lorem.get_words_list


def draws_once_more(self: Any, text: str = "###") -> str:
    return text.replace("#", str(self.random_digit()))


def always_first(self: Any, elements: Any = ("a", "b", "c")) -> Any:
    return self.random_elements(elements, 2)[0]


def looks_elsewhere(self: Any, text: str = "????", letters: str = ascii_letters) -> str:
    return LEXIFY(self, text, getattr(self, "alphabet", letters))


def other_signature(self: Any) -> list[str]:
    return list(self.word_list)


@pytest.mark.parametrize("owner", METHODS)
def test_everything_is_proven_here(owner: type) -> None:
    assert proven_methods(owner) == METHODS[owner]
    assert is_generator_proven()


@pytest.mark.parametrize("cls", [int, faker.Generator])
def test_other_classes_have_no_short_cuts(cls: type) -> None:
    assert proven_methods(cls) == {}


@pytest.mark.parametrize(
    ("owner", "name", "changed"),
    [
        (BaseProvider, "numerify", draws_once_more),
        (BaseProvider, "random_element", always_first),
        (BaseProvider, "lexify", looks_elsewhere),
        (Lorem, "get_words_list", other_signature),
        (Lorem, "get_words_list", property(lambda self: 5)),
    ],
)
def test_another_stock_method_is_kept(
    monkeypatch: pytest.MonkeyPatch, owner: type, name: str, changed: Any
) -> None:
    monkeypatch.setattr(owner, name, changed)
    assert name not in PROOF(owner)


def test_a_method_that_is_gone_is_not_brought_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(Lorem, "get_words_list")
    assert PROOF(Lorem) == {}


def test_another_parse_keeps_all_of_faker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faker.Generator, "parse", lambda self, text: text.upper())
    assert not GENERATOR_PROOF()


def test_what_the_short_cuts_do_not_call_is_named() -> None:
    named = {name for methods in METHODS.values() for name in methods}
    assert set(RELIES_ON) <= named
    assert all(hasattr(BaseProvider, one) for needed in RELIES_ON.values() for one in needed)
