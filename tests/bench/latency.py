"""How long a person waits to see what an agency or a colleague has done, beside the least that Kafka takes.

Requests are made on a schedule (50 a second) whether or not earlier ones were answered, and each is timed from its
place in the schedule. All three kinds take turns in short rounds, so that they share the machine's good and bad
moments.
"""

import asyncio
import base64
import json
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from contracts import topics
from contracts.codes import Role
from contracts.topics import TopicSpec
from deploy.local.postgres import PostgresServer
from deploy.local.secret_files import read_secrets, secrets_file
from deploy.local.stack import LocalStack
from deploy.local.topics import create_topics
from services.referral.vault import Vault
from tests.swedish_day import swedish_day
from tests.traffic import AGENCY, Doors, Json, Submissions, reach_meeting
from tests.waiting import until

RATE: Final = 50
ROUND_SECONDS: Final = 5
ROUNDS: Final = 6
_PREPARING_AT_ONCE: Final = 12
_BARE_TOPIC: Final = "bench.bare"

# When it was there: PostgreSQL's own time of commit, so that nobody has to look again and again meanwhile. A
# message is remembered in the very transaction that puts its row into the coordinators' list.
REFERRALS_SEEN: Final = """
SELECT message AS name, extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8 AS there
FROM inbox_message WHERE message = ANY ($1)
"""
_PLANS_SEEN: Final = """
SELECT case_id AS name, max(extract(epoch FROM pg_xact_commit_timestamp(xmin)))::float8 AS there
FROM follow_up WHERE case_id = ANY ($1) GROUP BY case_id HAVING count(*) = 3
"""

Act = Callable[[int], Awaitable[Any]]


@dataclass
class Watch:
    """When each thing was asked for, and how long until it was there. Wall clock of this machine, in seconds."""

    asked: dict[Any, float] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    def saw(self, there: Mapping[Any, float]) -> None:
        self.seconds += [moment - self.asked.pop(name) for name, moment in there.items() if name in self.asked]

    def figures(self) -> dict[str, float]:
        """Median and 99th percentile, in milliseconds."""
        cuts = statistics.quantiles(self.seconds, n=100)
        return {"count": len(self.seconds), "median_ms": cuts[49] * 1000, "p99_ms": cuts[98] * 1000}


async def measure(stack: LocalStack) -> dict[str, dict[str, float]]:
    """Figures of ``bare``, ``referral`` and ``samplan``; prepares the cases it plans for first."""
    await note_commit_times(stack)
    create_topics(stack.bootstrap, [TopicSpec(_BARE_TOPIC, 4)])
    bare, referral, samplan = Watch(), Watch(), Watch()
    number = RATE * ROUND_SECONDS * ROUNDS
    async with Doors(stack.gateway_url, stack.bootstrap, stack.secrets_file) as doors:
        submissions = Submissions(4711)
        today = swedish_day()
        cases = await _prepare(doors, submissions, number, today)
        producer = AIOKafkaProducer(bootstrap_servers=stack.bootstrap, acks="all", enable_idempotence=True)
        await producer.start()
        try:
            for nth in range(ROUNDS):
                mine = cases[nth::ROUNDS]
                await _bare_round(stack.bootstrap, producer, bare)
                await _referral_round(stack, producer, submissions, referral, today)
                await _samplan_round(stack, doors, mine, samplan, today)
        finally:
            await producer.stop()
    return {"bare": bare.figures(), "referral": referral.figures(), "samplan": samplan.figures()}


async def _prepare(doors: Doors, submissions: Submissions, number: int, today: date) -> list[UUID]:
    turns = asyncio.Semaphore(_PREPARING_AT_ONCE)

    async def one(nth: int) -> UUID:
        async with turns:
            case = await doors.refer(submissions.next(today))
            await reach_meeting(doors, case, nth, today)
            return case

    return list(await asyncio.gather(*(one(nth) for nth in range(number))))


