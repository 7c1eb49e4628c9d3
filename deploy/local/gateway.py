"""One address for everything: a reverse proxy in front of the services' processes.

`python -m deploy.local.gateway` reads SAMSPEL_GATEWAY_PORT and SAMSPEL_GATEWAY_UPSTREAMS, a JSON object of
service to the addresses of its processes. In production an ingress does this; the routes are the same.
"""

import itertools
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from html import escape
from typing import Annotated, Final

import httpx
import structlog
import uvicorn
from pydantic import AnyHttpUrl, Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from contracts.problems import NotFound, Refused
from deploy.local.gateway_docs import documentation, documentation_files
from deploy.local.gateway_pages import HEADERS, page
from deploy.local.gateway_routes import NO_SUCH_PAGE, START_PAGE, Target, target_of
from deploy.local.ports import LOOPBACK
from services.chassis import logs
from services.chassis.limits import Limits, problem
from services.chassis.serving import server_config

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_REPEATABLE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout)

# Seconds. What is asked of all events at once (a report as it was known on a day) takes longer than any page.
_CONNECT_WITHIN: Final = 2.0
_ANSWER_WITHIN: Final = 10.0
_REPORT_WITHIN: Final = 60.0
_REPORTS: Final = (b"/api/reporting", b"/rapport")
_TRY_AGAIN_AFTER: Final = "5"

# RFC 9110, section 7.6.1: these speak of one connection and not of the message.
_HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_FORWARDED: Final = frozenset({"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"})

log: structlog.stdlib.BoundLogger = structlog.get_logger("gateway")


class GatewaySettings(BaseSettings):
    """The gateway process's settings."""

    model_config = SettingsConfigDict(env_prefix="SAMSPEL_GATEWAY_", frozen=True)

    port: int = 8080
    upstreams: Annotated[dict[str, tuple[AnyHttpUrl, ...]], Field(min_length=1)]

    def addresses(self) -> dict[str, tuple[str, ...]]:
        """The processes of each service, without a slash at the end."""
        return {service: tuple(str(url).rstrip("/") for url in urls) for service, urls in self.upstreams.items()}


class Upstreams:
    """The processes of each service, taken in turn."""

    def __init__(self, addresses: Mapping[str, tuple[str, ...]]) -> None:
        self._addresses = dict(addresses)
        self._turns = {service: itertools.count() for service in addresses}

    def __contains__(self, service: object) -> bool:
        return service in self._addresses

    def in_turn(self, service: str) -> Iterator[str]:
        """Every process of the service once, beginning with the next in turn."""
        addresses = self._addresses[service]
        first = next(self._turns[service])
        return (addresses[(first + step) % len(addresses)] for step in range(len(addresses)))


class Unreachable(Refused):
    """No process of the service can be reached."""

    status = 502


class Unanswered(Refused):
    """The service took the request and has not answered in time."""

    status = 504


class MethodUnknown(Refused):
    """The method is none that any address here takes."""

    status = 405


class Defect(Refused):
    """The gateway itself failed."""

    status = 500


class Connections:
    """Connections to the services: a pool for each, so that one that hangs does not use up the others'.

    Transports and no client: a client would carry cookies, credentials and redirects from one request to the next.
    """

    def __init__(self, services: Iterable[str], transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._transports = {service: transport or _new_transport() for service in services}

    async def send(self, service: str, request: httpx.Request) -> httpx.Response:
        """The answer's head; its body is still to be read. Raises httpx.TransportError."""
        return await self._transports[service].handle_async_request(request)

    async def close(self) -> None:
        """Closes what is open."""
        for transport in self._transports.values():
            await transport.aclose()


def _new_transport() -> httpx.AsyncBaseTransport:
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=4)
    return httpx.AsyncHTTPTransport(limits=limits, trust_env=False)


