"""``python -m eventum_core``: the same program as ``eventum``."""

from __future__ import annotations

from eventum_core.cli.main import main

if __name__ == "__main__":
    main(prog_name="python -m eventum_core")
