"""What can go wrong around the services. Each is a context: inside it is broken, afterwards the cause is gone."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import asyncpg

from deploy.local.kafka import KafkaServer
from deploy.local.postgres import PostgresServer
from deploy.local.services import ServiceProcess
from deploy.local.settings import SERVICES
from deploy.local.stack import LocalStack
from tests.fault.disk import filled

Injected = Callable[[LocalStack], AbstractAsyncContextManager[None]]
_DENIED: Final = {"planning": "stream", "reporting": "event_row"}
_SWITCHES: Final = 40


@dataclass(frozen=True)
class Fault:
    """``seconds``: how long it lasts; None for as long as the traffic does. ``noticed_by``: services that must say
    that they are not ready meanwhile. ``processes_end``: whether service processes are ended by the fault itself.
    """

    injected: Injected
    seconds: float | None = None
    noticed_by: frozenset[str] = frozenset()
    processes_end: bool = False

    @property
    def name(self) -> str:
        return getattr(self.injected, "__name__", "fault")


# The database refuses --------------------------------------------------------------------------------------------


@asynccontextmanager
async def database_read_only(stack: LocalStack) -> AsyncIterator[None]:
    """PostgreSQL answers, and refuses every transaction that writes."""
    setting = "default_transaction_read_only"
    await _administer(stack, "postgres", f"ALTER SYSTEM SET {setting} = on", "SELECT pg_reload_conf()")
    try:
        yield
    finally:
        await _administer(stack, "postgres", f"ALTER SYSTEM RESET {setting}", "SELECT pg_reload_conf()")


@asynccontextmanager
async def permission_denied(stack: LocalStack) -> AsyncIterator[None]:
    """Two services may no longer write a table of theirs."""
    for service, table in _DENIED.items():
        revoke = f"REVOKE INSERT, UPDATE ON {table} FROM samspel_{service}"
        await _administer(stack, f"samspel_{service}", revoke)
    try:
        yield
    finally:
        for service, table in _DENIED.items():
            await _administer(stack, f"samspel_{service}", f"GRANT ALL ON {table} TO samspel_{service}")


@asynccontextmanager
async def disk_full(stack: LocalStack) -> AsyncIterator[None]:
    """No byte is left for tables. Half way through, the write-ahead log wants another file as well.

    If PostgreSQL ended itself on that, it is started again afterwards, as a supervisor does.
    """
    assert isinstance(stack.postgres, PostgresServer)
    with filled(stack.data / "postgres"):
        running_out = asyncio.create_task(_run_out_of_log(stack))
        try:
            yield
        finally:
            running_out.cancel()
            await asyncio.gather(running_out, return_exceptions=True)
    log = stack.postgres.log.read_text(encoding="utf-8", errors="replace").splitlines()
    full = [line for line in log if "No space left on device" in line]
    assert any("pg_wal" in line for line in full), "the write-ahead log was to run out of room"
    assert any("could not extend file" in line for line in full), "tables were to run out of room"
    if stack.postgres.pid is None:
        await asyncio.to_thread(stack.postgres.start)


async def _run_out_of_log(stack: LocalStack) -> None:
    """Half way through, asks for one file of the write-ahead log after another, until one has no room."""
    await asyncio.sleep(6)
    with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        for _ in range(_SWITCHES):
            log = "SELECT pg_logical_emit_message(true, 'fault', 'room'), pg_switch_wal()"
            await _administer(stack, "postgres", log)


async def _administer(stack: LocalStack, database: str, *statements: str) -> None:
    assert isinstance(stack.postgres, PostgresServer)
    writes = {"default_transaction_read_only": "off"}
    connection = await asyncpg.connect(stack.postgres.dsn(database, "postgres"), server_settings=writes)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


@asynccontextmanager
async def clock_unreadable(stack: LocalStack) -> AsyncIterator[None]:
    """The file that sets the services' clock holds no time."""
    stack.clock_file.write_bytes(b'{"now": "\xff')
    try:
        yield
    finally:
        stack.clock_file.unlink()


# Servers are away -----------------------------------------------------------------------------------------------


