"""The script plugin: what a function may return and raise, and what is said of mistakes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from textwrap import dedent
from typing import Any

import pytest
from doubles import generator, local

from eventum_core import ConfigError, Dropped, Exhausted, Moment, ProduceError
from eventum_core.events.script import Script
from eventum_core.plugin import Produce, Run
from eventum_core.state import SharedState

MakeProducer = Callable[..., Produce]


@pytest.fixture
def producer(run: Run) -> MakeProducer:
    """Return a function that makes the producer of a script with this source."""

    def producer(source: str, **changes: Any) -> Produce:
        (run.base / "produce.py").write_text(dedent(source), encoding="utf-8")
        script = Script(path=Path("produce.py"))
        script.check(run.base)
        return script.producer(replace(run, random=Random(), **changes))

    return producer


@pytest.fixture
def moment(run: Run) -> Moment:
    """A moment with a tag."""
    return Moment(run.now, ("web",), 0)


def returning(expression: str) -> str:
    return f"def produce(params):\n    return {expression}\n"


TEXT = "type('Text', (str,), {'__str__': lambda self: 'other'})"


@pytest.mark.parametrize(
    ("expression", "events"),
    [
        ("'one'", ["one"]),
        ("''", [""]),
        (r"'two\nlines'", ["two\nlines"]),
        (f"{TEXT}('sub')", ["sub"]),
        ("['a', 'b']", ["a", "b"]),
        ("['']", [""]),
        ("[]", []),
        ("type('List', (list,), {})(['a'])", ["a"]),
    ],
)
def test_what_gives_events(
    producer: MakeProducer, moment: Moment, expression: str, events: Sequence[str]
) -> None:
    given = list(producer(returning(expression))(moment))
    assert given == events
    assert {type(text) for text in given} <= {str}


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("None", "NoneType"),
        ("('a',)", "tuple"),
        ("['a', 1]", "list of int, str"),
        (f"[{TEXT}('a')]", "list of Text"),
        ("b'a'", "bytes"),
        ("1", "int"),
        ("(text for text in 'ab')", "generator"),
        ("{'a': 1}", "dict"),
    ],
)
def test_what_is_no_event(
    producer: MakeProducer, moment: Moment, expression: str, kind: str
) -> None:
    with pytest.raises(ProduceError, match=f"produce returned {kind}; return a str") as caught:
        producer(returning(expression))(moment)
    assert caught.value.context["reason"] == str(caught.value)


def test_a_coroutine_is_no_event_and_is_not_left_unawaited(
    producer: MakeProducer, moment: Moment, recwarn: pytest.WarningsRecorder
) -> None:
    produce = producer("async def produce(params):\n    return 'a'")
    with pytest.raises(ProduceError, match="returned coroutine"):
        produce(moment)
    assert list(recwarn) == []


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        ("PluginEventDroppedError", Dropped),
        ("PluginEventDroppedError('why')", Dropped),
        ("PluginEventsExhaustedError()", Exhausted),
        ("Dropped", Dropped),
        ("Exhausted()", Exhausted),
        ("type('Mine', (Dropped,), {})", Dropped),
        ("PluginProduceSignal", ProduceError),
        ("PluginProduceError('no', context={'a': 1})", ProduceError),
        ("ProduceError('no')", ProduceError),
        ("SystemExit(3)", ProduceError),
        ("GeneratorExit", ProduceError),
    ],
)
def test_what_a_function_may_raise(
    producer: MakeProducer, moment: Moment, raised: str, expected: type[Exception]
) -> None:
    source = f"""
        from eventum.plugins.event.exceptions import (
            PluginEventDroppedError,
            PluginEventsExhaustedError,
            PluginProduceError,
            PluginProduceSignal,
        )
        from eventum_core import Dropped, Exhausted, ProduceError

        def produce(params):
            raise {raised}
    """
    with pytest.raises(expected):
        producer(source)(moment)


def test_an_error_tells_class_text_and_line(producer: MakeProducer, moment: Moment) -> None:
    source = """
        import json

        def deep(text):
            return json.loads(text)

        def produce(params):
            return deep("{")
    """
    with pytest.raises(ProduceError) as caught:
        producer(source)(moment)
    assert str(caught.value).startswith("JSONDecodeError: Expecting property name")
    assert str(caught.value).endswith("(produce.py:5)")
    context = caught.value.context
    assert str(context["reason"]).startswith("JSONDecodeError: Expecting")
    assert 'produce.py", line 8, in produce' in str(context["traceback"])
    assert "eventum_core" not in str(context["traceback"])


def test_the_context_of_a_produce_error_is_kept(producer: MakeProducer, moment: Moment) -> None:
    source = """
        from eventum.plugins.event.exceptions import PluginProduceError
        def produce(params):
            raise PluginProduceError("no luck", context={"user": "ada"})
    """
    with pytest.raises(ProduceError) as caught:
        producer(source)(moment)
    assert caught.value.context["user"] == "ada"
    assert caught.value.context["reason"] == "PluginProduceError: no luck"


def test_what_the_function_is_given(producer: MakeProducer, moment: Moment) -> None:
    source = """
        seen = []
        def produce(params):
            seen.append(params)
            stamp = params["timestamp"]
            return f"{sorted(params)} {stamp.isoformat()} {params['tags']}"
    """
    expected = "['globals', 'tags', 'timestamp'] 2024-05-01T12:00:00+00:00 ('web',)"
    assert producer(source)(moment) == (expected,)


def test_each_call_gets_a_dictionary_of_its_own(producer: MakeProducer, moment: Moment) -> None:
    source = """
        seen = []
        def produce(params):
            seen.append(params)
            params["more"] = 1
            return [str(len({id(item) for item in seen})), str(len(params))]
    """
    produce = producer(source)
    assert [produce(moment) for _ in range(2)] == [["1", "4"], ["2", "4"]]


COUNTER = """
    count = 0
    def produce(params):
        global count
        count += 1
        return str(count)
