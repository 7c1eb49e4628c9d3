"""Every alert fires on a real installation and a real Prometheus when what it is about happens, and ends after it."""

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete

from contracts import events, planning, topics
from contracts.codes import Role
from contracts.envelope import TIMER
from contracts.planning import LotsAssigned
from deploy.local.kafka import KafkaServer
from deploy.local.ports import free_port
from deploy.local.postgres import PostgresServer
from deploy.local.prometheus import Prometheus, Target
from deploy.local.secret_files import metrics_token
from deploy.local.services import ServiceProcess
from deploy.local.settings import SERVICES
from deploy.local.stack import LocalStack
from tests.integration.operations.rehearsal import Alert, Siren, committed_alerts, quick_rules
from tests.swedish_day import swedish_day
from tests.traffic import Doors, Submissions, reach_samplan, tokens
from tests.waiting import until

_PATIENCE = 120.0
_LATE = timedelta(days=95)
_AGENCY = "stockholms-stad"


@dataclass
class Rehearsal:
    """An installation, Prometheus beside it, and somebody who uses it. ``heard``: the alerts that have fired."""

    stack: LocalStack
    siren: Siren
    doors: Doors
    submissions: Submissions
    heard: set[Alert] = field(default_factory=set)

    async def listen(self) -> None:
        """Notes every alert that fires, until cancelled."""
        while True:
            with suppress(httpx.HTTPError):
                self.heard |= await self.siren.firing()
            await asyncio.sleep(0.25)

    @asynccontextmanager
    async def database(self, service: str) -> AsyncIterator[asyncpg.Connection]:
        """As the administrator of a service's database."""
        assert isinstance(self.stack.postgres, PostgresServer)
        connection = await asyncpg.connect(self.stack.postgres.dsn(f"samspel_{service}", "postgres"))
        try:
            yield connection
        finally:
            await connection.close()

    async def execute(self, service: str, sql: str) -> None:
        async with self.database(service) as connection:
            await connection.execute(sql)

    async def fires(self, *names: str) -> None:
        """Waits until all alerts with these names have fired."""
        wanted = {each for each in committed_alerts() if each.name in names}
        assert {each.name for each in wanted} == set(names)

        async def silent() -> set[Alert]:
            return wanted - self.heard

        await until(silent, lambda names: not names, seconds=_PATIENCE)

    async def all_is_well(self) -> None:
        """Waits until no alert fires."""
        await until(self.siren.firing, lambda firing: not firing, seconds=_PATIENCE)


@pytest.fixture
async def rehearsal(stack: LocalStack, tmp_path: Path) -> AsyncIterator[Rehearsal]:
    targets = [Target(name, process.port) for name in SERVICES for process in stack.services[name]]
    token = metrics_token(stack.data)
    folder = quick_rules(tmp_path / "rules")
    prometheus = Prometheus(tmp_path / "run", free_port(), targets, token, rules=folder, every="1s")
    await asyncio.to_thread(prometheus.start)
    siren = Siren(prometheus.url)
    async with httpx.AsyncClient(trust_env=False) as client:
        assert "SamspelServiceDown" in (await client.get(prometheus.alerts_page())).text
    try:
        async with Doors(stack.gateway_url, stack.bootstrap, stack.secrets_file) as doors:
            yield Rehearsal(stack, siren, doors, Submissions(900))
    finally:
        await siren.close()
        await asyncio.to_thread(prometheus.stop)


