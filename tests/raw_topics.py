"""A topic as it lies in Kafka, read with nothing of the services' own code."""

from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient


async def read_topic(bootstrap: str, topic: str) -> list[Any]:
    """Everything a topic holds now, partition by partition in order."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    try:
        places = [TopicPartition(topic, number) for number in await _partitions(bootstrap, topic)]
        consumer.assign(places)
        records: list[Any] = []
        for place, end in sorted((await consumer.end_offsets(places)).items()):
            while await consumer.position(place) < end:
                for batch in (await consumer.getmany(place, timeout_ms=1000)).values():
                    records.extend(batch)
        return records
    finally:
        await consumer.stop()


async def _partitions(bootstrap: str, topic: str) -> list[int]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        [described] = await admin.describe_topics([topic])
        return sorted(partition["partition"] for partition in described["partitions"])
    finally:
        await admin.close()
