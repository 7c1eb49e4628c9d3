"""Several workers of one service share the work, and none of it is lost or doubled when they come and go."""

import asyncio
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka import TopicPartition

from deploy.local.kafka import KafkaServer
from deploy.local.postgres import PostgresServer
from services.chassis.runtime import Runtime
from tests.integration.chassis.probe import Place, make_place, publish, record_of, running
from tests.waiting import until


@pytest.fixture
def place(kafka: KafkaServer, postgres: PostgresServer, secrets_file: Path) -> Place:
    return make_place(kafka, postgres, secrets_file, partitions=4)


async def test_rebalances_under_load_lose_and_double_nothing(place: Place) -> None:
    cases = [uuid4() for _ in range(40)]
    expected = {(case, sequence) for case in cases for sequence in range(1, 26)}

    async def load() -> None:
        for sequence in range(1, 26):
            await publish(place, [(case, record_of(case, sequence)) for case in cases])

    async with running(place) as first:
        loading = asyncio.create_task(load())
        for _ in range(2):
            async with running(place) as second:
                await until(partial(_both_read, first, second))
        await loading
        entries = await until(place.ledger, lambda seen: len(seen) >= len(expected), seconds=60)
    assert len(entries) == len(expected)
    assert {(case, sequence) for case, sequence, _ in entries} == expected
    for case in cases:
        assert [sequence for whose, sequence, _ in entries if whose == case] == list(range(1, 26))


async def _both_read(one: Runtime, two: Runtime) -> bool:
    return all(worker.metrics.assigned._value.get() > 0 for worker in (one, two))


async def test_a_partition_given_away_is_forgotten_although_a_late_batch_remembered_it(place: Place) -> None:
    """As when a batch is overtaken while a rebalance takes its partition: then this worker must not wait for it."""
    async with running(place) as first:
        reader = first._reader
        assert reader is not None
        gone = TopicPartition(place.read, 0)
        await reader.on_partitions_assigned([gone, TopicPartition(place.read, 1)])
        await reader.on_partitions_assigned([TopicPartition(place.read, 1)])
        assert gone not in reader._next
