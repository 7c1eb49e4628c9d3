"""Every limit on a request, met over real sockets: by the gateway in a process of its own, and by a service."""

import asyncio
import contextlib
import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Annotated, Any

import httpx
import psutil
import pytest
import uvicorn
from fastapi import Depends, FastAPI
from fastapi.responses import StreamingResponse

from contracts.codes import Role
from deploy.local.ports import LOOPBACK, free_port
from deploy.local.services import ServiceProcess
from services.chassis import http, pages, serving
from services.chassis.auth import LocalTokens, User
from services.chassis.http import Body, signed_in
from services.chassis.limits import Limits, Sizes
from services.chassis.metrics import Metrics
from services.chassis.service import refuse_strangers

KEY = b"k" * 32
KARIN = User("karin", "Karin", frozenset({Role.COORDINATOR}))
LOVA = User("lova", "Lova", frozenset({Role.LOTS}))
MIB = 1024 * 1024
# Far beyond every limit: what ends by itself ends before, what does not is told by name.
DEADLINE = 60.0


class Words(Body):
    """A command's body."""

    words: str


def make_service() -> FastAPI:
    """A service's application with the chassis around it, and no database or broker."""
    app = FastAPI()
    app.state.runtime = SimpleNamespace(identity=LocalTokens(KEY), settings=SimpleNamespace(test_mode=True))
    app.add_middleware(Limits, admit=refuse_strangers(frozenset()))
    http.install(app, Metrics(), pages.error_page)
    user = Annotated[User, Depends(signed_in())]

    @app.get("/api/reporting/me")
    async def me(user: user) -> dict[str, str]:
        await asyncio.sleep(0)
        return {"user": user.id}

    @app.get("/rapport/2021")
    async def report(user: user) -> dict[str, str]:
        return {"user": user.id}

    @app.get("/logga-in")
    async def choose(som: str) -> StreamingResponse:
        answer = StreamingResponse(iter([b"inne"]))
        answer.set_cookie(http.COOKIE, LocalTokens(KEY).issue({"karin": KARIN, "lova": LOVA}[som]))
        return answer

    @app.post("/api/reporting/words")
    async def words(body: Words, user: user) -> dict[str, Any]:
        return {"user": user.id, "length": len(body.words)}

    @app.get("/api/reporting/much")
    async def much() -> StreamingResponse:
        async def parts() -> Any:
            for _ in range(400):
                app.state.given += 1
                yield bytes(MIB)
                await asyncio.sleep(0)  # where a client that has gone is noticed

        app.state.given = 0
        return StreamingResponse(parts())

    @app.get("/api/planning/hangs")
    async def hangs() -> None:
        await asyncio.Event().wait()

    return app


class Impatient(serving.LimitedProtocol):
    """The same connection with less patience, so that the tests need not have as much."""

    patience = serving.Patience(head_within=1, read_within=1, rest_within=1)


@dataclass
class Served:
    """An application on a port of its own, in a thread of this process."""

    app: Any
    port: int
    server: uvicorn.Server


@contextlib.contextmanager
def serve(app: Any) -> Iterator[Served]:
    config = serving.server_config(app, host=LOOPBACK, port=free_port(), timeout_graceful_shutdown=1)
    config.http = Impatient
    config.timeout_keep_alive = 1
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    base = f"http://{LOOPBACK}:{config.port}"
    _wait_for(lambda: server.started)
    yield Served(app, config.port, server)
    server.should_exit = True
    thread.join(DEADLINE)
    assert not thread.is_alive(), base


def _wait_for(done: Callable[[], bool]) -> None:
    ticking = threading.Event()
    for _ in range(int(DEADLINE / 0.05)):
        if done():
            return
        ticking.wait(0.05)
    raise AssertionError("it did not come to that")


@pytest.fixture(scope="module")
def service() -> Iterator[Served]:
    with serve(make_service()) as served:
        yield served


