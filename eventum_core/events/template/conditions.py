"""What users may write under a transition's ``when``."""

from __future__ import annotations

from re import Pattern
from typing import Annotated, Any, TypeAlias

from pydantic import (
    AliasChoices,
    BeforeValidator,
    Field,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from eventum_core.plugin import Options

SCOPES = ("locals", "shared", "globals")


def _join(given: Any) -> Any:
    """Return ``{shared: {a: {b: 1}}}``, the expanded spelling, as ``{shared.a.b: 1}``."""
    path: list[str] = []
    value = given
    while isinstance(value, dict) and len(value) == 1:
        ((key, inner),) = value.items()
        if not isinstance(key, str) or not (path or key in SCOPES):
            break
        path.append(key)
        value = inner
    return {".".join(path): value} if path else given


def _keep_int(given: Any, to_float: ValidatorFunctionWrapHandler) -> int | float:
    """Return an int as it is and anything else as a float."""
    if type(given) is int:
        return given
    number: float = to_float(given)
    return number


def _as_list(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


_joined = BeforeValidator(_join)
_one = Field(min_length=1, max_length=1)

Name = Annotated[str, Field(pattern=r"^(locals|shared|globals)\..+$")]
"""A state's key with its scope before the first dot: ``shared.count``."""
Number = Annotated[float, WrapValidator(_keep_int)]
OfAny: TypeAlias = Annotated[dict[Name, Any], _joined, _one]
OfNumber: TypeAlias = Annotated[dict[Name, Number], _joined, _one]
OfLength: TypeAlias = Annotated[dict[Name, int], _joined, _one]
OfPattern: TypeAlias = Annotated[dict[Name, Pattern[str]], _joined, _one]
Tag = Annotated[str, Field(min_length=1)]
_TagList: TypeAlias = Annotated[list[Tag], Field(min_length=1)]
Tags: TypeAlias = Annotated[
    _TagList, BeforeValidator(_as_list, json_schema_input_type=Tag | _TagList)
]


class TimeParts(Options):
    """A moment given by some of its parts; the others are those of the event's timestamp."""

    year: int | None = Field(None, ge=0, le=10_000)
    month: int | None = Field(None, ge=1, le=12)
    day: int | None = Field(None, ge=1, le=31)
    hour: int | None = Field(None, ge=0, le=23)
    minute: int | None = Field(None, ge=0, le=59)
    second: int | None = Field(None, ge=0, le=59)
    microsecond: int | None = Field(None, ge=0, le=999_999)

    @model_validator(mode="after")
    def _not_empty(self) -> TimeParts:
        if not self.given():
            raise ValueError("give at least one part, such as hour: 8")
        return self

    def given(self) -> dict[str, int]:
        """Return the parts that were given."""
        return self.model_dump(exclude_none=True)


class Condition(Options):
    """One operator and its operand; no operator at all means always."""

    eq: OfAny | None = None
    """The value equals the operand: ``eq: {shared.state: open}``."""
    gt: OfNumber | None = None
    """The value is greater than the operand."""
    ge: OfNumber | None = None
    """The value is greater than the operand or equal to it."""
    lt: OfNumber | None = None
    """The value is less than the operand."""
    le: OfNumber | None = None
    """The value is less than the operand or equal to it."""
    len_eq: OfLength | None = None
    """The value has so many items or characters."""
    len_gt: OfLength | None = None
    """The value has more items than the operand says."""
    len_ge: OfLength | None = None
    """The value has at least so many items."""
    len_lt: OfLength | None = None
    """The value has fewer items than the operand says."""
    len_le: OfLength | None = None
    """The value has at most so many items."""
    contains: OfAny | None = None
    """The operand is one of the value's items, or a part of the text."""
    in_: OfAny | None = Field(None, validation_alias=AliasChoices("in", "in_"))
    """The value is one of the operand's items, or a part of the text."""
    matches: OfPattern | None = None
    """The value is a text that begins with a match of this regular expression."""
    defined: Name | None = None
    """The state has this key, whatever its value."""
    has_tags: Tags | None = None
    """The timestamp has this tag, or all of these."""
    before: TimeParts | None = None
    """The timestamp is earlier than the same moment with these parts put in."""
    after: TimeParts | None = None
    """The timestamp is not earlier than the same moment with these parts put in."""
    always: None = None
    """True; its operand is null."""
    never: None = None
    """False; its operand is null."""
    or_: Annotated[list[Condition], Field(min_length=2)] | None = Field(
        None, validation_alias=AliasChoices("or", "or_")
    )
    """Any of these conditions is true; later ones are not looked at then."""
    and_: Annotated[list[Condition], Field(min_length=2)] | None = Field(
        None, validation_alias=AliasChoices("and", "and_")
    )
    """All of these conditions are true; none after a false one is looked at."""
    not_: Condition | None = Field(None, validation_alias=AliasChoices("not", "not_"))
    """The condition is false."""

    @model_validator(mode="before")
    @classmethod
    def _single(cls, given: Any) -> Any:
        if isinstance(given, dict) and len(given) > 1:
            raise PydanticCustomError(
                "one_operator", "a condition has one operator; join several by and: or or:"
            )
        return given

    @model_validator(mode="after")
    def _has_operand(self) -> Condition:
        if self.operator not in ("always", "never") and self.operand is None:
            raise PydanticCustomError("no_operand", "the operator needs an operand")
        return self

    @property
    def operator(self) -> str:
        """The one operator given, as the field is called; ``always`` if there is none."""
        return next(iter(self.model_fields_set), "always")

    @property
    def operand(self) -> Any:
        """What stands after the operator."""
        return getattr(self, self.operator)