async def _on_schedule(watch: Watch, names: Sequence[Any], act: Act) -> None:
    begun = time.time()
    doing: list[asyncio.Task[Any]] = []
    for nth, name in enumerate(names):
        due = begun + nth / RATE
        await asyncio.sleep(max(0.0, due - time.time()))
        watch.asked[name] = due
        doing.append(asyncio.ensure_future(act(nth)))
    await asyncio.gather(*doing)


async def _bare_round(bootstrap: str, producer: AIOKafkaProducer, watch: Watch) -> None:
    names = list(range(RATE * ROUND_SECONDS))
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id="bench.bare",
        enable_auto_commit=False,
        auto_offset_reset="latest",
        fetch_max_wait_ms=250,
    )
    await consumer.start()
    places = [TopicPartition(_BARE_TOPIC, number) for number in range(4)]
    consumer.assign(places)
    await consumer.seek_to_end(*places)
    reading = asyncio.create_task(_read_and_commit(consumer, watch, len(names)))
    await _on_schedule(
        watch, names, lambda nth: producer.send_and_wait(_BARE_TOPIC, str(nth).encode().ljust(500), key=b"%d" % nth)
    )
    await reading
    await consumer.stop()


async def _read_and_commit(consumer: AIOKafkaConsumer, watch: Watch, number: int) -> None:
    seen = 0
    while seen < number:
        batches = await consumer.getmany(timeout_ms=1000)
        if batches:
            await consumer.commit()
            numbers = [int(record.value) for records in batches.values() for record in records]
            watch.saw(dict.fromkeys(numbers, time.time()))
            seen += len(numbers)


async def _referral_round(
    stack: LocalStack, producer: AIOKafkaProducer, submissions: Submissions, watch: Watch, today: date
) -> None:
    messages = [submissions.next(today) for _ in range(RATE * ROUND_SECONDS)]
    vault = vault_of(stack)
    names = [vault.fingerprint("message", AGENCY.encode(), message["id"].encode()) for message in messages]
    inbox = topics.inbox(AGENCY)
    await _on_schedule(
        watch, names, lambda nth: producer.send_and_wait(inbox, encoded(messages[nth]), key=b"%d" % nth)
    )
    watch.saw(await _all_there(stack.postgres.dsn("samspel_referral"), REFERRALS_SEEN, names))


async def _samplan_round(stack: LocalStack, doors: Doors, cases: Sequence[UUID], watch: Watch, today: date) -> None:
    body = {
        "made_on": today.isoformat(),
        "activities": [{"responsible": "kommun", "kind": "guidance"}, {"responsible": "region", "kind": "studies"}],
    }
    await _on_schedule(
        watch, cases, lambda nth: doors.post(Role.COORDINATOR, f"/api/planning/cases/{cases[nth]}/samplan", body)
    )
    watch.saw(await _all_there(stack.postgres.dsn("samspel_followup"), _PLANS_SEEN, cases))


async def _all_there(url: str, sql: str, names: Sequence[Any]) -> Mapping[Any, float]:
    connection = await asyncpg.connect(url)

    async def look() -> dict[Any, float]:
        return {row["name"]: row["there"] for row in await connection.fetch(sql, names)}

    try:
        return await until(look, lambda there: len(there) == len(names))
    finally:
        await connection.close()


async def note_commit_times(stack: LocalStack) -> None:
    """Lets PostgreSQL note the time of each commit. Restarts it, and waits for the services to be ready again."""
    assert isinstance(stack.postgres, PostgresServer)
    connection = await asyncpg.connect(stack.postgres.admin_dsn)
    await connection.execute("ALTER SYSTEM SET track_commit_timestamp = on")
    await connection.close()
    await asyncio.to_thread(stack.postgres.restart)
    for workers in stack.services.values():
        for worker in workers:
            await asyncio.to_thread(worker.wait_ready)


def vault_of(stack: LocalStack) -> Vault:
    """The referral service's vault: with its keys."""
    keys = {name: base64.b64decode(key) for name, key in read_secrets(secrets_file(stack.data, "referral")).items()}
    return Vault(keys["vault_kek"], keys["lookup_key"])


def encoded(message: Json) -> bytes:
    """A message as an agency writes it."""
    return json.dumps(message, ensure_ascii=False).encode()
