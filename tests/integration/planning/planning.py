"""The planning service in this process, on a real Kafka and PostgreSQL, and what the tests do with it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from aiokafka import AIOKafkaProducer

from contracts import events, topics
from contracts.codes import Role
from contracts.envelope import TIMER, Fact
from contracts.events import AnyEvent
from deploy.local.kafka import KafkaServer
from deploy.local.topics import create_topics
from services.chassis.auth import LocalTokens, User
from services.chassis.log import HeardEvent, keep_heard
from services.chassis.runtime import Runtime
from services.chassis.settings import Settings
from services.planning import app, commands
from tests.raw_topics import read_topic
from tests.waiting import until


@dataclass(frozen=True)
class Planning:
    """A running service and a client of its HTTP interface."""

    runtime: Runtime
    client: httpx.AsyncClient
    bootstrap: str

    async def post(
        self, case_id: UUID, what: str, body: dict[str, Any], role: Role = Role.COORDINATOR
    ) -> httpx.Response:
        return await self.client.post(
            f"/api/planning/cases/{case_id}/{what}", json=body, headers=self.signed_in(role)
        )

    async def case(self, case_id: UUID, role: Role = Role.COORDINATOR) -> httpx.Response:
        return await self.client.get(f"/api/planning/cases/{case_id}", headers=self.signed_in(role))

    async def done(
        self, case_id: UUID, what: str, body: dict[str, Any], role: Role = Role.COORDINATOR
    ) -> dict[str, Any]:
        """Posts what must succeed, and returns the answer."""
        answer = await self.post(case_id, what, body, role)
        assert answer.status_code == 201, answer.text
        said: dict[str, Any] = answer.json()
        return said

    async def state(self, case_id: UUID) -> str | None:
        """The case's state as the API shows it; None while the case is unknown."""
        answer = await self.case(case_id)
        return str(answer.json()["stage"]) if answer.status_code == 200 else None

    async def wait_for(self, case_id: UUID, state: str) -> None:
        await until(lambda: self.state(case_id), lambda seen: seen == state)

    async def hear(self, case_id: UUID, facts: Sequence[Fact], *, first: int = 1) -> None:
        """Takes in facts as if they had just been read, without the way through Kafka."""
        async with self.runtime.unit(TIMER) as unit:
            for nth, fact in enumerate(facts, start=first):
                event = wrapped(case_id, fact, nth)
                value = events.encode(event)
                heard = HeardEvent(case_id, event.source, nth, topics.REFERRAL, value, learnt=True)
                await keep_heard(unit.conn, [heard])
                await commands.hear(unit, event)

    async def appended(self, case_id: UUID) -> list[dict[str, Any]]:
        """What the topic holds of a case, once all that was committed has been sent."""
        await until(lambda: self.runtime.pool.fetchval("SELECT NOT EXISTS (SELECT FROM outbox)"))
        records = await read_topic(self.bootstrap, topics.PLANNING)
        found = [events.parse(record.value) for record in records]
        return [event.model_dump(mode="json") for event in found if event.subject == case_id]

    def now(self) -> datetime:
        """The service's moment."""
        return self.runtime.clock.now()

    def signed_in(self, role: Role) -> dict[str, str]:
        tokens = LocalTokens(self.runtime.settings.secrets["token_key"])
        token = tokens.issue(User(id=f"{role}-1", name="Test", roles=frozenset({role})))
        return {"authorization": f"Bearer {token}"}


@asynccontextmanager
async def running_planning(kafka: KafkaServer, settings: Settings) -> AsyncIterator[Planning]:
    """The service, ready; its database is empty unless ``settings`` name one that is not."""
    specs = [spec for spec in topics.ALL if spec.name in (*topics.DOMAIN, topics.dead_letters("planning"))]
    create_topics(kafka.bootstrap, specs)
    service = app.create(settings)
    runtime: Runtime = service.state.runtime
    async with service.router.lifespan_context(service):
        await until(runtime.why_not_ready, lambda missing: not missing)
        transport = httpx.ASGITransport(app=service)
        async with httpx.AsyncClient(transport=transport, base_url="http://planning") as client:
            yield Planning(runtime, client, kafka.bootstrap)


def wrapped(case_id: UUID, fact: Fact, sequence: int) -> AnyEvent:
    recorded = datetime(2021, 10, 1, 12, tzinfo=UTC) + timedelta(minutes=sequence)
    return events.event_of(
        fact, event_id=uuid4(), stream_id=case_id, sequence=sequence, recorded=recorded, actor=TIMER
    )


async def publish(bootstrap: str, case_id: UUID, facts: Sequence[Fact], *, first: int = 1) -> None:
    """Writes facts to the referral topic as the referral service does."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    try:
        for sequence, fact in enumerate(facts, start=first):
            value = events.encode(wrapped(case_id, fact, sequence))
            await producer.send_and_wait(topics.REFERRAL, value, key=str(case_id).encode())
    finally:
        await producer.stop()
