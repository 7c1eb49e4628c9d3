"""What a unit of work promises of the streams it locks: nobody decides from a log that somebody else is adding to."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from uuid import UUID, uuid4

import pytest_asyncio

from contracts.envelope import TIMER
from deploy.local.postgres import PostgresServer
from services.chassis.clock import SystemClock
from services.chassis.database import CHASSIS_MIGRATIONS, Connection, Pool, migrate, open_pool
from services.chassis.log import read_log
from services.chassis.unit import Append, Unit
from tests.integration.chassis.probe import assigned
from tests.waiting import until

_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest_asyncio.fixture
async def pool(postgres: PostgresServer) -> AsyncIterator[Pool]:
    opened = await open_pool(postgres.ensure_database(f"unit_{uuid4().hex[:8]}"))
    await migrate(opened, [("chassis", CHASSIS_MIGRATIONS)])
    yield opened
    await opened.close()


def _unit(connection: Connection) -> Unit:
    return Unit(connection, SystemClock().now(), "planning", "/samspel/planning", TIMER)


async def _sequences(pool: Pool, stream_id: UUID) -> Sequence[int]:
    async with pool.acquire() as connection:
        return sorted(event.sequence for event in await read_log(connection, stream_id))


async def _read_and_append(pool: Pool, stream_id: UUID) -> Sequence[int]:
    async with pool.acquire() as connection, connection.transaction():
        unit = _unit(connection)
        log = await unit.lock_and_read(stream_id)
        await unit.append(stream_id, [assigned()])
        return sorted(event.sequence for event in log)


async def test_who_waited_for_a_stream_reads_what_was_appended_meanwhile(pool: Pool) -> None:
    case = uuid4()
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        first = _unit(connection)
        assert await first.lock_and_read(case) == []
        second = asyncio.create_task(_read_and_append(pool, case))
        await until(lambda: pool.fetchval(_WAITING), lambda count: count == 1)
        await first.append(case, [assigned(), assigned()])
        await transaction.commit()
    assert await second == [1, 2]
    assert await _sequences(pool, case) == [1, 2, 3]


async def test_a_unit_appends_on_to_what_it_appended_to_locked_and_other_streams(pool: Pool) -> None:
    locked, other = uuid4(), uuid4()
    async with pool.acquire() as connection, connection.transaction():
        unit = _unit(connection)
        await unit.lock(locked)
        await unit.append_all([Append(other, [assigned()]), Append(locked, [assigned(), assigned()])])
        await unit.append_all([Append(locked, [assigned()]), Append(other, [assigned()])])
    assert await _sequences(pool, locked) == [1, 2, 3]
    assert await _sequences(pool, other) == [1, 2]
    assert await _read_and_append(pool, locked) == [1, 2, 3]


async def test_after_a_rollback_to_a_savepoint_no_sequence_is_left_out(pool: Pool) -> None:
    case = uuid4()
    async with pool.acquire() as connection, connection.transaction():
        unit = _unit(connection)
        await unit.append(case, [assigned()])
        savepoint = connection.transaction()
        await savepoint.start()
        await unit.append(case, [assigned(), assigned()])
        await savepoint.rollback()
        unit.rolled_back(1)
        await unit.append(case, [assigned()])
        assert [event.sequence for event in unit.appended] == [1, 2]
    assert await _sequences(pool, case) == [1, 2]


async def test_a_connection_goes_back_without_its_open_transaction(pool: Pool) -> None:
    async with pool.acquire() as connection:
        await connection.execute("BEGIN")
        await connection.execute("SET LOCAL lock_timeout = '3s'")
        await connection.execute("INSERT INTO stream (stream_id) VALUES ($1)", uuid4())
    assert await pool.fetchval("SELECT count(*) FROM stream") == 0
    assert await pool.fetchval("SHOW lock_timeout") == "0"
