"""The HTTP door: who is asking, problems as problem+json, one unit of work for each command."""

import time
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.codes import Role
from contracts.envelope import Envelope
from contracts.problems import Conflict, Forbidden, Invalid, NotFound, NotSignedIn, Refused
from services.chassis.auth import User
from services.chassis.database import TRANSIENT, lost_connection
from services.chassis.logs import logger
from services.chassis.metrics import Metrics
from services.chassis.runtime import Runtime

COOKIE: Final = "samspel_session"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_PROBLEM: Final = "application/problem+json"


class Body(BaseModel):
    """A command's body: unknown fields are refused, so that a misspelt one is not silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class EventTold(BaseModel):
    """One event a command led to."""

    id: UUID
    type: str
    sequence: int


class Done(BaseModel):
    """The answer to a command: the case, and what was told of it."""

    case_id: UUID
    events: list[EventTold]

    @staticmethod
    def told(events: list[Envelope]) -> list[EventTold]:
        return [EventTold(id=event.id, type=event.type, sequence=event.sequence) for event in events]


def runtime_of(request: Request) -> Runtime:
    """The running service behind a request."""
    runtime: Runtime = request.app.state.runtime
    return runtime


def bearer_of(request: Request) -> str:
    """The bearer token of a program; empty if there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def user_of(request: Request) -> User:
    """The signed-in user, by bearer token or by the cookie of the pages. Raises NotSignedIn, Forbidden."""
    if token := bearer_of(request):
        return runtime_of(request).identity.user(token)
    token = request.cookies.get(COOKIE, "")
    if token and request.method not in SAFE and not same_origin(request):
        raise Forbidden("cross_site", "Anropet kom från en annan webbplats och utfördes inte.")
    return runtime_of(request).identity.user(token)


def wants_page(request: Request) -> bool:
    """True for a person's browser on its way to a page, also by a form; programs and htmx get problems as JSON."""
    return "text/html" in request.headers.get("accept", "") and not from_script(request)


def from_script(request: Request) -> bool:
    """True if htmx asks, for a part of a page; a form sent without scripts wants a whole page."""
    return "hx-request" in request.headers


def same_origin(request: Request) -> bool:
    """True if a page of this site sent the request."""
    # Every browser we support sends this header; a request without it did not come from a page.
    return request.headers.get("sec-fetch-site") == "same-origin"


def signed_in(*roles: Role) -> Callable[[Request], Awaitable[User]]:
    """A dependency: the user, who must have one of the roles. Raises NotSignedIn, Forbidden."""

    # A coroutine, because FastAPI sends plain functions to a thread, which costs more than all they do here.
    async def required(request: Request) -> User:
        user = user_of(request)
        if roles and not user.has(*roles):
            raise Forbidden("role_missing", "Din roll har inte behörighet till det här.")
        return user

    return required


async def _runtime(request: Request) -> Runtime:
    return runtime_of(request)


RuntimeOf = Annotated[Runtime, Depends(_runtime)]


class Problem(BaseModel):
    """RFC 9457 problem details, as every refusal is answered."""

    type: str
    title: str
    status: int
    detail: str = Field(description="Swedish, for people: what is wrong and what to do.")
    code: str = Field(description="Stable, for programs.")
    field: str | None = None


# What any route may answer; in OpenAPI they stand in for FastAPI's own, which Samspel never sends.
PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    refusal.status: {"model": Problem, "description": refusal.__doc__ or refusal.__name__}
    for refusal in (NotSignedIn, Forbidden, NotFound, Conflict, Invalid)
}


def problem(refused: Refused, **extra: Any) -> JSONResponse:
    """A refusal as RFC 9457 problem details."""
    body = {
        "type": f"urn:samspel:problem:{refused.code}",
        "title": type(refused).__name__,
        "status": refused.status,
        "detail": refused.message,
        "code": refused.code,
        **({"field": refused.field} if refused.field else {}),
        **extra,
    }
    return JSONResponse(body, status_code=refused.status, media_type=_PROBLEM)


def install(app: FastAPI, metrics: Metrics, error_page: Callable[[Request, Refused], Response]) -> None:
    """Problems instead of stack traces, as JSON or as ``error_page``; and a histogram of requests by route."""

    def answer(request: Request, refused: Refused, **extra: Any) -> Response:
        return error_page(request, refused) if wants_page(request) else problem(refused, **extra)

    _answer_refusals(app, answer)
    _answer_failures(app, answer)
    app.add_middleware(_MeasureRequests, metrics=metrics)


def _answer_refusals(app: FastAPI, answer: Callable[..., Response]) -> None:
    @app.exception_handler(NotSignedIn)
    async def to_sign_in(request: Request, refused: NotSignedIn) -> Response:
        if wants_page(request):
            query = f"?{request.url.query}" if request.url.query else ""
            # Nobody can be led back to what a form was sent to.
            place = request.url.path + query if request.method in SAFE else "/"
            return RedirectResponse(f"/logga-in?till={quote(place)}", status_code=303)
        return problem(refused)

    @app.exception_handler(Refused)
    async def refuse(request: Request, refused: Refused) -> Response:
        return answer(request, refused)

    @app.exception_handler(HTTPException)
    async def no_route(request: Request, error: HTTPException) -> Response:
        if error.status_code == NotFound.status:
            return answer(request, NotFound("no_such_page", "Adressen finns inte i Samspel."))
        return await http_exception_handler(request, error)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        # Values are not repeated: what was sent may hold an identity, and answers end up in logs.
        errors = [{"field": ".".join(map(str, each["loc"][1:])), "code": each["type"]} for each in error.errors()]
        first = errors[0]["field"] if errors else ""
        return answer(
            request,
            Invalid("request_not_valid", f"Kontrollera uppgifterna: {first}.", first or None),
            errors=errors,
        )


def _answer_failures(app: FastAPI, answer: Callable[..., Response]) -> None:
    async def away(request: Request, error: Exception) -> Response:
        logger().warning("request_without_database", error=type(error).__name__)
        waits = Unavailable("not_ready", "Tjänsten startar eller väntar på databasen. Försök igen strax.")
        return answer(request, waits)

    for passing in TRANSIENT:
        app.add_exception_handler(passing, away)

    @app.exception_handler(Exception)
    async def defect(request: Request, error: Exception) -> Response:
        if lost_connection(error):
            return await away(request, error)
        # The server logs it as well: Starlette raises it again after this answer.
        return answer(request, Broken("internal_error", "Något gick fel i Samspel. Felet är noterat: försök igen."))


class _MeasureRequests:
    """Times requests by route. Plain ASGI: a middleware of functions would copy every body through a queue."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        status = 500

        async def noting_the_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting_the_status)
        finally:
            path = getattr(scope.get("route"), "path", "none")
            self._metrics.http.labels(scope["method"], path, status).observe(time.perf_counter() - begun)


class Unavailable(Refused):
    status = 503


class Broken(Refused):
    status = 500
