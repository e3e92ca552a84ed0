"""User files as modules: fresh for each run, drawing from the run, seen by nobody."""

from __future__ import annotations

import py_compile
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from types import ModuleType

import pytest

from eventum_core.events.user_module import execute, line_in, traceback_in
from eventum_core.plugin import Run
from eventum_core.seeds import Seeds


@pytest.fixture
def load(run: Run) -> Callable[..., ModuleType]:
    """Return a function that executes a source as a file of the run's folder."""

    def load(source: str, seed: int = 7) -> ModuleType:
        path = run.base / "script.py"
        path.write_text(source, encoding="utf-8")
        return execute(path, replace(run, random=Random(), seeds=Seeds(seed, "shop")))

    return load


def test_the_module_knows_its_name_and_file(load: Callable[..., ModuleType], run: Run) -> None:
    module = load("name = __name__\nfile = __file__\nhere = dict(globals())")
    assert module.name == "user_module"
    assert module.file == str(run.base / "script.py")
    assert module.__spec__ is not None


def test_nothing_is_left_behind(load: Callable[..., ModuleType], run: Run) -> None:
    before, path = set(sys.modules), list(sys.path)
    load("x = 1")
    assert set(sys.modules) == before
    assert sys.path == path
    assert [file.name for file in run.base.iterdir()] == ["script.py"]


def test_siblings_cannot_be_imported(load: Callable[..., ModuleType], run: Run) -> None:
    (run.base / "sibling_of_script.py").write_text("x = 1")
    with pytest.raises(ModuleNotFoundError):
        load("import sibling_of_script")


def test_what_is_printed_goes_to_stderr(
    load: Callable[..., ModuleType], capsys: pytest.CaptureFixture[str]
) -> None:
    load("import sys\nprint('a', 1, sep='-')\nprint('b', file=sys.stdout, flush=True)")
    assert capsys.readouterr() == ("b\n", "a-1\n")


def test_each_execution_is_fresh_and_reads_the_file_again(load: Callable[..., ModuleType]) -> None:
    first, same = load("x = [1]"), load("x = [1]")
    first.x.append(2)
    assert same.x == [1]
    assert load("x = [2]").x == [2]  # as long as before, and within the same second


DRAWS = [
    "import random\nx = random.random()",
    "import random as r\nx = r.choice(range(10**9))",
    "from random import randint\nx = randint(0, 10**9)",
    "from random import *\nx = uniform(0, 1)",
    "from random import Random\nx = Random().random()",
    "from random import SystemRandom\nx = SystemRandom().random()",
    "import uuid\nx = uuid.uuid4()",
    "import uuid as u\nx = u.uuid1()",
    "from uuid import uuid4\nx = uuid4()",
    "import secrets\nx = secrets.token_hex()",
    "from secrets import randbelow\nx = randbelow(10**9)",
    "def f():\n    import random\n    return random.random()\nx = f()",
    "def f():\n    from uuid import uuid4\n    return uuid4()\nx = f()",
    "class C:\n    from random import random\n    x = random()\nx = C.x",
    "x = __import__('random').random()",
]


@pytest.mark.parametrize("source", DRAWS)
def test_draws_are_those_of_the_runs_seed(load: Callable[..., ModuleType], source: str) -> None:
    assert load(source).x == load(source).x
    assert load(source, seed=8).x != load(source).x


def test_dataclasses_with_postponed_annotations_work(load: Callable[..., ModuleType]) -> None:
    source = """
from __future__ import annotations
from dataclasses import dataclass
from typing import ClassVar

@dataclass
class User:
    count: ClassVar[int] = 0
    name: str
"""
    assert load(source).User("ada").name == "ada"


def test_builtins_are_there(load: Callable[..., ModuleType]) -> None:
    module = load("import builtins\nx = len(sorted([2, 1])) + builtins.len('ab')\ny = __debug__")
    assert (module.x, module.y) == (4, __debug__)


def test_compiled_files_are_executed(run: Run) -> None:
    source = run.base / "script.py"
    source.write_text("import random\nx = random.random()")
    compiled = run.base / "other.pyc"
    py_compile.compile(str(source), cfile=str(compiled), doraise=True)
    assert execute(compiled, run).x == execute(source, run).x


def test_a_suffix_that_python_does_not_know(run: Run) -> None:
    with pytest.raises(ImportError, match=r"end in \.txt"):
        execute(run.base / "script.txt", run)


def test_place_and_traceback_are_those_in_the_file(
    load: Callable[..., ModuleType], run: Run
) -> None:
    path = run.base / "script.py"
    with pytest.raises(KeyError) as caught:
        load("def f():\n    return {}['x']\n\nf()\n")
    assert line_in(path, caught.value) == 2
    text = traceback_in(path, caught.value)
    assert text.startswith(f'Traceback (most recent call last):\n  File "{path}", line 4')
    assert line_in(Path("elsewhere.py"), caught.value) == 0
    assert traceback_in(Path("elsewhere.py"), caught.value).endswith("KeyError: 'x'\n")
