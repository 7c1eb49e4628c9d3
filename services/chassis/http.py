"""The HTTP interface: who is asking, problems as problem+json, one unit of work for each command."""

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Annotated, Any, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.security import APIKeyCookie, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import get_contextvars

from contracts.codes import Role
from contracts.events import AnyEvent
from contracts.problems import (
    BodyTooLarge,
    ContentTypeNotSupported,
    Forbidden,
    HeadersTooLarge,
    Invalid,
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    NotReadable,
    NotSignedIn,
    Refused,
    TooManyRequests,
)
from services.chassis.auth import User
from services.chassis.failures import LOOKED_AT, RETRY_AFTER_SECONDS, unavailable
from services.chassis.inputs import errors_of
from services.chassis.logs import logger
from services.chassis.metrics import Metrics
from services.chassis.runtime import Runtime

COOKIE: Final = "samspel_session"
# Whoever asked too often was counted within an hour.
_AN_HOUR_SECONDS: Final = 3600
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
PROBLEM: Final = "application/problem+json"


class Body(BaseModel):
    """A command's body: unknown fields are refused, so that a misspelt one is not silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def examples(*bodies: dict[str, Any]) -> ConfigDict:
    """The ``model_config`` of a body with examples of it, for the OpenAPI document. Each must be a valid one."""
    return ConfigDict(json_schema_extra={"examples": list(bodies)})


class AppendedEvent(BaseModel):
    """One event that a command appended."""

    id: UUID
    type: str
    sequence: int


class Done(BaseModel):
    """The answer to a command: the case, and what was appended to it."""

    case_id: UUID
    events: list[AppendedEvent]

    @staticmethod
    def appended(events: list[AnyEvent]) -> list[AppendedEvent]:
        return [AppendedEvent(id=event.id, type=event.type, sequence=event.sequence) for event in events]


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


def refuse_other_sites(request: Request) -> None:
    """For a form that needs no sign-in. Raises Forbidden unless a page of this site sent it."""
    if not same_origin(request):
        raise Forbidden("cross_site", "Anropet kom från en annan webbplats och utfördes inte.")


async def refuse_repeated(request: Request) -> None:
    """For what the OpenAPI document declares, in which no parameter may be given twice: one of the two would be
    silently ignored. Raises Invalid."""
    if request.scope["route"].include_in_schema:
        given = [name for name, _ in request.query_params.multi_items()]
        if len(set(given)) < len(given):
            raise Invalid("parameter_repeated", "Ange varje parameter i adressen en gång.")


# They only put the two ways to sign in into the OpenAPI document; user_of reads the request itself.
BEARER: Final = HTTPBearer(
    scheme_name="bearer", description="A token, as `samspel login` prints it.", auto_error=False
)
SESSION: Final = APIKeyCookie(
    name=COOKIE,
    scheme_name="session",
    description="The cookie of the pages. With it, only a page of the same site may send a command.",
    auto_error=False,
)


def signed_in(*roles: Role) -> Callable[..., Awaitable[User]]:
    """A dependency: the user, who must have one of the roles. Raises NotSignedIn, Forbidden."""

    # A coroutine, because FastAPI sends plain functions to a thread, which costs more than all they do here.
    async def required(
        request: Request, _bearer: Annotated[Any, Depends(BEARER)], _cookie: Annotated[Any, Depends(SESSION)]
    ) -> User:
        return require_user(request, *roles)

    return required


def require_user(request: Request, *roles: Role) -> User:
    """The signed-in user, who must have one of the roles. Raises NotSignedIn, Forbidden."""
    user = user_of(request)
    if roles and not user.has(*roles):
        raise Forbidden("role_missing", "Din roll har inte behörighet till det här.")
    return user


async def _runtime(request: Request) -> Runtime:
    return runtime_of(request)


RuntimeOf = Annotated[Runtime, Depends(_runtime)]


class FieldProblem(BaseModel):
    """One thing that is wrong with a request."""

    field: str = Field(description='Path of the field, "activities.0.kind"; "" for the whole.')
    code: str = Field(description="Stable, for programs.")
    message: str = Field(description="Swedish: what is wrong and what is allowed. Never repeats what was sent.")


class Problem(BaseModel):
    """RFC 9457 problem details, as every refusal is answered."""

    type: str
    title: str
    status: int
    detail: str = Field(description="Swedish, for people: what is wrong and what to do.")
    code: str = Field(description="Stable, for programs.")
    field: str | None = None
    trace_id: str | None = Field(default=None, description="What to quote to operations, where requests are traced.")
    errors: list[FieldProblem] | None = Field(default=None, description="All that was found wrong, field by field.")


def problem(refused: Refused, **extra: Any) -> JSONResponse:
    """A refusal as RFC 9457 problem details."""
    body = {
        "type": f"urn:samspel:problem:{refused.code}",
        "title": type(refused).__name__,
        "status": refused.status,
        "detail": refused.message,
        "code": refused.code,
        **({"field": refused.field} if refused.field else {}),
        **({"trace_id": trace_id} if (trace_id := get_contextvars().get("trace_id")) else {}),
        **extra,
    }
    return JSONResponse(body, status_code=refused.status, media_type=PROBLEM, headers=_headers_of(refused))


def _headers_of(refused: Refused) -> dict[str, str]:
    """What HTTP demands beside a status: how to sign in, or when to come back."""
    match refused:
        case NotSignedIn():
            return {"www-authenticate": "Bearer"}
        case Unavailable():
            return {"retry-after": str(RETRY_AFTER_SECONDS)}
        case TooManyRequests():
            return {"retry-after": str(_AN_HOUR_SECONDS)}
        case _:
            return {}


Answer = Callable[..., Response]


def install(app: FastAPI, metrics: Metrics, error_page: Callable[[Request, Refused], Response]) -> None:
    """Problems instead of stack traces, as JSON or as ``error_page``; and a histogram of requests by route."""

    def answer(request: Request, refused: Refused, **extra: Any) -> Response:
        if not wants_page(request):
            return problem(refused, **extra)
        try:
            page = error_page(request, refused)
        except Exception as error:  # noqa: BLE001  # the page may need what just failed: its clock, its templates
            logger().warning("error_page_not_shown", error=type(error).__name__)
            return problem(refused, **extra)
        page.headers.update(_headers_of(refused))
        return page

    _answer_refusals(app, answer)
    _answer_failures(app, answer)
    app.add_middleware(_MeasureRequests, metrics=metrics)


def _answer_refusals(app: FastAPI, answer: Answer) -> None:
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
    async def refused_by_the_framework(request: Request, error: HTTPException) -> Response:
        answered = answer(request, _refused_by_status(error.status_code))
        answered.headers.update(error.headers or {})
        if error.status_code == MethodNotAllowed.status:
            answered.headers["allow"] = ", ".join(_methods_at(request.scope, request.app.routes))
        return answered

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        if _body_unread(error) and not _sends_json(request):
            return answer(request, _refused_by_status(ContentTypeNotSupported.status))
        # Values are not repeated: what was sent may hold an identity, and answers end up in logs.
        errors = errors_of(error.errors())
        faults = "; ".join(f"{each['field']}: {each['message']}" for each in errors[:_SPELLED_OUT])
        refused = Invalid("request_not_valid", f"Kontrollera uppgifterna. {faults}", errors[0]["field"] or None)
        return answer(request, refused, errors=errors)


_SPELLED_OUT: Final = 3

# What Starlette and FastAPI refuse before a route is asked.
_BY_STATUS: Final[Mapping[int, Refused]] = {
    refused.status: refused
    for refused in (
        NotReadable("request_not_readable", "Det som skickades går inte att läsa. Kontrollera formatet."),
        NotFound("no_such_page", "Adressen finns inte i Samspel."),
        MethodNotAllowed("method_not_allowed", "Adressen finns, men inte för den metoden. Se Allow i svaret."),
        NotAcceptable("not_acceptable", "Samspel svarar med JSON och, på sidor, med HTML."),
        BodyTooLarge("body_too_large", "Det som skickades är för stort."),
        ContentTypeNotSupported(
            "content_type_not_supported", "Skicka JSON och säg det: Content-Type: application/json."
        ),
        HeadersTooLarge("headers_too_large", "Anropets huvuden är för stora."),
    )
}


def _refused_by_status(status: int) -> Refused:
    return _BY_STATUS.get(status) or Refused("refused", "Anropet går inte att utföra.")


def _methods_at(scope: Scope, routes: Iterable[BaseRoute]) -> list[str]:
    """The methods there are at the request's path: Starlette names those of the first route there alone."""
    ours = [route for route in routes if not isinstance(route, Mount)]
    found = [
        method
        for method in ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in ours)
    ]
    return found or ["GET", "HEAD"]  # a mount of static files


def _body_unread(error: RequestValidationError) -> bool:
    # FastAPI leaves a body that does not say it is JSON as bytes, which is no object.
    return any(each["loc"] == ("body",) and each["type"] == "model_attributes_type" for each in error.errors())


def _sends_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def _answer_failures(app: FastAPI, answer: Answer) -> None:
    async def away(request: Request, error: Exception) -> Response:
        if not unavailable(error):
            raise error
        logger().warning("request_without_database", error=type(error).__name__)
        return answer(request, Unavailable("not_ready", _NOT_READY))

    for kind in LOOKED_AT:
        app.add_exception_handler(kind, away)

    @app.exception_handler(Exception)
    async def defect(request: Request, _error: Exception) -> Response:
        # The server logs it as well: Starlette raises it again after this answer.
        return answer(request, Broken("internal_error", "Något gick fel i Samspel. Felet är noterat: försök igen."))


_NOT_READY: Final = "Tjänsten startar, eller väntar på databasen eller Kafka. Försök igen strax."


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
    """Database or broker cannot serve now; ``Retry-After`` says when to come back."""

    status = 503


class Broken(Refused):
    """A defect of Samspel. It is in the log."""

    status = 500
