from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from eventum_core.cli.stopping import stopped_by_signals

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are others there")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_signal_stops(
    number: signal.Signals, code: int, capfd: pytest.CaptureFixture[str]
) -> None:
    calls: list[str] = []
    before = signal.getsignal(number)
    with stopped_by_signals(lambda: calls.append("stop")) as stopping:
        assert stopping.exit_code == 0
        signal.raise_signal(number)
    assert (calls, stopping.exit_code) == (["stop"], code)
    assert signal.getsignal(number) is before
    assert "stopping" in capfd.readouterr().err


def test_a_signal_before_the_run_is_caught_up_with() -> None:
    calls: list[str] = []
    with stopped_by_signals(lambda: calls.append("stop")) as stopping:
        stopping.catch_up()
        assert calls == []
        signal.raise_signal(signal.SIGTERM)
        stopping.catch_up()
    assert calls == ["stop", "stop"]


@pytest.mark.parametrize(("number", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_the_second_ends_at_once(number: str, code: int) -> None:
    program = (
        "import signal\n"
        "from eventum_core.cli.stopping import stopped_by_signals\n"
        "with stopped_by_signals(lambda: None, iter([0.0, 0.2, 0.3]).__next__):\n"
        f"    signal.raise_signal(signal.{number})\n"
        f"    signal.raise_signal(signal.{number})  # the first one's echo\n"
        f"    print('draining', flush=True)\n"
        f"    signal.raise_signal(signal.{number})\n"
        "    print('still here')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (code, "draining\n")
