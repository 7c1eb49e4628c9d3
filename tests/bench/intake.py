"""How many referrals one worker takes in a second, beside the least that has to be done with each.

A topic is filled while its reader stands still; then it is read until the last record is committed.
The least: the same records parsed by the same models, sealed by the same cipher, inserted by one statement a batch
with the batch's offset in the same transaction, and a receipt sent for each. The other services are frozen then.
"""

import asyncio
import os
import signal
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import asyncpg
import psutil
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from contracts import topics
from contracts.agency import ReferralAcknowledged, ReferralSubmittedEvent
from contracts.topics import TopicSpec
from deploy.local.stack import LocalStack
from deploy.local.topics import create_topics
from services.referral.vault import Vault
from tests.bench.latency import REFERRALS_SEEN, encoded, note_commit_times, vault_of
from tests.conftest import local_settings
from tests.swedish_day import swedish_day
from tests.traffic import AGENCY, Json, Submissions
from tests.waiting import until

ROUNDS: Final = 5
RECORDS: Final = 2_000
_PARTITIONS: Final = 2
_BATCH: Final = 300
_SEED: Final = 815
_TOPIC: Final = "bench.inbox"
_RECEIPTS: Final = "bench.receipts"
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS bare_referral (
    case_id uuid PRIMARY KEY, person_id uuid, message bytea, lookup bytea, wrapped bytea,
    identity_number bytea, name bytea, file bytea, received_at timestamptz DEFAULT now()
);
CREATE TABLE IF NOT EXISTS bare_offset (partition integer PRIMARY KEY, next_offset bigint)
"""
_INSERT: Final = """
WITH moved AS (
    INSERT INTO bare_offset (partition, next_offset) VALUES ($9, $10)
    ON CONFLICT (partition) DO UPDATE SET next_offset = EXCLUDED.next_offset
)
INSERT INTO bare_referral (case_id, person_id, message, lookup, wrapped, identity_number, name, file)
SELECT * FROM unnest(
    $1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[], $8::bytea[]
)
"""


@dataclass
class Taken:
    """How many records were taken in a second, round by round."""

    per_second: list[float] = field(default_factory=list)

    async def round(self, publish: Callable[[], Awaitable[None]], read: Callable[[], Awaitable[None]]) -> None:
        """Publishes, then times the reading."""
        await publish()
        begun = time.perf_counter()
        await read()
        self.per_second.append(RECORDS / (time.perf_counter() - begun))


async def measure(stack: LocalStack, *, rounds: int = ROUNDS) -> dict[str, Any]:
    """Measures the referral service's one worker. Commit times are noted already (:func:`note_commit_times`)."""
    create_topics(stack.bootstrap, [TopicSpec(_TOPIC, _PARTITIONS), TopicSpec(_RECEIPTS, 1)])
    dsn = await asyncio.to_thread(stack.postgres.ensure_database, f"bench_{uuid4().hex}")
    submissions, today = Submissions(_SEED), swedish_day()
    [worker] = [process.pid for process in stack.services["referral"]]
    others = [each.pid for name, workers in stack.services.items() if name != "referral" for each in workers]
    intake, bare = Taken(), Taken()
    producer = AIOKafkaProducer(bootstrap_servers=stack.bootstrap, acks="all", linger_ms=5)
    await producer.start()
    try:
        with _frozen([pid for pid in others if pid]):
            reader = await _Bare.begun(stack, dsn, producer)
            for nth in range(rounds + 1):
                messages = [submissions.next(today) for _ in range(RECORDS)]
                await _both(stack, producer, messages, worker, reader, (intake, bare) if nth else (Taken(), Taken()))
            await reader.end()
    finally:
        await producer.stop()
    ratios = [ours / least for ours, least in zip(intake.per_second, bare.per_second, strict=True)]
    return {
        "referrals_per_second": statistics.median(intake.per_second),
        "bare_per_second": statistics.median(bare.per_second),
        # The median of the rounds' ratios: each compares two measurements made right after each other.
        "ratio": statistics.median(ratios),
        "rounds": {"intake": asdict(intake), "bare": asdict(bare)},
    }


async def _both(
    stack: LocalStack,
    producer: AIOKafkaProducer,
    messages: Sequence[Json],
    worker: int | None,
    reader: "_Bare",
    kept: tuple[Taken, Taken],
) -> None:
    """A round of each, of the same messages. The first round of all is not kept: both warm up in it."""
    assert worker is not None
    vault = vault_of(stack)
    names = [vault.fingerprint("message", AGENCY.encode(), message["id"].encode()) for message in messages]
    values = [encoded(message) for message in messages]
    taken, least = kept

    async def publish() -> None:
        os.kill(worker, signal.SIGSTOP)
        await _publish(producer, topics.inbox(AGENCY), values)

    async def read() -> None:
        os.kill(worker, signal.SIGCONT)
        await _all_committed(stack.postgres.dsn("samspel_referral"), names)

    await taken.round(publish, read)
    with _frozen([worker]):
        await least.round(lambda: _publish(producer, _TOPIC, values), reader.read)


