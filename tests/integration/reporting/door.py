"""The office's pages and API on a database of a test, without broker, at a moment that the test moves."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from html import unescape
from types import SimpleNamespace
from typing import Any, Final

import httpx
from fastapi import APIRouter, FastAPI

from contracts import topics
from contracts.codes import Member, Role
from contracts.office import SOURCE
from services.chassis import http, idempotency, pages
from services.chassis.auth import LocalTokens, User
from services.chassis.database import Connection, Pool
from services.chassis.metrics import Metrics
from services.chassis.unit import Unit

_KEY: Final = b"k" * 32


class Clock:
    """Shows a moment that a test moves."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


class Door:
    """Some routes, and who comes to them. What is decided is appended as in the running service."""

    def __init__(self, pool: Pool, moment: datetime, routers: Sequence[APIRouter]) -> None:
        self._pool = pool
        self.clock = Clock(moment)
        self._app = FastAPI()
        self._app.state.runtime = SimpleNamespace(
            pool=pool,
            clock=self.clock,
            identity=LocalTokens(_KEY),
            settings=SimpleNamespace(test_mode=True, secrets={"token_key": _KEY}),
            unit=self._unit,
        )
        http.install(self._app, Metrics(), pages.error_page)
        idempotency.install(self._app)
        for router in routers:
            self._app.include_router(router)

    @asynccontextmanager
    async def _unit(self, actor: Any) -> AsyncIterator[Unit]:
        async with self._pool.acquire() as connection, connection.transaction():
            yield Unit(connection, self.clock.now(), topics.OFFICE, SOURCE, actor)

    def enter(
        self,
        role: Role = Role.OFFICE,
        *,
        who: str = "kim",
        leads: Sequence[str] = (),
        member: Member | None = None,
    ) -> httpx.AsyncClient:
        """Somebody's browser or program."""
        user = User(who, "Kim Kansli", frozenset({role}), leads=frozenset(leads), member=member)
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self._app),
            base_url="http://reporting.test",
            headers={"sec-fetch-site": "same-origin"},
            cookies={http.COOKIE: LocalTokens(_KEY).issue(user)},
        )


async def forget(connection: Connection) -> None:
    """Nothing has been appended, and nothing is listed."""
    await connection.execute("TRUNCATE event, stream, outbox, amount, reported_deviation, idempotency_key CASCADE")


def seen(html: str) -> str:
    """What is seen of a piece of a page, with single spaces."""
    shown = re.sub(r'<span class="visually-hidden">.*?</span>', "", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", "", shown)).split())


def tables_of(page: str) -> list[tuple[str, list[list[str]]]]:
    """The caption and the rows of each table."""
    return [
        (
            seen(re.findall(r"<caption.*?</caption>", table, re.DOTALL)[0]),
            [
                [seen(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)]
                for row in re.findall(r"<tr.*?</tr>", table.partition("<tbody>")[2], re.DOTALL)
            ],
        )
        for table in re.findall(r"<table.*?</table>", page, re.DOTALL)
    ]
