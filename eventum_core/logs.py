"""Logs of ``eventum run``: stderr and files that rotate, secrets replaced in all of them.

The core only uses the standard library's loggers; structlog renders their records here.
"""

from __future__ import annotations

import hashlib
import logging
import re
import sys
from collections.abc import Container, Iterator, MutableMapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from eventum_core.errors import ConfigError

if TYPE_CHECKING:
    from logging.handlers import RotatingFileHandler

    from eventum_core.application import Application

Format = Literal["plain", "json"]

GENERATOR = "eventum."
"""Prefix of the loggers that belong to generators."""
SERVER_ACCESS, SERVER_ERROR = "eventum_core.server.access", "eventum_core.server.error"
"""Loggers of the server that have files of their own."""
LOUD = ("asyncio", "faker", "httpcore", "httpx", "mcp", "multipart")
"""Loggers of libraries that tell of each request or each start: only their warnings count."""
LONGEST_NAME = 150
"""Characters of a file's name; file systems allow about 255 bytes."""


class Redacting(logging.Formatter):
    """A formatter that shows no secret, in tracebacks neither."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's text, secrets replaced."""
        from eventum_core.secrets import redact

        return redact(super().format(record))


def main_file(app: Application) -> Path:
    """Return the file with all records that belong to no generator."""
    return app.path.logs / f"main.{_suffix(app)}"


def generator_file(app: Application, id: str) -> Path:
    """Return the file with the records of one generator."""
    return app.path.logs / f"generator_{file_name(id)}.{_suffix(app)}"


def server_file(app: Application, kind: Literal["access", "error"]) -> Path:
    """Return one of the server's two files, which are always plain."""
    return app.path.logs / f"server_{kind}.log"


def file_name(id: str) -> str:
    """Return an id as part of a file's name: never a path, and different for different ids."""
    name = re.sub(r"[^\w. -]", lambda found: quote(found[0], safe=""), id)
    if len(name.encode()) <= LONGEST_NAME:
        return name
    digest = hashlib.blake2b(id.encode(), digest_size=8).hexdigest()
    return f"{name[: LONGEST_NAME // 4]}~{digest}"


@contextmanager
def written(app: Application, known: Container[str] = ()) -> Iterator[None]:
    """Write all logs as the application says while inside; raise `ConfigError` if that cannot be.

    `known` holds the ids of the generators: all other records belong to the main file.
    """
    files = _files(app, known)
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    root.handlers[:] = [_on_stderr(), files]
    root.setLevel(app.log.level.upper())
    quiet = {name: logging.getLogger(name).level for name in LOUD}
    for name in LOUD:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))
    try:
        yield
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        for name, own in quiet.items():
            logging.getLogger(name).setLevel(own)
        files.close()


def _files(app: Application, known: Container[str]) -> Files:
    try:
        app.path.logs.mkdir(parents=True, exist_ok=True)
        return Files(app, known)
    except OSError as error:
        raise ConfigError.single(
            f"no logs can be written there: {error.strerror}",
            path="path.logs",
            value=repr(str(app.path.logs)),
            file=str(app.file),
        ) from error


class Files(logging.Handler):
    """Passes each record to the one file that it belongs to."""

    def __init__(self, app: Application, known: Container[str]) -> None:
        super().__init__()
        self._app = app
        self._known = known
        self._open: dict[Path, RotatingFileHandler] = {}
        self._owned: dict[str, Path] = {}
        # Opened at once, so that a folder that cannot be written to is told at the start.
        self._file(main_file(app), app.log.format)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record; its file is opened with the first one."""
        try:
            self._handler(record).handle(record)
        except OSError:
            self.handleError(record)

    def close(self) -> None:
        """Close every file."""
        for handler in self._open.values():
            handler.close()
        super().close()

    def _handler(self, record: logging.LogRecord) -> logging.Handler:
        app, name = self._app, record.name
        if name == SERVER_ACCESS:
            return self._file(server_file(app, "access"), "plain")
        if name == SERVER_ERROR:
            return self._file(server_file(app, "error"), "plain")
        if id := owner(name, self._known):
            record.generator_id = id
            return self._file(self._owned.get(id) or self._new_file(id), app.log.format)
        return self._file(main_file(app), app.log.format)

    def _new_file(self, id: str) -> Path:
        """Return the file of a generator that is new here, and close those of generators gone.

        Else a server to which generators are added and removed would run out of files.
        """
        for gone in [owner for owner in self._owned if owner not in self._known]:
            self._open.pop(self._owned.pop(gone)).close()
        path = self._owned[id] = generator_file(self._app, id)
        return path

    def _file(self, path: Path, format: Format) -> RotatingFileHandler:
        from logging.handlers import RotatingFileHandler

        handler = self._open.get(path)
        if handler is None:
            log = self._app.log
            handler = RotatingFileHandler(
                path, maxBytes=log.max_bytes, backupCount=log.backups, encoding="utf-8"
            )
            handler.setFormatter(_formatter(format))
            self._open[path] = handler
        return handler


def owner(logger: str, known: Container[str]) -> str:
    """Return the id of the generator that a logger belongs to, or nothing.

    Ids may have dots, and plugins may have loggers below that of their generator: the longest id
    counts.
    """
    name = logger.removeprefix(GENERATOR)
    while name != logger and name not in known:
        shorter = name.rpartition(".")[0]
        if not shorter:
            return ""
        name = shorter
    return name if name != logger else ""


def _suffix(app: Application) -> str:
    return "json" if app.log.format == "json" else "log"


def _on_stderr() -> logging.Handler:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter("plain", colors=sys.stderr.isatty()))
    handler.addFilter(lambda record: record.name != SERVER_ACCESS)
    return handler


@cache
def _formatter(format: Format, *, colors: bool = False) -> logging.Formatter:
    import structlog

    class Structured(Redacting, structlog.stdlib.ProcessorFormatter):
        """Records as structlog renders them, secrets replaced."""

    render: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if format == "json":
        render += [structlog.processors.format_exc_info]
        render += [structlog.processors.JSONRenderer(ensure_ascii=False, default=str)]
    else:
        plain = structlog.dev.plain_traceback
        render += [structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain)]
    add = structlog.stdlib
    known: list[Any] = [_time, add.add_log_level, add.add_logger_name, add.ExtraAdder()]
    return Structured(foreign_pre_chain=known, processors=render)


def _time(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Any:
    """Add when the record was made, which is before it is rendered."""
    event.pop("color_message", None)  # uvicorn's, for its own handlers
    created = event["_record"].created
    text = datetime.fromtimestamp(created, UTC).isoformat(timespec="milliseconds")
    return {"timestamp": text.replace("+00:00", "Z"), **event}
