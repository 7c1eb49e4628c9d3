"""PostgreSQL: the pool, migrations, and which failures may pass."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import asyncpg
from asyncpg.pool import PoolAcquireContext

from services.chassis.logs import logger

Connection: TypeAlias = Any  # asyncpg is untyped; a pool's proxy and a plain connection serve alike
Pool: TypeAlias = Any

CHASSIS_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_MIGRATION_LOCK: Final = 7_203_001

# Failures of the connection, the server or the moment: the same work may succeed when done again.
TRANSIENT: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    ConnectionError,
    TimeoutError,
    OSError,
)


def lost_connection(error: BaseException) -> bool:
    """True for what uvloop raises when something is written to a connection the other side has just closed.

    It has no class of its own there; asyncio would have raised it as a ConnectionError.
    """
    return isinstance(error, RuntimeError) and "the handler is closed" in str(error)


class _TimedAcquire(PoolAcquireContext):  # type: ignore[misc]  # asyncpg is untyped
    """Taking a connection from a pool, with a callback that gets how long that took."""

    async def __aenter__(self) -> Connection:
        begun = time.perf_counter()
        connection = await super().__aenter__()
        self.pool.waited(time.perf_counter() - begun)
        return connection


class _TimedPool(asyncpg.Pool):  # type: ignore[misc]
    """A pool that says of each connection taken how many seconds its taker waited."""

    def __init__(self, url: str, waited: Callable[[float], None], **settings: Any) -> None:
        super().__init__(
            url,
            max_queries=50_000,
            max_inactive_connection_lifetime=300.0,
            loop=None,
            connection_class=asyncpg.Connection,
            record_class=asyncpg.Record,
            **settings,
        )
        self.waited = waited

    def acquire(self, *, timeout: float | None = None) -> PoolAcquireContext:  # as asyncpg has it
        return _TimedAcquire(self, timeout)


async def open_pool(url: str, *, size: int = 10, waited: Callable[[float], None] = lambda _: None) -> Pool:
    """A pool in which jsonb is bytes and time is UTC. Raises TRANSIENT if the server is away.

    ``waited`` is called with the seconds that the taker of a connection waited. A connection goes back with
    its transaction rolled back, if one is open, and otherwise as it is: who takes one from the pool sets nothing for
    the whole session.
    """
    return await _TimedPool(
        url,
        waited,
        min_size=2,
        max_size=size,
        command_timeout=60,
        init=_prepare,
        reset=_leave_as_it_is,
        server_settings={"application_name": "samspel", "timezone": "UTC", "jit": "off"},
    )


async def _leave_as_it_is(_connection: Connection) -> None:
    """Instead of asyncpg's own reset, which asks the server once more after each unit of work."""


async def _prepare(connection: Connection) -> None:
    # jsonb goes in and out as bytes, so that nothing parses what only Postgres needs to understand.
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=lambda value: b"\x01" + value,
        decoder=lambda value: value[1:],
    )


# Inserts nothing, and is refused like a real write where the transaction is read-only or a privilege is missing.
_WRITES_NOTHING: Final = """
WITH locked AS (INSERT INTO stream (stream_id) SELECT NULL::uuid WHERE false),
     appended AS (INSERT INTO event (event_id) SELECT NULL::uuid WHERE false),
     queued AS (INSERT INTO outbox (event_id) SELECT NULL::uuid WHERE false)
UPDATE consumer_offset SET next_offset = next_offset WHERE false
"""


async def require_writable(pool: Pool) -> None:
    """Returns if the database takes the writes that every unit of work makes. Raises what PostgreSQL says."""
    await pool.execute(_WRITES_NOTHING)


class MigrationChanged(Exception):
    """A migration that was applied has another text now. Migrations only go forward: add a new one."""


async def migrate(pool: Pool, rooms: Sequence[tuple[str, Path]]) -> None:
    """Applies each room's numbered files once, in order, under a lock. Raises MigrationChanged."""
    async with pool.acquire() as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", _MIGRATION_LOCK)
        try:
            await connection.execute(_LEDGER)
            for room, folder in rooms:
                await _migrate_room(connection, room, folder)
        finally:
            await connection.execute("SELECT pg_advisory_unlock($1)", _MIGRATION_LOCK)


_LEDGER: Final = """
CREATE TABLE IF NOT EXISTS schema_migration (
    room       text        NOT NULL,
    name       text        NOT NULL,
    checksum   text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (room, name)
)
"""


async def _migrate_room(connection: Connection, room: str, folder: Path) -> None:
    known = dict(await connection.fetch("SELECT name, checksum FROM schema_migration WHERE room = $1", room))
    for name, text in await asyncio.to_thread(_files, folder):
        checksum = hashlib.sha256(text.encode()).hexdigest()
        if name in known:
            if known[name] != checksum:
                logger().critical("migration_changed", room=room, name=name, advice="restore it and add a new file")
                raise MigrationChanged(f"{room}/{name}")
            continue
        async with connection.transaction():
            await connection.execute(text)
            await connection.execute(
                "INSERT INTO schema_migration (room, name, checksum) VALUES ($1, $2, $3)", room, name, checksum
            )
        logger().info("migrated", room=room, name=name)


def _files(folder: Path) -> list[tuple[str, str]]:
    return [(path.name, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.sql"))]
