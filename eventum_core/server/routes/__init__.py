"""The REST API: one file for each router."""

from __future__ import annotations

from fastapi import APIRouter

from eventum_core.server.routes import auth, generators, groups, health

API: tuple[APIRouter, ...] = (auth.router, health.router, groups.router, generators.router)
"""The routers below ``/api``, in the order in which they are asked."""