async def _publish(producer: AIOKafkaProducer, topic: str, values: Sequence[bytes]) -> None:
    sent = [await producer.send(topic, value, partition=nth % _PARTITIONS) for nth, value in enumerate(values)]
    await asyncio.gather(*sent)


async def _all_committed(dsn: str, names: Sequence[bytes]) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await until(lambda: connection.fetch(REFERRALS_SEEN, names), lambda rows: len(rows) == len(names))
    finally:
        await connection.close()


@dataclass
class _Bare:
    """The least that has to be done with each record."""

    vault: Vault
    connection: Any
    consumer: Any
    producer: AIOKafkaProducer

    @classmethod
    async def begun(cls, stack: LocalStack, dsn: str, producer: AIOKafkaProducer) -> "_Bare":
        """Connected, with empty tables."""
        connection = await asyncpg.connect(dsn)
        await connection.execute(_TABLES)
        consumer = AIOKafkaConsumer(bootstrap_servers=stack.bootstrap, enable_auto_commit=False, fetch_max_wait_ms=50)
        await consumer.start()
        places = [TopicPartition(_TOPIC, number) for number in range(_PARTITIONS)]
        consumer.assign(places)
        await consumer.seek_to_end(*places)
        return cls(vault_of(stack), connection, consumer, producer)

    async def end(self) -> None:
        """Lets go of both servers."""
        await self.consumer.stop()
        await self.connection.close()

    async def read(self) -> None:
        """Reads a round's records."""
        seen = 0
        while seen < RECORDS:
            batches = await self.consumer.getmany(timeout_ms=1_000, max_records=_BATCH)
            for place, records in batches.items():
                await self._take(place.partition, records)
                seen += len(records)

    async def _take(self, partition: int, records: Sequence[ConsumerRecord[Any, Any]]) -> None:
        rows, receipts = zip(*(self._sealed(record) for record in records), strict=True)
        await self.connection.execute(_INSERT, *zip(*rows, strict=True), partition, records[-1].offset + 1)
        sent = [await self.producer.send(_RECEIPTS, receipt) for receipt in receipts]
        await asyncio.gather(*sent)

    def _sealed(self, record: ConsumerRecord[Any, Any]) -> tuple[tuple[Any, ...], bytes]:
        event = ReferralSubmittedEvent.model_validate_json(record.value)
        submitted, person = event.data, event.data.person
        case_id, key = uuid4(), self.vault.new_key(uuid4())
        row = (
            case_id,
            key.person_id,
            self.vault.fingerprint("message", AGENCY.encode(), event.id.encode()),
            self.vault.fingerprint("person", person.identity_number.encode()),
            key.wrapped,
            key.seal("identity number", person.identity_number),
            key.seal("name", f"{person.given_name} {person.family_name}"),
            key.seal("file", submitted.model_dump_json(exclude={"person"})),
        )
        receipt = ReferralAcknowledged(
            happened_on=submitted.referred_on,
            agency=AGENCY,
            message_id=event.id,
            reference=submitted.reference,
            case_id=case_id,
            insats=submitted.insats,
            repeated=False,
        )
        return row, receipt.model_dump_json().encode()


@contextmanager
def _frozen(pids: Sequence[int]) -> Iterator[None]:
    """Processes that get no processor meanwhile."""
    for pid in pids:
        psutil.Process(pid).suspend()
    try:
        yield
    finally:
        for pid in pids:
            psutil.Process(pid).resume()


def _show(measured: dict[str, Any]) -> None:
    rounds = measured["rounds"]
    for ours, least in zip(rounds["intake"]["per_second"], rounds["bare"]["per_second"], strict=True):
        print(f"bare {least:>6,.0f} records/s   intake {ours:>6,.0f}/s   {ours / least:.2f}")
    print(f"median of the ratios {measured['ratio']:.2f}")


def _alone(folder: Path) -> None:
    with LocalStack(local_settings(folder), say=lambda line: print(line, flush=True)) as stack:

        async def noted() -> dict[str, Any]:
            await note_commit_times(stack)
            return await measure(stack)

        _show(asyncio.run(noted()))


if __name__ == "__main__":
    _alone(Path(sys.argv[1]))
