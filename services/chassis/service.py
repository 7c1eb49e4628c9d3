"""Assembles a service from its blueprint and routes, and runs it as a process of its own."""

import gc
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

import uvicorn
from fastapi import APIRouter, Depends, FastAPI, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from contracts.codes import Role
from contracts.problems import Conflict
from services.chassis import dead_letters, http, logs, openapi, pages
from services.chassis.auth import User
from services.chassis.consumer import Unusable
from services.chassis.http import RuntimeOf, signed_in
from services.chassis.metrics import Metrics
from services.chassis.runtime import Blueprint, Runtime
from services.chassis.settings import Settings


def assemble(blueprint: Blueprint, routers: Sequence[APIRouter], settings: Settings, metrics: Metrics) -> FastAPI:
    """The ASGI application of a service."""
    runtime = Runtime(blueprint, settings, metrics)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await runtime.start()
        yield
        await runtime.stop()

    app = FastAPI(title=f"Samspel {blueprint.name}", version="1", lifespan=lifespan, responses=openapi.RESPONSES)
    app.state.runtime = runtime
    http.install(app, metrics, pages.error_page)
    pages.install(app)
    app.include_router(_operations(blueprint.name))
    for router in routers:
        app.include_router(router)
    openapi.install(app)
    return app


def _not_now(what: str) -> dict[int | str, dict[str, Any]]:
    """Probes are answered alike whether all is well or not."""
    said = {"type": "object", "required": [what], "properties": {what: {"type": "boolean"}}}
    return {503: {"description": f"Not {what}.", "content": {"application/json": {"schema": said}}}}


def _operations(name: str) -> APIRouter:
    router = APIRouter(tags=["operations"])
    operations = Annotated[User, Depends(signed_in(Role.OPERATIONS))]

    @router.get("/health/live", responses=_not_now("alive"))
    async def live(runtime: RuntimeOf) -> JSONResponse:
        """200 while no part has failed for good."""
        return JSONResponse({"alive": runtime.alive}, status_code=200 if runtime.alive else 503)

    @router.get("/health/ready", responses=_not_now("ready"))
    async def ready(runtime: RuntimeOf) -> JSONResponse:
        """200 when partitions are assigned, their offsets loaded, the relay sends and the database answers."""
        missing = await runtime.why_not_ready()
        return JSONResponse({"ready": not missing, "missing": missing}, status_code=503 if missing else 200)

    @router.get("/metrics", response_class=PlainTextResponse)
    async def metrics(runtime: RuntimeOf) -> Response:
        return Response(generate_latest(runtime.metrics.registry), media_type=CONTENT_TYPE_LATEST)

    @router.get(f"/api/{name}/dead-letters")
    async def letters(runtime: RuntimeOf, _user: operations) -> dict[str, list[dict[str, Any]]]:
        """Records that could not be used, latest first: where they lie and why. Never what they hold."""
        return {"items": await dead_letters.latest(runtime.pool)}

    @router.post(f"/api/{name}/dead-letters/{{dead_letter_id}}/replay", status_code=201)
    async def replay(dead_letter_id: UUID, runtime: RuntimeOf, _user: operations) -> dict[str, UUID]:
        """Applies the record again, read anew from its topic."""
        try:
            await runtime.replay(dead_letter_id)
        except Unusable as still:
            raise Conflict("still_unusable", f"Posten går fortfarande inte att använda: {still.reason}") from still
        return {"replayed": dead_letter_id}

    return router


def serve(create: Callable[[Settings], FastAPI], name: str) -> None:
    """Runs a service until SIGTERM or SIGINT, then stops it gracefully.

    A part that fails for good ends it with status 1: a supervisor starts it again, or shows why it cannot.
    """
    settings = Settings()  # from the environment
    logs.configure(name, settings.log_level)
    app = create(settings)
    # What was made so far stays: looking through it again and again is what makes the collector's long pauses.
    gc.collect()
    gc.freeze()
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.http_host,
            port=settings.http_port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=10,
            timeout_keep_alive=30,
        )
    )

    def give_up() -> None:
        server.should_exit = True

    runtime: Runtime = app.state.runtime
    runtime.on_failure = give_up
    server.run()
    sys.exit(0 if runtime.alive else 1)
