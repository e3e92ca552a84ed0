import subprocess
import sys

import eventum_core


def test_every_public_name_can_be_imported() -> None:
    assert sorted(eventum_core._HOME_OF) == sorted(eventum_core.__all__)
    for name in eventum_core.__all__:
        assert getattr(eventum_core, name).__module__.startswith(("eventum_core", "pluggy"))


def test_importing_the_package_imports_nothing_heavy() -> None:
    script = "import sys, eventum_core; print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    heavy = {"pydantic", "numpy", "jinja2", "msgspec", "anyio", "yaml", "eventum_core.errors"}
    assert not heavy & set(result.stdout.split())
