"""Reporting's pages and files on a database of a test, without broker: who may read them, and what they say."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Final

import httpx
from fastapi import APIRouter, FastAPI

from contracts.codes import Role
from services.chassis import http, pages
from services.chassis.auth import LocalTokens, User
from services.chassis.database import Pool
from services.chassis.metrics import Metrics
from services.reporting.web.development_pages import development_router
from services.reporting.web.figure_pages import figures_router
from services.reporting.web.file_pages import files_router, frozen_files_router
from services.reporting.web.flow_pages import flow_router
from services.reporting.web.report_pages import report_router

NOW: Final = datetime(2022, 2, 1, 9, 30, tzinfo=UTC)
_KEY: Final = b"k" * 32
_NOBODY_ANSWERS: Final = "http://127.0.0.1:1"


def served(pool: Pool) -> FastAPI:
    """The reports, the figures and their files, at the moment NOW."""
    app = FastAPI()
    app.state.runtime = SimpleNamespace(
        pool=pool,
        clock=SimpleNamespace(now=lambda: NOW),
        identity=LocalTokens(_KEY),
        settings=SimpleNamespace(test_mode=True, secrets={"token_key": _KEY}),
    )
    http.install(app, Metrics(), pages.error_page)
    routers: list[APIRouter] = [
        development_router(),
        figures_router(_NOBODY_ANSWERS),
        files_router(None),
        flow_router(),
        frozen_files_router(),
        report_router(None),
    ]
    for router in routers:
        app.include_router(router)
    return app


def browser(pool: Pool, role: Role | None = Role.OFFICE) -> httpx.AsyncClient:
    """Somebody's browser; nobody's who is signed in for None."""
    user = None if role is None else User("t", "Åsa Öberg", frozenset({role}))
    cookies = {} if user is None else {http.COOKIE: LocalTokens(_KEY).issue(user)}
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(served(pool)),
        base_url="http://reporting.test",
        headers={"accept": "text/html", "sec-fetch-site": "same-origin"},
        cookies=cookies,
    )