"""


def test_the_module_lives_as_long_as_its_run(producer: MakeProducer, moment: Moment) -> None:
    one, two = producer(COUNTER), producer(COUNTER)
    assert [one(moment), one(moment), two(moment)] == [("1",), ("2",), ("1",)]


SHARING = """
    def produce(params):
        store = params["globals"]
        store.acquire()
        store.set("n", store.get("n", 0) + 1)
        if store.get("n") == 2:
            raise ValueError("while holding it")
        return str(store.get("n"))
"""


def test_globals_are_the_hosts_store_and_are_let_go(producer: MakeProducer, moment: Moment) -> None:
    store = SharedState()
    one, two = (producer(SHARING, globals=store) for _ in range(2))
    assert one(moment) == ("1",)
    with pytest.raises(ProduceError):
        two(moment)
    assert one(moment) == ("3",)
    with pytest.raises(RuntimeError):
        store.release()


def test_without_a_host_the_globals_are_the_runs_own(
    producer: MakeProducer, moment: Moment
) -> None:
    assert [producer(SHARING)(moment) for _ in range(2)] == [("1",), ("1",)]


@pytest.mark.parametrize(
    "source",
    [
        "def produce(params): return 'a'",
        "produce = lambda params: 'a'",
        "class produce:\n    def __new__(cls, params): return 'a'",
        "import functools\nproduce = functools.partial(lambda x, params: x, 'a')",
        "def outer():\n    global produce\n    def produce(params): return 'a'\nouter()",
        "globals()['pro' + 'duce'] = lambda params: 'a'",
        "# coding: cp1252\ndef produce(params): return 'a'",
    ],
)
def test_produce_may_be_anything_that_can_be_called(
    producer: MakeProducer, moment: Moment, source: str
) -> None:
    assert producer(source)(moment) == ("a",)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("x = 1", r"produce\.py: there is no function produce\(params\)"),
        ("\n\ndef produce(params:\n    pass", "produce.py, line 3: "),
        ("def produce(params):\npass", "produce.py, line 2: expected an indented block"),
        ("\0", "produce.py.*null bytes"),
        ("# coding: nope\n", "unknown encoding"),
        ("x = " + "(" * 300, r"produce\.py.*nested"),
        ("x = " + "-" * 100_000 + "1", r"produce\.py.*nested"),
    ],
)
def test_what_is_found_without_running_it(run: Run, source: str, says: str) -> None:
    (run.base / "produce.py").write_text(source)
    with pytest.raises(ConfigError, match=says) as caught:
        Script(path=Path("produce.py")).check(run.base)
    assert [problem.path for problem in caught.value.problems] == ["path"]


@pytest.mark.parametrize(
    ("path", "says"), [("none.py", "no such file"), ("folder.py", "this is a folder")]
)
def test_a_path_without_a_file(run: Run, path: str, says: str) -> None:
    (run.base / "folder.py").mkdir()
    with pytest.raises(ConfigError, match=says):
        Script(path=Path(path)).check(run.base)


@pytest.mark.parametrize("path", ["produce", "produce.txt", "produce.PY", "folder/"])
def test_a_file_that_python_cannot_import(path: str) -> None:
    with pytest.raises(ValueError, match=r"must end in \.py"):
        Script.model_validate({"path": path})


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("import nowhere_at_all", r"ModuleNotFoundError: .*nowhere_at_all.* \(produce.py:1\)"),
        ("x = 1\ny = x / 0", r"ZeroDivisionError: division by zero \(produce.py:2\)"),
        ("import sys\nsys.exit('bye')", r"SystemExit: bye \(produce.py:2\)"),
        ("open('/nowhere/at/all')", r"FileNotFoundError: .* \(produce.py:1\)"),
        ("produce = 5", "produce is no function"),
        ("from string import *", "there is no produce"),
        ("produce = None\ndel produce", "there is no produce"),
    ],
)
def test_what_only_a_run_shows(producer: MakeProducer, source: str, says: str) -> None:
    if "produce" not in source and "*" not in source:
        source = f"{source}\ndef produce(params): return 'a'"
    with pytest.raises(ConfigError, match=says) as caught:
        producer(source)
    assert [problem.path for problem in caught.value.problems] == ["event.script.path"]


@pytest.mark.parametrize("line", ["import nowhere_at_all", "from . import helper"])
def test_a_failed_import_says_how_to_reach_files_beside_the_script(
    producer: MakeProducer, line: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        producer(f"{line}\ndef produce(params): return 'a'")
    assert "sys.path" in caught.value.problems[0].fix


def test_a_file_that_is_gone_when_the_run_begins(run: Run) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        Script(path=Path("gone.py")).producer(run)


def test_checking_executes_nothing(run: Run) -> None:
    source = "open(__file__ + '.ran', 'w').close()\ndef produce(params): return 'a'"
    (run.base / "produce.py").write_text(source)
    script = Script(path=Path("produce.py"))
    script.check(run.base)
    with pytest.raises(ConfigError, match="restricted policy"):
        script.producer(replace(run, policy="restricted"))
    assert [path.name for path in run.base.iterdir()] == ["produce.py"]


RANDOM = """
    import random
    from uuid import uuid4
    USERS = [random.choice("abcdefgh") for _ in range(8)]
    def produce(params):
        return f"{random.choice(USERS)} {uuid4()} {random.random()}"
