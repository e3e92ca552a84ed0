"""Which names a source may bind, as far as can be told without running it."""

from __future__ import annotations

import pytest

from eventum_core.events.bindings import may_bind


@pytest.mark.parametrize(
    "source",
    [
        "def produce(params): pass",
        "async def produce(params): pass",
        "class produce: pass",
        "produce = print",
        "produce: object = print",
        "a, (b, produce) = x",
        "from m import produce",
        "from m import make as produce",
        "import produce.fast",
        "if x:\n    def produce(p): pass",
        "try:\n    from m import produce\nexcept ImportError:\n    produce = None",
        "for produce in x: pass",
        "with x as produce: pass",
        "(produce := print)",
        "def f():\n    global produce\n    produce = 1",
        "from m import *",
        "globals()['produce'] = print",
        "exec(text)",
        "def f():\n    setattr(m, 'produce', 1)",
        "def __getattr__(name): return print",
        "# coding: latin-1\nproduce = '\xe9'",
    ],
)
def test_a_name_that_may_be_bound(source: str) -> None:
    assert may_bind("produce", source.encode("latin-1"), "s.py")


@pytest.mark.parametrize(
    "source",
    [
        "",
        "x = 1",
        "print(produce)",
        "def f():\n    produce = 1",
        "class C:\n    def produce(self): pass",
        "class C:\n    produce = 1",
        "import a.produce",
        "x.produce = 1",
        "[produce for produce in x]",
        "def produces(params): pass",
        "lambda produce: produce",
    ],
)
def test_a_name_that_is_not_bound(source: str) -> None:
    assert not may_bind("produce", source.encode(), "s.py")


@pytest.mark.parametrize("source", [b"def f(:", b"x = '\xff'", b"# coding: nope\n", b"\0"])
def test_what_cannot_be_compiled_raises(source: bytes) -> None:
    with pytest.raises((SyntaxError, ValueError)):
        may_bind("produce", source, "s.py")
