from __future__ import annotations

import subprocess
import sys

import anyio
import pytest

from eventum_core import PluginError
from eventum_core.server import create_app, serve


@pytest.mark.parametrize("package", ["fastapi", "uvicorn"])
def test_a_missing_package_is_named_with_what_to_do(monkeypatch, application, fleet, package):
    for name in [n for n in sys.modules if n.startswith("eventum_core.server.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)

    async def main():
        await serve(application, fleet, started=print)

    with pytest.raises(PluginError, match=rf"{package}: pip install 'pytest-eventum\[server\]'"):
        anyio.run(main)
    if package == "fastapi":
        with pytest.raises(PluginError, match="api_enabled: false"):
            create_app(application, fleet)


def test_importing_the_package_imports_no_server():
    code = (
        "import sys, eventum_core.server;"
        "print({'fastapi', 'starlette', 'uvicorn', 'pydantic'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "set()"
