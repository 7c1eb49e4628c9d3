"""The gateway: which service answers, what is passed on, what is said when nobody is there."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
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
        ("/api/reporting/periods/2021", "reporting"),
        ("/arenden", "planning"),
        ("/arenden/7", "planning"),
        ("/arenden/7/plan/utskrift", "planning"),
        ("/arenden/7/avsluta", "planning"),
        ("/arenden/7/avsluta/oppna", "planning"),
        ("/arenden/7/stod/ta-over", "planning"),
        ("/mina-deltagare/overlamna", "planning"),
        ("/arenden/7/historik", "reporting"),
        ("/arenden/historik", "planning"),
        ("/rapport/2021", "reporting"),
        ("/insatser/finsam-team", "reporting"),
        ("/logga-in", "reporting"),
        ("/logga-ut", "reporting"),
        ("/api/sign-in/revocations", "reporting"),
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
        "/rapporten",
        "/api",
        "/api/other",
        "/referral",
        "/referral/api",
        "/referral/metrics",
        "/x/metrics",
        "//",
        "/revocations",
        "/metrics",
    ],
)
def test_a_path_that_only_resembles_a_known_one_belongs_to_nobody(path: str) -> None:
    assert target_of(path.encode()) is None


PAGE = {"accept": "text/html"}


class Upstream:
    """A service process that answers with what it was asked, and remembers who asked."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.seen: list[dict[str, str]] = []
        self.app = Starlette(routes=[Route("/{path:path}", self.answer, methods=["GET", "POST", "PUT", "DELETE"])])

    async def answer(self, request: Request) -> Response:
        self.seen.append(dict(request.headers))
        if request.url.path == "/sidan-finns-inte":
            return HTMLResponse("sidan med menyn", 404)
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
        self.hung: set[int] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        port = request.url.port
        if port in self.hung:
            raise httpx.ReadTimeout("no answer in time")
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
        page = await client.get("/uppfoljningar", headers=PAGE)
        problem = await client.get("/api/followup/x")
    assert page.status_code == problem.status_code == 502
    assert page.headers["retry-after"] == problem.headers["retry-after"] == "5"
    assert "unsafe-inline" not in page.headers["content-security-policy"]
    assert problem.json()["code"] == "service_unreachable"
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "Inget du har sparat är borta" in page.text
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["status"] == 502
    assert "followup" in problem.json()["detail"]


async def test_a_service_that_hangs_is_a_504_and_asked_only_once() -> None:
    network = Network(2, 3)
    network.hung.update({2, 3})
    async with browser(network) as client:
        page = await client.get("/api/planning/x", headers=PAGE)
        command = await client.post("/api/planning/x", content="a")
    assert [answer.status_code for answer in (page, command)] == [504, 504]
    assert command.json()["code"] == "service_unanswered"
    assert command.headers["retry-after"] == "5"
    assert "blev sparat" in command.json()["detail"]
    assert "blev sparat" not in page.json()["detail"]


async def test_an_address_nobody_has_is_not_found() -> None:
    async with browser(Network()) as client:
        page = await client.get("/finns-inte", headers=PAGE)
        problem = await client.get("/api/finns-inte", headers=PAGE)
        posted = await client.post("/finns-inte", headers=PAGE)
    assert page.status_code == 404
    assert "Sidan finns inte" in page.text
    for answer in (problem, posted):
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
        assert answer.json()["code"] == "no_such_page"


@pytest.mark.parametrize("path", ["/finns-inte", "/metrics", "/revocations", "/openapi.json"])
async def test_a_persons_unknown_address_gets_the_start_pages_own_answer_and_nothing_else_of_it(path: str) -> None:
    async with browser(Network(5)) as client:
        page = await client.get(path, headers=PAGE)
    assert (page.status_code, page.text) == (404, "sidan med menyn")


async def test_a_method_no_address_takes_is_a_problem() -> None:
    async with browser(Network(1)) as client:
        answer = await client.request("PROPFIND", "/api/referral/x")
    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")
    assert answer.json()["code"] == "method_not_allowed"
    assert "GET" in answer.headers["allow"]


