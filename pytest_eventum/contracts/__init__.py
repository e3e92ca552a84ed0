"""What every plugin must do, as test suites: subclass one in a test, and name your plugin.

A broken rule fails with one line that says which rule it is and what was seen instead.
"""

from __future__ import annotations

from pytest_eventum.contracts.base import Contract
from pytest_eventum.contracts.events import EventContract
from pytest_eventum.contracts.formats import FormatterContract
from pytest_eventum.contracts.inputs import InputContract
from pytest_eventum.contracts.outputs import OutputContract
from pytest_eventum.contracts.triggers import TriggerContract

__all__ = [
    "Contract",
    "EventContract",
    "FormatterContract",
    "InputContract",
    "OutputContract",
    "TriggerContract",
]