async def test_every_alert_fires_and_ends(rehearsal: Rehearsal) -> None:
    listening = asyncio.create_task(rehearsal.listen())
    try:
        await until(rehearsal.siren.troubles, lambda found: not found, seconds=30)
        await rehearsal.all_is_well()
        assert not rehearsal.heard, "an alert fired before anything was broken"
        await _cases_and_records(rehearsal)
        await _kafka_stands_still(rehearsal)
        await _a_service_is_away_for_too_long(rehearsal)
        assert rehearsal.heard == committed_alerts()
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def _cases_and_records(rehearsal: Rehearsal) -> None:
    """What can be wrong while everything runs, all at once."""
    planned = await _three_people(rehearsal)
    _move_clock(rehearsal.stack)
    stranger = uuid4()
    await rehearsal.execute("followup", _TIMER_NOBODY_FIRES)
    await rehearsal.execute("followup", _DIGEST_NOBODY_SENDS)
    await rehearsal.execute("followup", _REMINDER_NOBODY_SENDS)
    await rehearsal.execute("followup", _TIME_LIMIT_NOBODY_MEETS)
    await rehearsal.doors.send(topics.REFERRAL, b"nobody", b"no event of ours")
    await _publish(rehearsal, topics.PLANNING, [_event(stranger, 2)])
    async with AsyncExitStack() as broken:
        await broken.enter_async_context(_denied(rehearsal, "planning", "stream", "INSERT, UPDATE"))
        await broken.enter_async_context(_denied(rehearsal, "planning", "place", "SELECT"))
        await broken.enter_async_context(_denied(rehearsal, "reporting", "event_row", "INSERT, UPDATE"))
        await broken.enter_async_context(_locked(rehearsal))
        await broken.enter_async_context(_again_and_again(lambda: _late_records(rehearsal, stranger)))
        await broken.enter_async_context(_again_and_again(lambda: _command_that_fails(rehearsal)))
        await _publish(rehearsal, topics.PLANNING, [_event(stranger, 2)] * 1200, age=60)
        await rehearsal.fires(
            "SamspelOldCount",
            "SamspelPoolBusy",
            "SamspelReadingBlocked",
            "SamspelLag",
            "SamspelReferralToListBurn",
            "SamspelCommandsBurn",
            "SamspelLagBurn",
        )
    await rehearsal.fires(
        "SamspelDeadLetters",
        "SamspelStreamsParked",
        "SamspelTimersLate",
        "SamspelTimersFail",
        "SamspelNoticesLate",
        "SamspelFollowUpsOverdue",
        "SamspelRemindersLate",
        "SamspelTimeLimitsPassed",
        "SamspelQueueWaits",
        "SamspelNoSeats",
    )
    await rehearsal.execute("followup", "DELETE FROM timer WHERE key = 'rehearsal'")
    await rehearsal.execute("followup", "DELETE FROM daily_digest")
    await rehearsal.execute("followup", "DELETE FROM follow_up WHERE point = 'rehearsal'")
    await rehearsal.execute("followup", "DELETE FROM time_limit WHERE started_on = '2021-03-04'")
    await _publish(rehearsal, topics.PLANNING, [_event(stranger, 1)])
    await _discard_letters(rehearsal)
    await _mend_cases(rehearsal, planned)
    await rehearsal.all_is_well()


_TIMER_NOBODY_FIRES = """
INSERT INTO timer (key, stream_id, kind, due_at) VALUES ('rehearsal', gen_random_uuid(), 'unknown', '2000-01-01Z')
"""

# The rehearsal's installation has no mail server.
_DIGEST_NOBODY_SENDS = """
INSERT INTO daily_digest (worker_id, role, address, settled_on)
VALUES ('karin', 'coordinator', 'karin@example.se', '2020-01-02')
"""


# Rows without a log and a timer: nothing reconciles them.
_REMINDER_NOBODY_SENDS = """
INSERT INTO follow_up (follow_up_id, case_id, anchor, point, insats, rule_version, responsible, worked_by, state,
    opened, details_released, anchored_on, nominal_on, due_on, opens_on, closes_on)
SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'rehearsal', 'finsam-team', 1, 'lots', 'lots', 'owed',
    true, false, day, day, day, day, day
FROM (VALUES (date '2021-03-04')) AS due (day)
"""
_TIME_LIMIT_NOBODY_MEETS = """
INSERT INTO time_limit VALUES (gen_random_uuid(), gen_random_uuid(), 'samsip', 1, 'tre-veckor', NULL, '2021-03-04',
    '2021-03-25', 'passed', NULL)
"""