class Proxy:
    """Sends each request to a process of the service that owns the path."""

    def __init__(self, upstreams: Upstreams, connections: Connections) -> None:
        self._upstreams = upstreams
        self._connections = connections

    async def __call__(self, request: Request) -> Response:
        """The service's answer, as it comes; or our own, when there is no service or it does not answer."""
        target = target_of(request.scope["raw_path"])
        if target is None or target.service not in self._upstreams:
            return await self._not_found(request)
        return await self._answer(request, target)

    async def _not_found(self, request: Request) -> Response:
        """For a person the start page's own page about it, which has the menu; else ours."""
        if not _wants_page(request) or START_PAGE not in self._upstreams:
            return _no_such_address(request)
        answer = await self._answer(request, Target(START_PAGE, NO_SUCH_PAGE))
        return answer if answer.status_code == NotFound.status else _no_such_address(request)

    async def _answer(self, request: Request, target: Target) -> Response:
        # Read whole, so that it can be sent again to another process; the limits let nothing large come this way.
        body = await request.body()
        for address in self._upstreams.in_turn(target.service):
            try:
                return _relay(await self._send(request, target, address, body))
            except httpx.TransportError as failure:
                log.warning("upstream_failed", service=target.service, address=address, error=type(failure).__name__)
                if isinstance(failure, httpx.TimeoutException) and not isinstance(failure, httpx.ConnectTimeout):
                    return _unanswered(request, target.service)
                if not _may_try_another(request, failure):
                    break
        return _unreachable(request, target.service)

    async def _send(self, request: Request, target: Target, address: str, body: bytes) -> httpx.Response:
        query: bytes = request.scope["query_string"]
        raw_path = target.path + (b"?" + query if query else b"")
        outgoing = httpx.Request(
            request.method,
            httpx.URL(address).copy_with(raw_path=raw_path),
            headers=_request_headers(request),
            content=body or None,
            extensions={"timeout": _timeout(target.path).as_dict()},
        )
        return await self._connections.send(target.service, outgoing)


def _timeout(path: bytes) -> httpx.Timeout:
    within = _REPORT_WITHIN if path.startswith(_REPORTS) else _ANSWER_WITHIN
    return httpx.Timeout(within, connect=_CONNECT_WITHIN)


def build_app(
    addresses: Mapping[str, tuple[str, ...]], transport: httpx.AsyncBaseTransport | None = None
) -> Starlette:
    """The gateway as an ASGI application. Tests give a transport; otherwise it speaks HTTP."""
    connections = Connections(addresses, transport)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await connections.close()

    proxy = Proxy(Upstreams(addresses), connections)

    async def everything(request: Request) -> Response:
        return await proxy(request)

    return Starlette(
        routes=[
            Route("/health/{kind}", _health),
            Route("/{service}/docs", _documentation),
            documentation_files(),
            Route("/{path:path}", everything, methods=list(_METHODS)),
        ],
        middleware=[Middleware(Limits)],
        exception_handlers={HTTPException: _refused_by_starlette, Exception: _failed},
        lifespan=lifespan,
    )


async def _refused_by_starlette(request: Request, error: Exception) -> Response:
    """No route, or no such method."""
    if isinstance(error, HTTPException) and error.status_code == MethodUnknown.status:
        allowed = (error.headers or {}).get("Allow", ", ".join(_METHODS))
        answer = problem(MethodUnknown("method_not_allowed", f"Adressen tar bara emot {allowed}."))
        answer.headers["allow"] = allowed
        return answer
    return _no_such_address(request)


async def _failed(request: Request, error: Exception) -> Response:
    log.error("gateway_failed", error=type(error).__name__, exc_info=error)
    text = "Felet är noterat. Försök igen."
    return _refuse(request, Defect("internal_error", text), "Något gick fel i Samspel")


async def _health(request: Request) -> Response:
    """It holds no state: it is ready as soon as it answers."""
    known = request.path_params["kind"] in {"live", "ready"}
    return JSONResponse({"status": "ok"}) if known else _no_such_address(request)


