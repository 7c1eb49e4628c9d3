"""A service with no domain, to see what the chassis does: it writes down what it reads, and appends what is asked.

Every LotsAssigned it reads becomes a row of its ledger, which does not take the ``lots_id`` "poison".
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from aiokafka import AIOKafkaProducer

from contracts import events
from contracts.envelope import TIMER
from contracts.events import AnyEvent
from contracts.planning import LotsAssigned
from contracts.topics import TopicSpec, dead_letters
from deploy.local.kafka import KafkaServer
from deploy.local.postgres import PostgresServer
from deploy.local.topics import create_topics
from services.chassis.consumer import LOW_LATENCY, FetchProfile, Records
from services.chassis.metrics import Metrics
from services.chassis.ordered import InOrder
from services.chassis.runtime import Runtime, ServiceDefinition
from services.chassis.settings import Settings
from services.chassis.timers import Fire
from services.chassis.unit import Unit
from tests.waiting import until

MIGRATIONS = Path(__file__).parent / "probe_migrations"
DAY = date(2021, 3, 4)


@dataclass(frozen=True)
class Place:
    """Topics and a database of one test's own."""

    name: str
    bootstrap: str
    database_url: str
    read: str
    own: str
    settings: Settings

    async def fetch(self, sql: str, *values: Any) -> list[Any]:
        connection = await asyncpg.connect(self.database_url)
        try:
            return list(await connection.fetch(sql, *values))
        finally:
            await connection.close()

    async def ledger(self) -> list[tuple[UUID, int, str]]:
        rows = await self.fetch("SELECT case_id, sequence, lots_id FROM ledger ORDER BY entry")
        return [(row["case_id"], row["sequence"], row["lots_id"]) for row in rows]


def make_place(kafka: KafkaServer, postgres: PostgresServer, secrets_file: Path, *, partitions: int = 2) -> Place:
    # Letters only, as in the names of services.
    name = "probe" + "".join(chr(ord("a") + int(digit, 16)) for digit in uuid4().hex[:8])
    read, own = f"{name}.read", f"{name}.own"
    specs = [TopicSpec(read, partitions), TopicSpec(own, partitions), TopicSpec(dead_letters(name), 1)]
    create_topics(kafka.bootstrap, specs)
    url = postgres.ensure_database(name)
    settings = Settings(
        kafka_bootstrap=kafka.bootstrap,
        database_url=url,
        secrets_file=secrets_file,
        http_port=1,
        referral_url="http://127.0.0.1:1",
    )
    return Place(name, kafka.bootstrap, url, read, own, settings)


async def write_down(unit: Unit, event: AnyEvent) -> None:
    assert isinstance(event.data, LotsAssigned)
    await unit.lock(event.subject)
    await unit.conn.execute(
        "INSERT INTO ledger (case_id, sequence, lots_id) VALUES ($1, $2, $3)",
        event.subject,
        event.sequence,
        event.data.lots_id,
    )


def definition_of(
    place: Place,
    metrics: Metrics,
    *,
    fires: Mapping[str, Fire] | None = None,
    fetch_profile: FetchProfile = LOW_LATENCY,
    notes: Callable[[int], None] = lambda _: None,
) -> ServiceDefinition:
    """``notes`` is told how many records are applied at once."""

    class Noting(InOrder):
        async def __call__(self, unit: Unit, records: Records) -> None:
            notes(len(records))
            await super().__call__(unit, records)

    return ServiceDefinition(
        name=place.name,
        topic=place.own,
        migrations=MIGRATIONS,
        reads=[place.read],
        apply=Noting([LotsAssigned], write_down, metrics),
        fires=fires or {},
        fetch_profile=fetch_profile,
    )


def make_runtime(place: Place, **defined: Any) -> Runtime:
    """``defined``: as for :func:`definition_of`."""
    metrics = Metrics()
    return Runtime(definition_of(place, metrics, **defined), place.settings, metrics)


@asynccontextmanager
async def running(place: Place, **defined: Any) -> AsyncIterator[Runtime]:
    runtime = make_runtime(place, **defined)
    await runtime.start()
    try:
        await until(runtime.why_not_ready, lambda missing: not missing)
        yield runtime
    finally:
        await runtime.stop()


def assigned(lots_id: str = "lots") -> LotsAssigned:
    return LotsAssigned(happened_on=DAY, support_id=UUID(int=1), lots_id=lots_id)


def record_of(case_id: UUID, sequence: int, lots_id: str = "lots") -> bytes:
    """A record as another service would have sent it."""
    event = events.event_of(
        assigned(lots_id),
        event_id=uuid4(),
        stream_id=case_id,
        sequence=sequence,
        recorded=datetime(2021, 3, 4, 12, tzinfo=UTC),
        actor=TIMER,
    )
    return events.encode(event)


async def publish(
    place: Place, values: Sequence[tuple[UUID, bytes | None]], *, headers: Sequence[tuple[str, bytes]] = ()
) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=place.bootstrap, acks="all")
    await producer.start()
    try:
        for case_id, value in values:
            await producer.send(place.read, value, key=str(case_id).encode(), headers=list(headers))
        await producer.flush()
    finally:
        await producer.stop()