async def _three_people(rehearsal: Rehearsal) -> UUID:
    """One who waits for an answer, one who waits for a seat, and one, returned, with a plan that owes follow-ups."""
    doors, today = rehearsal.doors, swedish_day()
    planned, accepted, _ = [await doors.refer(rehearsal.submissions.next(today)) for _ in range(3)]
    await doors.post(Role.COORDINATOR, f"/api/referral/cases/{accepted}/accept", {"accepted_on": today.isoformat()})
    await reach_samplan(doors, planned, 0, today)

    async def owed() -> int:
        counts = (await doors.get(Role.COORDINATOR, "/api/followup/work-list?role=coordinator"))["counts"]
        lots = (await doors.get(Role.COORDINATOR, "/api/followup/work-list?role=lots"))["counts"]
        return sum(int(number) for counted in (counts, lots) for number in counted.values())

    await until(owed, lambda number: number > 0, seconds=_PATIENCE)
    return planned


async def _waiting(rehearsal: Rehearsal) -> list[UUID]:
    """Those who wait for an answer, whichever test referred them."""
    async with rehearsal.database("referral") as connection:
        rows = await connection.fetch("SELECT case_id FROM referral_case WHERE state = 'waiting'")
    return [row["case_id"] for row in rows]


async def _mend_cases(rehearsal: Rehearsal, planned: UUID) -> None:
    doors, day = rehearsal.doors, _moved_day()
    back = {"returned_on": day.isoformat(), "reason": "not_relevant"}
    for case_id in await _waiting(rehearsal):
        await doors.post(Role.COORDINATOR, f"/api/referral/cases/{case_id}/return", back)
    session = {"insats": "finsam-team", "team": "team-1", "meets_on": (day + timedelta(days=3)).isoformat()}
    await doors.post(Role.COORDINATOR, "/api/planning/sessions", session | {"starts_at": "09:00", "seats": 1})
    owed = await doors.get(Role.COORDINATOR, f"/api/followup/cases/{planned}/follow-ups")
    for each in owed["items"]:
        if each["due_on"] < day.isoformat():
            path = f"/api/followup/follow-ups/{each['follow_up_id']}/complete"
            await doors.post(Role.COORDINATOR, path, {"result": "all"})


def _moved_day() -> date:
    return swedish_day() + _LATE


def _move_clock(stack: LocalStack) -> None:
    now = datetime.now(UTC)
    fresh = stack.clock_file.with_suffix(".fresh")
    fresh.write_text(json.dumps({"now": (now + _LATE).isoformat(), "set_at": now.isoformat()}), encoding="utf-8")
    fresh.replace(stack.clock_file)


async def _discard_letters(rehearsal: Rehearsal) -> None:
    for service in SERVICES:
        path = f"/api/{service}/dead-letters"
        for letter in (await rehearsal.doors.get(Role.OPERATIONS, f"{path}?state=open"))["items"]:
            reason = {"reason": "of the rehearsal"}
            await rehearsal.doors.post(Role.OPERATIONS, f"{path}/{letter['dead_letter_id']}/discard", reason)


@asynccontextmanager
async def _denied(rehearsal: Rehearsal, service: str, table: str, what: str) -> AsyncIterator[None]:
    """A service may not do something with a table of its own."""
    await rehearsal.execute(service, f"REVOKE {what} ON {table} FROM samspel_{service}")
    try:
        yield
    finally:
        await rehearsal.execute(service, f"GRANT ALL ON {table} TO samspel_{service}")


@asynccontextmanager
async def _locked(rehearsal: Rehearsal) -> AsyncIterator[None]:
    """Somebody holds a table of followup, and more people want to read it than there are connections."""
    [worker] = rehearsal.stack.services["followup"]
    headers = {"authorization": f"Bearer {tokens(rehearsal.stack.secrets_file)[Role.COORDINATOR]}"}
    async with (
        rehearsal.database("followup") as connection,
        httpx.AsyncClient(base_url=worker.url, headers=headers, timeout=90, trust_env=False) as client,
    ):
        async with connection.transaction():
            await connection.execute("LOCK TABLE follow_up IN ACCESS EXCLUSIVE MODE")
            asking = [asyncio.create_task(client.get("/api/followup/work-list?role=lots")) for _ in range(15)]
            try:
                yield
            finally:
                await connection.execute("SELECT 1")
        await asyncio.gather(*asking, return_exceptions=True)


