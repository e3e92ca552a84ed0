"""The draws of a run as Faker asks for them: the same numbers, after fewer steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

_DIGITS = "0123456789"
_SHARED = [name for name in dir(Random) if not name.startswith("_")]


class Draws(Random):
    """Draws whatever its source would, from the source, and leaves it in the same state.

    Only the methods that Faker calls all the time have code of their own; the others are the
    source's.
    """

    digits: Callable[[int, int], list[str]]
    """Draw a number of digits as texts, each as ``randint(least, 9)`` would."""

    def __init__(self, source: Random) -> None:
        super().__init__(0)
        self._source = source
        shared = {name: getattr(source, name) for name in _SHARED}
        vars(self).update(shared, **_quick(source))

    def __reduce__(self) -> tuple[Any, ...]:
        # A copy of what was said above would go on drawing from the source.
        return Draws, (self._source,)


def _quick(source: Random) -> dict[str, Callable[..., Any]]:
    """Return the methods that have code of their own.

    What `Random` does for a number below n is repeated in each: a call would cost as much again.
    Anything but plain integers, and whatever is wrong, is left to the source's own method.
    """
    bits, slow, slow_choice = source.getrandbits, source.randrange, source.choice

    def randint(a: Any, b: Any) -> Any:
        below = b - a + 1
        if type(below) is int and below > 0:
            size = below.bit_length()
            drawn = bits(size)
            while drawn >= below:
                drawn = bits(size)
            return a + drawn
        return slow(a, b + 1)

    def randrange(start: Any, stop: Any = None, step: Any = 1) -> Any:
        if stop is not None and step == 1:
            below = stop - start
            if type(below) is int and below > 0:
                size = below.bit_length()
                drawn = bits(size)
                while drawn >= below:
                    drawn = bits(size)
                return start + drawn
        return slow(start, stop, step)

    def choice(seq: Sequence[Any]) -> Any:
        below = len(seq)
        if not below:
            return slow_choice(seq)
        size = below.bit_length()
        drawn = bits(size)
        while drawn >= below:
            drawn = bits(size)
        return seq[drawn]

    def digits(least: int, count: int) -> list[str]:
        below = 10 - least
        size = below.bit_length()
        made = []
        for _ in range(count):
            drawn = bits(size)
            while drawn >= below:
                drawn = bits(size)
            made.append(_DIGITS[least + drawn])
        return made

    return {"randint": randint, "randrange": randrange, "choice": choice, "digits": digits}
