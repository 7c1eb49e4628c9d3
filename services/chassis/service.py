"""Assembles a service from its definition and routes, and runs it as a process of its own."""

import asyncio
import gc
import hmac
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

import uvicorn
from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import Field, SecretStr

from contracts.codes import Role
from contracts.problems import Conflict, Forbidden, NotSignedIn
from services.chassis import dead_letters, http, idempotency, logs, openapi, pages, sessions, sign_in
from services.chassis.auth import LocalTokens, User
from services.chassis.consumer import Unusable
from services.chassis.http import Body, RuntimeOf, bearer_of, require_user, signed_in
from services.chassis.limits import Admit, Limits
from services.chassis.metrics import Metrics
from services.chassis.runtime import Runtime, ServiceDefinition
from services.chassis.serving import server_config
from services.chassis.sessions import Revocations, Sessions
from services.chassis.settings import Settings


def assemble(
    definition: ServiceDefinition, routers: Sequence[APIRouter], settings: Settings, metrics: Metrics
) -> FastAPI:
    """The ASGI application of a service."""
    runtime = Runtime(definition, settings, metrics)
    revocations = Revocations()
    runtime.identity = Sessions(LocalTokens(settings.secrets["token_key"]), revocations)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await runtime.start()
        async with _following(revocations, runtime):
            yield
        await runtime.stop()

    app = FastAPI(
        title=f"Samspel {definition.name}",
        version="1",
        lifespan=lifespan,
        responses=openapi.RESPONSES,
        dependencies=[Depends(http.refuse_repeated)],
        # FastAPI's own pages bring scripts from elsewhere; the gateway shows the document without.
        docs_url=None,
        redoc_url=None,
    )
    app.state.runtime = runtime
    runtime.also_waits_for = revocations.why_not_ready
    app.add_middleware(Limits, admit=refuse_strangers(sign_in.OPEN | definition.open_to_all))
    http.install(app, metrics, pages.error_page)
    idempotency.install(app)
    pages.install(app)
    # The service's own routes first: a request is held against one after the other.
    for router in routers:
        app.include_router(router)
    app.include_router(_operations_router(definition.name))
    openapi.install(app)
    runtime.tracing.instrument(app)
    return app


def _not_now(what: str) -> dict[int | str, dict[str, Any]]:
    """Probes are answered alike whether all is well or not."""
    said = {"type": "object", "required": [what], "properties": {what: {"type": "boolean"}}}
    return {503: {"description": f"Not {what}.", "content": {"application/json": {"schema": said}}}}


@asynccontextmanager
async def _following(revocations: Revocations, runtime: Runtime) -> AsyncIterator[None]:
    def ended(task: asyncio.Task[None]) -> None:
        # Without it a sign-in that was ended would go on counting: better no process than one that does not notice.
        if not task.cancelled():
            logs.logger().critical("revocations_not_followed", exc_info=task.exception())
            runtime.on_failure()

    task = asyncio.create_task(sessions.follow(revocations, lambda: runtime.pool, runtime.settings.sign_in_url))
    task.add_done_callback(ended)
    try:
        yield
    finally:
        task.cancel()


def refuse_strangers(open_to_all: AbstractSet[str]) -> Admit:
    """Before a command's body is read: the refusal of a sender who is not signed in, None for all others.

    ``open_to_all``: the paths to which anybody may send one.
    """

    async def refused(request: Request) -> Response | None:
        if request.method in http.SAFE or request.url.path in open_to_all:
            return None
        try:
            http.user_of(request)
        except (NotSignedIn, Forbidden) as error:
            return http.problem(error)
        except ConnectionError:
            return http.problem(http.Unavailable("not_ready", "Tjänsten startar. Försök igen strax."))
        return None

    return refused


class Discard(Body):
    """Why a dead letter will not be replayed."""

    model_config = http.examples({"reason": "sent twice by mistake, see ticket 4711"})
    reason: Annotated[str, Field(min_length=3, max_length=500, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")]


_Operator = Annotated[User, Depends(signed_in(Role.OPERATIONS))]


async def _may_read_metrics(
    request: Request,
    runtime: RuntimeOf,
    _bearer: Annotated[Any, Depends(http.BEARER)],
    _cookie: Annotated[Any, Depends(http.SESSION)],
) -> None:
    """Prometheus with its token, or operations. Raises NotSignedIn, Forbidden."""
    if not _is_scraper(runtime.settings.metrics_token, bearer_of(request)):
        require_user(request, Role.OPERATIONS)


def _is_scraper(expected: SecretStr | None, given: str) -> bool:
    return expected is not None and hmac.compare_digest(expected.get_secret_value().encode(), given.encode())


def _operations_router(name: str) -> APIRouter:
    router = APIRouter(tags=["operations"])

    @router.get("/health/live", responses=_not_now("alive"))
    async def live(runtime: RuntimeOf) -> JSONResponse:
        """200 while no part has failed for good."""
        return JSONResponse({"alive": runtime.alive}, status_code=200 if runtime.alive else 503)

    @router.get("/health/ready", responses=_not_now("ready"))
    async def ready(runtime: RuntimeOf) -> JSONResponse:
        """200 when partitions are assigned, their offsets loaded, the relay sends and the database answers."""
        missing = await runtime.why_not_ready()
        return JSONResponse({"ready": not missing, "missing": missing}, status_code=503 if missing else 200)

    @router.get("/metrics", response_class=PlainTextResponse, dependencies=[Depends(_may_read_metrics)])
    async def metrics(runtime: RuntimeOf) -> Response:
        """For Prometheus, with SAMSPEL_METRICS_TOKEN as bearer token, and for operations."""
        return Response(generate_latest(runtime.metrics.registry), media_type=CONTENT_TYPE_LATEST)

    router.include_router(_dead_letters(name))
    return router


def _dead_letters(name: str) -> APIRouter:
    router = APIRouter(prefix=f"/api/{name}/dead-letters")

    @router.get("")
    async def listed(
        runtime: RuntimeOf, _user: _Operator, asked: Annotated[dead_letters.Asked, Query()]
    ) -> dead_letters.Page:
        """Records that could not be used, latest first: where they lie and why. Never what they hold."""
        return await dead_letters.page(runtime.pool, asked)

    @router.post("/{dead_letter_id}/replay", status_code=201)
    async def replay(
        dead_letter_id: UUID, runtime: RuntimeOf, _user: _Operator, discarded: bool = False
    ) -> dict[str, UUID]:
        """Applies the record again, read anew from its topic; a discarded one only with ``discarded=true``."""
        try:
            await runtime.replay(dead_letter_id, discarded=discarded)
        except Unusable as still:
            raise Conflict("still_unusable", f"Posten går fortfarande inte att använda: {still.reason}") from still
        return {"replayed": dead_letter_id}

    @router.post("/{dead_letter_id}/discard", status_code=201)
    async def discard(dead_letter_id: UUID, body: Discard, runtime: RuntimeOf, user: _Operator) -> dict[str, UUID]:
        """Decides that the record will not be replayed. The dead letter stays, with who decided so and why."""
        async with runtime.unit(user.actor) as unit:
            await dead_letters.discard(unit, name, dead_letter_id, user.id, body.reason)
        return {"discarded": dead_letter_id}

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
        server_config(app, host=settings.http_host, port=settings.http_port, timeout_graceful_shutdown=10)
    )

    def give_up() -> None:
        server.should_exit = True

    runtime: Runtime = app.state.runtime
    runtime.on_failure = give_up
    server.run()
    sys.exit(0 if runtime.alive else 1)
