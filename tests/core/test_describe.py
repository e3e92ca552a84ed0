from __future__ import annotations

from typing import ClassVar

from pydantic import AliasChoices, BaseModel, Field, create_model

from eventum_core.config import Batch, Delivery, Lane, Queue, Retry, Settings
from eventum_core.describe import json_schema, option_docs, plain, summary
from eventum_core.plugin import InputPlugin


class Base(BaseModel):
    """What all have."""

    first: int = 1
    """The first
    option, ``quoted``."""
    bare: int = 2
    other: ClassVar[str] = "no option"


class Inner(BaseModel):
    value: int = 0
    """How much."""


class Derived(Base):
    first: int = 3
    second: Inner = Inner()
    """The second.

    In two paragraphs."""

    class Nested(BaseModel):
        deep: bool = False
        """Far down."""


def test_docstrings_below_options_are_read() -> None:
    assert option_docs(Base) == {"first": "The first option, `quoted`."}


def test_bases_explain_what_is_inherited() -> None:
    assert option_docs(Derived) == {
        "first": "The first option, `quoted`.",
        "second": "The second.\n\nIn two paragraphs.",
    }


def test_nested_and_local_classes_are_found() -> None:
    class Local(BaseModel):
        here: int = 0
        """In a function."""

    assert option_docs(Derived.Nested) == {"deep": "Far down."}
    assert option_docs(Local) == {"here": "In a function."}


def test_a_class_without_source_has_no_docs() -> None:
    assert option_docs(create_model("Made", value=(int, 0))) == {}


def test_the_summary_is_never_a_base_class_s() -> None:
    assert (summary(Base), summary(Inner)) == ("What all have.", "")


def test_the_schema_describes_options_at_every_depth() -> None:
    schema = json_schema(Derived)
    assert schema["properties"]["first"]["description"] == "The first option, `quoted`."
    assert schema["properties"]["second"]["description"].startswith("The second.")
    assert schema["$defs"]["Inner"]["properties"]["value"]["description"] == "How much."


def test_the_schema_describes_an_option_by_the_name_that_users_write() -> None:
    class Aliased(BaseModel):
        in_: int = Field(0, validation_alias=AliasChoices("in", "in_"))
        """Where."""

    assert json_schema(Aliased)["properties"]["in"]["description"] == "Where."


def test_plain_joins_the_lines_of_a_paragraph() -> None:
    assert plain("One\n    line.\n\n    Two.") == "One line.\n\nTwo."


def test_every_setting_is_explained() -> None:
    groups = {"batch", "queue", "retry", "lane"}  # explained by the docstrings of their classes
    for model in (Settings, Batch, Queue, Delivery, Retry, Lane):
        assert set(model.model_fields) - groups == set(option_docs(model)) - groups, model
    assert "tags" in option_docs(InputPlugin)
