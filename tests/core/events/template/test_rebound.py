"""Twins of classes: other names, the same code, and the original untouched."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable
from math import floor
from typing import Any

import pytest

from eventum_core.events.template.rebound import Rebinder

IMPORTED = 2001


def helper() -> float:
    return time.time()


def logged(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any) -> Any:
        return function(*args)

    return wrapper


class Base:
    factor = 2

    def __init__(self) -> None:
        self.made = time.time()

    def now(self) -> float:
        """Tell the time."""
        return time.time()

    def indirect(self) -> float:
        return helper() * self.factor

    @staticmethod
    def static() -> float:
        return time.time()

    @classmethod
    def of_class(cls) -> float:
        return time.time() * cls.factor

    @property
    def prop(self) -> float:
        return time.time()

    def year(self, year: int = IMPORTED, *, keyword: str = "k") -> tuple[int, str]:
        return year, keyword

    @logged
    def decorated(self) -> str:
        return "as before"


class Child(Base):
    def now(self) -> float:
        return super().now() + 1

    def rounded(self) -> int:
        return floor(self.now())


class Other:
    def root(self) -> float:
        return math.sqrt(4)


class FakeTime:
    @staticmethod
    def time() -> float:
        return 1000.5


@pytest.fixture
def rebinder() -> Rebinder:
    return Rebinder({id(time): FakeTime}, {IMPORTED: 1999})


def test_methods_see_the_other_names(rebinder: Rebinder) -> None:
    made: Any = rebinder.twin(Base)()
    assert [made.made, made.now(), made.static(), made.prop] == [1000.5] * 4
    assert [made.indirect(), made.of_class()] == [2001.0] * 2
    assert made.decorated() == "as before"
    assert (made.now.__doc__, type(made).__name__) == ("Tell the time.", "Base")


def test_super_leads_to_the_twin_of_the_base(rebinder: Rebinder) -> None:
    twin: Any = rebinder.twin(Child)
    assert twin().now() == 1001.5
    assert twin().rounded() == 1001
    assert issubclass(twin, rebinder.twin(Base))


def test_defaults_of_the_import_are_brought_up_to_date(rebinder: Rebinder) -> None:
    made: Any = rebinder.twin(Base)()
    assert made.year() == (1999, "k")
    assert made.year(IMPORTED, keyword="x") == (IMPORTED, "x")


def test_the_original_is_untouched(rebinder: Rebinder) -> None:
    rebinder.twin(Child)
    assert Child().now() > 1_600_000_000
    assert Base().year() == (IMPORTED, "k")


def test_a_class_without_any_such_name_is_its_own_twin() -> None:
    assert Rebinder({id(functools): FakeTime}, {}).twin(dict) is dict
    assert Rebinder({}, {}).twin(Other) is Other


def test_twins_are_made_once(rebinder: Rebinder) -> None:
    assert rebinder.twin(Child) is rebinder.twin(Child)


def test_instances_can_become_their_twin(rebinder: Rebinder) -> None:
    child = Child()
    rebinder.become(child)
    assert child.now() == 1001.5
    assert child.made > 1_600_000_000
