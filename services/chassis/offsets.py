"""Where reading goes on: kept in the transaction that applies what was read.

Advancing is a compare-and-set. After a rebalance the former owner of a partition may still hold records; its
advance finds another value than it expected, and its effects roll back with it. Kafka cannot do that.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from aiokafka import TopicPartition

from services.chassis.database import Connection, Pool

_LOAD: Final = """
SELECT topic, partition, next_offset FROM consumer_offset
WHERE (topic, partition) IN (SELECT * FROM unnest($1::text[], $2::integer[]))
"""
_OPEN: Final = """
INSERT INTO consumer_offset (topic, partition, next_offset) SELECT *, 0 FROM unnest($1::text[], $2::integer[])
ON CONFLICT DO NOTHING
"""
_ADVANCE: Final = """
UPDATE consumer_offset SET next_offset = $4
WHERE topic = $1 AND partition = $2 AND next_offset = $3
"""


class Overtaken(Exception):
    """The stored offset is not the one this worker went by: somebody else has applied these records."""


async def load(pool: Pool, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]:
    """The next offset of each partition; 0 for one never read."""
    wanted = sorted(partitions)
    topics = [partition.topic for partition in wanted]
    numbers = [partition.partition for partition in wanted]
    async with pool.acquire() as connection:
        await connection.execute(_OPEN, topics, numbers)
        rows = await connection.fetch(_LOAD, topics, numbers)
    return {TopicPartition(row["topic"], row["partition"]): row["next_offset"] for row in rows}


async def advance(connection: Connection, partition: TopicPartition, expected: int, following: int) -> None:
    """Moves a partition on from ``expected`` to ``following``. Raises Overtaken if it is elsewhere."""
    done = await connection.execute(_ADVANCE, partition.topic, partition.partition, expected, following)
    if done != "UPDATE 1":
        raise Overtaken
