"""A migrated database of reporting's own, emptied for each test."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest_asyncio

from deploy.local.postgres import PostgresServer
from services.chassis.database import CHASSIS_MIGRATIONS, Connection, Pool, migrate, open_pool
from services.reporting.app import MIGRATIONS
from tests.integration.reporting.facts import empty


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def database_url(postgres: PostgresServer) -> str:
    return postgres.ensure_database(f"reporting_{uuid4().hex}")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await open_pool(database_url, size=4)
    await migrate(pool, [("chassis", CHASSIS_MIGRATIONS), ("reporting", MIGRATIONS)])
    yield pool
    await pool.close()


@pytest_asyncio.fixture
async def connection(pool: Pool) -> AsyncIterator[Connection]:
    async with pool.acquire() as connection:
        await empty(connection)
        yield connection
