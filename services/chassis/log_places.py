"""What the broker itself says about a partition: where it begins and ends, and where its next record lies."""

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.chassis import unpacking
from services.chassis.kafka_clients import stop_within

ISOLATION: Final = "read_committed"
_ANSWER_SECONDS: Final = 15.0


class BeyondEnd(Exception):
    """The stored offset lies after the end of the topic, which was made anew or has lost records."""


@dataclass(frozen=True)
class Bounds:
    """The first offset that is kept, and the one the next record will get."""

    start: int
    end: int


async def bounds(consumer: Any, partition: TopicPartition) -> Bounds:
    """Raises KafkaError or TimeoutError if the broker does not answer."""
    async with asyncio.timeout(_ANSWER_SECONDS):
        starts = await consumer.beginning_offsets([partition])
        ends = await consumer.end_offsets([partition])
    return Bounds(starts[partition], ends[partition])


async def answered(bootstrap: str, partition: TopicPartition) -> bool:
    """True once a consumer of its own has learnt where the partition ends. Raises KafkaError or TimeoutError."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, isolation_level=ISOLATION)
    async with asyncio.timeout(_ANSWER_SECONDS):
        try:
            await consumer.start()
            await consumer.end_offsets([partition])
        finally:
            await stop_within(consumer)
    return True


async def next_record(bootstrap: str, partition: TopicPartition, offset: int) -> int | None:
    """Where the first record at or after an offset lies; None if there is none before the end.

    A consumer of its own asks, so that nothing fetched before can answer. Raises KafkaError or TimeoutError.
    """
    unpacking.install()
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level=ISOLATION,
        max_partition_fetch_bytes=unpacking.FETCH_BYTES_OF_A_PARTITION,
    )
    async with asyncio.timeout(_ANSWER_SECONDS):
        await consumer.start()
        try:
            return await _look_from(consumer, partition, offset)
        finally:
            await stop_within(consumer)


async def _look_from(consumer: Any, partition: TopicPartition, offset: int) -> int | None:
    consumer.assign([partition])
    consumer.seek(partition, offset)
    end = (await consumer.end_offsets([partition]))[partition]
    while await consumer.position(partition) < end:
        found = await consumer.getmany(partition, timeout_ms=200, max_records=1)
        for record in found.get(partition, ()):
            return max(offset, unpacking.first_offset(record))
    return None
