"""Where in a JSON document a value lies: the small part of JSONPath (RFC 9535) that names one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Final

from pydantic import AfterValidator


class Missing(Enum):
    """The type of `MISSING`."""

    MISSING = 0

    def __repr__(self) -> str:
        return self.name


MISSING: Final = Missing.MISSING
"""What a path finds where there is nothing; JSON's null is None."""

_STEP = re.compile(
    r"""\.?(?P<name>[^.\[\]"'$][^.\[\]]*) | \[(?P<number>\d+)\] | \[(["'])(?P<quoted>.+?)\3\]""",
    re.VERBOSE,
)
HERE = "."
ROOT = "$"


@dataclass(frozen=True, slots=True)
class JsonPath:
    """A way down through a document: ``$.a.b[0]``, or ``a.b[0]`` from where one stands."""

    steps: tuple[str | int, ...]
    """Keys of objects and positions in arrays, from the outermost."""
    from_root: bool = False
    """Whether it begins at the whole event, even for the elements of an array."""

    @classmethod
    def parse(cls, text: str) -> JsonPath:
        """Return the path that `text` spells; raise `ValueError` if it spells none."""
        from_root = text.startswith(ROOT)
        rest = text[1:] if from_root else text
        if rest == HERE and not from_root:
            return cls(())
        if not text or (from_root and rest[:1] not in ("", ".", "[")):
            raise _unreadable(text)
        return cls(tuple(_steps(rest, text)), from_root)

    def __str__(self) -> str:
        spelled = (f"[{s}]" if isinstance(s, int) else f"[{s!r}]" for s in self.steps)
        return ("$" if self.from_root else "") + "".join(spelled) or HERE

    def find(self, value: Any) -> Any:
        """Return what lies there in `value`, or `MISSING`."""
        for step in self.steps:
            if isinstance(step, str):
                value = value.get(step, MISSING) if isinstance(value, dict) else MISSING
            elif isinstance(value, list) and step < len(value):
                value = value[step]
            else:
                return MISSING
        return value


def _steps(rest: str, whole: str) -> list[str | int]:
    steps: list[str | int] = []
    position = 0
    while position < len(rest):
        found = _STEP.match(rest, position)
        if found is None:
            raise _unreadable(whole)
        name, number, quoted = found.group("name", "number", "quoted")
        steps.append(int(number) if number else name or quoted)
        position = found.end()
    return steps


def _unreadable(text: str) -> ValueError:
    return ValueError(f"cannot read the path {text!r}; write `key`, `$.a.b`, `a[0]`, `['a b']`")


def _readable(text: str) -> str:
    JsonPath.parse(text)
    return text


PathText = Annotated[str, AfterValidator(_readable)]
"""An option that spells a path."""