@pytest.fixture(scope="module")
def gateway(service: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """The real gateway as a process; every service behind it is the one above."""
    port = free_port()
    address = [f"http://{LOOPBACK}:{service.port}"]
    upstreams = dict.fromkeys(("referral", "planning", "followup", "reporting"), address)
    env = {**os.environ, "SAMSPEL_GATEWAY_PORT": str(port), "SAMSPEL_GATEWAY_UPSTREAMS": json.dumps(upstreams)}
    log = tmp_path_factory.mktemp("gateway") / "gateway.log"
    process = ServiceProcess("gateway", port, env, log, module="deploy.local.gateway")
    process.start()
    process.wait_ready()
    yield process
    process.terminate()


@pytest.fixture(params=["gateway", "service"])
def port(request: pytest.FixtureRequest, gateway: ServiceProcess, service: Served) -> int:
    return gateway.port if request.param == "gateway" else service.port


def exchange(port: int, *parts: bytes) -> bytes:
    """Sends, as far as the other side takes it, and reads until it closes."""
    with socket.create_connection((LOOPBACK, port), timeout=DEADLINE) as connection:
        with contextlib.suppress(ConnectionError):  # refused while still being sent: the answer tells why
            for part in parts:
                connection.sendall(part)
        return read_to_the_end(connection)


def read_to_the_end(connection: socket.socket) -> bytes:
    said = bytearray()
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65536):
            said += part
    return bytes(said)


def problem_of(said: bytes) -> tuple[int, str]:
    """Status and code of a raw answer, which must be a problem."""
    head, _, body = said.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head.lower(), said[:500]
    problem = json.loads(body)
    status = int(head.split()[1])
    assert problem["status"] == status
    return status, problem["code"]


HEAD = b"POST /api/reporting/words HTTP/1.1\r\nHost: x\r\n"


def test_forty_thousand_header_fields_are_refused_whole_or_in_part(port: int) -> None:
    fields = b"".join(b"x-%d: 1\r\n" % number for number in range(40_000))
    assert problem_of(exchange(port, HEAD, fields, b"\r\n")) == (431, "head_too_large")
    assert problem_of(exchange(port, HEAD, fields)) == (431, "head_too_large")


def test_one_endless_header_field_or_address_is_refused(port: int) -> None:
    assert problem_of(exchange(port, HEAD, b"x: " + b"x" * 3 * MIB)) == (431, "head_too_large")
    assert problem_of(exchange(port, b"GET /" + b"x" * 3 * MIB)) == (431, "head_too_large")


def test_what_is_not_http_is_a_problem(port: int) -> None:
    assert problem_of(exchange(port, b"\x16\x03\x01 hello\r\n\r\n")) == (400, "request_malformed")


def test_a_head_that_does_not_come_to_its_end_is_answered_408() -> None:
    with serve(make_service()) as served:
        assert problem_of(exchange(served.port, HEAD)) == (408, "request_incomplete")


def test_a_connection_that_says_nothing_or_only_line_ends_is_closed() -> None:
    with serve(make_service()) as served:
        assert exchange(served.port) == b""
        answered = exchange(served.port, b"GET /missing HTTP/1.1\r\nHost: x\r\n\r\n", b"\r\n")
        assert answered.startswith(b"HTTP/1.1 404")


def test_hundreds_of_half_sent_requests_are_all_ended() -> None:
    with serve(make_service()) as served:
        halves = [socket.create_connection((LOOPBACK, served.port), timeout=DEADLINE) for _ in range(300)]
        for half in halves:
            half.sendall(HEAD)
        for half in halves:
            assert problem_of(read_to_the_end(half)) == (408, "request_incomplete")
            half.close()
        _wait_for(lambda: not served.server.server_state.connections)


def test_a_body_that_does_not_come_is_answered_408() -> None:
    app = Limits(make_service(), sizes=Sizes(body_within=1, rest_within=1))
    with serve(app) as served:
        half = HEAD + b"Content-Length: 100\r\n\r\nhalf"
        assert problem_of(exchange(served.port, half)) == (408, "request_incomplete")


def _growth(pid: int, act: Callable[[], None]) -> int:
    process = psutil.Process(pid)
    before = process.memory_info().rss
    act()
    return process.memory_info().rss - before


def test_300_mb_announced_are_refused_at_once(port: int) -> None:
    head = HEAD + b"Content-Length: 300000000\r\n\r\n"
    assert problem_of(exchange(port, head)) == (413, "body_too_large")
    multipart = (
        b"POST /logga-in HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        b"Content-Length: 300000000\r\n\r\n--b\r\n"
    )
    assert problem_of(exchange(port, multipart)) == (413, "body_too_large")


