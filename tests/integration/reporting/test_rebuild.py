"""A rebuild from real topics: the same facts as live whatever lies there, and put in their place when wanted."""

import asyncio
import json
from collections.abc import Sequence
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition

from contracts import topics
from contracts.topics import DOMAIN, TopicSpec
from deploy.local.kafka import KafkaServer
from deploy.local.topics import create_topics
from services.chassis.database import Connection
from services.reporting import rebuild, store, whole_topics
from tests.bench.rebuild_events import AppendedEvent
from tests.integration.reporting.facts import cases, changed, facts, first, ingest, ingest_values
from tests.integration.reporting.test_surveys import answers, values_of

APPENDED = cases(seed=5, count=150)
# Within the contract, which takes 6.0 for 6, and no number of months to the database.
_UNFOLDABLE = changed(first(APPENDED, "FollowUpScheduled"), months=6.0)
_PARTITIONS = 3


async def _written(kafka: KafkaServer, records: Sequence[tuple[str, int, bytes | None]]) -> list[str]:
    """Topics like the domain's, with these records (topic, partition, value) in them; returns their names."""
    names = {topic: f"{topic}.{uuid4()}" for topic in topics.COUNTED}
    await asyncio.to_thread(create_topics, kafka.bootstrap, [TopicSpec(name, _PARTITIONS) for name in names.values()])
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap)
    await producer.start()
    try:
        for topic, partition, value in records:
            await producer.send(names[topic], value, key=b"case", partition=partition)
        await producer.flush()
    finally:
        await producer.stop()
    return list(names.values())


def _records(appended: Sequence[AppendedEvent]) -> list[tuple[str, int, bytes | None]]:
    return [(each.topic, each.case_id.int % _PARTITIONS, each.value) for each in appended]


async def test_rebuilt_is_the_same_as_live(connection: Connection, kafka: KafkaServer, database_url: str) -> None:
    await ingest(connection, APPENDED)
    names = await _written(kafka, _records(APPENDED))

    progress: list[tuple[int, int]] = []
    rebuilt = await rebuild.rebuild(
        kafka.bootstrap, database_url, names=names, say=lambda done, of: progress.append((done, of))
    )

    assert rebuilt.checksums == await store.checksums(connection)
    assert (rebuilt.records, rebuilt.repeated, list(rebuilt.refused)) == (len(APPENDED), 0, [])
    assert progress[-1] == (len(APPENDED), len(APPENDED))
    assert sum(rebuilt.ends.values()) == len(APPENDED)


async def test_what_is_of_no_case_is_folded_again(
    connection: Connection, kafka: KafkaServer, database_url: str
) -> None:
    answered = values_of(answers())
    await ingest(connection, APPENDED)
    await ingest_values(connection, answered)
    names = await _written(kafka, [*_records(APPENDED), *((topics.OFFICE, 0, value) for value in answered)])

    rebuilt = await rebuild.rebuild(kafka.bootstrap, database_url, names=names)

    live = await store.checksums(connection)
    assert rebuilt.checksums == live
    assert live["survey_answer"].rows


async def test_repetitions_count_once_and_what_is_no_event_is_named(
    connection: Connection, kafka: KafkaServer, database_url: str
) -> None:
    await ingest(connection, APPENDED)
    received = first(APPENDED, "ReferralReceived")
    other = json.dumps({**json.loads(received.value), "id": str(uuid4())}).encode()
    place = received.topic, received.case_id.int % _PARTITIONS
    spoilt: list[tuple[str, int, bytes | None]] = [
        (*place, b"{"),
        (*place, None),
        (*place, b'{"subject": "somebody"}'),
        (*place, other),
    ]
    names = await _written(kafka, [*_records(APPENDED), *spoilt, *_records(APPENDED[:300])])

    rebuilt = await rebuild.rebuild(kafka.bootstrap, database_url, names=names)

    assert rebuilt.checksums == await store.checksums(connection)
    assert rebuilt.repeated == 301
    assert sorted(refused.why.partition(":")[0] for refused in rebuilt.refused) == [
        "contradicts an event stored before",
        *["not an event"] * 3,
    ]


