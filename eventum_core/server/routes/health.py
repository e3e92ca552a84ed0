"""Whether the server works, for whoever watches over it; open to all."""

from __future__ import annotations

from fastapi import APIRouter, Response

from eventum_core.server.context import Context, InContext
from eventum_core.server.schemas import Condition, Counts, Health

router = APIRouter(prefix="/health", tags=["health"])


@router.get("", summary="Health")
async def health(context: InContext) -> Health:
    """Return how many generators do what."""
    return Health(generators=_counts(context))


@router.get("/live", summary="Liveness")
async def live() -> Condition:
    """Answer, which is all there is to it."""
    return Condition(status="ok")


@router.get("/ready", summary="Readiness", responses={503: {"model": Condition}})
async def ready(context: InContext, response: Response) -> Condition:
    """Return 503 until the generators that start with the application have started or failed."""
    if context.ready:
        return Condition(status="ok")
    response.status_code = 503
    return Condition(status="starting")


def _counts(context: Context) -> Counts:
    states = [member.status for member in context.fleet.members()]
    return Counts(
        total=len(states),
        initializing=sum(state.is_initializing for state in states),
        running=sum(state.is_running for state in states),
        ended=sum(state.is_ended_up for state in states),
        failed=sum(s.is_ended_up and not s.is_ended_up_successfully for s in states),
    )
