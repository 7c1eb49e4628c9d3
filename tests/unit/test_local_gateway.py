"""The gateway: which service answers, what is passed on, what is said when nobody is there."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.local.gateway import build_app
from deploy.local.gateway_routes import Target, target_of

ADDRESSES = {
    "referral": ("http://127.0.0.1:1",),
    "planning": ("http://127.0.0.1:2", "http://127.0.0.1:3"),
    "followup": ("http://127.0.0.1:4",),
    "reporting": ("http://127.0.0.1:5",),
}


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/", "reporting"),
        ("/api/referral/referrals", "referral"),
        ("/anmalningar", "referral"),
        ("/anmalningar/7", "referral"),
        ("/api/planning", "planning"),
        ("/api/followup/work-list", "followup"),
        ("/uppfoljningar/7", "followup"),
        ("/api/reporting/years/2021", "reporting"),
        ("/arenden/7", "reporting"),
        ("/rapport/2021", "reporting"),
        ("/logga-in", "reporting"),
        ("/logga-ut", "reporting"),
        ("/static/samspel.css", "reporting"),
    ],
)
def test_a_path_belongs_to_one_service_and_is_not_rewritten(path: str, service: str) -> None:
    assert target_of(path.encode()) == Target(service, path.encode())


@pytest.mark.parametrize("rest", ["/health/live", "/health/ready", "/openapi.json"])
@pytest.mark.parametrize("service", ADDRESSES)
def test_a_services_own_pages_are_reached_below_its_name(service: str, rest: str) -> None:
    assert target_of(f"/{service}{rest}".encode()) == Target(service, rest.encode())


@pytest.mark.parametrize(
    "path",
    [
        "/rapporter",
        "/api",
        "/api/other",
        "/referral",
        "/referral/api",
        "/referral/metrics",
        "/x/metrics",
        "/metrics",
        "//",
    ],
)
def test_a_path_that_only_resembles_a_known_one_belongs_to_nobody(path: str) -> None:
    assert target_of(path.encode()) is None


class Upstream:
    """A service process that answers with what it was asked, and remembers who asked."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.seen: list[dict[str, str]] = []
        self.app = Starlette(routes=[Route("/{path:path}", self.answer, methods=["GET", "POST", "PUT", "DELETE"])])

    async def answer(self, request: Request) -> Response:
        self.seen.append(dict(request.headers))
        answer = JSONResponse(
            {
                "name": self.name,
                "method": request.method,
                "path": request.scope["raw_path"].decode(),
                "query": request.scope["query_string"].decode(),
                "body": (await request.body()).decode(),
            },
            status_code=207,
        )
        answer.set_cookie("one", "1")
        answer.set_cookie("two", "2")
        answer.headers["connection"] = "x-private, close"
        answer.headers["x-private"] = "between us"
        answer.headers["x-public"] = "åäö".encode().decode("latin-1")
        return answer


class Network(httpx.AsyncBaseTransport):
    """Brings a request to the upstream of its port; an address without one refuses the connection."""

    def __init__(self, *ports: int) -> None:
        self.upstreams = {port: Upstream(f"process {port}") for port in ports}
        self.broken: set[int] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        port = request.url.port
        if port in self.broken:
            raise httpx.ReadError("the connection was cut")
        if port not in self.upstreams:
            raise httpx.ConnectError("connection refused")
        return await httpx.ASGITransport(self.upstreams[port].app).handle_async_request(request)


@asynccontextmanager
async def browser(network: Network) -> AsyncIterator[httpx.AsyncClient]:
    gateway = httpx.ASGITransport(build_app(ADDRESSES, network), client=("192.0.2.7", 4321))
    async with httpx.AsyncClient(transport=gateway, base_url="http://samspel.test") as client:
        yield client


async def test_request_and_answer_pass_through_unchanged() -> None:
    network = Network(1)
    async with browser(network) as client:
        answer = await client.put("/api/referral/%C3%A5%2Fb?a=1&b=%20", content="kropp")
    assert answer.status_code == 207
    assert answer.json() == {
        "name": "process 1",
        "method": "PUT",
        "path": "/api/referral/%C3%A5%2Fb",
        "query": "a=1&b=%20",
        "body": "kropp",
    }
    assert answer.headers.get_list("set-cookie") == ["one=1; Path=/; SameSite=lax", "two=2; Path=/; SameSite=lax"]
    assert (b"x-public", "åäö".encode()) in answer.headers.raw


