"""What counts as settled before the first template is rendered."""

from __future__ import annotations

import math
from random import Random

import pytest
from jinja2 import Environment

from eventum_core.events.template.knowledge import knowledge, read_only
from eventum_core.events.template.modules import Modules
from eventum_core.events.template.rows import make_rows
from eventum_core.events.template.tables import Sample, Samples, Table
from eventum_core.state import SharedState, State
from eventum_core.templating.compiler.values import Unsafe
from eventum_core.templating.environment import environment


def sample(*columns, rows=((1, 2), (3, 4))):
    return Sample(Table(columns, make_rows(columns, rows), True), Random(1))


SAMPLE = sample("name", "count")
SAMPLES = Samples({"s": SAMPLE, "none": sample("a", "b", rows=()), "twice": sample("a", "a")})


@pytest.fixture
def modules(make_run):
    return Modules(make_run())


@pytest.fixture
def known(modules):
    return knowledge({"samples": SAMPLES, "module": modules}, frozenset())


@pytest.mark.parametrize(
    "owner, name, settled",
    [
        (SAMPLES, "s", True),
        (SAMPLES, "nope", False),
        (SAMPLES, "__dict__", False),
        (SAMPLE, "pick", True),
        (SAMPLE, "columns", False),
        (SAMPLE, "name", False),
        (SAMPLE, 0, False),
        (State(), "get", True),
        (State(), "_values", False),
        (State(), "anything", False),
        (SharedState(), "acquire", True),
        (math, "pi", True),
        (math, "_x", False),
        ({"a": 1}, "a", False),
        ("text", "upper", False),
    ],
)
def test_what_never_changes_in_a_run(known, owner, name, settled):
    assert known.settled(owner, name) is settled


@pytest.mark.parametrize(
    "name, settled",
    [("rand", True), ("math", True), ("random", True), ("time", False), ("nope", False),
     ("urllib.parse", True), ("os", False), ("_block", False), (1, False)],
)  # fmt: skip
def test_which_modules_may_be_had_ahead(known, modules, name, settled):
    assert known.settled(modules, name) is settled


def test_a_module_of_the_user_is_imported_when_it_is_rendered(known, modules, write, monkeypatch):
    path = write("raises_when_imported.py", "raise ValueError")
    monkeypatch.syspath_prepend(path.parent)
    assert known.settled(modules, "raises_when_imported") is False


def test_a_module_that_wants_the_context_is_refused(known, modules, write, monkeypatch):
    path = write("wants_the_context.py", "from jinja2 import pass_context")
    monkeypatch.syspath_prepend(path.parent)
    with pytest.raises(Unsafe, match="wants_the_context may have functions that want the context"):
        known.settled(modules, "wants_the_context")


def test_types_of_results(known, modules):
    assert known.result(SAMPLE.pick) is type(SAMPLE[0])
    assert known.result(SAMPLE.where) is None
    assert known.result(SAMPLES["none"].pick) is None
    assert known.result(modules.rand.string.hex) is str
    assert known.result(modules.rand.choice) is None


def test_functions_that_want_nothing_of_jinja2(known, modules):
    plain = [SAMPLE.pick, State().get, modules.rand.chance, math.floor]
    others = [print, len, "text".upper, modules.random.random, Environment, "no function"]
    assert [known.plain(f) for f in plain] == [True] * len(plain)
    assert [known.plain(f) for f in others] == [False] * len(others)


def test_rows_with_a_cell_of_a_name(known):
    assert known.with_attribute("name") == {type(SAMPLE[0])}
    assert known.with_attribute("count") == frozenset()  # a method of every tuple
    assert known.with_attribute("a") == frozenset()  # twice in one sample, and none in the other


def test_rows_that_have_a_value(known):
    assert known.matching(SAMPLE, "name", 3) == [SAMPLE[1]]
    assert known.matching(SAMPLE, "name", 9) == []
    assert known.matching(SAMPLE, "count", 2) is None
    assert known.matching(SAMPLES["twice"], "a", 1) is None
    assert known.matching(SAMPLES["none"], "a", 1) is None
    assert known.matching([{"name": 3}], "name", 3) is None


def test_choices_whose_weights_are_summed_once(known, modules):
    choice = modules.rand.weighted_choice
    pick = known.prepared(choice, (["a", "b"], [0, 2]))
    assert pick is not None
    assert pick() == "b"
    assert known.prepared(choice, ([("a", 1), "b"], [0, 2])) is not None


@pytest.mark.parametrize(
    "args",
    [(["a"], [1, 2]), (["a"], [0]), (["a"], ["x"]), ([[1]], [1]), ([(1, [2])], [1]), (["a"],),
     ({"a": 1},), (("a",), (1,))],
)  # fmt: skip
def test_choices_that_are_looked_at_each_time(known, modules, args):
    assert known.prepared(modules.rand.weighted_choice, args) is None


@pytest.mark.parametrize(
    "text, read",
    [
        ("{{ params.a }}{{ params['b'] }}{{ params.a.b.append(1) }}", True),
        ("{{ params.get('a') }}{{ params.items() }}{{ params.keys }}{{ params [ \"b\" ] }}", True),
        ("no word of it: from 10.0.0.1, important, includes", True),
        ("{{ params }}", False),
        ("{{ params | length }}", False),
        ("{{ params.update({}) }}", False),
        ("{% set f = params.update %}", False),
        ("{% set f = params . pop %}", False),
        ("{% set f = params['update'] %}", False),
        ("{{ params['up\\x64ate'] }}", False),
        ("{{ params['up' ~ 'date'] }}", False),
        ("{{ params['up' 'date'] }}", False),
        ("{{ params[x] }}", False),
        ("{{ params.__setitem__ }}", False),
        ("{{ (params).update() }}", False),
        ("{% set params = 1 %}", False),
        ("{% import 'changes.jinja' as c %}", False),
        ("{%import'changes.jinja'as c%}", False),
        ('{%- from "changes.jinja" import x -%}', False),
        ("{% include 'changes.jinja' %}", False),
        ("{% include ['changes.jinja'] %}", False),
        ("{% import x as c %}", False),
        ("{% import 'changes' ~ '.jinja' as c %}", False),
        ("{% import 'changes' '.jinja' as c %}", False),
        ("{% import 'ch\\x61nges.jinja' as c %}", False),
        ("{% extends 'changes.jinja' %}", False),
        ("{% import 'reads.jinja' as c %}{% include 'reads.jinja' ignore missing %}", True),
        ("{% import 'deep.jinja' as c without context %}", False),
        ("{% import 'nope.jinja' as c %}", True),
    ],
)
def test_what_only_reads_params(tmp_path, write, text, read):
    write("changes.jinja", "{% do params.update({}) %}")
    write("reads.jinja", "{{ params.a }}")
    write("deep.jinja", "{% import 'changes.jinja' as c %}")
    env = environment(tmp_path, Random(1))
    assert ("params" in read_only(env, [text])) is read
    assert "vars" in read_only(env, ["{{ vars.a }}"])
