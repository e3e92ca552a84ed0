"""What in scripts no seed repeats, found without running them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from eventum_core.cli.main import main
from eventum_core.cli.outside import Use
from eventum_core.cli.outside_python import uses_in_script


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import time\ntime.time()", ["time"]),
        ("import time as t\nt.time_ns()", ["time"]),
        ("from time import time\ntime()", ["time"]),
        ("import numpy as np\nnp.random.normal()", ["numpy.random"]),
        ("import numpy.random\nnumpy.random.normal()", ["numpy.random"]),
        ("from numpy.random import default_rng\ndefault_rng()", ["numpy.random"]),
        ("from numpy import random\nrandom.normal()", ["numpy.random"]),
        ("def f():\n    from os import urandom\n    return urandom(2)", ["os.urandom"]),
        ("from datetime import datetime\ndatetime.now()", ["datetime.datetime.now"]),
        ("import datetime as d\nd.datetime.utcnow()", ["datetime.datetime.utcnow"]),
        ("from faker import Faker\nf = Faker()", ["faker"]),
        ("from mimesis import Person\nPerson().name()", ["mimesis"]),
        ("import os, socket\nos.getpid()\nsocket.gethostname()", ["os.getpid", "socket"]),
        ("import random, uuid, secrets\nrandom.random()\nuuid.uuid4()\nsecrets.token_hex()", []),
        ("from datetime import datetime, timedelta\ndatetime(2024, 1, 1) + timedelta(1)", []),
        ("import numpy as np\nnp.array([1])", []),
        ("import os\nos.path.join('a', 'b')", []),
        ("time = 5\ntime.time()", []),
        ("import timeit\ntimeit.timeit()", []),
        ("import time", []),
        ("from . import time\ntime.time()", []),
        ("def f(:", []),
    ],
)
def test_sources_that_no_seed_repeats(tmp_path: Path, source: str, names: list[str]) -> None:
    (tmp_path / "s.py").write_text(source)
    assert [use.name for use in uses_in_script(tmp_path, "s.py")] == names


def test_each_line_is_told_once_and_in_order(tmp_path: Path) -> None:
    (tmp_path / "s.py").write_text("import time\n\ntime.time() + time.time()\ntime.time()")
    assert uses_in_script(tmp_path, "s.py") == [Use("s.py", 3, "time"), Use("s.py", 4, "time")]


def test_a_missing_file_is_not_our_business(tmp_path: Path) -> None:
    assert uses_in_script(tmp_path, "none.py") == []


HEAD = "input: [{static: {count: 1}}]\noutput: [{stdout: {}}]\n"


def checked(folder: Path, event: str) -> str:
    (folder / "generator.yml").write_text(HEAD + event)
    result = CliRunner().invoke(main, ["check", "-v", str(folder / "generator.yml")])
    assert result.exit_code == 0, result.output
    return result.output


def test_check_describes_a_script(tmp_path: Path) -> None:
    (tmp_path / "s.py").write_text("import time\ndef produce(p):\n    return str(time.time())")
    output = checked(tmp_path, "event: {script: {path: s.py}}")
    assert "  event script: s.py\n" in output
    assert "  not repeated by a seed: time (s.py:3)\n" in output


def test_check_describes_a_replay(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("1 x")
    options = "path: a.log, timestamp_pattern: '^(?P<timestamp>.)'"
    assert "event replay: a.log\n" in checked(tmp_path, f"event: {{replay: {{{options}}}}}")
    output = checked(tmp_path, f"event: {{replay: {{{options}, pace: original}}}}")
    assert "event replay: a.log, pace original\n" in output
