"""The follow-up service in this process, on a real Kafka and a database of its own, with a clock that is moved."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from fastapi import FastAPI

from contracts import events, planning, referral, topics
from contracts.codes import Member, Role
from contracts.envelope import TIMER, Fact
from contracts.events import STOCKHOLM, AnyEvent
from contracts.planning import PlannedActivity, SamplanUpprättad
from contracts.referral import RuleRef
from deploy.local.kafka import KafkaServer
from deploy.local.postgres import PostgresServer
from deploy.local.topics import create_topics
from services.chassis.auth import LocalTokens, User
from services.chassis.database import CHASSIS_MIGRATIONS, Pool, migrate, open_pool
from services.chassis.settings import Settings
from services.followup.app import create
from tests.raw_topics import read_topic
from tests.waiting import until

Json = dict[str, Any]
ACTIVITIES = (UUID(int=101), UUID(int=102))


@dataclass
class Place:
    """Where one test runs the service."""

    settings: Settings
    clock_file: Path
    ids: dict[tuple[UUID, str, int], UUID] = field(default_factory=dict)
    _sequences: dict[tuple[UUID, str], int] = field(default_factory=dict)

    def set_clock(self, day: date, at: time = time(12)) -> None:
        """Moves the service's clock; it ticks on from there."""
        said = {
            "now": datetime.combine(day, at, STOCKHOLM).isoformat(),
            "set_at": datetime.now(UTC).isoformat(),
        }
        fresh = self.clock_file.with_suffix(".fresh")
        fresh.write_text(json.dumps(said), encoding="utf-8")
        fresh.replace(self.clock_file)

    async def append(self, case_id: UUID, *facts: Fact) -> None:
        """Publishes facts of other services, each in its turn."""
        producer = AIOKafkaProducer(bootstrap_servers=self.settings.kafka_bootstrap, acks="all")
        await producer.start()
        try:
            for fact in facts:
                await producer.send_and_wait(_topic_of(fact), self._record(case_id, fact), key=str(case_id).encode())
        finally:
            await producer.stop()

    def _record(self, case_id: UUID, fact: Fact) -> bytes:
        stream = (case_id, _source_of(fact))
        sequence = self._sequences[stream] = self._sequences.get(stream, 0) + 1
        event_id = self.ids[(*stream, sequence)] = uuid4()
        return events.encode(
            events.event_of(
                fact,
                event_id=event_id,
                stream_id=case_id,
                sequence=sequence,
                recorded=datetime.now(UTC),
                actor=TIMER,
                source=_source_of(fact),
                association="stockholm",
            )
        )

    async def appended(self, case_id: UUID) -> list[AnyEvent]:
        """What the service has appended to a case so far."""
        records = await read_topic(self.settings.kafka_bootstrap, topics.FOLLOWUP)
        key = str(case_id).encode()
        return [events.parse(record.value) for record in records if record.key == key]


def _source_of(fact: Fact) -> str:
    """Of a correction, which any service may append: planning."""
    return planning.SOURCE if planning.SOURCE in fact.sources else fact.sources[0]


def _topic_of(fact: Fact) -> str:
    return {planning.SOURCE: topics.PLANNING, referral.SOURCE: topics.REFERRAL}[_source_of(fact)]


def make_place(kafka: KafkaServer, postgres: PostgresServer, secrets_file: Path, folder: Path) -> Place:
    wanted = {topics.PLANNING, topics.REFERRAL, topics.FOLLOWUP, topics.dead_letters("followup")}
    create_topics(kafka.bootstrap, [spec for spec in topics.ALL if spec.name in wanted])
    clock_file = folder / "clock.json"
    settings = Settings(
        kafka_bootstrap=kafka.bootstrap,
        database_url=postgres.ensure_database(f"followup_{uuid4().hex[:8]}"),
        secrets_file=secrets_file,
        http_port=1,
        referral_url="http://127.0.0.1:1",
        test_mode=True,
        clock_file=clock_file,
    )
    return Place(settings, clock_file)


