"""The ASGI application: routers, guards, and how errors are told."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from eventum_core.application import Application
from eventum_core.config import Batch, Queue
from eventum_core.describe import option_docs
from eventum_core.errors import EventumError
from eventum_core.fleet import DuplicateGenerator, Fleet, GeneratorBusy, UnknownGenerator
from eventum_core.secrets import redact
from eventum_core.server import schemas
from eventum_core.server.context import Context
from eventum_core.server.guard import Guard, Journal
from eventum_core.server.routes import API, metrics
from eventum_core.server.shown import shown

CODES: dict[type[EventumError], int] = {
    UnknownGenerator: 404,
    DuplicateGenerator: 409,
    GeneratorBusy: 400,
}


def create_app(application: Application, fleet: Fleet) -> FastAPI:
    """Return the application that serves this fleet."""
    app = Api(
        title="Eventum API",
        version=version("pytest-eventum"),
        openapi_url="/api/openapi.json",
        docs_url="/api/swagger",
        redoc_url="/api/redoc",
        separate_input_output_schemas=False,
    )
    app.state.context = Context(application, fleet, starting=fleet.members())
    for router in API:
        app.include_router(router, prefix="/api")
    app.include_router(metrics.router)
    for kind in CODES:
        app.add_exception_handler(kind, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    server = application.server
    app.add_middleware(Guard, hosts=[server.address.lower()] if server.local else None)
    app.add_middleware(Journal)  # the last to be added is the first to be asked
    return app


class Api(FastAPI):
    """An application whose OpenAPI document explains the options as their docstrings do."""

    def openapi(self) -> dict[str, Any]:
        """Return the document; made once."""
        made = self.openapi_schema is None
        document = super().openapi()
        if made:
            _describe(document)
        return document


def _describe(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        docs = option_docs(MODELS[name]) if name in MODELS else {}
        for option, property in schema.get("properties", {}).items():
            if option in docs:
                property["description"] = docs[option]


MODELS = {
    model.__name__: model
    for model in (*vars(schemas).values(), Batch, Queue)
    if isinstance(model, type) and issubclass(model, BaseModel)
}


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    code = next(code for kind, code in CODES.items() if isinstance(error, kind))
    return JSONResponse({"detail": redact(str(error))}, code)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    problems = jsonable_encoder(error.errors())
    if isinstance(error.body, bytes | str) and problems[0]["loc"] == ["body"]:
        # The body was not even read as JSON: only the header can be wrong.
        kind = request.headers.get("content-type", "nothing")
        text = f"Input should be JSON, sent as application/json and not as {kind}"
        problems = [{"type": "content_type", "loc": ["body"], "msg": text, "input": {}}]
    return JSONResponse({"detail": shown(problems)}, 422)
