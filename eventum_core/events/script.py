"""Events from a Python function of the user's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.machinery import SOURCE_SUFFIXES, all_suffixes
from inspect import iscoroutine
from pathlib import Path
from typing import Any, ClassVar, TypeAlias, cast

from pydantic import field_validator

from eventum_core.errors import ConfigError, DataError, Dropped, Exhausted, ProduceError, RunError
from eventum_core.events.bindings import may_bind
from eventum_core.events.user_module import execute, line_in, traceback_in
from eventum_core.model import Moment
from eventum_core.plugin import EventPlugin, Produce, Run
from eventum_core.state import SharedState

Function: TypeAlias = Callable[[dict[str, Any]], Any]

FUNCTION = "produce"

# `SystemExit` too: a script that calls `sys.exit` must not cut the run short behind its back.
_ANYTHING = (Exception, SystemExit, GeneratorExit)


class Script(EventPlugin):
    """Call a Python function for each timestamp.

    The file is executed at the start of each run, so what its module keeps lasts for one run. Its
    function ``produce(params)`` is called with a new dictionary of ``timestamp`` (aware, in the
    generator's timezone), ``tags`` (a tuple) and ``globals`` (the store that generators share). It
    returns a text for one event, or a list of texts for as many. What it prints goes to stderr.
    """

    name: ClassVar[str] = "script"

    path: Path
    """The Python file; relative to the generator's folder. What it draws from `random`, `uuid` and
    `secrets` depends on the run's seed."""

    @field_validator("path")
    @classmethod
    def _importable(cls, path: Path) -> Path:
        if path.suffix not in all_suffixes():
            raise ValueError("the file's name must end in .py")
        return path

    def check(self, base: Path) -> None:
        """Raise `ConfigError` for a script that cannot be read or has no function ``produce``.

        Nothing of it is executed, so what only goes wrong then is told when a run begins.
        """
        source = self._source(base / self.path)
        if self.path.suffix not in SOURCE_SUFFIXES:
            return
        try:
            found = may_bind(FUNCTION, source, str(self.path))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise self._unusable(_compile_failure(self.path, error)) from error
        if not found:
            raise self._unusable(f"{self.path}: there is no function {FUNCTION}(params)")

    def producer(self, run: Run) -> Produce:
        """Return the function that asks the freshly executed script.

        Raises `ConfigError` for a script that fails to load, or where scripts are not allowed.
        """
        if run.policy == "restricted":
            reason = "a script may run any code, and the restricted policy allows none"
            raise ConfigError.single(reason, path="event.script", fix="use --policy trusted for it")
        function = self._function(run)
        path = run.resolve(self.path)
        everywhere = SharedState() if run.globals is None else run.globals

        def produce(moment: Moment) -> Sequence[str]:
            params = {"timestamp": moment.timestamp, "tags": moment.tags, "globals": everywhere}
            try:
                given = function(params)
            except (Dropped, Exhausted):
                raise
            except _ANYTHING as error:  # a script is user code
                raise self._failure(path, error) from error
            finally:
                # A script that failed between acquire and release must not block others.
                if everywhere.is_held:
                    everywhere.release_all()
            return self._texts(given)

        return produce

    def _source(self, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except IsADirectoryError as error:
            raise self._unusable("this is a folder; name the file in it") from error
        except FileNotFoundError as error:
            raise self._unusable("no such file in the folder of the configuration") from error
        except (OSError, ValueError) as error:
            raise self._unusable(f"cannot be read: {_reason(error)}") from error

    def _function(self, run: Run) -> Function:
        """Execute the file and return its function."""
        path = run.resolve(self.path)
        try:
            module = execute(path, run)
        except RunError:
            raise
        except _ANYTHING as error:  # a script is user code
            reason = self._load_failure(path, error)
            raise self._unusable(reason, "event.script.", _fix(error)) from error
        function = getattr(module, FUNCTION, None)
        if not callable(function):
            wrong = f"{FUNCTION} is no function" if function else f"there is no {FUNCTION}"
            raise self._unusable(f"{self.path}: {wrong}", "event.script.")
        return cast(Function, function)

    def _load_failure(self, path: Path, error: BaseException) -> str:
        if isinstance(error, SyntaxError) and error.filename == str(path):
            return _compile_failure(self.path, error)
        if isinstance(error, OSError) and not line_in(path, error):
            return f"cannot be read: {_reason(error)}"
        return self._told(path, error)

    def _told(self, path: Path, error: BaseException) -> str:
        """Return an error with the line of the script that it passed through last."""
        line = line_in(path, error)
        place = f"{self.path}:{line}" if line else str(self.path)
        return f"{type(error).__name__}: {error} ({place})"

    def _unusable(self, reason: str, prefix: str = "", fix: str = "") -> ConfigError:
        value = repr(str(self.path))
        return ConfigError.single(reason, path=f"{prefix}path", value=value, fix=fix)

    def _failure(self, path: Path, error: BaseException) -> ProduceError:
        """Return what is told of an error that the script's function raised."""
        context = error.context if isinstance(error, DataError) else {}
        reason = f"{type(error).__name__}: {error}"
        details = {**context, "reason": reason, "traceback": traceback_in(path, error)}
        return ProduceError(self._told(path, error), details)

    def _texts(self, given: object) -> Sequence[str]:
        """Return what the function gave as texts; raise `ProduceError` for anything else."""
        if type(given) is str:
            return (given,)
        if isinstance(given, list) and set(map(type, given)) <= {str}:
            return given
        if isinstance(given, str):
            return (str.__str__(given),)
        if iscoroutine(given):
            given.close()  # or Python would warn that nobody has awaited it
        reason = f"{FUNCTION} returned {_kind(given)}; return a str, or a list of str ({self.path})"
        raise ProduceError(reason, {"reason": reason})


def _fix(error: BaseException) -> str:
    """Return what helps against an import that fails."""
    if not isinstance(error, ImportError):
        return ""
    return "for a file beside the script, first append os.path.dirname(__file__) to sys.path"


def _kind(given: object) -> str:
    kind = type(given).__name__
    if not isinstance(given, list):
        return kind
    return f"{kind} of {', '.join(sorted({type(item).__name__ for item in given}))}"


def _compile_failure(path: Path, error: Exception) -> str:
    if isinstance(error, SyntaxError) and error.lineno:
        return f"{path}, line {error.lineno}: {error.msg}"
    if isinstance(error, RecursionError | MemoryError):
        return f"{path}: an expression or block is nested too deeply"
    return f"{path}: {error}"


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
