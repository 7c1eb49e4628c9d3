"""The referral service in this process, on a real Kafka and PostgreSQL, and what the tests do with it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
from aiokafka import AIOKafkaProducer

from contracts import events, topics
from contracts.agency import Receipt, ReferralProgressed, ReferralProgressTakenBack
from contracts.codes import Role
from contracts.envelope import Fact
from contracts.events import AnyEvent, local_date
from contracts.planning import InsatsStarted, ParticipantExited
from contracts.referral import RuleRef
from deploy.demo.identity import synthetic_number
from deploy.local.kafka import KafkaServer
from deploy.local.topics import create_topics
from services.chassis.auth import LocalTokens, User
from services.chassis.http import COOKIE
from services.chassis.metrics import Metrics
from services.chassis.runtime import Runtime
from services.chassis.settings import Settings
from services.referral import app
from services.referral.domain.judging import Numbers
from services.referral.intake import Intake
from services.referral.vault import Vault
from tests.malformed import AGENCY, Message, Record, message
from tests.raw_topics import read_topic
from tests.waiting import until

_BIRTHS: Final = count()


def new_number() -> str:
    """An invented person's number, never handed out before in this session."""
    nth = next(_BIRTHS)
    return synthetic_number(date(1970, 1, 1) + timedelta(days=nth // 20), 980 + nth % 20)


def new_message(number: str | None = None) -> Message:
    """A referral in order, of somebody new unless a number is given."""
    return message(f"sent-{uuid4()}", number or new_number())


@dataclass(frozen=True)
class Referral:
    """A running service and a client of its HTTP API."""

    runtime: Runtime
    client: httpx.AsyncClient
    bootstrap: str

    def intake(self) -> Intake:
        """An intake beside the service's own, on the same database."""
        secrets = self.runtime.settings.secrets
        return Intake(Vault(secrets["vault_kek"], secrets["lookup_key"]), Numbers.SYNTHETIC, Metrics())

    async def publish(self, records: Sequence[Record], agency: str = AGENCY) -> list[tuple[int, int]]:
        """Writes records to an inbox, and returns where each lies: partition and offset."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, acks="all", max_request_size=2**21)
        await producer.start()
        try:
            sent = [
                await producer.send(topics.inbox(agency), record.value, key=record.key, headers=list(record.headers))
                for record in records
            ]
            places = [await each for each in sent]
        finally:
            await producer.stop()
        return [(place.partition, place.offset) for place in places]

    async def receipts(self, agency: str = AGENCY) -> list[AnyEvent]:
        """Every receipt in the agency's outbox."""
        read = [events.parse(record.value) for record in await read_topic(self.bootstrap, topics.outbox(agency))]
        return [event for event in read if isinstance(event.data, Receipt)]

    async def receipts_of(
        self, places: Sequence[tuple[int, int]], agency: str = AGENCY
    ) -> dict[tuple[int, int], AnyEvent]:
        """The receipts of the records at these places of the inbox, once all are there."""
        wanted = set(places)

        async def found() -> dict[tuple[int, int], AnyEvent]:
            by_place = {
                (event.data.record.partition, event.data.record.offset): event
                for event in await self.receipts(agency)
                if isinstance(event.data, Receipt) and event.data.record is not None
            }
            return {place: event for place, event in by_place.items() if place in wanted}

        return await until(found, lambda seen: seen.keys() == wanted, seconds=60)

    async def refer(self, content: Any, agency: str = AGENCY, *, speaks_for: str | None = None) -> httpx.Response:
        """Sends a message over HTTP."""
        return await self.client.post(
            f"/api/referral/inbox/{agency}",
            content=content if isinstance(content, bytes) else encoded(content),
            headers=self.signed_in(Role.AGENCY, agency=speaks_for or agency),
        )

    async def case_of(self, content: Message | None = None, agency: str = AGENCY) -> UUID:
        """A case that waits."""
        answer = await self.refer(content or new_message(), agency)
        assert answer.status_code == 201, answer.text
        return UUID(answer.json()["data"]["case_id"])

    async def post(self, path: str, body: Any, role: Role = Role.COORDINATOR) -> httpx.Response:
        return await self.client.post(f"/api/referral/{path}", json=body, headers=self.signed_in(role))

    async def get(self, path: str, role: Role = Role.COORDINATOR) -> httpx.Response:
        return await self.client.get(f"/api/referral/{path}", headers=self.signed_in(role))

    async def done(self, path: str, body: Any) -> dict[str, Any]:
        """Posts what must succeed, and returns the answer."""
        answer = await self.post(path, body)
        assert answer.status_code == 201, answer.text
        said: dict[str, Any] = answer.json()
        return said

    async def appended(self, case_id: UUID) -> list[AnyEvent]:
        """What the domain topic holds of a case, once all that was committed has been sent."""
        await until(lambda: self.runtime.pool.fetchval("SELECT NOT EXISTS (SELECT FROM outbox)"))
        read = [events.parse(record.value) for record in await read_topic(self.bootstrap, topics.REFERRAL)]
        return [event for event in read if event.subject == case_id]

    async def planning_appends(self, case_id: UUID, *facts: Fact, after: int = 0) -> None:
        """Writes facts as planning does, whose events of the case number ``after`` so far."""
        now = self.runtime.clock.now()
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, acks="all")
        await producer.start()
        try:
            for sequence, fact in enumerate(facts, start=after + 1):
                event = events.event_of(
                    fact,
                    event_id=uuid4(),
                    stream_id=case_id,
                    sequence=sequence,
                    recorded=now,
                    actor="worker:koordinator-1:coordinator",
                    source="/samspel/planning",
                    association="stockholm",
                )
                await producer.send_and_wait(topics.PLANNING, events.encode(event), key=str(case_id).encode())
        finally:
            await producer.stop()

    def signed_in(self, role: Role, *, agency: str | None = None) -> dict[str, str]:
        return {"authorization": f"Bearer {self._token(role, agency)}"}

    def browser(self, role: Role) -> dict[str, str]:
        """Headers of a signed-in person's browser that sends a form from one of our pages by htmx."""
        return {
            "cookie": f"{COOKIE}={self._token(role, None)}",
            "sec-fetch-site": "same-origin",
            "hx-request": "true",
            "accept": "text/html",
        }

    def _token(self, role: Role, agency: str | None) -> str:
        tokens = LocalTokens(self.runtime.settings.secrets["token_key"])
        return tokens.issue(User(id=f"{role}-1", name="Test", roles=frozenset({role}), agency=agency))


def browser_of_agency(referral: Referral, agency: str = AGENCY) -> dict[str, str]:
    """Headers of the browser of an agency's referrer."""
    tokens = LocalTokens(referral.runtime.settings.secrets["token_key"])
    user = User(id="rut", name="Rut Remittent", roles=frozenset({Role.AGENCY}), agency=agency)
    return {"cookie": f"{COOKIE}={tokens.issue(user)}", "sec-fetch-site": "same-origin", "accept": "text/html"}


async def feedback_of(referral: Referral, case_id: UUID) -> list[Any]:
    """The feedback about a case on its agency's outbox."""
    await until(lambda: referral.runtime.pool.fetchval("SELECT NOT EXISTS (SELECT FROM outbox)"))
    read = [events.parse(record.value).data for record in await read_topic(referral.bootstrap, topics.outbox(AGENCY))]
    kinds = ReferralProgressed | ReferralProgressTakenBack
    return [fact for fact in read if isinstance(fact, kinds) and fact.case_id == case_id]


_RULE: Final = RuleRef(insats="finsam-team", version=2)


def started_fact(referral: Referral) -> InsatsStarted:
    return InsatsStarted(happened_on=local_date(referral.runtime.clock.now()), insats="finsam-team", rule=_RULE)


def exited_fact(referral: Referral) -> ParticipantExited:
    return ParticipantExited(happened_on=local_date(referral.runtime.clock.now()), insats="finsam-team", rule=_RULE)


def encoded(content: Any) -> bytes:
    return httpx.Request("POST", "http://x", json=content).content


@asynccontextmanager
async def running_referral(kafka: KafkaServer, settings: Settings) -> AsyncIterator[Referral]:
    """The service, ready."""
    create_topics(kafka.bootstrap, topics.ALL)
    service = app.create(settings)
    runtime: Runtime = service.state.runtime
    async with service.router.lifespan_context(service):
        await until(runtime.why_not_ready, lambda missing: not missing)
        transport = httpx.ASGITransport(app=service)
        async with httpx.AsyncClient(transport=transport, base_url="http://referral") as client:
            referral = Referral(runtime, client, kafka.bootstrap)
            # Nobody is signed in before the service has read which sign-ins were ended.
            await until(lambda: referral.get("cases"), lambda answer: answer.status_code == 200)
            yield referral