class Service:
    """A client of the running service, signed in as somebody."""

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        self._app = app
        self._tokens = LocalTokens(settings.secrets["token_key"])

    def token(self, *roles: Role) -> str:
        return self._tokens.issue(User("test-user", "Test Testsson", frozenset(roles)))

    @asynccontextmanager
    async def client(self, *roles: Role) -> AsyncIterator[httpx.AsyncClient]:
        """Speaks with a bearer token, as programs do."""
        async with self._client({"authorization": f"Bearer {self.token(*roles)}"}) as client:
            yield client

    @asynccontextmanager
    async def browser(self, *roles: Role) -> AsyncIterator[httpx.AsyncClient]:
        """Speaks with the session's cookie, by htmx from a page of our own."""
        headers = {
            "cookie": f"samspel_session={self.token(*roles)}",
            "sec-fetch-site": "same-origin",
            "hx-request": "true",
        }
        async with self._client(headers) as client:
            yield client

    def _client(self, headers: dict[str, str]) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self._app)
        return httpx.AsyncClient(transport=transport, base_url="http://samspel.test", headers=headers)

    async def answers(self) -> bool:
        """True once a signed-in user is answered."""
        async with self.client(Role.COORDINATOR) as client:
            return (await client.get("/api/followup/work-list")).status_code == 200

    async def get(self, path: str, role: Role = Role.COORDINATOR) -> Json:
        async with self.client(role) as client:
            answer = await client.get(path)
            assert answer.status_code == 200, answer.text
            return dict(answer.json())

    async def post(self, path: str, body: Json | None, role: Role = Role.COORDINATOR) -> httpx.Response:
        async with self.client(role) as client:
            return await client.post(path, json=body)

    @property
    def pool(self) -> Pool:
        """The service's database."""
        return self._app.state.runtime.pool

    async def pool_says(self, sql: str) -> Any:
        """One value of the service's database."""
        return await self._app.state.runtime.pool.fetchval(sql)

    async def pool_lists(self, sql: str) -> list[Any]:
        """One column of the service's database."""
        return [row[0] for row in await self._app.state.runtime.pool.fetch(sql)]

    async def follow_ups(self, case_id: UUID, *states: str) -> dict[int, Json]:
        """The follow-ups of a case by months, once they stand as given: at 2, 6 and 12 months."""

        async def look() -> dict[int, Json]:
            answer = await self.get(f"/api/followup/cases/{case_id}/follow-ups")
            return {item["months"]: item for item in answer["items"]}

        return await until(look, lambda found: [each["state"] for each in found.values()] == list(states))


async def _pass_over_what_others_appended(settings: Settings) -> None:
    """The topics are the session's: a test reads from where they end when it begins."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka_bootstrap)
    await consumer.start()
    try:
        specs = [spec for spec in topics.ALL if spec.name in {topics.PLANNING, topics.REFERRAL}]
        places = [TopicPartition(spec.name, number) for spec in specs for number in range(spec.partitions)]
        ends = await consumer.end_offsets(places)
    finally:
        await consumer.stop()
    pool = await open_pool(settings.database_url)
    await migrate(pool, [("chassis", CHASSIS_MIGRATIONS)])
    await pool.executemany(
        "INSERT INTO consumer_offset (topic, partition, next_offset) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        [(place.topic, place.partition, end) for place, end in ends.items()],
    )
    await pool.close()


@asynccontextmanager
async def running(place: Place) -> AsyncIterator[Service]:
    """The service, until the block ends."""
    await _pass_over_what_others_appended(place.settings)
    app = create(place.settings)
    async with app.router.lifespan_context(app):
        await until(app.state.runtime.why_not_ready, lambda missing: not missing)
        service = Service(app, place.settings)
        # Sign-ins are read after readiness: until then a signed-in request is told to come again.
        await until(service.answers)
        yield service


def plan(made_on: date, version: int = 2, activities: Sequence[UUID] = ACTIVITIES) -> SamplanUpprättad:
    return SamplanUpprättad(
        happened_on=made_on,
        samplan_id=uuid4(),
        insats="finsam-team",
        activities=tuple(
            PlannedActivity(activity_id=each, responsible=Member.KOMMUN, kind="work_training") for each in activities
        ),
        rule=RuleRef(insats="finsam-team", version=version),
    )


async def appended_kinds(place: Place, case_id: UUID, number: int) -> list[str]:
    """The types appended to a case once there are so many, in order."""
    found = await until(lambda: place.appended(case_id), lambda appended: len(appended) >= number)
    return [event.type for event in found]
