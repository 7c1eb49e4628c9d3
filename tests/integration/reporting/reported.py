"""The pages of the insatser's reports on a database of a test, without broker, at one moment."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Final

import httpx
from fastapi import FastAPI

from contracts import topics
from contracts.codes import Role
from contracts.envelope import Actor
from services.chassis import http, idempotency, pages
from services.chassis.auth import LocalTokens, User
from services.chassis.database import Pool
from services.chassis.metrics import Metrics
from services.chassis.unit import Unit
from services.reporting.form_report_api import form_report_api
from services.reporting.web.form_report_pages import form_reports_router
from services.reporting.web.signed_report_pages import signed_reports_router

NOW: Final = datetime(2022, 1, 20, 9, 30, tzinfo=UTC)
PETRA: Final = User(
    "petra", "Petra Projektledare", frozenset({Role.PROJECT_LEADER}), leads=frozenset({"finsam-team"})
)
KIM: Final = User("kim", "Kim Kansli", frozenset({Role.OFFICE}))
_KEY: Final = b"k" * 32


def reported(pool: Pool, now: datetime = NOW) -> FastAPI:
    """The pages under /rapporter, and the API, at a moment."""

    @asynccontextmanager
    async def unit(actor: Actor) -> AsyncIterator[Unit]:
        async with pool.acquire() as connection, connection.transaction():
            yield Unit(connection, now, topics.OFFICE, "/samspel/reporting", actor)

    app = FastAPI()
    app.state.runtime = SimpleNamespace(
        pool=pool,
        clock=SimpleNamespace(now=lambda: now),
        identity=LocalTokens(_KEY),
        settings=SimpleNamespace(test_mode=True, secrets={"token_key": _KEY}),
        unit=unit,
    )
    http.install(app, Metrics(), pages.error_page)
    idempotency.install(app)
    app.include_router(form_report_api())
    app.include_router(form_reports_router())
    app.include_router(signed_reports_router())
    return app


def program_of(pool: Pool, user: User, now: datetime = NOW) -> httpx.AsyncClient:
    """Somebody's program."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(reported(pool, now)),
        base_url="http://reporting.test/api/reporting",
        headers={"authorization": f"Bearer {LocalTokens(_KEY).issue(user)}"},
    )


def browser_of(pool: Pool, user: User) -> httpx.AsyncClient:
    """Somebody's browser."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(reported(pool)),
        base_url="http://reporting.test",
        headers={"accept": "text/html", "sec-fetch-site": "same-origin"},
        cookies={http.COOKIE: LocalTokens(_KEY).issue(user)},
    )