async def test_a_streamed_body_arrives_whole() -> None:
    async def parts() -> AsyncIterator[bytes]:
        for number in range(1000):
            yield f"{number};".encode()

    async with browser(Network(1)) as client:
        answer = await client.post("/api/referral/x", content=parts())
    assert answer.json()["body"] == "".join(f"{number};" for number in range(1000))


async def test_headers_of_one_connection_stay_on_it() -> None:
    network = Network(1)
    headers = {"connection": "keep-alive, x-mine", "x-mine": "1", "te": "trailers", "x-kept": "1"}
    async with browser(network) as client:
        answer = await client.get("/anmalningar", headers=headers)
    (seen,) = network.upstreams[1].seen
    assert not seen.keys() & {"x-mine", "te"}
    assert seen["x-kept"] == "1"
    assert "x-private" not in answer.headers


async def test_the_service_is_told_who_asks_and_by_which_address() -> None:
    network = Network(1)
    async with browser(network) as client:
        await client.get("/anmalningar")
        await client.get("/anmalningar", headers={"x-forwarded-for": "198.51.100.1", "x-forwarded-proto": "https"})
    plain, proxied = network.upstreams[1].seen
    assert plain["host"] == "samspel.test"
    assert plain["x-forwarded-host"] == "samspel.test"
    assert plain["x-forwarded-proto"] == "http"
    assert plain["x-forwarded-for"] == "192.0.2.7"
    assert proxied["x-forwarded-for"] == "198.51.100.1, 192.0.2.7"
    assert proxied["x-forwarded-proto"] == "https"


async def test_several_processes_take_turns() -> None:
    network = Network(2, 3)
    async with browser(network) as client:
        names = [(await client.get("/api/planning/x")).json()["name"] for _ in range(4)]
    assert names == ["process 2", "process 3", "process 2", "process 3"]


async def test_a_process_that_refuses_is_passed_over() -> None:
    network = Network(3)
    async with browser(network) as client:
        names = [(await client.post("/api/planning/x", content="a")).json()["name"] for _ in range(3)]
    assert names == ["process 3"] * 3


async def test_a_question_is_repeated_but_a_command_that_may_have_been_heard_is_not() -> None:
    network = Network(2, 3)
    network.broken.add(2)
    async with browser(network) as client:
        assert (await client.get("/api/planning/x")).json()["name"] == "process 3"
        assert (await client.get("/api/planning/x")).json()["name"] == "process 3"
        assert (await client.post("/api/planning/x", content="a")).status_code == 502


async def test_a_service_that_is_down_is_explained_in_swedish() -> None:
    async with browser(Network()) as client:
        page = await client.get("/uppfoljningar")
        problem = await client.get("/api/followup/x")
    assert page.status_code == problem.status_code == 502
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "Inget du har sparat är borta" in page.text
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["status"] == 502
    assert "followup" in problem.json()["detail"]


async def test_an_address_nobody_has_is_not_found() -> None:
    async with browser(Network(1, 2, 3, 4, 5)) as client:
        page = await client.get("/finns-inte")
        problem = await client.get("/api/finns-inte")
    assert page.status_code == problem.status_code == 404
    assert "Sidan finns inte" in page.text
    assert problem.headers["content-type"] == "application/problem+json"


async def test_documentation_reads_the_document_under_the_gateways_address() -> None:
    async with browser(Network(1)) as client:
        page = await client.get("/referral/docs")
        nobody = await client.get("/arenden/docs")
    assert json.dumps("/referral/openapi.json")[1:-1] in page.text
    assert nobody.status_code == 404


async def test_the_gateway_is_ready_without_any_service() -> None:
    async with browser(Network()) as client:
        assert (await client.get("/health/ready")).status_code == 200
        assert (await client.get("/health/other")).status_code == 404


def test_every_service_has_a_way_in() -> None:
    services: Iterator[Target | None] = (target_of(f"/api/{name}/x".encode()) for name in ADDRESSES)
    assert [target.service for target in services if target] == list(ADDRESSES)
