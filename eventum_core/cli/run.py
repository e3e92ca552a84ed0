"""``eventum run``: many generators, and the server."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import anyio
import click

from eventum_core import logs
from eventum_core.application import Application, read_application
from eventum_core.cli.stopping import stopped_by_signals, told_to_reread
from eventum_core.errors import EventumError, PluginError, RunError
from eventum_core.fleet import Fleet, Member
from eventum_core.local import local_plugins
from eventum_core.loop import Loop, first_error, in_thread
from eventum_core.startup import Entry, read_startup, warn_of_outsiders
from eventum_core.state import SharedState

Work = Callable[[], Coroutine[Any, Any, None]]
Serve = Callable[..., Awaitable[None]]

NEEDED = ("fastapi", "uvicorn")
"""What the server imports and a plain installation does not have."""
PATIENCE = 30.0
"""Seconds after which the server no longer waits for generators that are still being loaded."""

_log = logging.getLogger(__name__)


@click.command("run")
@click.option(
    "-c",
    "--config",
    type=click.Path(path_type=Path),
    default=Path("eventum.yml"),
    show_default=True,
    help="The application's file, or the folder of its eventum.yml.",
)
@click.option("--once", is_flag=True, help="End when every generator that was started has ended.")
@click.pass_context
def command(ctx: click.Context, config: Path, once: bool) -> None:
    """Run many generators, and the server.

    The application's file names the startup file, which lists the generators.

    SIGINT or SIGTERM stops it, a second one at once; SIGHUP has it read its files again.

    Exit codes: 0 all has ended well (--once), 1 a generator or the server failed, 2 wrong options
    or configuration, 130 or 143 stopped by a signal.
    """
    if config.is_dir():
        config /= "eventum.yml"
    requests = Requests(once=once)
    store = SharedState()
    with stopped_by_signals(requests.stop) as stopping, told_to_reread(requests.reread):
        plan: Plan | None = Plan(read_application(config), None)
        while plan is not None:
            plan = anyio.run(host, plan, requests, store)
    ctx.exit(stopping.exit_code or int(requests.failed))


class Plan(NamedTuple):
    """What is to be run."""

    application: Application
    entries: list[Entry] | None
    """None where the startup file is still to be read."""


class Requests:
    """What signals ask of the program, and with `once` the end of all generators."""

    def __init__(self, *, once: bool = False) -> None:
        self.once = once
        self.failed = False
        self._stopping = self._rereading = False
        self._wake: Callable[[], object] = bool

    def stop(self) -> None:
        """Ask for the end; safe in a signal handler."""
        self._stopping = True
        self._wake()

    def reread(self, *_: object) -> None:
        """Ask for the files to be read again; safe in a signal handler."""
        self._rereading = True
        self._wake()

    async def wait(self) -> bool:
        """Return True once the end is asked for, False when the files are to be read again."""
        loop, asked = Loop(), anyio.Event()
        self._wake = partial(loop.soon, asked.set)
        try:
            if not (self._stopping or self._rereading):
                await asked.wait()
        finally:
            self._wake, self._rereading = bool, False
        return self._stopping


async def host(plan: Plan, requests: Requests, store: SharedState) -> Plan | None:
    """Run generators and server until told otherwise; return what is to be run then, if any."""
    app = plan.application
    serve = server(app)
    own = [one for source in app.plugins for one in local_plugins(source, app.file.parent)]
    fleet = Fleet(
        cryptfile=app.path.keyring_cryptfile, plugins=own, policy=app.policy, globals=store
    )
    with logs.written(app, fleet):
        entries = read_startup(app) if plan.entries is None else plan.entries
        warn_of_outsiders(app, entries)
        for entry in entries:
            fleet.add(entry.settings)
        work = partial(_work, app, entries, fleet, serve, requests)
        try:
            return await _until_told(app.file, work, requests)
        except* EventumError as group:
            failures: BaseExceptionGroup[Any] = group
            _log.error("%s", first_error(failures))
            requests.failed = True
        finally:
            with anyio.CancelScope(shield=True):
                _tell_left_behind(await in_thread(fleet.close))
    return None


def server(app: Application) -> Serve | None:
    """Return the function that serves, None if it is not wanted; raise `PluginError`."""
    if not app.server.api_enabled:
        return None
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        raise PluginError(
            f"the server needs {' and '.join(missing)}: pip install 'pytest-eventum[server]',"
            f" or write 'server.api_enabled: false' in {app.file}"
        )
    from eventum_core.server import serve

    return serve


async def _until_told(file: Path, work: Work, requests: Requests) -> Plan | None:
    async with anyio.create_task_group() as group:
        group.start_soon(work)
        plan = None
        while plan is None and not await requests.wait():
            plan = await _reread(file)
        _log.info("stopping" if plan is None else "starting again")
        group.cancel_scope.cancel()
    return plan


async def _reread(file: Path) -> Plan | None:
    """Return the files' new content, or say what is wrong with it."""

    def read() -> Plan:
        app = read_application(file)
        server(app)
        return Plan(app, read_startup(app))

    try:
        return await in_thread(read)
    except EventumError as error:
        _log.error("not started again, for the files cannot be used:\n%s", error)
        return None


async def _work(
    app: Application,
    entries: Sequence[Entry],
    fleet: Fleet,
    serve: Serve | None,
    requests: Requests,
) -> None:
    """Start generators, then the server, and see to the end where it is to be waited for."""
    wanted = [fleet.get(entry.settings.id) for entry in entries if entry.autostart]
    with anyio.move_on_after(PATIENCE):
        await in_thread(partial(fleet.start_all, [member.id for member in wanted]))
    _tell_started(wanted, len(entries))
    async with anyio.create_task_group() as group:
        if serve is not None:
            group.start_soon(_serve, serve, app, fleet)
        if requests.once:
            requests.failed = not await in_thread(partial(_go_well, wanted))
            requests.stop()


async def _serve(serve: Serve, app: Application, fleet: Fleet) -> None:
    if app.server.auth.default:
        _log.warning("only this machine can reach the server, until server.auth.password is set")
    await serve(app, fleet, started=lambda url: _log.info("the server listens at %s", url))
    raise RunError("the server has ended")


def _go_well(members: Sequence[Member]) -> bool:
    """Wait until all have ended; return whether all did so without any loss."""
    for member in members:
        member.join()
    return all((report := member.report()) and report.ok for member in members)


def _tell_started(members: Sequence[Member], known: int) -> None:
    loading = [member.id for member in members if member.status.is_initializing]
    failed = [m.id for m in members if m.start_time is None and m.id not in loading]
    _log.info("%d of %d generators started", len(members) - len(loading) - len(failed), known)
    if loading:
        _log.warning("still being loaded: %s", ", ".join(loading))
    if failed:
        _log.error("not started, see the logs of each: %s", ", ".join(failed))


def _tell_left_behind(ids: Sequence[str]) -> None:
    if ids:
        _log.error("did not end in time and were left behind: %s", ", ".join(ids))