async def test_an_event_that_cannot_be_folded_is_refused_as_live(
    connection: Connection, kafka: KafkaServer, database_url: str
) -> None:
    good = [each for each in APPENDED if each.topic != DOMAIN[2]]
    scheduled = first(APPENDED, "FollowUpScheduled")
    await ingest(connection, good)
    with pytest.raises(store.EventRefused):
        await ingest_values(connection, [_UNFOLDABLE])
    names = await _written(kafka, [*_records(good), (scheduled.topic, 0, _UNFOLDABLE)])

    rebuilt = await rebuild.rebuild(kafka.bootstrap, database_url, names=names)

    assert rebuilt.checksums == await store.checksums(connection)
    [refused] = rebuilt.refused
    assert (refused.partition, refused.offset, refused.why) == (0, 0, "CheckViolationError can_be_folded")


async def test_rebuilt_tables_go_live_with_the_offsets_they_were_read_to(
    connection: Connection, kafka: KafkaServer, database_url: str
) -> None:
    names = await _written(kafka, _records(APPENDED))
    shape = await _shape(connection)

    rebuilt = await rebuild.rebuild(kafka.bootstrap, database_url, names=names)
    await rebuild.replace(connection, rebuilt)

    assert await store.checksums(connection) == rebuilt.checksums
    assert await _shape(connection) == shape
    offsets = await connection.fetch("SELECT topic, partition, next_offset FROM consumer_offset")
    assert {TopicPartition(row["topic"], row["partition"]): row["next_offset"] for row in offsets} == rebuilt.ends
    before = await facts(connection)
    await ingest(connection, APPENDED)
    assert await facts(connection) == before, "live goes on where the rebuild ended"


async def test_a_rebuilt_service_can_be_rebuilt_again_where_an_event_came_twice(
    connection: Connection, kafka: KafkaServer, database_url: str
) -> None:
    names = await _written(kafka, [*_records(APPENDED), *_records(APPENDED[:1])])
    checksums = []
    for _ in range(3):  # each makes its tables like those that the one before put in place
        rebuilt = await rebuild.rebuild(kafka.bootstrap, database_url, names=names)
        await rebuild.replace(connection, rebuilt)
        checksums.append((rebuilt.repeated, rebuilt.checksums))
    assert checksums == [(1, checksums[0][1])] * 3


async def _shape(connection: Connection) -> dict[str, list[str]]:
    """Everything about the tables but their rows: indices, constraints, and whether they survive a crash."""
    questions = {
        "indices": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "constraints": "SELECT replace(pg_get_constraintdef(oid), ' NOT VALID', '') FROM pg_constraint "
        "WHERE connamespace = 'public'::regnamespace",
        "durable": "SELECT relname || relpersistence::text FROM pg_class "
        "WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'",
    }
    return {what: sorted(row[0] for row in await connection.fetch(asked)) for what, asked in questions.items()}


@pytest.mark.parametrize("schema", ["public", "Rebuilt", "a; DROP SCHEMA public", ""])
async def test_a_schema_that_must_not_be_made_anew_is_refused(schema: str) -> None:
    with pytest.raises(ValueError, match="cannot name the schema"):
        await rebuild.rebuild("nowhere", "nowhere", into=schema)


async def test_records_written_meanwhile_are_left_to_the_live_service(kafka: KafkaServer) -> None:
    names = await _written(kafka, _records(APPENDED[:200]))
    async with whole_topics.opened(kafka.bootstrap, names) as source:
        producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap)
        await producer.start()
        await producer.send_and_wait(names[0], b"late", partition=0)
        await producer.stop()
        read = []
        while batch := await source.batch():
            read += batch
    assert len(read) == 200
    assert b"late" not in {record.value for record in read}
