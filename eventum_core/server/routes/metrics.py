"""Metrics for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Response

from eventum_core.server.context import InContext, MayUse
from eventum_core.server.exposition import CONTENT_TYPE, exposition

router = APIRouter(tags=["metrics"], dependencies=[MayUse])


@router.get("/metrics", summary="Prometheus metrics", response_class=Response)
async def metrics(context: InContext) -> Response:
    """Return the counters of all generators in the text format, version 0.0.4."""
    return Response(exposition(context.fleet.members()), media_type=CONTENT_TYPE)