async def test_too_large_a_head_or_body_never_reaches_a_service() -> None:
    network = Network(1)
    async with browser(network) as client:
        fields = await client.get("/api/referral/x", headers={f"x-{number}": "1" for number in range(200)})
        long = await client.get("/api/referral/x", headers={"x-long": "x" * 40_000})
        body = await client.post("/api/referral/x", content=b"x" * 300_000)
    assert [answer.status_code for answer in (fields, long, body)] == [431, 431, 413]
    assert [answer.json()["code"] for answer in (fields, long, body)] == [
        "head_too_large",
        "head_too_large",
        "body_too_large",
    ]
    assert network.upstreams[1].seen == []


async def test_a_defect_of_the_gateway_is_a_problem_without_what_it_said() -> None:
    class Broken(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            raise ValueError(f"secret of {request.url}")

    gateway = httpx.ASGITransport(build_app(ADDRESSES, Broken()), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=gateway, base_url="http://samspel.test") as client:
        answer = await client.get("/api/planning/x")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "secret" not in answer.text


class Leaving(httpx.AsyncBaseTransport):
    """A service that tries everything that makes a client remember: cookies, a challenge, a redirect."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[str, str], bytes]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append((request.url.path, dict(request.headers), await request.aread()))
        headers = [
            ("set-cookie", "samspel_session=karins; Path=/"),
            ("www-authenticate", 'Digest realm="x", nonce="y"'),
        ]
        match request.url.path:
            case "/rapport/flyttad":
                headers.append(("location", "http://127.0.0.1:5/arenden"))
                status = 302
            case "/rapport/okand":
                status = 401
            case _:
                status = 200
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(b""))


async def test_nothing_of_one_request_or_its_answer_is_sent_with_the_next() -> None:
    service = Leaving()
    gateway = httpx.ASGITransport(build_app(ADDRESSES, service), client=("192.0.2.7", 4321))
    known = {"cookie": "samspel_session=lovas", "authorization": "Bearer lovas", "x-own": "1"}
    bare = httpx.Request("GET", "http://samspel.test/rapport/2021", headers={"host": "samspel.test"})
    first = httpx.Request("POST", "http://samspel.test/rapport/x", headers=known, content=b"lovas")
    for path in ("flyttad", "okand", "2021"):
        await gateway.handle_async_request(first)
        moved = httpx.Request("GET", f"http://samspel.test/rapport/{path}", headers=known)
        await gateway.handle_async_request(moved)
        await gateway.handle_async_request(bare)
    asked = service.seen[2::3]
    expected = {
        "host": "samspel.test",
        "x-forwarded-for": "192.0.2.7",
        "x-forwarded-host": "samspel.test",
        "x-forwarded-proto": "http",
    }
    assert asked == [("/rapport/2021", expected, b"")] * 3
    assert len(service.seen) == 9  # no redirect was followed, no challenge answered


async def test_documentation_reads_the_document_under_the_gateways_address_and_brings_its_own_files() -> None:
    async with browser(Network(1)) as client:
        page = await client.get("/referral/docs")
        nobody = await client.get("/arenden/docs")
        named = re.findall(r'(?:src|href)="(/docs-files/[^"]+)"', page.text)
        files = [await client.get(name) for name in named]
        other = await client.get("/docs-files/gateway.py")
    assert 'data-document="/referral/openapi.json"' in page.text
    assert "//" not in page.text.replace("<!doctype html>", "")
    assert "unsafe" not in page.headers["content-security-policy"]
    assert [file.status_code for file in files] == [200, 200, 200]
    assert nobody.status_code == other.status_code == 404


async def test_the_gateway_is_ready_without_any_service() -> None:
    async with browser(Network()) as client:
        assert (await client.get("/health/ready")).status_code == 200
        assert (await client.get("/health/other")).status_code == 404


def test_every_service_has_a_way_in() -> None:
    services: Iterator[Target | None] = (target_of(f"/api/{name}/x".encode()) for name in ADDRESSES)
    assert [target.service for target in services if target] == list(ADDRESSES)
