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
from pydantic import TypeAdapter

from contracts import events, topics
from contracts.codes import ActivityKind, Member, Role
from contracts.envelope import Fact
from contracts.events import STOCKHOLM
from contracts.followup import FollowUpEvent
from contracts.planning import PlannedActivity, SamplanUpprättad
from contracts.referral import RuleRef
from deploy.local.kafka import KafkaServer
from deploy.local.postgres import PostgresServer
from deploy.local.topics import create_topics
from services.chassis.auth import LocalTokens, User
from services.chassis.database import CHASSIS_MIGRATIONS, migrate, open_pool
from services.chassis.settings import Settings
from services.followup.app import create
from tests.raw_topics import read_topic
from tests.waiting import until

Json = dict[str, Any]
_EVENT: TypeAdapter[FollowUpEvent] = TypeAdapter(FollowUpEvent)
ACTIVITIES = (UUID(int=101), UUID(int=102))


@dataclass
class Place:
    """Where one test runs the service."""

    settings: Settings
    clock_file: Path
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
        stream = (case_id, fact.source)
        self._sequences[stream] = self._sequences.get(stream, 0) + 1
        return events.encode(
            events.envelope(
                fact,
                event_id=uuid4(),
                case_id=case_id,
                sequence=self._sequences[stream],
                recorded=datetime.now(UTC),
            )
        )

    async def told(self, case_id: UUID) -> list[FollowUpEvent]:
        """What the service has told of a case so far."""
        records = await read_topic(self.settings.kafka_bootstrap, topics.FOLLOWUP)
        key = str(case_id).encode()
        return [_EVENT.validate_json(record.value) for record in records if record.key == key]


def _topic_of(fact: Fact) -> str:
    return {"/samspel/planning": topics.PLANNING, "/samspel/referral": topics.REFERRAL}[fact.source]


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


class Desk:
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

    async def get(self, path: str, role: Role = Role.COORDINATOR) -> Json:
        async with self.client(role) as client:
            answer = await client.get(path)
            assert answer.status_code == 200, answer.text
            return dict(answer.json())

    async def post(self, path: str, body: Json, role: Role = Role.COORDINATOR) -> httpx.Response:
        async with self.client(role) as client:
            return await client.post(path, json=body)

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


async def _pass_over_what_others_told(settings: Settings) -> None:
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
async def running(place: Place) -> AsyncIterator[Desk]:
    """The service, until the block ends."""
    await _pass_over_what_others_told(place.settings)
    app = create(place.settings)
    async with app.router.lifespan_context(app):
        await until(app.state.runtime.why_not_ready, lambda missing: not missing)
        yield Desk(app, place.settings)


def plan(made_on: date, version: int = 2, activities: Sequence[UUID] = ACTIVITIES) -> SamplanUpprättad:
    return SamplanUpprättad(
        happened_on=made_on,
        samplan_id=uuid4(),
        insats="finsam-team",
        activities=tuple(
            PlannedActivity(activity_id=each, responsible=Member.KOMMUN, kind=ActivityKind.WORK_TRAINING)
            for each in activities
        ),
        rule=RuleRef(insats="finsam-team", version=version),
    )


async def told_kinds(place: Place, case_id: UUID, number: int) -> list[str]:
    """The types told of a case once there are so many, in order."""
    found = await until(lambda: place.told(case_id), lambda told: len(told) >= number)
    return [event.type for event in found]