@asynccontextmanager
async def _again_and_again(act: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Repeats something until the context ends; what is under way is finished first."""
    ended = asyncio.Event()

    async def repeat() -> None:
        while not ended.is_set():
            await act()
            await asyncio.sleep(0.3)

    repeating = asyncio.create_task(repeat())
    try:
        yield
    finally:
        ended.set()
        await repeating


async def _late_records(rehearsal: Rehearsal, stranger: UUID) -> None:
    """A record that is no referral and an event that was sent before, both of a minute ago."""
    await _publish(rehearsal, topics.inbox(_AGENCY), [b"{}"], age=60)
    await _publish(rehearsal, topics.PLANNING, [_event(stranger, 2)], age=60)


async def _command_that_fails(rehearsal: Rehearsal) -> None:
    """Planning's database takes no writes: 503."""
    [worker] = rehearsal.stack.services["planning"]
    headers = {"authorization": f"Bearer {tokens(rehearsal.stack.secrets_file)[Role.COORDINATOR]}"}
    day = _moved_day() + timedelta(days=40)
    body = {"insats": "finsam-team", "team": "team-1", "meets_on": day.isoformat(), "starts_at": "09:00", "seats": 1}
    async with httpx.AsyncClient(base_url=worker.url, headers=headers, trust_env=False) as client:
        await client.post("/api/planning/sessions", json=body)


def _event(stream_id: UUID, sequence: int) -> bytes:
    fact = LotsAssigned(happened_on=date(2021, 3, 4), support_id=UUID(int=sequence), lots_id="lots-1")
    event = events.event_of(
        fact,
        event_id=UUID(int=stream_id.int ^ sequence),
        stream_id=stream_id,
        sequence=sequence,
        recorded=datetime(2021, 3, 4, 12, tzinfo=UTC),
        actor=TIMER,
        source=planning.SOURCE,
        association="stockholm",
    )
    return events.encode(event)


async def _publish(rehearsal: Rehearsal, topic: str, values: list[bytes], *, age: float = 0) -> list[TopicPartition]:
    """Sends records, of now or of a while ago, with one key; returns the partitions they lie in."""
    producer = AIOKafkaProducer(bootstrap_servers=rehearsal.stack.bootstrap, acks="all")
    await producer.start()
    try:
        sent_at = int((time.time() - age) * 1000)
        places = [await producer.send(topic, value, key=b"rehearsal", timestamp_ms=sent_at) for value in values]
        return [TopicPartition(place.topic, place.partition) for place in [await each for each in places]]
    finally:
        await producer.stop()


async def _kafka_stands_still(rehearsal: Rehearsal) -> None:
    """Kafka's connections stay open and nothing comes; meanwhile somebody is referred over HTTP."""
    kafka = rehearsal.stack.kafka
    assert isinstance(kafka, KafkaServer)
    assert kafka.pid is not None
    os.kill(kafka.pid, signal.SIGSTOP)
    try:
        await rehearsal.doors.refer(rehearsal.submissions.next(_moved_day()))
        await rehearsal.fires("SamspelRelayStuck", "SamspelKafkaSilent")
    finally:
        os.kill(kafka.pid, signal.SIGCONT)
    await rehearsal.all_is_well()


async def _a_service_is_away_for_too_long(rehearsal: Rehearsal) -> None:
    """Referral is away, and meanwhile records of an inbox are deleted that it had not read."""
    [worker] = rehearsal.stack.services["referral"]
    await asyncio.to_thread(worker.terminate)
    [place, *_] = await _publish(rehearsal, topics.inbox(_AGENCY), [b"{}"] * 5)
    await _delete_all(rehearsal, place)
    await rehearsal.fires("SamspelServiceDown")
    await asyncio.to_thread(_start, worker)
    await _publish(rehearsal, topics.inbox(_AGENCY), [b"{}"])
    await rehearsal.fires("SamspelRecordsVanished")
    await asyncio.to_thread(worker.terminate)
    await asyncio.to_thread(_start, worker)
    await rehearsal.all_is_well()


def _start(worker: ServiceProcess) -> None:
    worker.start()
    worker.wait_ready()


async def _delete_all(rehearsal: Rehearsal, place: TopicPartition) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=rehearsal.stack.bootstrap)
    await admin.start()
    try:
        await admin.delete_records({place: RecordsToDelete(before_offset=-1)})
    finally:
        await admin.close()
