"""Sign-ins that end: listed by the service that signs people in, read by another with a database of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
import uvicorn
from fastapi import FastAPI

from contracts.codes import Role
from contracts.problems import NotSignedIn
from deploy.local.ports import LOOPBACK, free_port
from deploy.local.postgres import PostgresServer
from services.chassis import http, pages, sessions, sign_in
from services.chassis.auth import LocalTokens, User
from services.chassis.clock import SystemClock
from services.chassis.database import CHASSIS_MIGRATIONS, migrate, open_pool
from services.chassis.metrics import Metrics
from services.chassis.serving import server_config
from services.chassis.sessions import Revocations, Sessions
from tests.waiting import until

KEY = b"k" * 32
KARIN = User("karin", "Karin", frozenset({Role.COORDINATOR}))
DRIFT = User("drift", "Drift", frozenset({Role.OPERATIONS}))
PAGE = {"sec-fetch-site": "same-origin", "accept": "application/json"}


@asynccontextmanager
async def database(postgres: PostgresServer) -> AsyncIterator[Any]:
    pool = await open_pool(postgres.ensure_database(f"sessions_{uuid4().hex[:8]}"))
    await migrate(pool, [("chassis", CHASSIS_MIGRATIONS)])
    yield pool
    await pool.close()


@asynccontextmanager
async def following(pool: Any, url: str | None) -> AsyncIterator[Sessions]:
    """What a service does all the time, beside its work."""
    revocations = Revocations()
    task = asyncio.create_task(sessions.follow(revocations, lambda: pool, url))
    yield Sessions(LocalTokens(KEY), revocations)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@dataclass
class Home:
    """Where people sign in: its address, and its server to stop."""

    url: str
    server: uvicorn.Server

    async def post(self, path: str, token: str, *, cookie: bool = False, **more: Any) -> httpx.Response:
        headers = {"cookie": f"{http.COOKIE}={token}"} if cookie else {"authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=self.url) as client:
            return await client.post(path, headers={**PAGE, **headers}, **more)


@pytest_asyncio.fixture(loop_scope="session")
async def home(postgres: PostgresServer) -> AsyncIterator[Home]:
    async with database(postgres) as pool, following(pool, None) as own:
        app = FastAPI()
        settings = SimpleNamespace(test_mode=True, secrets={"token_key": KEY})
        app.state.runtime = SimpleNamespace(pool=pool, identity=own, settings=settings, clock=SystemClock())
        http.install(app, Metrics(), pages.error_page)
        app.include_router(sign_in.router)
        port = free_port()
        server = uvicorn.Server(server_config(app, host=LOOPBACK, port=port))
        task = asyncio.create_task(server.serve())

        async def started() -> bool:
            return server.started

        await until(started, bool)
        yield Home(f"http://{LOOPBACK}:{port}", server)
        server.should_exit = True
        await task


def signed_in(at: Sessions, token: str) -> bool:
    try:
        at.user(token)
    except NotSignedIn:
        return False
    return True


async def _becomes(at: Sessions, token: str, expected: bool) -> None:
    async def now() -> bool | None:
        try:
            return signed_in(at, token)
        except ConnectionError:
            return None

    await until(now, lambda seen: seen is expected)


async def test_signing_out_at_one_service_ends_the_sign_in_at_another(home: Home, postgres: PostgresServer) -> None:
    karins, others = LocalTokens(KEY).issue(KARIN), LocalTokens(KEY).issue(KARIN)
    async with database(postgres) as pool, following(pool, home.url) as other:
        await _becomes(other, karins, True)
        assert (await home.post("/logga-ut", karins, cookie=True)).status_code == 303
        await _becomes(other, karins, False)
        assert signed_in(other, others)


async def test_a_service_knows_of_it_after_a_restart_while_the_one_that_lists_it_is_away(
    home: Home, postgres: PostgresServer
) -> None:
    token = LocalTokens(KEY).issue(KARIN)
    async with database(postgres) as pool:
        async with following(pool, home.url) as other:
            assert (await home.post("/logga-ut", token, cookie=True)).status_code == 303
            await _becomes(other, token, False)
        async with following(pool, f"http://{LOOPBACK}:{free_port()}") as restarted:
            await _becomes(restarted, token, False)
            assert signed_in(restarted, LocalTokens(KEY).issue(KARIN))


async def test_everybody_is_signed_out_and_can_sign_in_again(home: Home, postgres: PostgresServer) -> None:
    tokens = LocalTokens(KEY)
    before = tokens.issue(KARIN)
    async with database(postgres) as pool, following(pool, home.url) as other:
        await _becomes(other, before, True)
        answer = await home.post("/api/sign-in/revocations", tokens.issue(DRIFT), json={"user_id": None})
        assert answer.status_code == 201
        await _becomes(other, before, False)
        assert signed_in(other, tokens.issue(KARIN))


async def test_before_it_has_read_its_list_a_service_lets_nobody_in() -> None:
    with pytest.raises(ConnectionError):
        Sessions(LocalTokens(KEY), Revocations()).user(LocalTokens(KEY).issue(KARIN))


async def test_the_list_names_nobody(home: Home) -> None:
    token = LocalTokens(KEY).issue(KARIN)
    await home.post("/logga-ut", token, cookie=True)
    async with httpx.AsyncClient(base_url=home.url) as client:
        listed = (await client.get(sessions.PATH)).text
    assert "subject" in listed
    assert "karin" not in listed
    assert LocalTokens(KEY).read(token).id not in listed


async def test_a_link_signs_in_once_however_often_it_is_pressed_at_once(home: Home) -> None:
    link = LocalTokens(KEY).issue_link(KARIN)
    async with httpx.AsyncClient(base_url=home.url, headers=PAGE) as client:
        answers = await asyncio.gather(*(client.post("/logga-in", data={"kod": link}) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [303] + [401] * 7


async def test_what_has_expired_is_forgotten(postgres: PostgresServer) -> None:
    now = await _now(postgres)
    old = sessions.Revocation(subject="old", issued_before=now, expires_at=now)
    new = sessions.of_user("karin", now)
    async with database(postgres) as pool:
        await sessions.keep(pool, [old, new])
        await sessions.keep(pool, [])
        assert await sessions.kept(pool) == [new]
        assert await pool.fetchval("SELECT count(*) FROM revocation") == 1


async def _now(postgres: PostgresServer) -> Any:
    async with database(postgres) as pool:
        return await pool.fetchval("SELECT now()")
