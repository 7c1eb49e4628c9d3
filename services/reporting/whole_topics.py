"""All that lies on topics, from their beginning to where they end now, in batches."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

Record: TypeAlias = ConsumerRecord[Any, Any]
Batch: TypeAlias = Sequence[Record]

BATCH: Final = 5_000
_FETCH_BYTES: Final = 4 * 1024 * 1024
_PATIENCE_SECONDS: Final = 60.0


@dataclass
class Topics:
    """All that lay on some topics when they were opened."""

    consumer: Any
    ends: Mapping[TopicPartition, int]
    unfinished: set[TopicPartition]

    @property
    def size(self) -> int:
        """How many offsets there are; some may hold no record."""
        return sum(self.ends.values())

    async def batch(self) -> list[Record]:
        """The next records, in order within a partition; empty at the end. Raises TimeoutError if Kafka is silent."""
        gathered: list[Record] = []
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while self.unfinished and len(gathered) < BATCH:
                wanted = BATCH - len(gathered)
                fetched = await self.consumer.getmany(*self.unfinished, timeout_ms=1_000, max_records=wanted)
                for partition, records in fetched.items():
                    gathered += self._within(partition, records)
                for partition in tuple(self.unfinished):
                    await self._finish(partition)
        return gathered

    def _within(self, partition: TopicPartition, records: Batch) -> Batch:
        end = self.ends[partition]
        return records if records[-1].offset < end else [record for record in records if record.offset < end]

    async def _finish(self, partition: TopicPartition) -> None:
        if await self.consumer.position(partition) >= self.ends[partition]:
            self.unfinished.discard(partition)
            self.consumer.pause(partition)


@asynccontextmanager
async def opened(bootstrap: str, names: Sequence[str]) -> AsyncIterator[Topics]:
    """Topics, to be read from their beginning to where they end now. Raises KafkaError."""
    consumer = AIOKafkaConsumer(
        *names,
        bootstrap_servers=bootstrap,
        client_id="samspel.reporting.rebuild",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=_FETCH_BYTES,
        fetch_max_wait_ms=100,
    )
    try:
        await consumer.start()
        partitions = consumer.assignment()
        ends = await consumer.end_offsets(partitions)
        await consumer.seek_to_beginning(*partitions)
        yield Topics(consumer, ends, {partition for partition in partitions if ends[partition] > 0})
    finally:
        await consumer.stop()
