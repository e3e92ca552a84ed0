"""The generators of this process, one at a time."""

from __future__ import annotations

from os.path import isfile

from fastapi import APIRouter, HTTPException, Response

from eventum_core.config import Settings
from eventum_core.fleet import Member
from eventum_core.loop import in_thread
from eventum_core.server.context import Context, InContext, MayEdit, MayUse
from eventum_core.server.schemas import (
    GeneratorInfo,
    GeneratorParameters,
    GeneratorStatus,
    Stats,
    may_fail,
)
from eventum_core.server.shown import restored, shown
from eventum_core.server.statistics import statistics
from eventum_core.startup import placed

router = APIRouter(
    prefix="/generators",
    tags=["generators"],
    dependencies=[MayUse],
    responses=may_fail(401),
)


@router.get("/", summary="List generators")
async def list_generators(context: InContext) -> list[GeneratorInfo]:
    """Return every generator and what it is doing, in the order they were added."""
    return [
        GeneratorInfo(
            id=member.id,
            path=context.shown_path(member.settings.path),
            status=_status(member),
            start_time=member.start_time,
        )
        for member in context.fleet.members()
    ]


@router.get("/{id}", summary="Get a generator's parameters", responses=may_fail(404))
async def get_generator(id: str, context: InContext) -> GeneratorParameters:
    """Return the settings of a generator, secrets in its params masked."""
    settings = context.fleet.get(id).settings
    changes = {"path": context.shown_path(settings.path), "params": shown(settings.params)}
    return GeneratorParameters.model_construct(**{**dict(settings), **changes})


@router.post(
    "/{id}",
    summary="Add a generator",
    status_code=201,
    dependencies=[MayEdit],
    responses=may_fail(403, 404, 409),
)
async def add_generator(id: str, body: GeneratorParameters, context: InContext) -> None:
    """Register a generator without starting it. The defaults of `eventum.yml` do not apply."""
    context.fleet.add(_settings(context, id, body))


@router.put(
    "/{id}",
    summary="Replace a generator's parameters",
    dependencies=[MayEdit],
    responses=may_fail(400, 403, 404),
)
async def replace_generator(id: str, body: GeneratorParameters, context: InContext) -> None:
    """Give a generator that does not run other settings, and forget its latest run.

    Masked values in the params keep what they stand for.
    """
    params = restored(body.params, context.fleet.get(id).settings.params)
    settings = _settings(context, id, body).model_copy(update={"params": params})
    context.fleet.replace(settings)


@router.delete(
    "/{id}", summary="Delete a generator", dependencies=[MayEdit], responses=may_fail(403, 404)
)
async def delete_generator(id: str, context: InContext) -> None:
    """Stop and forget a generator; its files stay."""
    await in_thread(context.fleet.remove, id)


@router.get("/{id}/status", summary="Get a generator's status", responses=may_fail(404))
async def get_status(id: str, context: InContext) -> GeneratorStatus:
    """Return what a generator is doing, and why its latest start or run failed if it did."""
    return _status(context.fleet.get(id))


@router.get("/{id}/stats", summary="Get a generator's counters", responses=may_fail(400, 404))
async def get_stats(id: str, context: InContext) -> Stats:
    """Return the counters of a run that is under way, or of the latest one."""
    member = context.fleet.get(id)
    report = member.report()
    if report is None:
        reason = member.error or "it has not run yet"
        raise HTTPException(400, f"generator {id!r} has no statistics: {reason}")
    return statistics(id, member.start_time, report)


@router.post("/{id}/start", summary="Start a generator", responses=may_fail(404))
async def start_generator(id: str, context: InContext) -> bool:
    """Start a generator and wait until it is initialised; false if that fails.

    The status then tells why.
    """
    return await in_thread(context.fleet.get(id).start)


@router.post(
    "/{id}/stop",
    summary="Stop a generator",
    responses={202: {"description": "It is still stopping"}, **may_fail(404)},
)
async def stop_generator(id: str, context: InContext, response: Response) -> None:
    """Stop a generator and wait until it has ended; fine if it does not run."""
    if not await in_thread(context.fleet.get(id).stop):
        response.status_code = 202


def _status(member: Member) -> GeneratorStatus:
    return GeneratorStatus(**member.status._asdict(), error=member.error)


def _settings(context: Context, id: str, body: GeneratorParameters) -> Settings:
    """Return what a request asks for as settings; raise 404 if there is no such file."""
    application = context.application
    path = placed(application, body.path)
    if not isfile(path):
        raise HTTPException(404, f"there is no file {context.shown_path(path)}")
    loosened = "policy" in body.model_fields_set and body.policy != application.policy
    if loosened and application.policy == "restricted":
        raise HTTPException(403, "policy: trusted is not allowed here; leave it out")
    given = {name: getattr(body, name) for name in body.model_fields_set}
    return Settings.model_validate({**given, "id": id, "path": path})
