"""Files that inputs read: where they are, and what to say when they cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eventum_core.errors import ConfigError

ENCODING = "utf-8-sig"
"""UTF-8, with or without the mark that some editors put in front."""


@contextmanager
def reading(file: Path, option: str) -> Iterator[None]:
    """Turn what goes wrong while `file` is read into a `ConfigError` about `option`."""
    try:
        yield
    except UnicodeDecodeError as error:
        message = f"{file.name} is not UTF-8 text: {error.reason} at byte {error.start}"
        raise ConfigError.single(message, path=option, fix="save it as UTF-8") from error
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}"
        raise ConfigError.single(message, path=option, value=str(file)) from error
