from __future__ import annotations

import logging

import pytest

from eventum_core.cli import log
from eventum_core.secrets import remember

LEVELS = ("CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG")


@pytest.mark.parametrize("verbosity", range(6))
def test_each_v_adds_a_level(verbosity: int, capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up(verbosity)
    logger = logging.getLogger("eventum.shop")
    for name in LEVELS:
        logger.log(getattr(logging, name), "message")
    shown = [line.partition(":")[0] for line in capsys.readouterr().err.splitlines()]
    assert shown == list(LEVELS[:verbosity])


def test_warnings_about_secrets_come_unless_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    for quiet in (False, True):
        log.set_up(0, quiet=quiet)
        logging.getLogger("eventum_core.secrets").warning("quiet is %s", quiet)
    assert capsys.readouterr().err == "WARNING: eventum_core.secrets: quiet is False\n"


def test_secrets_are_replaced_in_messages_and_tracebacks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    remember("canary-in-a-log")
    log.set_up(2)
    try:
        raise ValueError("canary-in-a-log")
    except ValueError:
        logging.getLogger("eventum.shop").exception("got %s", "canary-in-a-log")
    text = capsys.readouterr().err
    assert "got ***" in text
    assert "ValueError: ***" in text
