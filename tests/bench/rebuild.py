"""How fast reporting is rebuilt, beside the bare pipeline: the same reading, and COPY of the same bytes into a table.

Both read one topic of four partitions on the same broker and write to the same server, by turns, so that whatever
slows the machine slows both; which comes first changes from round to round, and a checkpoint before each turn writes
out what the one before left. Neither looks for cycles of objects. The clock of both runs from when the consumer is
opened until the tables are in the write-ahead log, indexed and live.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import asyncpg
from aiokafka import AIOKafkaProducer

from contracts.topics import TopicSpec
from deploy.local.kafka import KafkaServer
from deploy.local.ports import free_port
from deploy.local.postgres import Postgres, PostgresServer
from deploy.local.topics import create_topics
from services.chassis.database import CHASSIS_MIGRATIONS, migrate, open_pool
from services.reporting.app import MIGRATIONS
from services.reporting.rebuild import no_collection_of_cycles, rebuild, replace
from services.reporting.whole_topics import Batch, opened
from tests.bench.rebuild_events import AppendedEvent, histories

EVENTS: Final = 200_000
ROUNDS: Final = 5
_PARTITIONS: Final = 4
_SEED: Final = 20_210_101

_BARE: Final = """
DROP TABLE IF EXISTS bare;
CREATE TABLE bare (partition integer, record_offset bigint, value bytea, PRIMARY KEY (partition, record_offset))
"""


@dataclass(frozen=True)
class Rounds:
    """Events a second in each round."""

    events: int
    bare: list[float]
    rebuilt: list[float]

    @property
    def ratio(self) -> float:
        """Of the medians: the rebuild's speed as a share of the bare pipeline's."""
        return statistics.median(self.rebuilt) / statistics.median(self.bare)


async def measure(bootstrap: str, postgres: Postgres, *, events: int = EVENTS) -> dict[str, Any]:
    """Fills a topic and reads it by turns."""
    topic = f"bench.rebuild.{uuid4()}"
    await asyncio.to_thread(create_topics, bootstrap, [TopicSpec(topic, _PARTITIONS)])
    written = await _fill(bootstrap, topic, list(chain.from_iterable(histories(_SEED, events))))
    dsn = await asyncio.to_thread(postgres.ensure_database, f"bench_{uuid4().hex}")
    await _prepare(dsn)
    rounds = Rounds(written, [], [])
    await _bare(bootstrap, dsn, topic)  # unmeasured: the first reader warms the broker
    turns = [(rounds.bare, _bare), (rounds.rebuilt, _rebuilt)]
    for _ in range(ROUNDS):
        for speeds, run in turns:
            await _checkpoint(postgres.admin_dsn)
            speeds.append(written / await run(bootstrap, dsn, topic))
        turns.reverse()
    return {
        "events": rounds.events,
        "events_per_second": statistics.median(rounds.rebuilt),
        "bare_events_per_second": statistics.median(rounds.bare),
        "ratio": rounds.ratio,
        "rounds": asdict(rounds),
    }


async def _fill(bootstrap: str, topic: str, appended: Sequence[AppendedEvent]) -> int:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, max_batch_size=256 * 1024, linger_ms=20)
    await producer.start()
    try:
        sent = [
            await producer.send(topic, each.value, partition=each.case_id.int % _PARTITIONS)
            for each in sorted(appended, key=lambda each: each.recorded)
        ]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()
    return len(appended)


async def _prepare(dsn: str) -> None:
    pool = await open_pool(dsn, size=2)
    try:
        await migrate(pool, [("chassis", CHASSIS_MIGRATIONS), ("reporting", MIGRATIONS)])
    finally:
        await pool.close()


async def _bare(bootstrap: str, dsn: str, topic: str) -> float:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(_BARE)
        begun = time.perf_counter()
        with no_collection_of_cycles():
            async with opened(bootstrap, [topic]) as source:
                batch = await source.batch()
                while batch:
                    _, batch = await asyncio.gather(_copy(connection, batch), source.batch())
        return time.perf_counter() - begun
    finally:
        await connection.close()


async def _copy(connection: Any, batch: Batch) -> None:
    rows = ((record.partition, record.offset, record.value) for record in batch)
    await connection.copy_records_to_table("bare", records=rows)


async def _rebuilt(bootstrap: str, dsn: str, topic: str) -> float:
    made = await rebuild(bootstrap, dsn, names=[topic])
    if made.refused or made.repeated:
        raise AssertionError(f"good events were written, each once, and the rebuild says {made}")
    connection = await asyncpg.connect(dsn)
    try:
        begun = time.perf_counter()
        await replace(connection, made)
        return made.seconds + time.perf_counter() - begun
    finally:
        await connection.close()


async def _checkpoint(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


def _show(measured: dict[str, Any]) -> None:
    rounds = measured["rounds"]
    for bare, rebuilt in zip(rounds["bare"], rounds["rebuilt"], strict=True):
        print(f"bare {bare:>9,.0f} events/s   rebuild {rebuilt:>9,.0f} events/s   {rebuilt / bare:.2f}")
    print(f"ratio of medians {measured['ratio']:.2f}")


async def _alone(folder: Path, events: int) -> None:
    kafka = KafkaServer(folder / "kafka", free_port(), free_port())
    postgres = PostgresServer(folder / "postgres", free_port())
    try:
        kafka.start()
        postgres.start()
        _show(await measure(kafka.bootstrap, postgres, events=events))
    finally:
        kafka.stop()
        postgres.stop()


if __name__ == "__main__":
    asyncio.run(_alone(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else EVENTS))
