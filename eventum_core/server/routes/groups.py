"""The generators of this process, several at a time."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body

from eventum_core.fleet import Fleet, UnknownGenerator
from eventum_core.loop import in_thread
from eventum_core.server.context import InContext, MayEdit, MayUse
from eventum_core.server.schemas import BulkStart, Stats, may_fail
from eventum_core.server.statistics import statistics

Ids = Annotated[list[str], Body(min_length=1)]

router = APIRouter(
    prefix="/generators/group-actions",
    tags=["generators"],
    dependencies=[MayUse],
    responses=may_fail(401),
)


@router.get("/stats-running", summary="Get the counters of all that run")
async def stats_running(context: InContext) -> list[Stats]:
    """Return the counters of each generator that runs."""
    return [
        statistics(member.id, member.start_time, report)
        for member in context.fleet.members()
        if member.status.is_running and (report := member.report())
    ]


@router.post("/bulk-start", summary="Start several generators")
async def bulk_start(ids: Ids, context: InContext) -> BulkStart:
    """Start generators at the same time and wait until each is initialised or failed."""
    started = await in_thread(context.fleet.start_all, list(dict.fromkeys(ids)))
    return BulkStart(
        running_generator_ids=started.running, non_running_generator_ids=started.not_running
    )


@router.post("/bulk-stop", summary="Stop several generators")
async def bulk_stop(ids: Ids, context: InContext) -> None:
    """Stop generators at the same time and wait until they have ended; unknown ids are skipped."""
    await in_thread(context.fleet.stop_all, ids)


@router.post(
    "/bulk-delete",
    summary="Delete several generators",
    dependencies=[MayEdit],
    responses=may_fail(403),
)
async def bulk_delete(ids: Ids, context: InContext) -> None:
    """Stop and forget generators; unknown ids are skipped."""
    await in_thread(_remove_all, context.fleet, ids)


def _remove_all(fleet: Fleet, ids: list[str]) -> None:
    fleet.stop_all(ids)
    for id in ids:
        try:
            fleet.remove(id)
        except UnknownGenerator:
            continue
