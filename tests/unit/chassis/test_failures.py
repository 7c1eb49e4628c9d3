"""What a request is answered when something fails behind it: 503 if database or broker cannot serve, else 500."""

import inspect
from datetime import UTC, datetime
from types import SimpleNamespace

import asyncpg
import httpx
import pytest
from aiokafka import errors as kafka_errors
from aiokafka.errors import KafkaError
from asyncpg import exceptions as postgres_errors
from fastapi import FastAPI

from services.chassis import http, pages
from services.chassis.auth import LocalTokens
from services.chassis.metrics import Metrics
from tests.examples import some

PROGRAM = {"accept": "application/json"}
BROWSER = {"accept": "text/html", "sec-fetch-site": "same-origin"}


def _classes(module: object, *bases: type[Exception]) -> list[type[Exception]]:
    found = [each for _, each in inspect.getmembers(module, inspect.isclass) if issubclass(each, bases)]
    assert found
    return found


def _of_a_value(kind: type[Exception]) -> bool:
    return issubclass(kind, asyncpg.DataError | asyncpg.IntegrityConstraintViolationError)


POSTGRES = _classes(postgres_errors, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
UNAVAILABLE: list[Exception] = [
    *(kind("secret value") for kind in POSTGRES if not _of_a_value(kind)),
    *(kind() for kind in _classes(kafka_errors, KafkaError)),
    ConnectionResetError(104, "reset"),
    OSError(28, "no space left on device"),
    TimeoutError(),
    RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed"),
]
DEFECTS: list[Exception] = [
    *(kind("secret value") for kind in POSTGRES if _of_a_value(kind)),
    type("DataError", (asyncpg.InterfaceError, ValueError), {})("secret value"),
    RuntimeError("a defect: secret value"),
    ValueError("secret value"),
    KeyError("secret value"),
    RecursionError("secret value"),
]


def _failing() -> FastAPI:
    """An application whose one route raises the error it is told to."""
    app = FastAPI()

    def now() -> datetime:
        if not app.state.clock_works:
            raise PermissionError(13, "clock.json")
        return datetime(2021, 3, 4, 23, 30, tzinfo=UTC)

    app.state.runtime = SimpleNamespace(
        clock=SimpleNamespace(now=now),
        identity=LocalTokens(b"k" * 32),
        settings=SimpleNamespace(test_mode=True),
    )
    http.install(app, Metrics(), pages.error_page)

    @app.get("/fails")
    @app.post("/fails")
    async def fails() -> None:
        raise app.state.error

    return app


APP = _failing()


def client(error: Exception, headers: dict[str, str], *, clock_works: bool = True) -> httpx.AsyncClient:
    APP.state.error, APP.state.clock_works = error, clock_works
    transport = httpx.ASGITransport(APP, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://samspel.test", headers=headers)


def _name(error: Exception) -> str:
    return type(error).__name__


@pytest.mark.parametrize("error", some(UNAVAILABLE), ids=_name)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_what_database_or_broker_cannot_do_now_is_503(error: Exception, method: str) -> None:
    async with client(error, PROGRAM) as program:
        answer = await program.request(method, "/fails")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["code"] == "not_ready"
    assert "secret value" not in answer.text


@pytest.mark.parametrize("error", some(DEFECTS), ids=_name)
async def test_a_defect_is_500_and_a_problem_too(error: Exception) -> None:
    async with client(error, PROGRAM) as program:
        answer = await program.get("/fails")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "retry-after" not in answer.headers
    assert answer.json()["code"] == "internal_error"
    assert "secret value" not in answer.text


@pytest.mark.parametrize(
    ("error", "status"), [(asyncpg.ReadOnlySQLTransactionError("x"), 503), (ValueError("x"), 500)], ids=_name
)
async def test_a_page_gets_an_error_page(error: Exception, status: int) -> None:
    async with client(error, BROWSER) as browser:
        answer = await browser.get("/fails")
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert ("retry-after" in answer.headers) == (status == 503)


async def test_a_page_that_cannot_be_shown_either_is_answered_as_a_problem() -> None:
    """The error page asks the clock for today; the clock may be what fails."""
    async with client(PermissionError(13, "clock.json"), BROWSER, clock_works=False) as browser:
        answer = await browser.get("/fails")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