@asynccontextmanager
async def kafka_away(stack: LocalStack) -> AsyncIterator[None]:
    """kill -9 of the broker; nothing answers on its port."""
    assert isinstance(stack.kafka, KafkaServer)
    await asyncio.to_thread(stack.kafka.kill)
    try:
        yield
    finally:
        await asyncio.to_thread(stack.kafka.start)


@asynccontextmanager
async def kafka_frozen(stack: LocalStack) -> AsyncIterator[None]:
    """SIGSTOP: connections stay open and nothing comes."""
    assert isinstance(stack.kafka, KafkaServer)
    assert stack.kafka.pid is not None
    os.kill(stack.kafka.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(stack.kafka.pid, signal.SIGCONT)


@asynccontextmanager
async def kafka_restarted(stack: LocalStack) -> AsyncIterator[None]:
    """kill -9 of the broker, twice."""
    assert isinstance(stack.kafka, KafkaServer)
    for _ in range(2):
        await asyncio.sleep(1)
        await asyncio.to_thread(stack.kafka.kill)
        await asyncio.to_thread(stack.kafka.start)
    yield


@asynccontextmanager
async def database_restarted(stack: LocalStack) -> AsyncIterator[None]:
    """kill -9 of the database server and all its children: every transaction under way ends with unknown outcome."""
    assert isinstance(stack.postgres, PostgresServer)
    for _ in range(3):
        await asyncio.sleep(1)
        await asyncio.to_thread(stack.postgres.kill)
        await asyncio.to_thread(stack.postgres.start)
    yield


# Processes end, leave and freeze -----------------------------------------------------------------------------------


@asynccontextmanager
async def processes_killed(stack: LocalStack) -> AsyncIterator[None]:
    """kill -9 of one worker after another, mid-batch as often as not, each started again at once."""
    chance = Random(1)

    async def kill_one() -> None:
        await asyncio.sleep(0.3)
        process = chance.choice([worker for workers in stack.services.values() for worker in workers])
        await asyncio.to_thread(_kill_and_start, process)

    async with _again_and_again(kill_one):
        yield


def _kill_and_start(process: ServiceProcess) -> None:
    process.kill()
    process.start()
    process.wait_ready()


@asynccontextmanager
async def workers_come_and_go(stack: LocalStack) -> AsyncIterator[None]:
    """Second workers leave in good order and come back, so that partitions move to and fro."""

    async def leave_and_come_back() -> None:
        for _, second in stack.services.values():
            await asyncio.to_thread(second.terminate)
        for _, second in stack.services.values():
            second.start()
        for _, second in stack.services.values():
            await asyncio.to_thread(second.wait_ready)

    async with _again_and_again(leave_and_come_back):
        yield


@asynccontextmanager
async def workers_frozen(stack: LocalStack) -> AsyncIterator[None]:
    """Workers freeze for longer than Kafka waits, lose their partitions, and wake up believing they own them."""

    async def freeze() -> None:
        frozen = [pid for name in ("planning", "followup") if (pid := stack.services[name][0].pid) is not None]
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(12)
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
        await asyncio.sleep(1)

    async with _again_and_again(freeze):
        yield


@asynccontextmanager
async def _again_and_again(step: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Repeats a step until the context ends; the step under way is finished first."""
    ended = asyncio.Event()

    async def repeat() -> None:
        while not ended.is_set():
            await step()

    repeating = asyncio.create_task(repeat())
    try:
        yield
    finally:
        ended.set()
        await repeating


EVERY: Final = frozenset(SERVICES)
FAULTS: Final = (
    Fault(processes_killed, processes_end=True),
    Fault(workers_come_and_go, processes_end=True),
    Fault(workers_frozen),
    Fault(kafka_restarted),
    Fault(database_restarted),
    Fault(database_read_only, seconds=8, noticed_by=EVERY),
    Fault(permission_denied, seconds=8, noticed_by=frozenset(_DENIED)),
    Fault(clock_unreadable, seconds=8, noticed_by=EVERY),
    Fault(kafka_frozen, seconds=40, noticed_by=EVERY),
    Fault(kafka_away, seconds=90, noticed_by=EVERY),
    Fault(disk_full, seconds=12, noticed_by=EVERY),
)