def test_300_mb_in_chunks_are_refused_and_not_kept(gateway: ServiceProcess) -> None:
    chunk = b"100000\r\n" + bytes(MIB) + b"\r\n"
    head = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

    def send() -> None:
        for _ in range(3):
            assert problem_of(exchange(gateway.port, head, *[chunk] * 300)) == (413, "body_too_large")

    assert gateway.pid is not None
    assert _growth(gateway.pid, send) < 32 * MIB


def test_a_stranger_is_refused_before_the_body_is_sent_or_read(service: Served) -> None:
    for body in (
        b"Content-Length: 200000\r\n\r\n",
        b"Content-Length: 1\r\n\r\n{",
        b"Transfer-Encoding: chunked\r\n\r\n",
    ):
        assert problem_of(exchange(service.port, HEAD + body))[0] == 401


def test_a_stranger_with_too_much_is_told_of_the_size_and_with_nonsense_of_signing_in(port: int) -> None:
    nonsense = HEAD + b"Connection: close\r\nContent-Length: 8\r\n\r\n{[{[{[{["
    assert problem_of(exchange(port, nonsense)) == (401, "token_not_valid")


def test_a_body_within_the_limit_arrives_whole(port: int) -> None:
    token = LocalTokens(KEY).issue(KARIN)
    words = "å" * 100_000
    answer = httpx.post(
        f"http://{LOOPBACK}:{port}/api/reporting/words",
        content=json.dumps({"words": words}, ensure_ascii=False),
        headers={"authorization": f"Bearer {token}", "content-type": "application/json"},
        timeout=DEADLINE,
    )
    assert answer.json() == {"user": "karin", "length": len(words)}


def test_a_reader_that_does_not_read_is_cut_off_and_little_is_kept_for_it() -> None:
    with serve(make_service()) as served:
        with socket.create_connection((LOOPBACK, served.port), timeout=DEADLINE) as idle:
            idle.sendall(b"GET /api/reporting/much HTTP/1.1\r\nHost: x\r\n\r\n")
            _wait_for(lambda: bool(served.server.server_state.connections))
            _wait_for(lambda: not served.server.server_state.connections)
        assert 0 < served.app.state.given < 50  # of 400 MiB


def test_a_slow_reader_through_the_gateway_holds_the_service_back(gateway: ServiceProcess, service: Served) -> None:
    assert gateway.pid is not None

    def read_a_little() -> None:
        with socket.create_connection((LOOPBACK, gateway.port), timeout=DEADLINE) as slow:
            slow.sendall(b"GET /api/reporting/much HTTP/1.1\r\nHost: x\r\n\r\n")
            taken = 0
            while taken < 20 * MIB:
                taken += len(slow.recv(65536))

    assert _growth(gateway.pid, read_a_little) < 32 * MIB
    assert service.app.state.given < 100


def test_a_service_that_hangs_is_a_504_with_a_hint_when_to_try_again(gateway: ServiceProcess) -> None:
    answer = httpx.get(f"{gateway.url}/api/planning/hangs", timeout=DEADLINE)
    assert (answer.status_code, answer.json()["code"]) == (504, "service_unanswered")
    assert int(answer.headers["retry-after"]) > 0
    page = httpx.get(f"{gateway.url}/api/reporting/me", timeout=DEADLINE)
    assert page.status_code == 401  # the others are not held up


async def test_two_users_and_a_stranger_at_once_stay_who_they_are(gateway: ServiceProcess) -> None:
    limits = httpx.Timeout(DEADLINE)

    async def browser(name: str | None) -> None:
        async with httpx.AsyncClient(base_url=gateway.url, timeout=limits) as own:
            for _ in range(40):
                if name is not None:
                    await own.get("/logga-in", params={"som": name})
                for path in ("/rapport/2021", "/api/reporting/me"):
                    answer = await own.get(path, headers={"accept": "application/json"})
                    seen = answer.json().get("user") if answer.status_code == 200 else answer.status_code
                    assert seen == (name or 401)

    await asyncio.gather(*(browser(name) for name in ("karin", "lova", None, None)))
