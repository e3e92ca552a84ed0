"""The filter ``random`` and the function ``lipsum``."""

from __future__ import annotations

import re
from random import Random

import pytest
from jinja2 import Environment

from eventum_core.templating.environment import environment
from eventum_core.templating.filters import lipsum, random_filter


@pytest.fixture
def random():
    return Random(3)


@pytest.fixture
def env(random):
    env = Environment()
    env.filters["random"] = random_filter(random)
    env.globals["lipsum"] = lipsum(random)
    return env


def test_random_gives_every_item_of_a_sequence(env):
    template = env.from_string("{{ [1, 2, 3] | random }}")
    assert {template.render() for _ in range(50)} == {"1", "2", "3"}


def test_random_draws_from_the_given_generator(env, random):
    template = env.from_string("{{ 'abcdefgh' | random }}{{ 'abcdefgh' | random }}")
    random.seed(9)
    first = template.render()
    random.seed(9)
    twin = Random(9)
    expected = "".join("abcdefgh"[int(twin.random() * 8)] for _ in range(2))
    assert first == template.render() == expected


@pytest.mark.parametrize("empty", ["[]", "''", "{}", "nope"])
def test_random_of_nothing_is_undefined(env, empty):
    assert env.from_string(f"{{{{ ({empty} | random) is defined }}}}").render() == "False"


def test_random_can_be_mapped(env):
    assert env.from_string("{{ [[7], [8]] | map('random') | list }}").render() == "[7, 8]"


def test_lipsum_gives_paragraphs_of_sentences(env):
    text = env.from_string("{{ lipsum(3, html=False) }}").render()
    paragraphs = text.split("\n\n")
    assert len(paragraphs) == 3
    for paragraph in paragraphs:
        assert 20 <= len(paragraph.split()) < 100
        assert re.fullmatch(r"([A-Z][a-z]*(,? [a-z]+,?)*\. ?)+", paragraph)


def test_lipsum_is_html_unless_told_otherwise(env):
    text = env.from_string("{{ lipsum(n=2, min=4, max=5) }}").render()
    assert [len(line.split()) for line in text.split("\n")] == [4, 4]
    assert all(re.fullmatch(r"<p>.*\.</p>", line) for line in text.split("\n"))


def test_lipsum_repeats_with_the_seed(env, random):
    template = env.from_string("{{ lipsum() }}")
    random.seed(5)
    text = template.render()
    assert template.render() != text
    random.seed(5)
    assert template.render() == text


def test_json_is_read(tmp_path):
    env = environment(tmp_path, Random(1))
    text = """{{ ('{"a": [1, "é", null]}' | fromjson).a }}"""
    assert env.from_string(text).render() == "[1, 'é', None]"