async def _documentation(request: Request) -> Response:
    """A service's API, read from its OpenAPI document under the address it has here."""
    service = request.path_params["service"]
    target = target_of(f"/{service}/openapi.json".encode("ascii", "replace"))
    if target is None or target.path != b"/openapi.json":
        return _no_such_address(request)
    return documentation(service)


def _may_try_another(request: Request, failure: httpx.TransportError) -> bool:
    """A request never sent may go elsewhere; one that may have been acted upon, only if it just asks."""
    return isinstance(failure, _NEVER_SENT) or request.method in _REPEATABLE


def _request_headers(request: Request) -> list[tuple[bytes, bytes]]:
    """The client's headers, Host among them, and who the client is."""
    client = request.client.host if request.client else "unknown"
    earlier = request.headers.get("x-forwarded-for")
    forwarded = {
        "x-forwarded-for": f"{earlier}, {client}" if earlier else client,
        "x-forwarded-host": request.headers.get("x-forwarded-host") or request.headers.get("host", ""),
        "x-forwarded-proto": request.headers.get("x-forwarded-proto") or request.url.scheme,
    }
    kept = _end_to_end(request.headers, besides=_FORWARDED)
    return [*kept, *((name.encode(), value.encode("latin-1")) for name, value in forwarded.items())]


def _end_to_end(headers: Headers, besides: frozenset[str] = frozenset()) -> list[tuple[bytes, bytes]]:
    """Headers that belong to the message: neither hop-by-hop nor named by Connection."""
    named = {name.strip().lower() for name in headers.get("connection", "").split(",")}
    dropped = _HOP_BY_HOP | named | besides
    return [(name, value) for name, value in headers.raw if name.decode("latin-1").lower() not in dropped]


def _relay(answer: httpx.Response) -> Response:
    response = StreamingResponse(
        answer.aiter_raw(), status_code=answer.status_code, background=BackgroundTask(answer.aclose)
    )
    response.raw_headers = _end_to_end(Headers(raw=[(name.lower(), value) for name, value in answer.headers.raw]))
    return response


def _wants_page(request: Request) -> bool:
    """True for a person's browser on its way to a page."""
    asks = request.method in {"GET", "HEAD"} and "hx-request" not in request.headers
    return asks and not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def _no_such_address(request: Request) -> Response:
    text = "Kontrollera adressen, eller börja om från startsidan."
    return _refuse(request, NotFound("no_such_page", text), "Sidan finns inte")


def _unreachable(request: Request, service: str) -> Response:
    text = f"Tjänsten {service} svarar inte. Inget du har sparat är borta. Vänta en stund och försök igen."
    return _passing(request, Unreachable("service_unreachable", text))


def _unanswered(request: Request, service: str) -> Response:
    done = "" if request.method in _REPEATABLE else " Se efter om det du gjorde blev sparat innan du gör om det."
    text = f"Tjänsten {service} svarade inte i tid. Vänta en stund och försök igen.{done}"
    return _passing(request, Unanswered("service_unanswered", text))


def _passing(request: Request, refused: Refused) -> Response:
    answer = _refuse(request, refused, "Just nu går det inte att nå den här delen av Samspel")
    answer.headers["retry-after"] = _TRY_AGAIN_AFTER
    return answer


def _refuse(request: Request, refused: Refused, title: str) -> Response:
    if _wants_page(request):
        return HTMLResponse(page(escape(title), escape(refused.message)), refused.status, HEADERS)
    return problem(refused)


def main() -> None:
    """Serve until asked to stop."""
    settings = GatewaySettings()
    logs.configure("gateway", "INFO")
    config = server_config(
        build_app(settings.addresses()),
        host=LOOPBACK,
        port=settings.port,
        # uvloop answers a write to a connection just closed with a bare RuntimeError, which nobody takes for a
        # lost connection; asyncio raises it as one.
        loop="asyncio",
        proxy_headers=False,
        date_header=False,
        timeout_graceful_shutdown=5,
    )
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
