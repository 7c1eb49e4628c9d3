"""A real SMTP server that answers as it is told, and the follow-up service with its database and without Kafka."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from aiosmtpd.smtp import SMTP, Envelope, Session

from contracts import topics
from contracts.events import STOCKHOLM, parse
from contracts.followup import NoticeSent
from deploy.local.postgres import PostgresServer
from services.chassis import mail
from services.chassis.metrics import Metrics
from services.chassis.runtime import Runtime, ServiceDefinition
from services.chassis.settings import Settings
from services.followup import store
from services.followup.app import MIGRATIONS
from services.followup.domain.ledger import FollowUp
from services.followup.domain.notices import stream_of
from services.followup.store import Entry
from tests.unit.followup.story import scheduled


@dataclass
class MailServer:
    """What it was given, and how it answers: ``says`` by command, and ``waits`` before it takes a message."""

    port: int = 0
    says: dict[str, str] = field(default_factory=dict)
    waits: asyncio.Event | None = None
    taken: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)

    async def handle_MAIL(  # noqa: N802  # aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.says.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        said = self.says.get("RCPT", "250 OK")
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.waits is not None:
            await self.waits.wait()
        if (said := self.says.get("DATA")) is not None:
            return said
        self.taken.append(message_from_bytes(envelope.original_content or b"", EmailMessage, policy=POLICY))
        self.recipients += envelope.rcpt_tos
        return "250 OK"


@asynccontextmanager
async def mail_server(**options: Any) -> AsyncIterator[MailServer]:
    """The server on a free port of the loopback, until the block ends. ``options``: of aiosmtpd's SMTP."""
    handler = MailServer()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(handler, loop=loop, hostname="mail.example", **options), "127.0.0.1", 0
    )
    handler.port = server.sockets[0].getsockname()[1]
    try:
        yield handler
    finally:
        if handler.waits is not None:
            handler.waits.set()
        server.close()


@dataclass
class SetClock:
    """A clock that stands where it was set."""

    moment: datetime = datetime(2021, 3, 8, 6, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def set(self, day: date, at: time = time(7)) -> None:
        """To a time of a day in Sweden."""
        self.moment = datetime.combine(day, at, STOCKHOLM).astimezone(UTC)


def settings_of(postgres: PostgresServer, secrets_file: Path, mail_port: int | None, **changed: Any) -> Settings:
    """Of a service with a database of its own; nothing else is there. ``mail_port``: None for no mail server."""
    mails = {"smtp_host": "127.0.0.1", "smtp_port": mail_port, "smtp_sender": "samspel@forbundet.example"}
    chosen: dict[str, Any] = {
        "kafka_bootstrap": "127.0.0.1:1",
        "database_url": postgres.ensure_database(f"followup_{uuid4().hex[:8]}"),
        "secrets_file": secrets_file,
        "http_port": 1,
        "referral_url": "http://127.0.0.1:1",
        "public_url": "https://samspel.example",
        "smtp_security": "none",
        "smtp_timeout": 5,
        "test_mode": True,
        **(mails if mail_port is not None else {}),
        **changed,
    }
    return Settings(**chosen)


@asynccontextmanager
async def office(settings: Settings) -> AsyncIterator[Runtime]:
    """The service without Kafka: its database and a clock that stands."""
    runtime = Runtime(ServiceDefinition("followup", topics.FOLLOWUP, MIGRATIONS), settings, Metrics())
    runtime.clock = SetClock()
    await runtime.open_database()
    try:
        yield runtime
    finally:
        await runtime.stop()


def server_of(runtime: Runtime) -> mail.MailServer:
    """The mail server that the settings name."""
    server = mail.mail_server(runtime.settings)
    assert server is not None
    return server


async def owe(runtime: Runtime, worker_id: str | None, *planned_on: date, months: int = 2) -> list[UUID]:
    """Gives a worker, or nobody, a follow-up of each plan made on some days; returns their ids."""
    owed = [
        scheduled(day)[months].model_copy(update={"follow_up_id": uuid4(), "anchor": uuid4()}) for day in planned_on
    ]
    await store.write_rows(runtime.pool, [Entry(uuid4(), FollowUp(each), worker_id) for each in owed])
    return [each.follow_up_id for each in owed]


async def told(runtime: Runtime, worker_id: str) -> list[NoticeSent]:
    """The notices that the stream of a worker has, in order."""
    rows = await runtime.pool.fetch(
        "SELECT value FROM event WHERE stream_id = $1 ORDER BY sequence", stream_of(worker_id)
    )
    facts = [parse(row["value"]).data for row in rows]
    assert all(isinstance(each, NoticeSent) for each in facts)
    return [each for each in facts if isinstance(each, NoticeSent)]
