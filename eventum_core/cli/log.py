"""Logs on stderr: off unless asked for, never with a secret in them."""

from __future__ import annotations

import logging

from eventum_core.logs import Redacting

LEVELS = (None, logging.CRITICAL, logging.ERROR, logging.WARNING, logging.INFO, logging.DEBUG)
"""By the number of ``-v``; the first is off."""


def set_up(verbosity: int, *, quiet: bool = False) -> None:
    """Send the logs of `verbosity` (0 to 5) to stderr; warnings about secrets come in any case."""
    handler = logging.StreamHandler()
    handler.setFormatter(Redacting("%(levelname)s: %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    level = LEVELS[verbosity]
    root.setLevel(logging.CRITICAL + 1 if level is None else level)
    security = logging.getLogger("eventum_core.secrets")
    security.setLevel(logging.CRITICAL + 1 if quiet else logging.WARNING)
