"""What templates remember: as Python calls it, as Jinja looks it up, among threads."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from jinja2 import Environment

from eventum_core.state import SharedState, State, unshared

EITHER = pytest.mark.parametrize("make", [State, SharedState])


def render(text: str, state: State) -> str:
    return Environment(extensions=["jinja2.ext.do"]).from_string(text).render(s=state)


def in_thread(call: Callable[[], Any]) -> list[Any]:
    """Return what the call returned or raised in another thread."""
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append(call())
        except RuntimeError as error:
            outcome.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(10)
    return outcome


@EITHER
def test_operations(make: Callable[[], State]) -> None:
    state = make()
    state.set("a", 1)
    state.update({"b": 2, "a": 3})
    assert (state.get("a"), state["b"], state.get("c"), state.get("c", 9)) == (3, 2, None, 9)
    assert state.get("c", default=8) == 8
    assert state.as_dict() == {"a": 3, "b": 2}
    assert (state.pop("a"), state.pop("a"), state.pop("a", 7)) == (3, None, 7)
    state.clear()
    assert state.as_dict() == {}


@EITHER
def test_update_takes_one_mapping(make: Callable[[], Any]) -> None:
    with pytest.raises(TypeError):
        make().update(a=1)


@EITHER
def test_changes_return_nothing(make: Callable[[], Any]) -> None:
    state = make()
    assert [state.set("a", 1), state.update({}), state.clear()] == [None, None, None]


@EITHER
def test_values_are_kept_by_reference_and_copies_are_shallow(make: Callable[[], State]) -> None:
    state = make()
    state.set("list", [1])
    state.get("list").append(2)
    copy = state.as_dict()
    copy["more"] = 1
    assert state.as_dict() == {"list": [1, 2]}
    assert copy["list"] is state.get("list")


@EITHER
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ s.nope }}", "None"),
        ("{{ s['nope'] }}", "None"),
        ("{{ s.nope is defined }}", "True"),
        ("{{ s.nope | default('d') }}", "None"),
        ("{{ s.a }} {{ s['a'] }} {{ s.get('a') }}", "1 1 1"),
        ("{{ s['get'] }}", "2"),
        ("{{ s.get('x', 'y') }}", "y"),
        ("{% do s.set('n', s.get('n', 0) + 1) %}{{ s.n }}", "1"),
        ("{{ 'a' in s }} {{ 'x' in s }}", "True False"),
        ("{% for key in s %}{{ key }},{% endfor %}", "a,get,"),
        ("{{ s | list }}", "['a', 'get']"),
        ("{{ s | length }}", "2"),
        ("{% for key in s %}{% do s.set(key ~ '2', 0) %}{% endfor %}{{ s | length }}", "4"),
        ("{% do s.clear() %}{{ 'there' if s else 'gone' }}", "there"),
    ],
)
def test_lookups_in_templates(make: Callable[[], State], text: str, expected: str) -> None:
    state = make()
    state.update({"a": 1, "get": 2})
    assert render(text, state) == expected


@EITHER
def test_an_unknown_method_is_a_missing_key(make: Callable[[], State]) -> None:
    with pytest.raises(TypeError, match="'NoneType' object is not callable"):
        render("{{ s.setdefault('a', 1) }}", make())


def test_the_text_of_a_state_is_the_same_in_each_run() -> None:
    state = SharedState()
    state.set("a", [1])
    assert [str(State()), str(state)] == ["State({})", "SharedState({'a': [1]})"]


def test_additions_under_the_lock_are_not_lost_among_threads() -> None:
    state, start = SharedState(), Barrier(4)

    def count() -> None:
        start.wait()
        for _ in range(500):
            state.acquire()
            state.set("n", state.get("n", 0) + 1)
            state.release()

    threads = [Thread(target=count, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert state.get("n") == 2000


def test_the_lock_is_reentrant_and_excludes_other_threads() -> None:
    state = SharedState()
    state.acquire()
    state.acquire()
    state.set("a", 1)
    assert in_thread(lambda: state._lock.acquire(blocking=False)) == [False]
    state.release()
    assert in_thread(lambda: state._lock.acquire(blocking=False)) == [False]
    state.release()
    assert in_thread(lambda: (state._lock.acquire(blocking=False), state._lock.release())[0])


def test_releasing_what_is_not_held_raises() -> None:
    state = SharedState()
    with pytest.raises(RuntimeError):
        state.release()
    state.acquire()
    (error,) = in_thread(state.release)
    assert isinstance(error, RuntimeError)
    state.release()


def test_release_all_frees_what_this_thread_left_behind() -> None:
    state = SharedState()
    with pytest.raises(ZeroDivisionError):
        render("{% do s.acquire() %}{% do s.acquire() %}{{ 1 / 0 }}", state)
    state.release_all()
    assert in_thread(lambda: state.get("a", "free")) == ["free"]
    state.release_all()


def test_release_all_leaves_other_threads_their_lock() -> None:
    state = SharedState()
    state.acquire()
    assert in_thread(state.release_all) == [None]
    assert in_thread(lambda: state._lock.acquire(blocking=False)) == [False]
    state.release()


def test_what_one_thread_keeps_can_be_had_without_its_methods() -> None:
    state = State()
    values = unshared(state)
    assert values is not None
    values["a"] = 1
    state.set("b", 2)
    state.clear()
    state.set("c", 3)
    assert values == {"c": 3}
    assert unshared(SharedState()) is None
