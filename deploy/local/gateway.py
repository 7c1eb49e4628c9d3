"""One address for everything: a reverse proxy in front of the services' processes.

`python -m deploy.local.gateway` reads SAMSPEL_GATEWAY_PORT and SAMSPEL_GATEWAY_UPSTREAMS, a JSON object of
service to the addresses of its processes. In production an ingress does this; the routes are the same.
"""

import itertools
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from html import escape
from typing import Annotated, Final

import httpx
import structlog
import uvicorn
from fastapi.openapi.docs import get_swagger_ui_html
from pydantic import AnyHttpUrl, Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from deploy.local.gateway_pages import page
from deploy.local.gateway_routes import NO_SUCH_PAGE, START_PAGE, Target, target_of
from deploy.local.ports import LOOPBACK
from services.chassis import logs

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_REPEATABLE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout)

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
    """What the gateway process is told."""

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


class Proxy:
    """Sends each request to a process of the service that owns the path."""

    def __init__(self, upstreams: Upstreams, client: httpx.AsyncClient) -> None:
        self._upstreams = upstreams
        self._client = client

    async def __call__(self, request: Request) -> Response:
        """The service's answer, as it comes; or our own, when there is no service or it does not answer."""
        target = target_of(request.scope["raw_path"]) or _no_such_page(request)
        if target is None or target.service not in self._upstreams:
            return _not_found(request)
        # Read whole, so that it can be sent again to another process; nothing that comes this way is large.
        body = await request.body()
        for address in self._upstreams.in_turn(target.service):
            try:
                return _relay(await self._send(request, target, address, body))
            except httpx.TransportError as failure:
                log.warning("upstream_failed", service=target.service, address=address, error=type(failure).__name__)
                if not _may_try_another(request, failure):
                    break
        return _bad_gateway(request, target.service)

    async def _send(self, request: Request, target: Target, address: str, body: bytes) -> httpx.Response:
        query: bytes = request.scope["query_string"]
        raw_path = target.path + (b"?" + query if query else b"")
        outgoing = self._client.build_request(
            request.method,
            httpx.URL(address).copy_with(raw_path=raw_path),
            headers=_request_headers(request),
            content=body or None,
        )
        return await self._client.send(outgoing, stream=True)


def build_app(
    addresses: Mapping[str, tuple[str, ...]], transport: httpx.AsyncBaseTransport | None = None
) -> Starlette:
    """The gateway as an ASGI application. Tests give a transport; otherwise it speaks HTTP."""
    client = httpx.AsyncClient(
        transport=transport,
        follow_redirects=False,
        trust_env=False,
        timeout=httpx.Timeout(connect=2, read=120, write=120, pool=30),
        limits=httpx.Limits(max_connections=500, max_keepalive_connections=100, keepalive_expiry=4),
    )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with client:
            yield

    proxy = Proxy(Upstreams(addresses), client)

    async def everything(request: Request) -> Response:
        return await proxy(request)

    return Starlette(
        routes=[
            Route("/health/{kind}", _health),
            Route("/{service}/docs", _documentation),
            Route("/{path:path}", everything, methods=list(_METHODS)),
        ],
        lifespan=lifespan,
    )


async def _health(request: Request) -> Response:
    """It holds no state: it is ready as soon as it answers."""
    known = request.path_params["kind"] in {"live", "ready"}
    return JSONResponse({"status": "ok"}) if known else _not_found(request)


async def _documentation(request: Request) -> Response:
    """A service's API, read from its OpenAPI document under the address it has here."""
    service = request.path_params["service"]
    target = target_of(f"/{service}/openapi.json".encode("ascii", "replace"))
    if target is None or target.path != b"/openapi.json":
        return _not_found(request)
    return get_swagger_ui_html(openapi_url=f"/{service}/openapi.json", title=f"Samspel: {service}")


def _no_such_page(request: Request) -> Target | None:
    """For a person's browser; programs get a problem from the gateway itself."""
    for_a_person = request.method == "GET" and "text/html" in request.headers.get("accept", "")
    return Target(START_PAGE, NO_SUCH_PAGE) if for_a_person and not _wants_json(request) else None


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


def _wants_json(request: Request) -> bool:
    return request.url.path.startswith("/api/")


def _not_found(request: Request) -> Response:
    title, text = "Sidan finns inte", "Kontrollera adressen, eller börja om från startsidan."
    return _problem(request, 404, title, text)


def _bad_gateway(request: Request, service: str) -> Response:
    title = "Just nu går det inte att nå den här delen av Samspel"
    text = f"Tjänsten {service} svarar inte. Inget du har sparat är borta. Vänta en stund och försök igen."
    response = _problem(request, 502, title, text)
    response.headers["retry-after"] = "5"
    return response


def _problem(request: Request, status: int, title: str, text: str) -> Response:
    if _wants_json(request):
        problem = {"type": "about:blank", "title": title, "status": status, "detail": text}
        return JSONResponse(problem, status, media_type="application/problem+json")
    return HTMLResponse(page(escape(title), escape(text)), status)


def main() -> None:
    """Serve until told to stop."""
    settings = GatewaySettings()
    logs.configure("gateway", "INFO")
    uvicorn.run(
        build_app(settings.addresses()),
        host=LOOPBACK,
        port=settings.port,
        # uvloop answers a write to a connection just closed with a bare RuntimeError, which nobody takes for a
        # lost connection; asyncio tells it as one.
        loop="asyncio",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=5,
        # Longer than clients keep an idle connection (httpx: 5 s), or one is closed just as its next request comes.
        timeout_keep_alive=30,
    )


if __name__ == "__main__":
    main()
