"""Events of a type or with a code that this version has not learnt: kept, passed, applied once it knows them."""

import json
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from contracts import events, planning
from contracts.envelope import TIMER
from contracts.events import AnyEvent
from contracts.planning import InsatsStarted, LotsAssigned, TeamMeetingHeld
from deploy.local.postgres import PostgresServer
from services.chassis.clock import SystemClock
from services.chassis.database import CHASSIS_MIGRATIONS, Pool, migrate, open_pool
from services.chassis.log import read_log
from services.chassis.metrics import Metrics
from services.chassis.ordered import InOrder
from services.chassis.unit import Unit
from tests.unit.planning import mother


@pytest_asyncio.fixture
async def pool(postgres: PostgresServer) -> AsyncIterator[Pool]:
    opened = await open_pool(postgres.ensure_database(f"learning_{uuid4().hex[:8]}"))
    await migrate(opened, [("chassis", CHASSIS_MIGRATIONS)])
    yield opened
    await opened.close()


class Reads:
    """A version of a service that writes down what it is handed."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.handed: list[str] = []
        self.in_order = InOrder((TeamMeetingHeld, LotsAssigned, InsatsStarted), self._handle, Metrics())

    async def _handle(self, unit: Unit, event: AnyEvent) -> None:
        await unit.lock(event.subject)
        self.handed.append(event.type)

    async def read(self, *values: bytes) -> None:
        records: list[Any] = [
            SimpleNamespace(value=value, topic="planning", partition=0, offset=offset)
            for offset, value in enumerate(values)
        ]
        async with self._pool.acquire() as connection, connection.transaction():
            await self.in_order(self._unit(connection), records)

    async def learn(self) -> int:
        async with self._pool.acquire() as connection, connection.transaction():
            return await self.in_order.learn(self._unit(connection), 1)

    def _unit(self, connection: Any) -> Unit:
        return Unit(connection, SystemClock().now(), "followup", "/samspel/followup", TIMER)


def _value(sequence: int, fact: Any, **changed: Any) -> bytes:
    value = json.loads(events.encode(mother.event(fact, sequence, planning.SOURCE)))
    value["data"].update(changed.pop("data", {}))
    return json.dumps(value | changed).encode()


_OF_A_NEW_TYPE = _value(1, mother.started, type="MentorAssigned")
_OF_A_NEW_CODE = _value(2, mother.held, data={"mode": "hologram"})
_KNOWN = _value(3, mother.lots_assigned)


async def test_the_stream_goes_on_past_what_is_not_known(pool: Pool) -> None:
    service = Reads(pool)
    await service.read(_OF_A_NEW_TYPE, _OF_A_NEW_CODE, _KNOWN)
    assert service.handed == ["LotsAssigned"]
    assert await service.learn() == 0
    kept = await pool.fetch("SELECT sequence, learnt FROM heard_event ORDER BY sequence")
    assert [tuple(row) for row in kept] == [(1, False), (2, False), (3, True)]


async def test_what_was_kept_is_applied_once_a_version_knows_it(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Reads(pool)
    await service.read(_OF_A_NEW_TYPE, _OF_A_NEW_CODE, _KNOWN)

    # The next version knows the code and, as before, not the type: what comes first does not hide the second.
    parse = events.parse
    monkeypatch.setattr(events, "parse", lambda value: parse(value.replace(b'"hologram"', b'"digital"')))
    assert await service.learn() == 1
    assert service.handed == ["LotsAssigned", "TeamMeetingHeld"]
    assert await service.learn() == 0, "once"
    async with pool.acquire() as connection:
        assert {each.type for each in await read_log(connection, mother.CASE)} == {"LotsAssigned", "TeamMeetingHeld"}


async def test_one_that_fails_hinders_no_other(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Reads(pool)
    await service.read(_OF_A_NEW_CODE.replace(b'"sequence": 2', b'"sequence": 1'))
    other = UUID(int=mother.CASE.int + 1)
    await service.read(
        _OF_A_NEW_CODE.replace(str(mother.CASE).encode(), str(other).encode()).replace(
            b'"sequence": 2', b'"sequence": 1'
        )
    )
    parse = events.parse
    monkeypatch.setattr(events, "parse", lambda value: parse(value.replace(b'"hologram"', b'"digital"')))
    handle = service.in_order._handle

    async def fails_for_one(unit: Unit, event: AnyEvent) -> None:
        if event.subject == mother.CASE:
            raise asyncpg.DataError("too long")
        await handle(unit, event)

    service.in_order._handle = fails_for_one
    assert await service.learn() == 1
    service.in_order._handle = handle
    assert await service.learn() == 1