"""


def texts(base: Path, source: str, **settings: Any) -> list[str]:
    (base / "produce.py").write_text(dedent(source))
    found, output = local()
    event = {"script": {"path": "produce.py"}}
    generator(base, output, event=event, **settings).run_sync()
    return found


def test_a_run_is_repeated_by_its_seed(tmp_path: Path) -> None:
    first = texts(tmp_path, RANDOM, count=2500)
    assert len(set(first)) == 2500
    assert texts(tmp_path, RANDOM, count=2500, batch={"size": 7}) == first
    assert texts(tmp_path, RANDOM, count=2500, seed=8) != first


def test_counters_of_a_whole_run(tmp_path: Path) -> None:
    source = """
        from eventum.plugins.event.exceptions import (
            PluginEventDroppedError, PluginEventsExhaustedError,
        )
        n = 0
        def produce(params):
            global n
            n += 1
            if n == 2: raise PluginEventDroppedError()
            if n == 3: return None
            if n == 4: return []
            if n == 8: raise PluginEventsExhaustedError()
            return ["a", "b"]
    """
    (tmp_path / "produce.py").write_text(dedent(source))
    report = generator(tmp_path, event={"script": {"path": "produce.py"}}, count=20).run_sync()
    event = report.event
    assert (event.produced, event.produce_failed, event.dropped) == (8, 1, 1)
    assert report.ended == "exhausted"
    assert "produce returned NoneType" in report.errors[0]


def test_timestamps_are_in_the_generators_timezone(tmp_path: Path) -> None:
    source = "def produce(params):\n    return str(params['timestamp'])"
    (found,) = texts(tmp_path, source, count=1, timezone="Asia/Tokyo")
    assert found.endswith("+09:00")


def test_absolute_paths_are_taken_as_they_are(run: Run, moment: Moment, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "s.py").write_text(returning("'a'"))
    script = Script(path=folder / "s.py")
    script.check(run.base)
    produce = script.producer(run)
    later = Moment(run.now + timedelta(seconds=1), (), 1)
    assert [produce(moment), produce(later)] == [("a",), ("a",)]
