"""What the contracts of inputs and of triggers share: where in a generator the plugin stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from eventum_core import Generator
from pytest_eventum.contracts.base import Contract

TAGS = ["one", "two"]


class SourceContract(Contract):
    """The plugin is the only input."""

    place: ClassVar[str] = "input[0].{}"
    role: ClassVar[str] = "input[0]"

    def document(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return a generator whose only input is the plugin."""
        event = {"template": {"mode": "all", "templates": [{"one": {"inline": "1"}}]}}
        return {
            "input": [{self.plugin.name: dict(options)}],
            "event": event,
            "output": [{"stdout": {}}],
        }

    def within(self, generator: Generator) -> Any:
        """Return the input of a generator."""
        return generator.config.inputs[0]
